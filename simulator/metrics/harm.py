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
        order = np.lexsort((mine["occurred"], mine["candidate"], mine["trial"]))
        mine = mine[order]
        _, first = np.unique(np.stack([mine["trial"], mine["candidate"]]), axis=1, return_index=True)
        for key, rows in ((f"patients_with.{event.name}", mine[first]), (f"events.{event.name}", mine)):
            out[key] = block.count(rows)
            trial, occurred = block.index(rows), rows["occurred"]
            before = occurred <= block.crossed[trial]
            after = occurred > block.effective[trial]
            out[f"{key}.before"] = block.count(rows[before])
            out[f"{key}.overrun"] = block.count(rows[~before & ~after])
            out[f"{key}.after"] = block.count(rows[~before & after])
    return out
