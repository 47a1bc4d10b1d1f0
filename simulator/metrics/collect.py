"""All metrics of a block."""

from __future__ import annotations

from simulator.metrics import dose_finding, duration, exposure, harm, patients, reading, stopping
from simulator.metrics.block import Block, Floats
from simulator.model.records import Records
from simulator.program.tables import Program

__all__ = ["COLLECTED", "collect"]

COLLECTED = (stopping, reading, dose_finding, patients, harm, exposure, duration)


def collect(program: Program, records: Records) -> dict[str, Floats]:
    """Key -> one value per trial of the block."""
    block = Block(program, records)
    out: dict[str, Floats] = {}
    for metric in COLLECTED:
        out |= metric.columns(block)
    return out
