"""Stop at a standardised count whose limit follows a power of n (wang1987)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from simulator.contracts import Plan
from simulator.rules._calibrated import MANY, CountRule, StopFor, TargetValue, check_delta
from simulator.rules._statistics import Standardised
from simulator.units import Number, PositiveCount, format_probability

__all__ = ["WangTsiatis"]


@dataclass(frozen=True, slots=True, kw_only=True)
class WangTsiatis(CountRule):
    """Stop iff (x - n p0) / sqrt(n p0 q0) >= c (n / N)^(delta - 1/2); q0 = 1 - p0.

    p0 is the rate of `false_stop`, N the largest n (wang1987). delta 0 is obrien1979; 1/2 a constant
    limit of the normal statistic, which is not the constant exact p-value of `pocock`. c is that of the
    largest region whose P(stop), over all planned looks, is within `false_stop`.

    stop_for: `many` events, or `few`: then the negative is compared. minimum_n: no stop with fewer patients.
    Weak: a statistic of c stops; within 1e-9 of each other two are equal.
    """

    kind: ClassVar[str] = "wang_tsiatis"
    sources: ClassVar[tuple[str, ...]] = ("wang1987", "obrien1979")
    endpoints: ClassVar[tuple[str, ...]] = ("event",)
    evidence_word: ClassVar[str] = "statistic"
    examples: ClassVar[tuple[dict[str, object], ...]] = (
        {"false_stop": "at most 10% at 20%", "delta": 0.25},
        {"false_stop": "at most 10% at 40%", "delta": 0.5, "stop_for": "few", "minimum_n": 5},
    )

    false_stop: TargetValue
    delta: Number
    stop_for: StopFor = MANY
    minimum_n: PositiveCount = 1

    def __post_init__(self) -> None:
        """Refuse a power beyond those between O'Brien-Fleming and a constant."""
        check_delta(self.delta)

    @property
    def named(self) -> str:
        """`(x - n 30%) / ((n / N)^(0.25 - 1/2) sqrt(n 30% (1 - 30%)))`."""
        p = format_probability(self.false_stop.rate)
        above = f"x - n {p}" if self.many else f"n {p} - x"
        return f"({above}) / ((n / N)^({self.delta:g} - 1/2) sqrt(n {p} (1 - {p})))"

    def statistic(self, plan: Plan) -> Standardised:
        """The standardised count."""
        planned = max(plan.max_n, 1)
        return Standardised(rate=self.false_stop.rate, delta=self.delta, planned=planned, many=self.many)
