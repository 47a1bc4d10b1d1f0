"""Patients with each event and events: before the crossing, in the overrun, after the stop."""

from __future__ import annotations

import numpy as np

from simulator.metrics.block import Block, Floats

__all__ = ["columns"]


def columns(block: Block) -> dict[str, Floats]:
    """patients_with.EVENT and events.EVENT, and each split at the stop's dates.

    before: up to and with the occurrence that crossed the rule (all of a trial that does not
    stop); overrun: from then until the stop took effect; after: later. A patient belongs to the
    part in which the first event fell.
    """
    out: dict[str, Floats] = {}
    events = block.records.events
    for number, event in enumerate(block.program.events):
        mine = events[events["event"] == number]
        first = np.ones(len(mine), dtype=bool)  # of a patient: they stand patient by patient, in time
        first[1:] = (mine["candidate"][1:] != mine["candidate"][:-1]) | (
            mine["trial"][1:] != mine["trial"][:-1]
        )
        trial, occurred = block.index(mine), mine["occurred"]
        after = occurred > block.effective[trial]
        overrun = (occurred > block.crossed[trial]) & ~after
        for key, keep in ((f"patients_with.{event.name}", first), (f"events.{event.name}", None)):
            rows = trial if keep is None else trial[keep]
            out[key] = block.tally(rows)
            late = after if keep is None else after[keep]
            between = overrun if keep is None else overrun[keep]
            out[f"{key}.overrun"] = block.tally(rows[between])
            out[f"{key}.after"] = block.tally(rows[late])
            out[f"{key}.before"] = out[key] - out[f"{key}.overrun"] - out[f"{key}.after"]
    return out
