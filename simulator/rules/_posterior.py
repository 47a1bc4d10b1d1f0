"""Posterior probabilities: Beta priors, and one tail formula for `assess`, `lower` and `evidence`.

Nothing here imports numpy before a number is asked for, so that checking a file stays quick.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from simulator.rules import _shared
from simulator.rules._shared import ROUNDING, Criterion, refuse
from simulator.stats.settled import settled
from simulator.units import Comparison, PositiveNumber, format_probability

if TYPE_CHECKING:
    from simulator.rules._shared import Floats, Ints

__all__ = ["BetaPrior", "Tail", "TailCriterion", "check_certainty"]

LARGEST_PRIOR = 100_000  # events + others
TOLD_APART = 1000  # so many times what it may be off, a posterior is told from 0 and 1


@dataclass(frozen=True, slots=True, kw_only=True)
class BetaPrior:
    """Beta(events, others): as if so many patients with and without the event had been seen before."""

    events: PositiveNumber
    others: PositiveNumber

    def __post_init__(self) -> None:
        """Refuse what is no longer an uncertain rate: quadrature over it would lose digits."""
        if self.events + self.others > LARGEST_PRIOR:
            refuse(
                self.text(), f"a prior worth at most {LARGEST_PRIOR} patients", "give the known rate instead"
            )

    def text(self) -> str:
        """`Beta(0.6, 1.4)`."""
        return f"Beta({self.events:.6g}, {self.others:.6g})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tail:
    """P(p > standard + margin | x of n), or P(p < ...): p | x of n ~ Beta(events + x, others + n - x).

    standard : a known rate, or the Beta distribution of an uncertain one, independent of p
    above    : P(p > ...), else P(p < ...)
    """

    prior: BetaPrior
    standard: float | BetaPrior
    margin: float = 0.0
    above: bool = True

    def __call__(self, n: Ints, x: Ints) -> Floats:
        """(cells,), (cells,) -> (cells,)."""
        from simulator.stats import beta

        a, b = self.prior.events + x, self.prior.others + n - x
        if isinstance(self.standard, BetaPrior):
            exceeds = beta.prob_exceeds(a, b, self.standard.events, self.standard.others, self.margin)
            return exceeds if self.above else 1.0 - exceeds
        side = beta.upper_tail if self.above else beta.lower_tail
        return side(a, b, min(self.standard + self.margin, 1.0))

    def between(self, n: int, x: int) -> tuple[float, float]:
        """Bounds of it without numpy, from D = p - standard - margin of mean m and variance v.

        P(D <= 0) <= v / (v + m^2) for m > 0, P(D >= 0) for m < 0 (Cantelli's inequality).
        """
        mean, variance = _moments(self.prior.events + x, self.prior.others + n - x)
        if isinstance(self.standard, BetaPrior):
            of_standard, more = _moments(self.standard.events, self.standard.others)
            variance += more
        else:
            of_standard = self.standard
        distance = mean - of_standard - self.margin
        far = variance / (variance + distance * distance)
        return (1.0 - far, 1.0) if (distance > 0.0) is self.above else (0.0, far)

    @property
    def accuracy(self) -> float:
        """How far off it may be beyond its last bits: 0.0 against a known standard."""
        if isinstance(self.standard, BetaPrior):
            return settled(self.standard.events, self.standard.others)
        return 0.0

    def standard_text(self) -> str:
        """`30%`, `Beta(30, 70)`, `Beta(30, 70) + 15%`; a known standard and its margin are added up."""
        if isinstance(self.standard, BetaPrior):
            added = f" + {format_probability(self.margin)}" if self.margin else ""
            return self.standard.text() + added
        return format_probability(min(self.standard + self.margin, 1.0))


def _moments(events: float, others: float) -> tuple[float, float]:
    """Mean and variance of a Beta."""
    whole = events + others
    mean = events / whole
    return mean, mean * (1.0 - mean) / (whole + 1.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class TailCriterion(Criterion):
    """A criterion on a posterior probability. Against an uncertain standard its edges come from a walk."""

    evidence: Tail

    def plain(self, n: int, x: int) -> bool | None:
        """Where the mean of the posterior is so far from the standard that its variance says enough."""
        low, high = self.evidence.between(n, x)
        if low - self.tie <= self.cutoff.value <= high + self.tie:
            return None
        return self.cutoff.holds(low)

    @property
    def accuracy(self) -> float:
        """That of the posterior."""
        return self.evidence.accuracy

    def edges(self, first_n: int, max_n: int) -> list[int]:
        """As of every criterion; but one more patient moves the least x up by one or not at all.

        So one value per n decides, each from the one before (`stats.beta_walk`); where it is too near the
        cut-off for that, the criterion itself is asked.
        """
        tail = self.evidence
        if not isinstance(tail.standard, BetaPrior) or tail.margin >= 1.0:
            return self._by_halves(first_n, max_n)
        from simulator.stats.beta_walk import BetaWalk

        standard = (tail.standard.events, tail.standard.others, tail.margin)
        walk = BetaWalk(tail.prior.events, tail.prior.others, *standard)
        edges = [0 if self._beyond(walk.value(), 0, 0) else 1]
        for n in range(1, max_n + 1):
            edge = edges[-1]
            if edge < n:  # so far `edge` of n - 1 was beyond, and perhaps is in n still
                stays = self._beyond(walk.value(event=False), n, edge)
                walk.go(event=not stays)
                edges.append(edge if stays else edge + 1)
            else:  # so far everyone having had the event was not beyond
                edges.append(n if self._beyond(walk.value(event=True), n, n) else n + 1)
                walk.go(event=True)
        return edges[first_n:]

    def _by_halves(self, first_n: int, max_n: int) -> list[int]:
        """The edges, which never fall: at n far apart first, then half-way between, from edge to edge."""
        import numpy as np

        n = np.arange(first_n, max_n + 1)
        edges = np.zeros(n.size + 1, dtype=n.dtype)  # of n[i - 1] in place i; none is below 0
        step = 1 << n.size.bit_length()
        while step := step // 2:
            at = np.arange(step, n.size + 1, 2 * step)
            high = n[at - 1] + 1
            inside = at + step <= n.size
            high[inside] = np.minimum(high[inside], edges[(at + step)[inside]])
            edges[at] = self._between(n[at - 1], edges[at - step], high)
        found: list[int] = edges[1:].tolist()
        return found

    def _beyond(self, exceeds: float, n: int, x: int) -> bool:
        """Whether x is at or above the edge, P(p > ...) being nearly so much."""
        import numpy as np

        from simulator.stats.beta_walk import ACCURACY

        value = exceeds if self.evidence.above else 1.0 - exceeds
        if abs(value - self.cutoff.value) > ACCURACY + self.tie:
            holds = self.cutoff.holds(value)
        else:
            holds = bool(self.holds(np.array([n]), np.array([x]))[0])
        return holds == (self.direction == "at_least")


def check_certainty(field: str, cutoff: Comparison, tail: Tail, *, upward: bool) -> None:
    """Refuse a cut-off whose word points the wrong way, or that the tail cannot be told apart from 0 or 1."""
    _shared.check_direction(field, cutoff, upward=upward)
    least = TOLD_APART * max(ROUNDING * cutoff.value, tail.accuracy)
    if min(cutoff.value, 1.0 - cutoff.value) >= least:
        return
    if tail.accuracy:
        allowed = f"{format_probability(least)} to {format_probability(1.0 - least)}"
        hint = f"against {tail.standard_text()} the probability is known to {tail.accuracy:.0e} only"
    else:
        allowed = "at most 99.9999999999%"
        hint = "a probability nearer to 100% has too few digits left to be compared"
    _shared.refuse(f"{field}: {cutoff.text()}", allowed, hint)
