"""The cut-off of a monitored binomial count whose probability of a stop meets a target, exactly.

What a rule compares takes finitely many values on the planned looks, so there are finitely many regions of
stopping, one within the other. Values that are equal but for rounding are one: they stop together or not at
all. The search is over these values and never over constants, which are not unique (geller2003, ivanova2005).
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simulator.stats.binomial import above, monitor

__all__ = ["Goal", "Region", "Statistic", "calibrate", "level_from"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

SAME = 1e-9  # of a value, or of a probability's nearer tail: values nearer than that are one
LAST_BITS = 2.0**-50
LISTED = 40_000  # cells of which all values are listed; of more, half are left out again and again
ROUNDING = 1e-12  # of a target, that a probability's own rounding may take it beyond


@dataclass(frozen=True, slots=True, kw_only=True)
class Region:
    """Where a trial stops, of all that the target allows the one asked for.

    value: of the statistic from which on it stops; None: nowhere. level: P(stop) at the rate of the target.
    next_level: that of the region which comes next, larger where the target is an upper limit and smaller
    where it is a lower one; None where there is none.
    """

    value: float | None
    level: float
    next_level: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Statistic:
    """What a rule compares.

    of: (n, x), arrays of equal shape -> values, the more extreme the larger, monotone in x; -inf where no
    region may be. many: whether
    many events are extreme, and not few. share: whether values are probabilities (or their negatives), so
    that those near 1 differ by what is missing to it.
    """

    of: Callable[[Ints, Ints], Floats]
    many: bool = True
    share: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Goal:
    """P(stop) at a true rate is to be at most `level`, as near to it as can be, or at least so much."""

    rate: float
    level: float
    at_most: bool = True

    def met(self, level: float) -> bool:
        """Whether a probability of a stop is within it, but for its own rounding."""
        if self.at_most:
            return level <= self.level * (1.0 + ROUNDING)
        return level >= self.level * (1.0 - ROUNDING)


def calibrate(
    statistic: Statistic,
    looks: Sequence[int],
    goal: Goal,
    *,
    against: Sequence[int | None] | None = None,
    yields: bool = False,
    max_n: int | None = None,
) -> Region:
    """The largest region with P(stop) at most the goal's, or the smallest with at least so much.

    looks: patients at each, increasing. against: bounds at these looks that end the trial the other way;
    P(stop) is then that of getting here first. yields: where both hold at a look it is the other way that
    counts. Cost: a walk over the looks for each halving of the values.
    """
    search = _Search(statistic, np.array(looks, dtype=np.int64), goal.rate, against, yields, max_n)
    cells = search.narrowed(goal)
    values = _told_apart(cells.values, search.tie)
    levels = [functools.partial(search.level_of, cells, value) for value in values]
    low, high = 0, len(values)  # levels fall as the value rises; len(values) stands for no stop at all
    while low < high:
        middle = (low + high) // 2
        if goal.met(levels[middle]()) is goal.at_most:
            high = middle
        else:
            low = middle + 1
    chosen, other = (low, low - 1) if goal.at_most else (low - 1, low)
    next_level = levels[other]() if 0 <= other < len(values) else cells.outside
    if 0 <= chosen < len(values):
        return Region(value=values[chosen], level=levels[chosen](), next_level=next_level)
    value, level = cells.inside or (None, 0.0)
    return Region(value=value, level=level, next_level=next_level)


def level_from(
    value: float,
    statistic: Statistic,
    looks: Sequence[int],
    rate: float,
    *,
    against: Sequence[int | None],
    yields: bool = False,
    max_n: int | None = None,
) -> float:
    """P(stop) at a rate where everything from a value on stops, beside bounds the other way (`calibrate`)."""
    search = _Search(statistic, np.array(looks, dtype=np.int64), rate, against, yields, max_n)
    return search.level(search.ranks(value))


@dataclass(frozen=True, slots=True)
class _Cells:
    """What is left of each look: of the counts, tamest first, those from rank `first` on, and their values.

    row: which look a value is of. inside: value and P(stop) of the region next to these that meets the goal;
    outside: P(stop) of the one that misses it; None where that would be no region, or not one.
    """

    first: Ints
    row: Ints
    values: Floats
    inside: tuple[float, float] | None
    outside: float | None


@dataclass(frozen=True, slots=True)
class _Search:
    statistic: Statistic
    looks: Ints
    rate: float
    against: Sequence[int | None] | None
    yields: bool
    max_n: int | None

    def level(self, ranks: Ints) -> float:
        """P(stop) where at each look the counts from these ranks on stop."""
        n, many = self.looks, self.statistic.many
        counts = (ranks if many else n - ranks).tolist()
        stops = [x if 0 <= x <= of else None for x, of in zip(counts, n.tolist(), strict=True)]
        against = self.against or [None] * len(stops)
        upper, lower = (stops, against) if many else (against, stops)
        if many is self.yields:  # `monitor` names the upper one where both hold
            upper = above(upper, lower)
        found = monitor(n.tolist(), self.rate, upper=upper, lower=lower, max_n=self.max_n)
        return found.p_upper if many else found.p_lower

    def level_of(self, cells: _Cells, value: float) -> float:
        """P(stop) where everything from one of the values that are left on stops."""
        tamer = np.bincount(cells.row, cells.values < value - self.tie(value), minlength=len(self.looks))
        return self.level(cells.first + tamer.astype(np.int64))

    def at(self, n: Ints, rank: Ints) -> Floats:
        """Values by rank: the count itself, or the patients without an event where few are extreme."""
        return np.asarray(self.statistic.of(n, rank if self.statistic.many else n - rank), dtype=np.float64)

    def tie(self, value: float) -> float:
        """How far below `value` another still equals it."""
        size = min(abs(value), abs(1.0 - abs(value))) if self.statistic.share else abs(value) or 1.0
        return max(SAME * size, LAST_BITS * abs(value))

    def narrowed(self, goal: Goal) -> _Cells:
        """The counts that may be the least of the region; of very many those between two regions.

        None that is no more extreme than the tamest count of some look: that would stop whatever happens.
        """
        n, inside, outside = self.looks, None, None
        tamest = self.at(n, np.zeros_like(n))
        first, end = self.ranks(float(tamest.max()), beyond=True), n + 1
        while int((end - first).sum()) > LISTED:
            widest = int((end - first).argmax())
            middle = (first[widest] + end[widest]) // 2
            pivot = float(self.at(n[widest : widest + 1], middle[None])[0])
            there, beyond = self.ranks(pivot), self.ranks(pivot, beyond=True)
            level = self.level(there)
            met = goal.met(level)
            inside, outside = ((pivot, level), outside) if met else (inside, level)
            if met is goal.at_most:  # what is sought is the pivot or tamer
                end = np.maximum(first, there)
            else:  # or more extreme
                first = np.minimum(beyond, end)
        size = end - first
        row = np.repeat(np.arange(len(n)), size)
        rank = np.arange(len(row)) - np.repeat(np.cumsum(size) - size, size) + first[row]
        return _Cells(first, row, self.at(n[row], rank), inside, outside)

    def ranks(self, value: float, *, beyond: bool = False) -> Ints:
        """At each look the first rank whose value is so extreme, or beyond it; n + 1 where none is."""
        n, least = self.looks, value + self.tie(value) if beyond else value - self.tie(value)
        low, high = np.zeros_like(n), n + 1
        while (open_ := low < high).any():
            middle = (low + high) // 2
            holds = np.zeros(n.shape, dtype=np.bool_)
            values = self.at(n[open_], middle[open_])
            holds[open_] = values > least if beyond else values >= least
            high = np.where(open_ & holds, middle, high)
            low = np.where(open_ & ~holds, middle + 1, low)
        return low


def _told_apart(values: Floats, tie: Callable[[float], float]) -> list[float]:
    """Finite values, rising, without those that equal one below them."""
    kept: list[float] = []
    for value in np.unique(values[np.isfinite(values)]).tolist():
        if not kept or value - tie(value) > kept[-1]:
            kept.append(value)
    return kept
