"""All metrics of a block."""

from __future__ import annotations

from simulator.metrics.block import Block, Floats
from simulator.metrics.registry import COLLECTED
from simulator.metrics.text import Keyed
from simulator.model.records import Records
from simulator.program.tables import Program

__all__ = ["collect"]


def collect(program: Program, records: Records) -> Keyed[Floats]:
    """Key -> one value per trial of the block."""
    block = Block(program, records)
    out: Keyed[Floats] = Keyed()
    for characteristic in COLLECTED:
        out.update(characteristic.columns(block))
    return out
