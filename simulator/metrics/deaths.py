"""Deaths that the DLT rule of dose finding cannot see, since they come after its window."""

from __future__ import annotations

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
    events, records = block.records.events, block.records
    deaths = events[events["event"] == dosing.death]
    entry = records.patients["entry"][records.patient_of(deaths)]
    late = deaths[deaths["occurred"] - entry > dosing.window]
    return {LATE(block.program.events[dosing.death].name): block.count(late)}
