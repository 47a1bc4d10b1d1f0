"""Stop at a likelihood ratio against the best alternative (kulldorff2011)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from simulator.contracts import Plan
from simulator.rules._calibrated import MANY, CountRule, StopFor, TargetValue
from simulator.rules._statistics import MaxLogRatio
from simulator.units import PositiveCount, format_probability

__all__ = ["MaxSprt"]


@dataclass(frozen=True, slots=True, kw_only=True)
class MaxSprt(CountRule):
    """Stop iff x log(x / (n p0)) + (n - x) log((n - x) / (n q0)) >= c and x > n p0; q0 = 1 - p0.

    The log likelihood of the rate observed against that of p0, the rate of `false_stop` (kulldorff2011).
    c is that of the largest region whose P(stop), over all planned looks, is within `false_stop`.

    stop_for: `many` events, or `few`: then x < n p0. minimum_n: no stop with fewer patients. Weak: a ratio of
    c stops; within 1e-9 of each other two are equal.
    """

    kind: ClassVar[str] = "max_sprt"
    sources: ClassVar[tuple[str, ...]] = ("kulldorff2011",)
    endpoints: ClassVar[tuple[str, ...]] = ("event",)
    evidence_word: ClassVar[str] = "log likelihood ratio"
    examples: ClassVar[tuple[dict[str, object], ...]] = (
        {"false_stop": "at most 10% at 20%"},
        {"false_stop": "at most 10% at 40%", "stop_for": "few", "minimum_n": 5},
    )

    false_stop: TargetValue
    stop_for: StopFor = MANY
    minimum_n: PositiveCount = 1

    def formula(self) -> str:
        """The rule as one line of mathematics, with its numbers."""
        p, sign = format_probability(self.false_stop.rate), ">" if self.many else "<"
        ratio = f"x log(x / (n {p})) + (n - x) log((n - x) / (n (1 - {p})))"
        return self.told(f"{ratio} >= c and x {sign} n {p}")

    @property
    def named(self) -> str:
        """As verdicts have it."""
        return "log likelihood ratio"

    def statistic(self, plan: Plan) -> MaxLogRatio:
        """The greatest log likelihood ratio."""
        del plan
        return MaxLogRatio(rate=self.false_stop.rate, many=self.many)
