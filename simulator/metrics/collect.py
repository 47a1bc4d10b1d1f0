"""All metrics of a block."""

from __future__ import annotations

from collections.abc import Collection

from simulator.metrics.block import Block, Floats
from simulator.metrics.registry import COLLECTED
from simulator.metrics.text import Keyed
from simulator.model.metric import Key
from simulator.model.records import Records
from simulator.program.tables import Program

__all__ = ["collect"]


def collect(program: Program, records: Records, only: Collection[Key] | None = None) -> Keyed[Floats]:
    """Key -> one value per trial of the block.

    only: columns that are wanted, of those that there are; all if None.
    """
    block = Block(program, records)
    out: Keyed[Floats] = Keyed()
    shapes = None if only is None else {key.shape for key in only}
    for characteristic in COLLECTED:
        if shapes is None or any(metric.shape in shapes for metric in characteristic.METRICS):
            out.update(characteristic.columns(block))
    return out if only is None else Keyed({key: out[key] for key in only if key in out})
