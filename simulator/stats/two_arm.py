"""The exact course of a trial that compares two binomial counts at looks with fixed patients in each arm.

A walk over both counts moves the mass at or beyond a row's least x1 to "stopped" at each look
(jennison2000). It is walked once, at rate 1/2, where a probability is a number of orders of events: P at any
two rates is then a sum of nonnegative terms (schultz1973), so nothing cancels.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["MOST_IN_AN_ARM", "Largest", "MonitoredArms", "Pair", "TwoArmEnds", "two_arm_ends"]

Floats = NDArray[np.float64]
Pair = tuple[int, int]

MOST_IN_AN_ARM = 500  # patients: 2^-1000, the probability of one order of both arms' events, is still a float
GRID = 1_001  # common rates at which the largest P(stop) is first looked for
NEAR = 0.99  # peaks of the grid that reach so much of its largest value are refined


@dataclass(frozen=True, slots=True, kw_only=True)
class MonitoredArms:
    """What happens to a trial at one pair of true rates.

    looks   : (n1, n2) at each look; stop_at : P(stopped at this look), as `looks`
    p_stop  : P(stop), the last look included
    expected_n1, expected_n2 : E[patients] of each arm
    """

    looks: tuple[Pair, ...]
    stop_at: tuple[float, ...]
    expected_n1: float
    expected_n2: float

    @property
    def p_stop(self) -> float:
        """P(stop), the last look included."""
        return sum(self.stop_at)

    @property
    def p_stop_before_last(self) -> float:
        """P(stop before the last look)."""
        return sum(self.stop_at[:-1])

    @property
    def expected_n(self) -> float:
        """E[patients of both arms]."""
        return self.expected_n1 + self.expected_n2


@dataclass(frozen=True, slots=True, kw_only=True)
class Largest:
    """The largest P(stop) over a common rate, and that rate."""

    rate: float
    p_stop: float


@dataclass(frozen=True, slots=True, kw_only=True)
class TwoArmEnds:
    """In how many ways each final count is reached, as probabilities at rate 1/2 in both arms.

    stopped : per look (n1 + 1, n2 + 1), x1 by x2, what is stopped there
    gone    : the same at the last look of all that was stopped by then, had both arms gone on to it: a sum
              of polynomials in the rates as one, so that P(stop) costs no more for many looks
    most    : patients of each arm without a stop
    """

    looks: tuple[Pair, ...]
    stopped: tuple[Floats, ...]
    gone: Floats
    most: Pair

    def at(self, p1: float, p2: float) -> MonitoredArms:
        """The course at true rates p1 and p2, each in [0, 1]."""
        stop_at = [float(p) for p in self.stop_at([p1], [p2])[0]]
        weights = [*stop_at, max(0.0, 1.0 - sum(stop_at))]
        n1, n2 = zip(*self.looks, self.most, strict=True)
        return MonitoredArms(
            looks=self.looks,
            stop_at=tuple(stop_at),
            expected_n1=float(np.dot(n1, weights)),
            expected_n2=float(np.dot(n2, weights)),
        )

    def stop_at(self, p1: ArrayLike, p2: ArrayLike) -> Floats:
        """P(stopped at each look) for pairs of rates. (R,), (R,) -> (R, looks)."""
        return np.stack([_chance(mass, p1, p2) for mass in self.stopped], axis=1)

    def p_stop(self, rates: ArrayLike) -> Floats:
        """P(stop) where both arms have the same rate. (R,) -> (R,)."""
        return _chance(self.gone, rates, rates)

    def largest(self) -> Largest:
        """The largest P(stop) over a common rate from 0 to 1.

        Every peak of a grid, even in arcsin(sqrt(rate)) so that it is as fine as counts can tell rates apart,
        that comes near the largest is refined between its neighbours (Brent's method).
        """
        from scipy.optimize import minimize_scalar

        angles = np.linspace(0.0, np.pi / 2.0, GRID)
        on_grid = self.p_stop(np.sin(angles) ** 2)
        best = int(np.argmax(on_grid))
        found = Largest(rate=float(np.sin(angles[best]) ** 2), p_stop=float(on_grid[best]))
        inner = on_grid[1:-1]
        peaks = 1 + np.flatnonzero(
            (inner >= on_grid[:-2]) & (inner >= on_grid[2:]) & (inner > NEAR * found.p_stop)
        )
        for i in peaks.tolist():
            between = (float(angles[i - 1]), float(angles[i + 1]))
            peak = minimize_scalar(
                lambda angle: -float(self.p_stop([np.sin(angle) ** 2])[0]),
                bounds=between,
                method="bounded",
                options={"xatol": 1e-9},
            )
            if -peak.fun > found.p_stop:
                found = Largest(rate=float(np.sin(peak.x) ** 2), p_stop=float(-peak.fun))
        return found


def two_arm_ends(
    looks: Sequence[Pair], rows: Sequence[Sequence[int]], most: Pair | None = None
) -> TwoArmEnds:
    """Final counts of a trial that stops at look k iff x1 >= rows[k][x2].

    looks : (n1, n2), neither ever falling, one of them rising from look to look, each from 1
    rows  : per look the least x1 for x2 = 0 ... n2, n1 + 1 = never
    most  : patients of each arm without a stop, by default those of the last look
    ValueError above `MOST_IN_AN_ARM` patients in an arm, and for looks that do not rise.

    Cost O(n1 n2 (n1 + n2)) per look.
    """
    _check_looks(looks, rows)
    mass = np.ones((1, 1))  # P(running, x1, x2) at rate 1/2
    gone = np.zeros((1, 1))
    before = (0, 0)
    stopped = []
    for (n1, n2), row in zip(looks, rows, strict=True):
        new = (n1 - before[0], n2 - before[1])
        before = (n1, n2)
        mass, gone = _more(mass, *new), _more(gone, *new)
        beyond = np.arange(n1 + 1)[:, None] >= np.asarray(row)[None, :]  # (n1 + 1, n2 + 1)
        stopped.append(np.where(beyond, mass, 0.0))
        gone = gone + stopped[-1]
        mass = np.where(beyond, 0.0, mass)
    return TwoArmEnds(looks=tuple(looks), stopped=tuple(stopped), gone=gone, most=most or looks[-1])


def _check_looks(looks: Sequence[Pair], rows: Sequence[Sequence[int]]) -> None:
    """ValueError for looks that do not rise, are too large, or have a row that is not theirs."""
    if not looks:
        raise ValueError("no look")
    for (m1, m2), (n1, n2) in pairwise([(0, 0), *looks]):
        if n1 < max(m1, 1) or n2 < max(m2, 1) or (n1, n2) == (m1, m2):
            raise ValueError(
                f"the look at {n1} v {n2} after {m1} v {m2}, allowed looks that rise, from 1 v 1"
            )
        if max(n1, n2) > MOST_IN_AN_ARM:
            raise ValueError(f"{max(n1, n2):,} patients in an arm, allowed at most {MOST_IN_AN_ARM}")
    for (n1, n2), row in zip(looks, rows, strict=True):
        if len(row) != n2 + 1:
            raise ValueError(f"a row of {len(row)} for {n1} v {n2}, allowed {n2 + 1}")


def _more(mass: Floats, m1: int, m2: int) -> Floats:
    """After m1 and m2 more patients, each with an event or without, 1/2 each. x1 by x2."""
    first, second = _spread(mass.shape[0], m1), _spread(mass.shape[1], m2)
    found: Floats = first @ mass @ second.T
    return found


def _spread(states: int, patients: int) -> Floats:
    """P(from x to x + k) by so many patients at rate 1/2. (states + patients, states)"""
    chances = np.ones(1)
    for _ in range(patients):
        chances = 0.5 * (np.append(chances, 0.0) + np.append(0.0, chances))
    found = np.zeros((states + patients, states))
    for x in range(states):
        found[x : x + patients + 1, x] = chances
    return found


def _chance(mass: Floats, p1: ArrayLike, p2: ArrayLike) -> Floats:
    """The probability at pairs of rates of what has this one at rate 1/2. (R,), (R,) -> (R,)"""
    first, second = (
        _relative(np.asarray(p, dtype=np.float64), states - 1)
        for p, states in zip((p1, p2), mass.shape, strict=True)
    )
    found: Floats = ((first @ mass) * second).sum(axis=1)  # (R, n1 + 1) @ (n1 + 1, n2 + 1)
    return found


def _relative(rates: Floats, n: int) -> Floats:
    """(2p)^x (2 (1 - p))^(n - x), what a count is worth at a rate beside rate 1/2. (R,) -> (R, n + 1)"""
    x = np.arange(n + 1)
    found: Floats = (2.0 * rates[:, None]) ** x * (2.0 * (1.0 - rates[:, None])) ** (n - x)
    return found
