"""Stop at a count that lies so far above what was expected, however small n is (obrien1979)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from simulator.contracts import Plan
from simulator.rules._calibrated import MANY, CountRule, StopFor, TargetValue
from simulator.rules._statistics import Standardised
from simulator.units import PositiveCount, format_probability

__all__ = ["OBrienFleming"]


@dataclass(frozen=True, slots=True, kw_only=True)
class OBrienFleming(CountRule):
    """Stop iff x - n p0 >= c sqrt(N p0 q0), q0 = 1 - p0, N the largest n (obrien1979).

    p0 is the rate of `false_stop`, c that of the largest region whose P(stop), over all planned looks, is
    within `false_stop`: early stops need much.

    stop_for: `many` events, or `few`: then n p0 - x is compared. minimum_n: no stop with fewer patients.
    Weak: a statistic of c stops. Within 1e-9 of each other two are equal: counts of different looks that lie
    equally far above what was expected stop together or not at all, where rounding decides in other programs.
    """

    kind: ClassVar[str] = "obrien_fleming"
    sources: ClassVar[tuple[str, ...]] = ("obrien1979",)
    endpoints: ClassVar[tuple[str, ...]] = ("event",)
    evidence_word: ClassVar[str] = "statistic"
    examples: ClassVar[tuple[dict[str, object], ...]] = (
        {"false_stop": "at most 10% at 20%"},
        {"false_stop": "at most 10% at 40%", "stop_for": "few", "minimum_n": 5},
    )

    false_stop: TargetValue
    stop_for: StopFor = MANY
    minimum_n: PositiveCount = 1

    @property
    def named(self) -> str:
        """`(x - n 30%) / sqrt(N 30% (1 - 30%))`."""
        p = format_probability(self.false_stop.rate)
        return f"({f'x - n {p}' if self.many else f'n {p} - x'}) / sqrt(N {p} (1 - {p}))"

    def statistic(self, plan: Plan) -> Standardised:
        """How far the count lies from what was expected."""
        return Standardised(rate=self.false_stop.rate, delta=0.0, planned=max(plan.max_n, 1), many=self.many)
