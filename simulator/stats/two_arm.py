"""The exact course of a trial that compares two binomial counts at looks with fixed patients in each arm.

A walk over both counts moves the mass at or beyond a row's least x1 to "stopped" at each look
(jennison2000). It is walked once, at rate 1/2, where a probability is a number of orders of events: P at any
two rates is then a sum of nonnegative terms (schultz1973), so nothing cancels.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["MOST_IN_AN_ARM", "Largest", "MonitoredArms", "Pair", "TwoArmEnds", "two_arm_ends"]

Floats = NDArray[np.float64]
Pair = tuple[int, int]

MOST_IN_AN_ARM = 500  # patients: 2^-1000, the probability of one order of both arms' events, is still a float
GRID = 2_001  # common rates at which the largest P(stop) is first looked for
NEAR = 0.99  # peaks of the grid that reach so much of its largest value are refined


@dataclass(frozen=True, slots=True, kw_only=True)
class MonitoredArms:
    """What happens to a trial at one pair of true rates.

    looks   : (n1, n2) at each look; stop_at : P(stopped at this look), as `looks`
    p_stop  : P(stop), the last look included
    expected_n1, expected_n2 : E[patients] of each arm; without a stop those of the last look
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
    """In how many ways each final count is reached: stopped[k] : (n1 + 1, n2 + 1), x1 by x2, of look k.

    As probabilities at rate 1/2 in both arms. Equal rates and others, all looks and the first few of them
    (`up_to`) are answered without another walk.
    """

    looks: tuple[Pair, ...]
    stopped: tuple[Floats, ...]

    def at(self, p1: float, p2: float) -> MonitoredArms:
        """The course at true rates p1 and p2, each in [0, 1]."""
        stop_at = [float(p) for p in self.stop_at([p1], [p2])[0]]
        weights = [*stop_at, max(0.0, 1.0 - sum(stop_at))]
        last = self.looks[-1]
        n1, n2 = zip(*self.looks, last, strict=True)
        return MonitoredArms(
            looks=self.looks,
            stop_at=tuple(stop_at),
            expected_n1=float(np.dot(n1, weights)),
            expected_n2=float(np.dot(n2, weights)),
        )

    def stop_at(self, p1: ArrayLike, p2: ArrayLike) -> Floats:
        """P(stopped at each look) for pairs of rates. (R,), (R,) -> (R, looks)."""
        first, second = np.asarray(p1, dtype=np.float64), np.asarray(p2, dtype=np.float64)
        columns = [
            ((_relative(first, n1) @ mass) * _relative(second, n2)).sum(
                axis=1
            )  # (R, n1 + 1) @ (n1 + 1, n2 + 1)
            for (n1, n2), mass in zip(self.looks, self.stopped, strict=True)
        ]
        return np.stack(columns, axis=1)

    def p_stop(self, rates: ArrayLike) -> Floats:
        """P(stop) where both arms have the same rate. (R,) -> (R,)."""
        total: Floats = self.stop_at(rates, rates).sum(axis=1)
        return total

    def up_to(self, looks: int) -> TwoArmEnds:
        """The same with the first so many looks only."""
        return replace(self, looks=self.looks[:looks], stopped=self.stopped[:looks])

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


def two_arm_ends(looks: Sequence[Pair], rows: Sequence[Sequence[int]]) -> TwoArmEnds:
    """Final counts of a trial that stops at look k iff x1 >= rows[k][x2].

    looks : (n1, n2), neither ever falling, one of them rising from look to look, each from 1
    rows  : per look the least x1 for x2 = 0 ... n2, n1 + 1 = never
    ValueError above `MOST_IN_AN_ARM` patients in an arm, and for looks that do not rise.

    Cost O(n1 n2 (m1 + m2)) per look with m1 and m2 new patients.
    """
    check_looks(looks, rows)
    mass = np.ones((1, 1))  # P(running, x1, x2) at rate 1/2
    before = (0, 0)
    stopped = []
    for (n1, n2), row in zip(looks, rows, strict=True):
        mass = _more(mass, n1 - before[0])
        mass = _more(mass.T, n2 - before[1]).T
        before = (n1, n2)
        beyond = np.arange(n1 + 1)[:, None] >= np.asarray(row)[None, :]  # (n1 + 1, n2 + 1)
        stopped.append(np.where(beyond, mass, 0.0))
        mass = np.where(beyond, 0.0, mass)
    return TwoArmEnds(looks=tuple(looks), stopped=tuple(stopped))


def check_looks(looks: Sequence[Pair], rows: Sequence[Sequence[int]]) -> None:
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


def _more(mass: Floats, patients: int) -> Floats:
    """After so many more patients in the arm of the first axis, each with an event or without, 1/2 each."""
    for _ in range(patients):
        wider = np.zeros((mass.shape[0] + 1, mass.shape[1]))
        wider[:-1] = 0.5 * mass
        wider[1:] += 0.5 * mass
        mass = wider
    return mass


def _relative(rates: Floats, n: int) -> Floats:
    """(2p)^x (2 (1 - p))^(n - x), what a count is worth at a rate beside rate 1/2. (R,) -> (R, n + 1)."""
    x = np.arange(n + 1)
    found: Floats = (2.0 * rates[:, None]) ** x * (2.0 * (1.0 - rates[:, None])) ** (n - x)
    return found
