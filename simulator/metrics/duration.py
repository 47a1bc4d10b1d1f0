"""How long trials last, and when they stop; all counted from the first entry."""

from __future__ import annotations

import numpy as np

from simulator.metrics.block import Block, Floats
from simulator.model.metric import Key, Kind, Metric

__all__ = ["METRICS", "columns"]

NOBODY, NO_STOP = "nobody was enrolled", "the trial was not stopped"

DURATION = Metric(
    "duration_days",
    kind=Kind.TIME,
    unit="days",
    label="days in all",
    about="first entry to the end of the last course",
    undefined=NOBODY,
    kept=True,
)
TO_STOP_OR_LAST_DOSE = Metric(
    "days_to_stop_or_last_dose",
    kind=Kind.TIME,
    unit="days",
    label="days to stop or last dose",
    about="first entry to the effect of the stop; without one, to the last planned dose of the last patient",
    undefined=NOBODY,
)
QUANTILES = tuple(
    (
        Metric(
            f"days_to_stop_given_stop.{word}",
            kind=Kind.TIME,
            unit="days",
            label=f"days to the stop, {said}",
            about=f"first entry to the effect of the stop, among trials that stop: {said}",
        ),
        share,
    )
    for word, said, share in (
        ("q10", "10 % quantile", 0.1),
        ("median", "median", 0.5),
        ("q90", "90 % quantile", 0.9),
    )
)
TO_STOP = Metric(
    "days_to_stop",
    kind=Kind.TIME,
    unit="days",
    label="days to the stop",
    about="first entry to the effect of the stop; of each trial, so only in trials.parquet",
    undefined=NO_STOP,
    kept=True,
    quantiles=QUANTILES,
)
CROSSING_TO_REPORT = Metric(
    "days_crossing_to_report",
    kind=Kind.TIME,
    unit="days",
    label="days from crossing to report",
    about="among trials that stop: from the crossing, by occurrence, to the report that decided",
    undefined=NO_STOP,
)
REPORT_TO_EFFECT = Metric(
    "days_report_to_effect",
    kind=Kind.TIME,
    unit="days",
    label="days from report to effect",
    about="among trials that stop: from that report to the effect (look, cut and decision)",
    undefined=NO_STOP,
)
METRICS = (
    DURATION,
    TO_STOP_OR_LAST_DOSE,
    TO_STOP,
    *(metric for metric, _ in QUANTILES),
    CROSSING_TO_REPORT,
    REPORT_TO_EFFECT,
)


def columns(block: Block) -> dict[Key, Floats]:
    """Days of each trial. Without a stop days_to_stop is inf, and the stop's delays are nan."""
    first, effective = block.first_entry, block.effective
    to_stop = effective - first
    out = {
        DURATION(): block.last_exit - first,
        TO_STOP_OR_LAST_DOSE(): np.where(block.stopped, to_stop, block.last_planned_dose - first),
        TO_STOP(): np.where(block.stopped, to_stop, np.inf),
    }
    reported = block.at_stop(block.stops["reported"])
    with np.errstate(invalid="ignore"):  # inf - inf where the trial did not stop
        delays = {
            CROSSING_TO_REPORT(): reported - block.crossed,
            REPORT_TO_EFFECT(): effective - reported,
        }
    return out | {key: np.where(block.stopped, value, np.nan) for key, value in delays.items()}
