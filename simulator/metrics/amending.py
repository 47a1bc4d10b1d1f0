"""Amendments: whether each came into force, and after how many patients."""

from __future__ import annotations

import numpy as np

from simulator.metrics.block import Block, Floats
from simulator.model.metric import Key, Kind, Metric

__all__ = ["METRICS", "columns"]

AMENDED = Metric(
    "p_amended.AMENDMENT",
    kind=Kind.SHARE,
    unit="share",
    label="amended: {amendment}",
    about="the amendment came into force",
)
BEFORE = Metric(
    "n_before.AMENDMENT",
    kind=Kind.MEAN,
    unit="patients",
    label="patients before {amendment}",
    about="who entered before the amendment came into force, of trials in which it did; not of dose finding",
    undefined="it did not come",
)
METRICS = (AMENDED, BEFORE)


def columns(block: Block) -> dict[Key, Floats]:
    """Of each trial; n_before is nan where the amendment did not come."""
    program, decisions, out = block.program, block.records.decisions, dict[Key, Floats]()
    patients = block.records.patients
    for number, amendment in enumerate(program.amendments):
        came = block.count(decisions[decisions["amendment"] == number])
        out[AMENDED(amendment.name)] = came
        if not amendment.restarts:
            before = block.count(patients[patients["version"] <= number])
            out[BEFORE(amendment.name)] = np.where(came > 0, before, np.nan)
    return out
