"""End a single-arm trial when the treatment is promising, or is not (thall1994)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from simulator.contracts import Plan
from simulator.rules import _shared
from simulator.rules._posterior import BetaPrior, Tail, TailCriterion, check_certainty
from simulator.rules._shared import SYMBOLS, Criterion, CriterionRule
from simulator.units import CutOff, OpenProbability, PositiveCount, Probability, format_probability

__all__ = ["ThallSimon"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ThallSimon(CriterionRule):
    """Compare the response rate E with a standard S, E | x of n ~ Beta(events + x, others + n - x).

    promising     : outcome "promising" iff P(E > S | x of n) is beyond it (upwards: `at least 95%`)
    not_promising : outcome "not promising" iff P(E > S + improvement | x of n) is beyond it (downwards:
                    `at most 5%`). Either may be left out, not both; where both hold, promising is named
    standard      : S, a known rate or the Beta of earlier patients' {events, others}
    improvement   : the gain worth having, delta_0 of thall1994
    minimum_n     : no verdict with fewer patients

    The paper leaves strict or weak open; peers compare weakly. Here the words say it, ties within
    1e-9 of the nearer tail.
    """

    kind: ClassVar[str] = "thall_simon"
    sources: ClassVar[tuple[str, ...]] = ("thall1994",)
    endpoints: ClassVar[tuple[str, ...]] = ("response",)
    good: ClassVar[tuple[str, ...]] = ("response",)
    examples: ClassVar[tuple[dict[str, object], ...]] = (
        {
            "standard": {"events": 15, "others": 35},
            "prior": {"events": 0.6, "others": 1.4},
            "improvement": "15%",
            "promising": "at least 95%",
            "not_promising": "at most 5%",
            "minimum_n": 10,
        },
        {"standard": "20%", "prior": {"events": 0.4, "others": 1.6}, "not_promising": "less than 10%"},
    )

    standard: OpenProbability | BetaPrior
    prior: BetaPrior
    improvement: Probability = 0.0
    promising: CutOff | None = None
    not_promising: CutOff | None = None
    minimum_n: PositiveCount = 1

    def __post_init__(self) -> None:
        """Refuse a rule without outcomes and cut-offs that point the wrong way."""
        if self.promising is None and self.not_promising is None:
            _shared.refuse("neither promising nor not_promising", "at least one of the two")
        tail = Tail(prior=self.prior, standard=self.standard)
        if self.promising is not None:
            check_certainty("promising", self.promising, tail, upward=True)
        if self.not_promising is not None:
            check_certainty("not_promising", self.not_promising, tail, upward=False)

    def known_rates(self) -> dict[str, float]:
        """The standard, where it is known."""
        return {} if isinstance(self.standard, BetaPrior) else {self.endpoints[0]: self.standard}

    def formula(self) -> str:
        """The rule as one line of mathematics, with its numbers."""
        parts = [
            f"{c.outcome} iff {c.named} {SYMBOLS[c.cutoff.word]} {format_probability(c.cutoff.value)}"
            for c in self.criteria()
        ]
        begin = f" (n >= {self.minimum_n})" if self.minimum_n > 1 else ""
        a, b = self.prior.events, self.prior.others
        return f"{'; '.join(parts)}{begin}, E ~ Beta({a:.6g} + x, {b:.6g} + n - x)"

    def prior_of(self, endpoint: str) -> tuple[float, float]:
        """Of its only endpoint."""
        del endpoint
        return self.prior.events, self.prior.others

    def criteria(self, plan: Plan | None = None) -> tuple[Criterion, ...]:
        """`promising`, then `not promising`, whatever the plan."""
        del plan
        wanted = (
            ("promising", 0.0, self.promising, "at_least"),
            ("not promising", self.improvement, self.not_promising, "at_most"),
        )
        return tuple(
            self._criterion(outcome, margin, cutoff, upward=direction == "at_least")
            for outcome, margin, cutoff, direction in wanted
            if cutoff is not None
        )

    def _criterion(self, outcome: str, margin: float, cutoff: CutOff, *, upward: bool) -> Criterion:
        tail = Tail(prior=self.prior, standard=self.standard, margin=margin)
        return TailCriterion(
            outcome=outcome,
            named=f"P(E > {tail.standard_text()})",
            event="the response",
            direction="at_least" if upward else "at_most",
            cutoff=cutoff,
            evidence=tail,
        )
