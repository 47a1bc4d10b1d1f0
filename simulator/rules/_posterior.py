"""Posterior probabilities: Beta priors, and one tail formula for `assess`, `lower` and `evidence`.

Nothing here imports numpy before a number is asked for, so that checking a file stays quick.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from simulator.rules._shared import refuse
from simulator.units import PositiveNumber, format_probability

if TYPE_CHECKING:
    from simulator.rules._shared import Floats, Ints

__all__ = ["BetaPrior", "Tail"]

LARGEST_PRIOR = 100_000  # events + others


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

    def standard_text(self) -> str:
        """`30%`, `Beta(30, 70)`, `Beta(30, 70) + 15%`; a known standard and its margin are added up."""
        if isinstance(self.standard, BetaPrior):
            added = f" + {format_probability(self.margin)}" if self.margin else ""
            return self.standard.text() + added
        return format_probability(min(self.standard + self.margin, 1.0))
