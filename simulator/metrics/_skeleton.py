"""Metrics to copy: how long accrual lasted, and whether nobody had an event.

To add metrics: copy this file to `simulator/metrics/NAME.py`, change what is marked, import it in
`simulator/metrics/registry.py` and name it in COLLECTED there, and write the table of docs/results.md anew
with `python -m tests.docs`. Tallies, files, `to_arrow` and tests/conformance know it from then on.
"""

from __future__ import annotations

import numpy as np

from simulator.metrics.block import Block, Floats
from simulator.model.metric import Key, Kind, Metric

__all__ = ["METRICS", "columns"]

ACCRUAL = Metric(  # change
    "days_to_last_entry",  # its name; a part of the scenario in capitals, as below
    kind=Kind.TIME,
    unit="days",
    label="days of accrual",
    about="first entry to the last",  # the row of docs/results.md
    undefined="nobody was enrolled",  # where a trial has no value; left out if every trial has one
)
WITHOUT = Metric(
    "p_without.EVENT",
    kind=Kind.SHARE,
    unit="share",
    label="nobody with {event}",
    about="no patient had such an event during their course",
)
METRICS = (ACCRUAL, WITHOUT)  # in the order of docs/results.md


def columns(block: Block) -> dict[Key, Floats]:  # change
    """One value per trial under each key: days, nan without an entry; 1 where it is so, else 0."""
    out: dict[Key, Floats] = {ACCRUAL(): block.last_entry - block.first_entry}
    events = block.records.events
    for number, event in enumerate(block.program.events):
        mine = events[events["event"] == number]
        out[WITHOUT(event.name)] = (block.count(mine) == 0).astype(np.float64)
    return out
