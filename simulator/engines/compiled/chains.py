"""Chains in the memory: who holds one knows its first and last item, each item the one that follows."""

from __future__ import annotations

from simulator.engines.compiled import layout as at
from simulator.engines.compiled.jit import kernel
from simulator.engines.compiled.layout import Ints

__all__ = ["append"]


@kernel
def append(ints: Ints, first: int, last: int, item: int, following: int) -> None:
    """Put an item last. first, last: where the ends are held; following: where an item holds the next one."""
    ints[item + following] = at.NONE
    if ints[first] < 0:
        ints[first] = item
    else:
        ints[ints[last] + following] = item
    ints[last] = item
