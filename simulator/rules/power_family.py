"""Stop at an exact p-value whose level rises with n, from Pocock to O'Brien-Fleming (jennison2000)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

from simulator.contracts import Plan
from simulator.rules._calibrated import MANY, CountRule, StopFor, TargetValue, check_delta
from simulator.rules._statistics import NominalLevel
from simulator.units import Number, OpenProbability, PositiveCount, format_probability

__all__ = ["PowerFamily"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PowerFamily(CountRule):
    """Stop iff P(X >= x) <= Phi(z_a / (n / N)^delta), X ~ Binomial(n, rate), N the largest n (jennison2000).

    delta 0 is `pocock`, 1/2 nearly `obrien_fleming`. `false_stop: at most 10% at 20%` takes the largest
    region within 10 %, `at least 10% at 20%` the smallest that reaches it; a rate that is to be found out
    makes it a target of power: `at least 90% at 35%`. The p-value's rate is `rate`, else that of
    `false_stop`.

    stop_for: `many` events, or `few` (futility): then P(X <= x). minimum_n: no stop with fewer patients.
    Weak: a p-value at its level stops; within 1e-9 of each other two are equal.
    """

    kind: ClassVar[str] = "power_family"
    sources: ClassVar[tuple[str, ...]] = ("jennison2000",)
    endpoints: ClassVar[tuple[str, ...]] = ("event",)
    evidence_word: ClassVar[str] = "nominal level"
    monotone_in_n: ClassVar[bool] = False
    word: ClassVar[Literal["at most"]] = "at most"
    percent: ClassVar[bool] = True
    examples: ClassVar[tuple[dict[str, object], ...]] = (
        {"false_stop": "at most 10% at 20%", "delta": 0},
        {"false_stop": "at least 10% at 40%", "delta": 0.5, "stop_for": "few", "minimum_n": 5},
    )

    false_stop: TargetValue
    delta: Number
    rate: OpenProbability | None = None
    stop_for: StopFor = MANY
    minimum_n: PositiveCount = 1

    def __post_init__(self) -> None:
        """Refuse a power beyond those between Pocock and O'Brien-Fleming."""
        check_delta(self.delta)

    def formula(self) -> str:
        """The rule as one line of mathematics, with its numbers."""
        p = f"P(X {'>=' if self.many else '<='} x | n, {format_probability(self._rate)})"
        return self.told(f"{p} <= Phi(Phi^-1(c) / (n / N)^{self.delta:g})")

    @property
    def _rate(self) -> float:
        return self.false_stop.rate if self.rate is None else self.rate

    def known_rates(self) -> dict[str, float]:
        """The rate of the nominal levels."""
        return {self.endpoints[0]: self._rate}

    @property
    def named(self) -> str:
        """As verdicts have it."""
        return f"nominal level of {self.stop_for} events"

    def statistic(self, plan: Plan) -> NominalLevel:
        """The overall level at which the p-value is just significant at n."""
        return NominalLevel(rate=self._rate, delta=self.delta, planned=max(plan.max_n, 1), many=self.many)
