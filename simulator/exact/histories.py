"""Who had the milder event one patient a dose; what leads to the same counts is one history.

Once it decides nothing any more, only its probability matters, and that is a truth's. So states forget who it
was and keep the number of a history, which lists the ways with the events of each.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import gcd, log

import numpy as np
from numpy.typing import NDArray

from simulator.stats.rows import distinct

__all__ = ["Book", "Histories"]

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Ways = NDArray[np.object_]
Way = tuple[tuple[int, ...], int]  # moderate, then neither, per column; in how many ways


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Histories:
    """Ways of all histories, one behind the other.

    starts: (H,) where each history begins. moderate, neither: (W, C) single patients with the milder event
    and no DLT, and with neither. log_paths: (W,) log of how many ways are like that.
    """

    starts: Ints
    moderate: Ints
    neither: Ints
    log_paths: Floats


class Book:
    """The histories met so far. columns: of the counts; first: where `moderate` begins in a row.

    `neither` follows, then the number of the history: 0 as long as events are told, then from 1.
    """

    def __init__(self, columns: int, first: int) -> None:
        self.told = slice(first, first + 2 * columns)
        self.number = first + 2 * columns
        self.columns = columns
        self.known: dict[tuple[Way, ...], int] = {}

    def behind(self, more: int) -> Book:
        """The same book for rows that begin with so many more columns."""
        found = Book(self.columns, self.told.start + more)
        found.known = self.known
        return found

    def forget(self, rows: Ints, paths: Ways, done: NDArray[np.bool_]) -> tuple[Ints, Ways]:
        """Rows of which `done` says so that have no history yet, with the number of theirs in its place."""
        done = done & (rows[:, self.number] == 0)
        if not done.any():
            return rows, paths
        told, left = rows[done, self.told], rows[done]
        left[:, self.told] = 0
        alike = distinct(left)
        kept, several = left[alike.first()], np.empty(len(alike.starts), dtype=object)
        in_order = paths[done][alike.order]
        for i, (members, ways) in enumerate(
            zip(np.split(alike.order, alike.starts[1:]), np.split(in_order, alike.starts[1:]), strict=True)
        ):
            several[i] = gcd(*ways.tolist())
            shares = [paths // several[i] for paths in ways.tolist()]
            found = sorted(zip(map(tuple, told[members].tolist()), shares, strict=True))
            kept[i, self.number] = self.known.setdefault(tuple(found), len(self.known) + 1)
        return np.concatenate((rows[~done], kept)), np.concatenate((paths[~done], several))

    def histories(self) -> Histories:
        """All of them, in the order of their numbers."""
        each: Sequence[tuple[Way, ...]] = list(self.known)
        ways = [way for history in each for way in history]
        told = np.array([counts for counts, _ in ways], dtype=np.int64).reshape(len(ways), 2 * self.columns)
        lengths = np.array([len(history) for history in each], dtype=np.int64)
        return Histories(
            starts=np.cumsum(lengths) - lengths,
            moderate=told[:, : self.columns],
            neither=told[:, self.columns :],
            log_paths=np.array([log(paths) for _, paths in ways], dtype=np.float64),
        )
