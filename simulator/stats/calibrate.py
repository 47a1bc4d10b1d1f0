"""The cut-off of a monitored binomial count whose probability of a stop meets a target, exactly.

What a rule compares takes finitely many values on the planned looks, so there are finitely many regions of
stopping, one within the other. Values that are equal but for rounding are one: they stop together or not at
all. The search is over these values and never over constants, which are not unique (geller2003, ivanova2005).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simulator.stats.binomial import monitor

__all__ = ["Goal", "Region", "Statistic", "calibrate"]

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

    of: (n, x), arrays of equal shape -> values, the more extreme the larger, monotone in x. many: whether
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
    max_n: int | None = None,
) -> Region:
    """The largest region with P(stop) at most the goal's, or the smallest with at least so much.

    looks: patients at each, increasing. against: bounds at these looks that end the trial the other way;
    P(stop) is then that of getting here first. Cost: a walk over the looks for each halving of the values.
    """
    search = _Search(statistic, tuple(looks), goal, against, max_n)
    values = search.listed()
    low, high = 0, len(values)  # levels fall as the value rises; len(values) stands for no stop at all
    while low < high:
        middle = (low + high) // 2
        if goal.met(search.level(values[middle])) is goal.at_most:
            high = middle
        else:
            low = middle + 1
    chosen, other = (low, low - 1) if goal.at_most else (low - 1, low)
    return Region(
        value=float(values[chosen]) if 0 <= chosen < len(values) else None,
        level=search.level(values[chosen]) if 0 <= chosen < len(values) else 0.0,
        next_level=search.level(values[other]) if 0 <= other < len(values) else None,
    )


@dataclass(slots=True)
class _Search:
    statistic: Statistic
    looks: tuple[int, ...]
    goal: Goal
    against: Sequence[int | None] | None
    max_n: int | None

    def level(self, value: float) -> float:
        """P(stop) where everything from `value` on stops."""
        bounds = self.bounds(value)
        stops: list[int | None] = [
            int(x) if 0 <= x <= n else None for x, n in zip(bounds, self.looks, strict=True)
        ]
        upper, lower = (stops, self.against) if self.statistic.many else (self.against, stops)
        nowhere: list[int | None] = [None] * len(self.looks)
        found = monitor(
            self.looks, self.goal.rate, upper=upper or nowhere, lower=lower or nowhere, max_n=self.max_n
        )
        return found.p_upper if self.statistic.many else found.p_lower

    def bounds(self, value: float) -> Ints:
        """At each look the count nearest to going on that stops; n + 1, or -1 of few, where none does."""
        n = np.array(self.looks, dtype=np.int64)
        low, high = np.zeros_like(n), n + 1  # y, the rank of a count among the extreme ones, from the tamest
        while (open_ := low < high).any():
            middle = (low + high) // 2
            beyond = np.zeros(n.shape, dtype=np.bool_)
            beyond[open_] = self.at(n[open_], middle[open_]) >= value - self.tie(value)
            high = np.where(open_ & beyond, middle, high)
            low = np.where(open_ & ~beyond, middle + 1, low)
        return low if self.statistic.many else n - low

    def at(self, n: Ints, y: Ints) -> Floats:
        """Values by rank: the count itself, or the patients without an event where few are extreme."""
        return np.asarray(self.statistic.of(n, y if self.statistic.many else n - y), dtype=np.float64)

    def tie(self, value: float) -> float:
        """How far below `value` another still equals it."""
        size = min(abs(value), abs(1.0 - abs(value))) if self.statistic.share else abs(value) or 1.0
        return max(SAME * size, LAST_BITS * abs(value))

    def listed(self) -> Floats:
        """The values that may be the one, rising, without those that equal one below them."""
        n = np.array(self.looks, dtype=np.int64)
        first, end = np.zeros_like(n), n + 1  # per look the ranks y that are left
        while (left := int((end - first).sum())) > LISTED:
            widest = int((end - first).argmax())
            middle = (first[widest] + end[widest]) // 2
            pivot = float(self.at(n[widest : widest + 1], middle[None])[0])
            bounds = self.bounds(pivot)
            rank = bounds if self.statistic.many else n - bounds
            if self.goal.met(self.level(pivot)) is self.goal.at_most:
                end = np.clip(rank + 1, first, end)  # the one sought is `pivot`, or below it
            else:
                first = np.clip(rank, first, end)
            if int((end - first).sum()) == left:
                break
        return self.told_apart(n, first, end)

    def told_apart(self, n: Ints, first: Ints, end: Ints) -> Floats:
        """Values of the cells that are left, one for each group of equal ones."""
        size = end - first
        looks = np.repeat(np.arange(len(n)), size)
        y = np.arange(len(looks)) - np.repeat(np.cumsum(size) - size, size) + first[looks]
        values = np.unique(self.at(n[looks], y))
        values = values[np.isfinite(values)]
        kept: list[float] = []
        for value in values.tolist():
            if not kept or value - self.tie(value) > kept[-1]:
                kept.append(value)
        return np.array(kept)
