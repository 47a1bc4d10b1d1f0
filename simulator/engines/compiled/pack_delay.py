"""A delay -> its record in the memory of kernels."""

from __future__ import annotations

from simulator.contracts import DelayTable
from simulator.engines.compiled.records.program import Delay
from simulator.engines.compiled.writing import Writer

__all__ = ["pack_delay"]


def pack_delay(writer: Writer, table: DelayTable | None) -> Delay:
    """The record of a delay; none is one of 0 days."""
    delay = writer.one(Delay)
    constant = 0.0 if table is None else table.constant
    if table is None or constant is not None:
        delay.days = float(constant or 0.0)
        return delay
    delay.n = len(table.probabilities)
    delay.values = writer.floating((*table.probabilities, *table.days))
    return delay
