"""Stop when two proportions differ by so many standard errors (haybittle1971, peto1976)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from simulator.rules import _shared
from simulator.rules._comparing import ComparedRule
from simulator.units import Comparison, PositiveCount, PositiveNumber

if TYPE_CHECKING:
    from simulator.rules._comparing import Floats

__all__ = ["HaybittlePeto"]

LARGEST_BOUND = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class HaybittlePeto(ComparedRule):
    """Stop iff the standardised difference z >= bound (haybittle1971, peto1976).

    z = (x1 / n1 - x2 / n2) / sqrt(p (1 - p) (1 / n1 + 1 / n2)),
    p = (x1 + x2) / (n1 + n2), the pooled proportion; without continuity correction. No verdict where nobody,
    or everybody, had the event.

    bound     : in standard errors; the authors' 3 unless another is given. Weak, within 1e-9 of it they tie
    minimum_n : no stop with fewer patients counted in an arm
    """

    kind: ClassVar[str] = "haybittle_peto"
    sources: ClassVar[tuple[str, ...]] = ("haybittle1971", "peto1976")
    evidence_word: ClassVar[str] = "statistic"
    percent: ClassVar[bool] = False
    examples: ClassVar[tuple[dict[str, object], ...]] = ({}, {"bound": 2.5, "minimum_n": 4})

    bound: PositiveNumber = 3.0
    minimum_n: PositiveCount = 1

    def __post_init__(self) -> None:
        """Refuse a bound that no trial reaches."""
        if self.bound > LARGEST_BOUND:
            _shared.refuse(f"bound: {self.bound:g}", f"a number above 0, at most {LARGEST_BOUND:g}")

    def formula(self) -> str:
        """The rule as one line of mathematics, with its numbers."""
        return (
            f"stop iff z >= {self.bound:g}{self.begin()}, "
            "z = (x1 / n1 - x2 / n2) / sqrt(p (1 - p) (1 / n1 + 1 / n2)), p = (x1 + x2) / (n1 + n2)"
        )

    @property
    def cutoff(self) -> Comparison:
        """The bound, weakly."""
        return Comparison("at least", self.bound)

    def named(self) -> str:
        """The statistic in symbols."""
        return "z"

    def matrix(self, n1: int, n2: int) -> Floats:
        """z at every pair of counts; nan where all patients are alike."""
        import numpy as np

        x1, x2 = np.arange(n1 + 1)[:, None], np.arange(n2 + 1)
        pooled = (x1 + x2) / (n1 + n2)
        variance = pooled * (1.0 - pooled) * (1.0 / n1 + 1.0 / n2)
        error = np.sqrt(np.where(variance > 0.0, variance, np.nan))
        return np.asarray((x1 / n1 - x2 / n2) / error)
