"""What dose finding selects, whom it treats where, how long it takes, and what it cannot see."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from simulator.metrics.block import Block, Floats
from simulator.program.dosing import DoseFindingTable

__all__ = ["columns"]

DLT, NOT_EVALUABLE = 1, 2  # outcomes of the records


def columns(block: Block) -> dict[str, Floats]:
    """Of designs with dose finding, per trial.

    p_select.LEVEL, p_select.none (over, without a dose) and p_unfinished (accrual ended before);
    p_reach.LEVEL; n_at.LEVEL and n_dlt_at.LEVEL of everyone treated; n_dlt, n_evaluable,
    n_not_evaluable; n_escalation and n_dlt_escalation, the expansion left out; n_cohorts; days_to_mtd from
    the first entry (nan if unfinished); n_lost, candidates who came while accrual was held;
    p_amended.AMENDMENT; patients_with.DEATH.after_window. With an expansion n_expansion and
    p_recommend.LEVEL or .none: the dose selected, unless a rule stopped the trial afterwards. With a
    target rate p_select.above_target and n_above_target: doses whose true DLT rate is above it.
    """
    dosing = block.program.dosing
    if dosing is None:
        return {}
    out = _selection(block, dosing) | _patients(block, dosing) | _course(block, dosing)
    return out | _death(block, dosing)


def _levels(block: Block, dosing: DoseFindingTable) -> dict[int, str]:
    """Level -> name, of every level on a ladder."""
    names = block.program.levels[dosing.drug]
    return {level: names[level - 1] for level in dosing.levels}


def _final(block: Block) -> NDArray[np.void]:
    """The decision that ended the dose finding of each trial that has one."""
    decisions = block.records.decisions
    final: NDArray[np.void] = decisions[(decisions["next"] == 0) & (decisions["amendment"] < 0)]
    return final


def _selection(block: Block, dosing: DoseFindingTable) -> dict[str, Floats]:
    final, out = _final(block), {}
    levels = _levels(block, dosing)
    for level, name in levels.items():
        out[f"p_select.{name}"] = block.count(final[final["selected"] == level])
    out["p_select.none"] = block.count(final[final["selected"] == 0])
    out["p_unfinished"] = 1.0 - block.count(final)
    if dosing.expansion:
        stopped = block.stopped[block.index(final)]
        for level, name in levels.items():
            out[f"p_recommend.{name}"] = block.count(final[(final["selected"] == level) & ~stopped])
        out["p_recommend.none"] = 1.0 - np.sum([out[f"p_recommend.{n}"] for n in levels.values()], axis=0)
    if dosing.target_rate is not None:
        above = block.levels_above_target
        out["p_select.above_target"] = block.count(final[np.isin(final["selected"], above)])
    return out


def _patients(block: Block, dosing: DoseFindingTable) -> dict[str, Floats]:
    patients, out = block.records.patients, {}
    dlt = patients["outcome"] == DLT
    for level, name in _levels(block, dosing).items():
        at = patients["level"] == level
        out[f"n_at.{name}"] = block.count(patients[at])
        out[f"n_dlt_at.{name}"] = block.count(patients[at & dlt])
        out[f"p_reach.{name}"] = (out[f"n_at.{name}"] > 0).astype(float)
    escalation = patients["cohort"] >= 0
    out["n_dlt"] = block.count(patients[dlt])
    out["n_not_evaluable"] = block.count(patients[patients["outcome"] == NOT_EVALUABLE])
    out["n_evaluable"] = block.count(patients) - out["n_not_evaluable"]
    out["n_escalation"] = block.count(patients[escalation])
    out["n_dlt_escalation"] = block.count(patients[escalation & dlt])
    if dosing.expansion:
        out["n_expansion"] = block.count(patients[~escalation])
    if dosing.target_rate is not None:
        above = block.levels_above_target
        out["n_above_target"] = block.count(patients[np.isin(patients["level"], above)])
    return out


def _course(block: Block, dosing: DoseFindingTable) -> dict[str, Floats]:
    patients, final = block.records.patients, _final(block)
    in_cohort = patients[patients["cohort"] >= 0]
    key = (in_cohort["trial"] << 32) + in_cohort["cohort"]  # rises with entry
    new = np.append(True, key[1:] != key[:-1])[: len(key)]
    days = np.full(block.size, np.nan)
    days[block.index(final)] = final["time"] - block.first_entry[block.index(final)]
    out: dict[str, Floats] = {
        "n_cohorts": block.tally(block.index(in_cohort[new])),
        "days_to_mtd": days,
        "n_lost": block.records.trials["lost"].astype(float),
    }
    decisions = block.records.decisions
    for number, amendment in enumerate(dosing.amendments):
        out[f"p_amended.{amendment.name}"] = block.count(decisions[decisions["amendment"] == number])
    return out


def _death(block: Block, dosing: DoseFindingTable) -> dict[str, Floats]:
    """Deaths that the DLT rule cannot see, since they come after its window."""
    if dosing.death < 0:
        return {}
    events, patients = block.records.events, block.records.patients
    deaths = events[events["event"] == dosing.death]
    key = (patients["trial"] << 32) + patients["candidate"]
    entry = patients["entry"][np.searchsorted(key, (deaths["trial"] << 32) + deaths["candidate"])]
    late = deaths[deaths["occurred"] - entry > dosing.window]
    return {f"patients_with.{block.program.events[dosing.death].name}.after_window": block.count(late)}
