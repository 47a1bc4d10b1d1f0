"""Chains in the memory: who holds one knows its first and last item, each item the one that follows."""

from __future__ import annotations

from typing import TypeVar

from simulator.engines.compiled.described import NONE, Chain
from simulator.engines.compiled.jit import kernel
from simulator.engines.compiled.places import put_next

__all__ = ["append"]

T = TypeVar("T")


@kernel
def append(chain: Chain[T], item: T) -> None:
    """Put an item last."""
    put_next(chain, item, NONE)
    if chain.first:
        put_next(chain, chain.last, item)
    else:
        chain.first = item
    chain.last = item
