"""Whom dose finding treats: at which dose, with a DLT, in cohorts and in the expansion."""

from __future__ import annotations

import numpy as np

from simulator.metrics.block import Block, Floats
from simulator.model.metric import Key, Kind, Metric
from simulator.model.records import DltOutcome

__all__ = ["METRICS", "columns"]

AT = Metric(
    "n_at.DOSE",
    kind=Kind.MEAN,
    unit="patients",
    label="patients at {dose}",
    about="treated at the dose, the expansion included",
)
PERCENT_AT = Metric(
    "percent_at.DOSE",
    kind=Kind.MEAN,
    unit="per cent",
    label="% of patients at {dose}",
    about="percentage of a trial's patients treated at the dose, the expansion included; the mean over "
    "trials is not the percentage of all patients",
    undefined="without patients",
)
DLT_AT = Metric(
    "n_dlt_at.DOSE",
    kind=Kind.MEAN,
    unit="patients",
    label="DLTs at {dose}",
    about="treated at the dose, with a DLT that counts, the expansion included",
)
EVALUABLE_AT = Metric(
    "n_evaluable_at.DOSE",
    kind=Kind.MEAN,
    unit="patients",
    label="evaluable at {dose}",
    about="treated at the dose, whose DLT could be judged, the expansion included",
)
REACH = Metric(
    "p_reach.DOSE",
    kind=Kind.SHARE,
    unit="share",
    label="reaches {dose}",
    about="at least one patient was given the dose",
)
WITH_DLT = Metric("n_dlt", kind=Kind.MEAN, unit="patients", label="DLTs", about="with a DLT that counts")
LEFT_OUT = Metric(
    "n_not_evaluable",
    kind=Kind.MEAN,
    unit="patients",
    label="not evaluable",
    about="whose DLT could not be judged",
)
EVALUABLE = Metric(
    "n_evaluable", kind=Kind.MEAN, unit="patients", label="evaluable", about="whose DLT could be judged"
)
ESCALATION = Metric(
    "n_escalation", kind=Kind.MEAN, unit="patients", label="patients in cohorts", about="treated in cohorts"
)
DLT_ESCALATION = Metric(
    "n_dlt_escalation",
    kind=Kind.MEAN,
    unit="patients",
    label="DLTs in cohorts",
    about="treated in cohorts, with a DLT that counts",
)
EXPANSION = Metric(
    "n_expansion",
    kind=Kind.MEAN,
    unit="patients",
    label="patients in the expansion",
    about="treated in the expansion, where there is one",
)
ABOVE = Metric(
    "n_above_target",
    kind=Kind.MEAN,
    unit="patients",
    label="patients above the target",
    about="treated at a dose whose true DLT rate is above the truth's `target_rate` + `tolerance`",
)
BEST = Metric(
    "n_best",
    kind=Kind.MEAN,
    unit="patients",
    label="patients at a best dose",
    about="treated at a dose whose true DLT rate is the nearest of its ladder to the truth's `target_rate`",
)
OVER_60, OVER_80 = (
    Metric(
        f"p_above_target.over_{percent}",
        kind=Kind.SHARE,
        unit="share",
        label=f"over {percent} % of patients above the target",
        about=f"more than {percent} % of the trial's patients were treated above the target",
    )
    for percent in (60, 80)
)
METRICS = (
    AT, PERCENT_AT, DLT_AT, EVALUABLE_AT, REACH, WITH_DLT, LEFT_OUT, EVALUABLE, ESCALATION, DLT_ESCALATION,
    EXPANSION, ABOVE, BEST, OVER_60, OVER_80,
)  # fmt: skip


def columns(block: Block) -> dict[Key, Floats]:
    """Patients of each trial, and 1 where a dose is reached; nothing without dose finding."""
    dosing = block.program.dosing
    if dosing is None:
        return {}
    patients, out = block.records.patients, {}
    enrolled = block.count(patients)
    dlt = patients["outcome"] == DltOutcome.DLT
    judged = patients["outcome"] != DltOutcome.NOT_EVALUABLE
    for level, name in block.doses.items():
        at = patients["level"] == level
        treated = block.count(patients[at])
        out[AT(name)] = treated
        with np.errstate(invalid="ignore"):
            out[PERCENT_AT(name)] = 100.0 * treated / enrolled
        out[DLT_AT(name)] = block.count(patients[at & dlt])
        out[EVALUABLE_AT(name)] = block.count(patients[at & judged])
        out[REACH(name)] = (treated > 0).astype(float)
    escalation = patients["cohort"] >= 0
    left_out = block.count(patients[patients["outcome"] == DltOutcome.NOT_EVALUABLE])
    out[WITH_DLT()] = block.count(patients[dlt])
    out[LEFT_OUT()] = left_out
    out[EVALUABLE()] = block.count(patients) - left_out
    out[ESCALATION()] = block.count(patients[escalation])
    out[DLT_ESCALATION()] = block.count(patients[escalation & dlt])
    if dosing.expansion:
        out[EXPANSION()] = block.count(patients[~escalation])
    if dosing.target_rate is not None:
        above = block.count(patients[np.isin(patients["level"], block.levels_above_target)])
        out[ABOVE()] = above
        out[BEST()] = block.count(patients[np.isin(patients["level"], block.best_levels)])
        for metric, percent in ((OVER_60, 60), (OVER_80, 80)):
            out[metric()] = (100.0 * above > percent * enrolled).astype(float)
    return out
