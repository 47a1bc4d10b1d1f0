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
    kind, occurred = np.ascontiguousarray(events["event"]), np.ascontiguousarray(events["occurred"])
    trial = np.ascontiguousarray(events["trial"]) - block.first
    patient = (trial << 32) + events["candidate"]
    part = (occurred > block.crossed[trial]).astype(np.int64) + (occurred > block.effective[trial])
    place = trial * 3 + part  # before, overrun, after: in turn
    for number, event in enumerate(block.program.events):
        mine = np.flatnonzero(kind == number)
        who = patient[mine]
        first = np.append(True, who[1:] != who[:-1])[: len(who)]  # they stand patient by patient, in time
        for key, rows in ((f"patients_with.{event.name}", mine[first]), (f"events.{event.name}", mine)):
            split = np.bincount(place[rows], minlength=3 * block.size).reshape(-1, 3).astype(float)
            out[key] = split.sum(axis=1)
            for i, name in enumerate(("before", "overrun", "after")):
                out[f"{key}.{name}"] = np.ascontiguousarray(split[:, i])
    return out
