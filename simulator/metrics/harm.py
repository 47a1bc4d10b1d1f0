"""Patients with each event and events: before the crossing, in the overrun, after the stop."""

from __future__ import annotations

import numpy as np

from simulator.metrics.block import Block, Floats
from simulator.model.metric import Key, Kind, Metric

__all__ = ["METRICS", "WITH", "columns"]

WITH = Metric(
    "patients_with.EVENT",
    kind=Kind.MEAN,
    unit="patients",
    label="patients with {event}",
    about="with at least one such event during their course, in any phase, counted by a rule or not",
)
EVENTS = Metric(
    "events.EVENT",
    kind=Kind.MEAN,
    unit="events",
    label="events: {event}",
    about="all such events, repeats included",
)
SPLIT = (  # in time; a patient belongs to the part in which the first event fell
    ("before", "up to and with the occurrence that crossed the rule; all, if the trial is not stopped"),
    ("overrun", "after that occurrence, up to the effect of the stop"),
    ("after", "after the effect of the stop"),
)
WITH_IN = tuple(
    Metric(
        f"patients_with.EVENT.{word}",
        kind=Kind.MEAN,
        unit="patients",
        label=f"patients with {{event}}, {word}",
        about=f"of these, by the first event: {about}",
    )
    for word, about in SPLIT
)
EVENTS_IN = tuple(
    Metric(
        f"events.EVENT.{word}",
        kind=Kind.MEAN,
        unit="events",
        label=f"events: {{event}}, {word}",
        about=f"of these: {about}",
    )
    for word, about in SPLIT
)
METRICS = (WITH, *WITH_IN, EVENTS, *EVENTS_IN)


def columns(block: Block) -> dict[Key, Floats]:
    """Patients and events of each trial, and each split at the stop's dates."""
    out: dict[Key, Floats] = {}
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
        for whole, parts, rows in ((WITH, WITH_IN, mine[first]), (EVENTS, EVENTS_IN, mine)):
            split = np.bincount(place[rows], minlength=3 * block.size).reshape(-1, 3).astype(float)
            out[whole(event.name)] = split.sum(axis=1)
            for i, metric in enumerate(parts):
                out[metric(event.name)] = np.ascontiguousarray(split[:, i])
    return out
