"""The course of dose finding: cohorts, the time it takes, candidates lost."""

from __future__ import annotations

import numpy as np

from simulator.metrics.block import Block, Floats
from simulator.model.metric import Key, Kind, Metric

__all__ = ["METRICS", "columns"]

COHORTS = Metric("n_cohorts", kind=Kind.MEAN, unit="cohorts", label="cohorts", about="cohorts treated")
DAYS_TO_MTD = Metric(
    "days_to_mtd",
    kind=Kind.TIME,
    unit="days",
    label="days to the MTD (or to none)",
    about="first entry to the end of dose finding, or to its last outcome where the trial ends first and the "
    "design recommends all the same; among trials with such an end",
    undefined="dose finding did not end",
    kept=True,
)
LOST = Metric(
    "n_lost",
    kind=Kind.MEAN,
    unit="candidates",
    label="candidates lost",
    about="who turned up while accrual was held, and were lost; with dose finding, or rules that hold it",
)
METRICS = (COHORTS, DAYS_TO_MTD, LOST)


def columns(block: Block) -> dict[Key, Floats]:
    """Of each trial; days_to_mtd is nan where dose finding was not finished.

    Without dose finding only who was lost, where rules hold accrual.
    """
    lost: dict[Key, Floats] = {LOST(): block.records.trials["lost"].astype(float)}
    dosing = block.program.dosing
    if dosing is None:
        return lost if any(monitor.hold is not None for monitor in block.program.monitors) else {}
    patients, final = block.records.patients, block.final_decisions
    in_cohort = patients[patients["cohort"] >= 0]
    cohort = (in_cohort["trial"] << 32) + in_cohort["cohort"]  # rises with entry
    new = np.append(True, cohort[1:] != cohort[:-1])[: len(cohort)]
    days = np.full(block.size, np.nan)
    days[block.index(final)] = final["time"] - block.first_entry[block.index(final)]
    return {
        COHORTS(): block.tally(block.index(in_cohort[new])),
        DAYS_TO_MTD(): days,
        **lost,
    }
