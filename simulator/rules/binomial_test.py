"""Stop when an exact binomial test says that the event rate is too high, or too low."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar

from simulator.contracts import Plan
from simulator.rules import _shared
from simulator.rules._shared import SYMBOLS, UPWARD, Criterion, CriterionRule
from simulator.units import ComparisonValue, CutOff, PositiveCount, format_probability

if TYPE_CHECKING:
    from simulator.rules._shared import Floats, Ints

__all__ = ["BinomialTest"]


@dataclass(frozen=True, slots=True, kw_only=True)
class _PValue:
    """P(X >= x), X ~ Binomial(n, rate), or P(X <= x); between whole n by the incomplete beta function."""

    rate: float
    above: bool

    def __call__(self, n: Ints, x: Ints) -> Floats:
        """(cells,), (cells,) -> (cells,); I_rate(x, n - x + 1), and I_(1 - rate)(n - x, x + 1)."""
        import numpy as np
        from scipy.special import betainc

        events = np.asarray(x, dtype=np.float64)
        others = np.asarray(n, dtype=np.float64) - events
        if self.above:
            return np.where(events > 0, betainc(np.maximum(events, 1.0), others + 1.0, self.rate), 1.0)
        tail = betainc(np.where(others > 0, others, 1.0), events + 1.0, 1.0 - self.rate)
        return np.where(others > 0, tail, 1.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class _TestCriterion(Criterion):
    """A criterion on a p-value."""

    evidence: _PValue

    def plain(self, n: int, x: int) -> bool | None:
        """Where everyone counts for the outcome: a power of the rate, which is near its cut-off rarely."""
        test = self.evidence
        if x != (n if test.above else 0):
            return None
        value = (test.rate if test.above else 1.0 - test.rate) ** n
        return None if abs(value - self.cutoff.value) <= 2.0 * self.tie else self.cutoff.holds(value)


@dataclass(frozen=True, slots=True, kw_only=True)
class BinomialTest(CriterionRule):
    """Stop iff the one-sided exact p-value of x of n is beyond the level (goldman1987).

    rate      : `more than 20%` stops for too many events, P(X >= x) with X ~ Binomial(n, 20%); `less than
                20%` for too few (futility), P(X <= x). Whether 20% itself is allowed is no matter
    level     : `at most 2.2%` is weak, `less than 2.2%` strict; within 1e-9 of it they tie
    minimum_n : no stop with fewer patients counted

    The level is that of each look, not corrected for their number: over all looks the chance to stop at the
    rate itself is larger; `explain` and `boundaries` say it.
    """

    kind: ClassVar[str] = "binomial_test"
    sources: ClassVar[tuple[str, ...]] = ("goldman1987",)
    endpoints: ClassVar[tuple[str, ...]] = ("event",)
    evidence_word: ClassVar[str] = "p-value"
    examples: ClassVar[tuple[dict[str, object], ...]] = (
        {"rate": "more than 20%", "level": "at most 2.2%"},
        {"rate": "less than 30%", "level": "less than 5%", "minimum_n": 12},
    )

    rate: ComparisonValue
    level: CutOff
    minimum_n: PositiveCount = 1

    def __post_init__(self) -> None:
        """Refuse a rate of 0% or 100%, and a level that points up or is none."""
        if not 0 < self.rate.value < 1:
            _shared.refuse(f"rate: {self.rate.text()}", "a rate above 0% and below 100%")
        _shared.check_level(self.level)

    def formula(self) -> str:
        """The rule as one line of mathematics, with its numbers."""
        begin = f" and n >= {self.minimum_n}" if self.minimum_n > 1 else ""
        return (
            f"stop iff {self._named} {SYMBOLS[self.level.word]} {format_probability(self.level.value)}{begin}"
            ", at each look"
        )

    def known_rates(self) -> dict[str, float]:
        """The rate of the test."""
        return {self.endpoints[0]: self.rate.value}

    def particulars(self, plan: Plan) -> tuple[str, ...]:
        """What the level of each look comes to over all of them."""
        from simulator.stats.binomial import monitor

        looks = tuple(plan.planned)
        bound = self.lower(replace(plan, among=())).boundaries[0].bound
        at = [None if (x := bound[n]) is None else int(x) for n in looks]
        never: list[int | None] = [None] * len(looks)
        upper, lower = (at, never) if self._above else (never, at)
        level = monitor(looks, self.rate.value, upper=upper, lower=lower).p_stop if looks else 0.0
        return (
            f"P(stop) = {100 * level:.4g}% at a true rate of {format_probability(self.rate.value)} "
            f"{_shared.over_looks(looks)}",
        )

    @property
    def _above(self) -> bool:
        return self.rate.word in UPWARD

    @property
    def _named(self) -> str:
        return f"P(X {'>=' if self._above else '<='} x | n, {format_probability(self.rate.value)})"

    def criteria(self, plan: Plan | None = None) -> tuple[Criterion, ...]:
        """Stop, whatever the plan."""
        del plan
        return (
            _TestCriterion(
                outcome="stop",
                named=self._named,
                event="the event",
                direction="at_least" if self._above else "at_most",
                cutoff=self.level,
                evidence=_PValue(rate=self.rate.value, above=self._above),
            ),
        )
