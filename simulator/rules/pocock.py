"""Stop at the same exact p-value at every look (pocock1977, ivanova2005)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

from simulator.contracts import Plan
from simulator.rules._calibrated import MANY, CountRule, StopFor, TargetValue
from simulator.rules._statistics import PValue
from simulator.units import PositiveCount, format_probability

__all__ = ["Pocock"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pocock(CountRule):
    """Stop iff P(X >= x) <= c, X ~ Binomial(n, rate): the same c at every look (pocock1977, ivanova2005).

    c is that of the largest region whose P(stop), over all planned looks, is within `false_stop`, whose rate
    is the rate of the p-value.

    false_stop: `at most 5% at 30%`. stop_for: `many` events, or `few`: then P(X <= x). minimum_n: no stop
    with fewer patients. Weak: a p-value of c stops; within 1e-9 of each other two are equal.
    """

    kind: ClassVar[str] = "pocock"
    sources: ClassVar[tuple[str, ...]] = ("pocock1977", "ivanova2005")
    endpoints: ClassVar[tuple[str, ...]] = ("event",)
    evidence_word: ClassVar[str] = "p-value"
    word: ClassVar[Literal["at most"]] = "at most"
    percent: ClassVar[bool] = True
    examples: ClassVar[tuple[dict[str, object], ...]] = (
        {"false_stop": "at most 10% at 20%"},
        {"false_stop": "at most 10% at 40%", "stop_for": "few", "minimum_n": 5},
    )

    false_stop: TargetValue
    stop_for: StopFor = MANY
    minimum_n: PositiveCount = 1

    @property
    def named(self) -> str:
        """`P(X >= x | n, 30%)`."""
        return f"P(X {'>=' if self.many else '<='} x | n, {format_probability(self.false_stop.rate)})"

    def statistic(self, plan: Plan) -> PValue:
        """The exact p-value."""
        del plan
        return PValue(rate=self.false_stop.rate, many=self.many)
