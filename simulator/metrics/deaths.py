"""Deaths that the DLT rule of dose finding cannot see, since they come after its window."""

from __future__ import annotations

import numpy as np

from simulator.metrics.block import Block, Floats
from simulator.model.metric import Key, Kind, Metric

__all__ = ["METRICS", "columns"]

LATE = Metric(
    "patients_with.EVENT.after_window",
    kind=Kind.MEAN,
    unit="patients",
    label="patients with {event} after the DLT window",
    about="with dose finding, of the event that is death: who died after their DLT window, unseen by it",
)
METRICS = (LATE,)


def columns(block: Block) -> dict[Key, Floats]:
    """Patients of each trial; nothing where dose finding names no death."""
    dosing = block.program.dosing
    if dosing is None or dosing.death < 0:
        return {}
    events, patients = block.records.events, block.records.patients
    deaths = events[events["event"] == dosing.death]
    patient = (patients["trial"] << 32) + patients["candidate"]
    entry = patients["entry"][np.searchsorted(patient, (deaths["trial"] << 32) + deaths["candidate"])]
    late = deaths[deaths["occurred"] - entry > dosing.window]
    return {LATE(block.program.events[dosing.death].name): block.count(late)}
