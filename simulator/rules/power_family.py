"""Stop at an exact p-value whose level rises with n, from Pocock to O'Brien-Fleming (jennison2000)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from simulator.contracts import Plan
from simulator.rules import _shared
from simulator.rules._calibrated import MANY, CalibratedRule, StopFor, TargetValue
from simulator.rules._shared import Criterion
from simulator.rules._statistics import NominalLevel
from simulator.units import Comparison, Number, OpenProbability, PositiveCount, format_probability

__all__ = ["PowerFamily"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PowerFamily(CalibratedRule):
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
        if not 0 <= self.delta <= 0.5:
            _shared.refuse(f"delta: {self.delta:g}", "from 0 to 0.5")

    def formula(self) -> str:
        """The rule as one line of mathematics, with its numbers."""
        sign = ">=" if self.stop_for == MANY else "<="
        p = f"P(X {sign} x | n, {format_probability(self._rate)})"
        return self.told(f"{p} <= Phi(Phi^-1(c) / (n / N)^{self.delta:g})")

    @property
    def _rate(self) -> float:
        return self.false_stop.rate if self.rate is None else self.rate

    def known_rates(self) -> dict[str, float]:
        """The rate of the nominal levels."""
        return {self.endpoints[0]: self._rate}

    def uncut(self, plan: Plan) -> Criterion:
        """The overall level at which the p-value is just significant at n."""
        many = self.stop_for == MANY
        return Criterion(
            outcome=self.outcome,
            named=f"nominal level of {'many' if many else 'few'} events",
            event="the event",
            direction="at_least" if many else "at_most",
            cutoff=Comparison("at most", 0.0),
            evidence=NominalLevel(rate=self._rate, delta=self.delta, planned=max(plan.max_n, 1), many=many),
        )
