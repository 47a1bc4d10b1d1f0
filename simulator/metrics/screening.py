"""Candidates who were registered, and what became of them; only where there is screening."""

from __future__ import annotations

import numpy as np

from simulator.metrics.block import Block, Floats
from simulator.model.metric import Key, Kind, Metric
from simulator.model.records import Screened

__all__ = ["METRICS", "columns"]

REGISTERED = Metric(
    "n_registered",
    kind=Kind.MEAN,
    unit="candidates",
    label="candidates registered",
    about="candidates registered: patients enrolled, those not eligible and those too late",
)
INELIGIBLE = Metric(
    "n_not_eligible",
    kind=Kind.MEAN,
    unit="candidates",
    label="not eligible",
    about="of these, who turned out not to be eligible when screening was over",
)
TOO_LATE = Metric(
    "n_too_late",
    kind=Kind.MEAN,
    unit="candidates",
    label="eligible, too late",
    about="of these, who were eligible and did not enter, since accrual was closed by then, or held and "
    "they were lost",
)
METRICS = (REGISTERED, INELIGIBLE, TOO_LATE)


def columns(block: Block) -> dict[Key, Floats]:
    """Candidates of each trial; nothing without screening."""
    if block.program.screening is None:
        return {}
    rows = block.records.screenings
    late = np.isin(rows["outcome"], [Screened.LOST, Screened.CLOSED, Screened.WAITING])
    return {
        REGISTERED(): block.count(rows),
        INELIGIBLE(): block.count(rows[rows["outcome"] == Screened.INELIGIBLE]),
        TOO_LATE(): block.count(rows[late]),
    }
