"""Stop when an exact test says that the event is more frequent in the first of two arms (fisher1935)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from simulator.rules import _shared
from simulator.rules._comparing import ComparedRule
from simulator.rules._shared import SYMBOLS
from simulator.units import Comparison, CutOff, PositiveCount, format_probability

if TYPE_CHECKING:
    from simulator.rules._comparing import Floats

__all__ = ["FisherExact"]


@dataclass(frozen=True, slots=True, kw_only=True)
class FisherExact(ComparedRule):
    """Stop iff the one-sided p-value P(X >= x1 | x1 + x2 events) is beyond the level (fisher1935).

    X ~ Hypergeometric: of all n1 + n2 patients x1 + x2 had the event, n1 of them are in the first arm.

    level     : `at most 2.5%` is weak, `less than 2.5%` strict; within 1e-9 of it they tie
    minimum_n : no stop with fewer patients counted in an arm

    The level is that of each look, not corrected for their number. At one look the chance of a false stop is
    below it, for the test is conditional on all events.
    """

    kind: ClassVar[str] = "fisher_exact"
    sources: ClassVar[tuple[str, ...]] = ("fisher1935",)
    evidence_word: ClassVar[str] = "p-value"
    examples: ClassVar[tuple[dict[str, object], ...]] = (
        {"level": "at most 2.5%"},
        {"level": "less than 10%", "minimum_n": 5},
    )

    level: CutOff
    minimum_n: PositiveCount = 1

    def __post_init__(self) -> None:
        """Refuse a level that points up or is none."""
        _shared.check_level(self.level)

    def formula(self) -> str:
        """The rule as one line of mathematics, with its numbers."""
        level = format_probability(self.level.value)
        return (
            f"stop iff {self.named()} {SYMBOLS[self.level.word]} {level}{self.begin()}, "
            "X ~ Hypergeometric(n1 + n2, n1, x1 + x2), at each look"
        )

    @property
    def cutoff(self) -> Comparison:
        """The level."""
        return self.level

    def named(self) -> str:
        """The p-value in symbols."""
        return "P(X >= x1)"

    def matrix(self, n1: int, n2: int) -> Floats:
        """p(x1, x2) = h(x1, x2) + p(x1 + 1, x2 - 1), h the hypergeometric probability: nothing cancels."""
        import numpy as np
        from scipy.special import gammaln

        def log_choose(n: int) -> Floats:
            k = np.arange(n + 1)
            return np.asarray(gammaln(n + 1) - gammaln(k + 1) - gammaln(n - k + 1))

        together = np.arange(n1 + 1)[:, None] + np.arange(n2 + 1)  # (n1 + 1, n2 + 1)
        p = np.exp(log_choose(n1)[:, None] + log_choose(n2) - log_choose(n1 + n2)[together])
        for x2 in range(1, n2 + 1):
            p[:-1, x2] += p[1:, x2 - 1]
        return np.asarray(np.minimum(p, 1.0))
