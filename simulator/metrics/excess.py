"""Patients with an event over those of the same trial under the benchmark variant."""

from __future__ import annotations

from collections.abc import Mapping

from simulator.metrics.block import Floats
from simulator.metrics.harm import WITH
from simulator.model.metric import Key, Kind, Metric

__all__ = ["METRICS", "against"]

EXCESS = Metric(
    "excess.patients_with.EVENT",
    kind=Kind.DIFFERENCE,
    unit="patients",
    label="excess patients with {event}",
    about="patients with the event minus the same trial's under the `benchmark` variant; its mcse is that of "
    "the paired difference",
)
METRICS = (EXCESS,)


def against(mine: Mapping[Key, Floats], benchmark: Mapping[Key, Floats]) -> dict[Key, Floats]:
    """Differences of the same trials, of every event that both variants have."""
    return {
        EXCESS(*WITH.names(key)): values - benchmark[key]
        for key, values in mine.items()
        if key.shape == WITH.shape and key in benchmark
    }
