"""The memory while it is written: places put one behind the other, each a whole number, a float or a word."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from simulator.engines.compiled import layout as at

__all__ = ["Tape"]

Value = int | float | None


@dataclass(slots=True)
class Tape:
    """Three lists of one length: of every place one of them holds the value, the others 0."""

    ints: list[int] = field(default_factory=lambda: [0] * at.HEAD_SIZE)
    floats: list[float] = field(default_factory=lambda: [0.0] * at.HEAD_SIZE)
    words: list[int] = field(default_factory=lambda: [0] * at.HEAD_SIZE)
    _lists: dict[tuple[int, ...], int] = field(default_factory=dict)

    def room(self, size: int) -> int:
        """So many new places; returns the first."""
        place = len(self.ints)
        self.ints += [0] * size
        self.floats += [0.0] * size
        self.words += [0] * size
        return place

    def put(self, place: int, value: Value) -> None:
        """A number into a place, as what it is; None is NONE."""
        if isinstance(value, float):
            self.floats[place] = value
        else:
            self.ints[place] = at.NONE if value is None else value

    def fill(self, place: int, **values: Value) -> None:
        """Numbers into a record, by the names that `layout` gives their distances."""
        for name, value in values.items():
            self.put(place + getattr(at, name), value)

    def run(self, values: Sequence[int | float]) -> int:
        """Numbers one behind the other; returns the first place."""
        place = self.room(len(values))
        for i, value in enumerate(values):
            self.put(place + i, value)
        return place

    def listed(self, values: Iterable[int]) -> int:
        """A list of whole numbers: its length, then the numbers; equal lists are one."""
        items = tuple(values)
        if items not in self._lists:
            self._lists[items] = self.run((len(items), *items))
        return self._lists[items]

    def merged(self) -> NDArray[np.int64]:
        """The three lists as one array of 64-bit places."""
        ints, floats = np.array(self.ints, np.int64), np.array(self.floats, np.float64)
        words = np.array(self.words, np.uint64)
        ints.view(np.float64)[floats != 0.0] = floats[floats != 0.0]
        ints.view(np.uint64)[words != 0] = words[words != 0]
        return ints

    def flags(self, size: int, among: Iterable[int]) -> int:
        """1 at the indices named, 0 elsewhere."""
        named = set(among)
        return self.run([int(i in named) for i in range(size)])
