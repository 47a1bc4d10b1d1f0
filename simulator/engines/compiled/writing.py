"""A memory while a Program is written into it: records put one behind the other, behind the head."""

from __future__ import annotations

from array import array
from collections.abc import Iterable
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from simulator.engines.compiled.described import Floats, Ints, Items, Memory, Record, Rows
from simulator.engines.compiled.records.trial import Trial

__all__ = ["Writer"]

R = TypeVar("R", bound=Record)

PLACE = 8  # bytes


class Writer:
    """Three arrays of one length: of every place one of them holds the value, the others 0.

    They grow as lists do; numbers that are an array already are copied in one go.
    """

    def __init__(self) -> None:
        self.ints = array("q")
        self.floats = array("d")
        self.words = array("Q")
        self.memory: Memory = (self.ints, self.floats, self.words)
        self._lists: dict[tuple[int, ...], int] = {}
        self.head = Trial(self.memory, self.room(Trial.size))

    def room(self, size: int) -> int:
        """So many new places; returns the first."""
        place, nothing = len(self.ints), bytes(PLACE * size)
        self.ints.frombytes(nothing)
        self.floats.frombytes(nothing)
        self.words.frombytes(nothing)
        return place

    def rows(self, of: type[R], n: int) -> Rows[R]:
        """New records one behind the other; a length that the head holds must stand there."""
        size = getattr(self.head, of.size_at) if of.size_at else of.size
        return Rows(self.memory, self.room(n * size), of, size)

    def one(self, of: type[R]) -> R:
        """A new record."""
        return self.rows(of, 1)[0]

    def run(self, values: Iterable[int]) -> Ints:
        """Whole numbers one behind the other."""
        given = values if isinstance(values, array) else array("q", values)
        numbers = Ints(self.memory, self.room(len(given)))
        numbers.put(given)
        return numbers

    def floating(self, values: Iterable[float]) -> Floats:
        """Floats one behind the other."""
        given = values if isinstance(values, array) else array("d", values)
        numbers = Floats(self.memory, self.room(len(given)))
        numbers.put(given)
        return numbers

    def flags(self, size: int, among: Iterable[int]) -> Ints:
        """1 at the indices named, 0 elsewhere."""
        named = set(among)
        return self.run([int(i in named) for i in range(size)])

    def listed(self, values: Iterable[int]) -> Items:
        """A list of whole numbers: its length, then the numbers; equal lists are one."""
        items = tuple(values)
        if items not in self._lists:
            self._lists[items] = self.run((len(items), *items)).place
        return Items(self.memory, self._lists[items])

    def copy(self, size: int) -> Memory:
        """Three lists of the same, with room for `size` places."""
        more = size - len(self.ints)
        return [*self.ints, *[0] * more], [*self.floats, *[0.0] * more], [*self.words, *[0] * more]

    def merged(self) -> NDArray[np.int64]:
        """The three as one array of 64-bit places."""
        ints, floats, words = (np.frombuffer(lane, np.int64) for lane in self.memory)  # type: ignore[call-overload]
        found: NDArray[np.int64] = ints | floats
        found |= words
        return found
