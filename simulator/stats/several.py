"""Several boundaries at once: which of them is the first to stop a trial, alone or together with others.

On one count they make one boundary: of those for many events the lowest, of those for few the highest. So one
walk finds every final state, and each boundary is asked whether it holds there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from simulator.stats.group_sequential import Ends, ends_of
from simulator.stats.joint import MonitoredJoint, four_cells, monitor_joint

__all__ = ["Bound", "Several", "TwoCounts", "several", "two_counts"]

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class Bound:
    """One boundary at its looks: it holds iff x >= bound (`at_least`) or x <= bound (`at_most`)."""

    direction: Literal["at_least", "at_most"]
    looks: Sequence[int]
    bound: Sequence[int | None]

    @property
    def at(self) -> dict[int, int]:
        """Patients at a look -> bound, where there is one."""
        pairs = zip(self.looks, self.bound, strict=True)
        return {n: bound for n, bound in pairs if bound is not None}

    def of_the_rest(self) -> Bound:
        """The same boundary as one on n - x, the patients without an event."""
        return Bound(
            direction="at_most" if self.direction == "at_least" else "at_least",
            looks=self.looks,
            bound=[None if b is None else n - b for n, b in zip(self.looks, self.bound, strict=True)],
        )

    def ends(self, max_n: int) -> Ends:
        """How a trial ends that has no other boundary."""
        return several([self], max_n).ends


@dataclass(frozen=True, slots=True, kw_only=True)
class Several:
    """Boundaries on one count. ends: final states, (S,); holds: which boundaries hold there, (B, S)."""

    ends: Ends
    holds: Bools

    def any(self, rates: ArrayLike) -> Floats:
        """P(stop), (R,)."""
        return np.asarray(self.ends.at(rates) @ self.holds.any(axis=0))

    def alone(self, rates: ArrayLike) -> Floats:
        """P(stop at a look where this boundary holds and no other), (B, R)."""
        only = self.holds & (self.holds.sum(axis=0) == 1)
        return np.asarray(only @ self.ends.at(rates).T)

    def joint(self, rates: ArrayLike) -> Floats:
        """P(stop at a look where more than one holds), (R,)."""
        return np.asarray(self.ends.at(rates) @ (self.holds.sum(axis=0) > 1))

    def sets(self, rates: ArrayLike) -> dict[tuple[int, ...], Floats]:
        """P(stop at a look where just these hold), (R,), of every set of boundaries that can be."""
        which = {tuple(np.flatnonzero(column).tolist()) for column in self.holds.T} - {()}
        chance = self.ends.at(rates)
        found = {}
        for some in sorted(which, key=lambda some: (len(some), some)):
            exactly = np.isin(np.arange(len(self.holds)), some)
            found[some] = chance @ (self.holds == exactly[:, None]).all(axis=0)
        return found

    def expected_n(self, rates: ArrayLike) -> Floats:
        """E[patients], (R,)."""
        return np.asarray(self.ends.at(rates) @ self.ends.n)


def several(bounds: Sequence[Bound], max_n: int) -> Several:
    """Boundaries on one count, each at its own looks; the first to hold ends a trial of `max_n` patients.

    ValueError as of `ends_of`.
    """
    looks = sorted({n for bound in bounds for n in bound.looks})
    upper, lower = (
        [
            pick((b.at[n] for b in bounds if b.direction == direction and n in b.at), default=None)
            for n in looks
        ]
        for direction, pick in (("at_least", min), ("at_most", max))
    )
    ends = ends_of(looks, upper=upper, lower=lower, max_n=max_n)
    return Several(ends=ends, holds=np.stack([_holds(bound, ends) for bound in bounds]))


def _holds(bound: Bound, ends: Ends) -> Bools:
    """Whether a boundary holds in each final state, (S,)."""
    at, above = bound.at, bound.direction == "at_least"
    never = inf if above else -inf
    limit = np.array([at.get(n, never) for n in ends.n.tolist()])
    beyond = ends.x >= limit if above else ends.x <= limit
    return np.asarray(beyond & (ends.way != 0))


@dataclass(frozen=True, slots=True, kw_only=True)
class TwoCounts:
    """Two boundaries on two associated counts: which stops the trial.

    p_accept: P(none held at any look); expected_first, expected_other: E[events] when the trial ends
    """

    first_alone: float
    other_alone: float
    joint: float
    p_accept: float
    expected_n: float
    expected_first: float
    expected_other: float

    @property
    def any(self) -> float:
        """P(stop)."""
        return self.first_alone + self.other_alone + self.joint


def two_counts(
    first: Bound, other: Bound, rates: tuple[float, float], odds_ratio: float, max_n: int
) -> TwoCounts:
    """One boundary on each of two counts, each at its own looks; rates: of the first event, of the other.

    odds_ratio: between both events in a patient, as of `four_cells`. The walk of `monitor_joint` knows many
    of one and few of another; for anything else, patients without the event are counted.
    """
    first_rest, other_rest = first.direction == "at_most", other.direction == "at_least"
    many, few = (first.of_the_rest() if first_rest else first), (other.of_the_rest() if other_rest else other)
    turned = first_rest != other_rest
    ratio = odds_ratio if not turned else (inf if odds_ratio == 0.0 else 1.0 / odds_ratio)
    p_many, p_few = (1.0 - p if rest else p for p, rest in zip(rates, (first_rest, other_rest), strict=True))
    looks = sorted({*many.looks, *few.looks})
    found: MonitoredJoint = monitor_joint(
        looks,
        four_cells(p_few, p_many, ratio),
        toxicity=[many.at.get(n) for n in looks],
        response=[few.at.get(n) for n in looks],
        max_n=max_n,
    )
    return TwoCounts(
        first_alone=found.p_toxicity_only,
        other_alone=found.p_response_only,
        joint=found.p_both,
        p_accept=found.p_accept,
        expected_n=found.expected_n,
        expected_first=rates[0] * found.expected_n,
        expected_other=rates[1] * found.expected_n,
    )
