"""Stop when the event rate is probably too high, or probably too low (geller2003)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from simulator.contracts import Plan
from simulator.rules import _shared
from simulator.rules._calibrated import CertainRule, CertaintyValue, TargetValue
from simulator.rules._posterior import BetaPrior, Tail, TailCriterion
from simulator.rules._shared import SYMBOLS, UPWARD, Criterion
from simulator.units import Comparison, ComparisonValue, PositiveCount, format_probability

__all__ = ["BetaBinomial"]


@dataclass(frozen=True, slots=True, kw_only=True)
class BetaBinomial(CertainRule):
    """Stop iff P(p > rate | x of n) is beyond the certainty, p | x of n ~ Beta(events + x, others + n - x).

    rate      : `more than 10%` stops for too many events, `less than 20%` for too few (futility). Whether
                10% itself counts is no matter: its posterior probability is 0.
    certainty : `more than 90%` is strict, `at least 90%` weak; within 1e-9 of the tail (here 10%) they tie.
                `calibrated` (geller2003): weak, that of the largest region of stops within `false_stop`
    false_stop: `at most 5% at 30%`, with `certainty: calibrated` only
    minimum_n : no stop with fewer patients counted
    """

    kind: ClassVar[str] = "beta_binomial"
    sources: ClassVar[tuple[str, ...]] = ("geller2003",)
    endpoints: ClassVar[tuple[str, ...]] = ("event",)
    examples: ClassVar[tuple[dict[str, object], ...]] = (
        {"prior": {"events": 0.2, "others": 1.8}, "rate": "more than 10%", "certainty": "more than 90%"},
        {
            "prior": {"events": 0.4, "others": 1.6},
            "rate": "less than 20%",
            "certainty": "at least 95%",
            "minimum_n": 5,
        },
        {
            "prior": {"events": 0.6, "others": 2.4},
            "rate": "more than 20%",
            "certainty": "calibrated",
            "false_stop": "at most 10% at 20%",
        },
    )

    prior: BetaPrior
    rate: ComparisonValue
    certainty: CertaintyValue
    false_stop: TargetValue | None = None
    minimum_n: PositiveCount = 1

    def __post_init__(self) -> None:
        """Refuse a rate of 0% or 100%, and a certainty that points down or does not fit `false_stop`."""
        if not 0 < self.rate.value < 1:
            _shared.refuse(f"rate: {self.rate.text()}", "a rate above 0% and below 100%")
        self.check_certainty(self._tail)

    def formula(self) -> str:
        """The rule as one line of mathematics, with its numbers."""
        a, b = self.prior.events, self.prior.others
        begin = f" and n >= {self.minimum_n}" if self.minimum_n > 1 else ""
        return (
            f"stop iff {self._named('p')} {self.beyond()}{begin}, p ~ Beta({a:.6g} + x, {b:.6g} + n - x)"
            f"{self.constant()}"
        )

    def prior_of(self, endpoint: str) -> tuple[float, float]:
        """Of its only endpoint."""
        del endpoint
        return self.prior.events, self.prior.others

    def _named(self, symbol: str) -> str:
        return f"P({symbol} {SYMBOLS[self.rate.word]} {format_probability(self.rate.value)})"

    @property
    def _tail(self) -> Tail:
        return Tail(prior=self.prior, standard=self.rate.value, above=self.rate.word in UPWARD)

    def uncut(self, plan: Plan) -> Criterion:
        """The posterior, whatever the plan."""
        del plan
        return TailCriterion(
            outcome=self.outcome,
            named=self._named("rate"),
            event="the event",
            direction="at_least" if self._tail.above else "at_most",
            cutoff=self.certainty or Comparison("at least", 0.0),
            evidence=self._tail,
        )
