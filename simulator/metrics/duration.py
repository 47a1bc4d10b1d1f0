"""How long trials last, and when they stop; all counted from the first entry."""

from __future__ import annotations

import numpy as np

from simulator.metrics.block import Block, Floats

__all__ = ["columns"]


def columns(block: Block) -> dict[str, Floats]:
    """duration_days, days_to_stop_or_last_dose, days_to_stop (inf: never), and the stop's delays.

    duration_days: to the end of the last course. days_to_stop_or_last_dose: to the stop's effect,
    else to the last planned dose of the last patient. Delays only in trials that stop (else nan):
    days_crossing_to_report, days_report_to_effect.
    """
    first, effective = block.first_entry, block.effective
    to_stop = effective - first
    out = {
        "duration_days": block.last_exit - first,
        "days_to_stop_or_last_dose": np.where(block.stopped, to_stop, block.last_planned_dose - first),
        "days_to_stop": np.where(block.stopped, to_stop, np.inf),
    }
    reported = block.at_stop(block.stops["reported"])
    with np.errstate(invalid="ignore"):  # inf - inf where the trial did not stop
        delays = {
            "days_crossing_to_report": reported - block.crossed,
            "days_report_to_effect": effective - reported,
        }
    return out | {key: np.where(block.stopped, value, np.nan) for key, value in delays.items()}
