"""Stop for too much toxicity or too little response, each against a standard (thall1995)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from simulator.contracts import Plan
from simulator.rules import _shared
from simulator.rules._posterior import BetaPrior, Tail, TailCriterion, check_certainty
from simulator.rules._shared import SYMBOLS, Criterion, CriterionRule
from simulator.units import CutOff, OpenProbability, PositiveCount, Probability, format_probability

__all__ = ["EndpointLimit", "ThallSimonEstey"]


@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointLimit:
    """One endpoint of the rule: its standard s, its prior, and how sure to be that it is worse.

    standard  : s, a known rate or the Beta of earlier patients' {events, others}
    margin    : added to the standard, delta of thall1995
    certainty : upwards, `more than 95%`; within 1e-9 of the nearer tail they tie
    """

    standard: OpenProbability | BetaPrior
    prior: BetaPrior
    certainty: CutOff
    margin: Probability = 0.0

    def __post_init__(self) -> None:
        """Refuse a certainty that points down, or one too near 100% to be told from it."""
        check_certainty(
            "certainty", self.certainty, Tail(prior=self.prior, standard=self.standard), upward=True
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ThallSimonEstey(CriterionRule):
    """Stop iff P(pT > sT + margin) is beyond its certainty (toxicity), or P(pR < sR + margin) (futility).

    p | x of n ~ Beta(events + x, others + n - x) for each endpoint: the margins of the Dirichlet over
    the four outcomes, so the two counts suffice (thall1995). Outcomes "toxicity", then "futility";
    either endpoint may be left out, not both. P(pR < s) more than 95% is the P(pR > s) < .05 of the paper.
    `minimum_n` holds for each endpoint's own denominator.
    """

    kind: ClassVar[str] = "thall_simon_estey"
    sources: ClassVar[tuple[str, ...]] = ("thall1995",)
    endpoints: ClassVar[tuple[str, ...]] = ("toxicity", "response")
    good: ClassVar[tuple[str, ...]] = ("response",)
    examples: ClassVar[tuple[dict[str, object], ...]] = (
        {
            "toxicity": {
                "standard": "30%",
                "prior": {"events": 0.6, "others": 1.4},
                "certainty": "more than 95%",
            },
            "response": {
                "standard": {"events": 20, "others": 80},
                "prior": {"events": 0.4, "others": 1.6},
                "margin": "5%",
                "certainty": "at least 95%",
            },
            "minimum_n": 3,
        },
        {
            "response": {
                "standard": "20%",
                "prior": {"events": 0.4, "others": 1.6},
                "certainty": "more than 95%",
            }
        },
    )

    toxicity: EndpointLimit | None = None
    response: EndpointLimit | None = None
    minimum_n: PositiveCount = 1

    def __post_init__(self) -> None:
        """Refuse a rule without endpoints."""
        if self.toxicity is None and self.response is None:
            _shared.refuse("neither toxicity nor response", "at least one of the two")

    @property
    def used_endpoints(self) -> tuple[str, ...]:
        """The endpoints this rule reads; the others may be observed as 0 of 0."""
        return tuple(self.endpoints[c.reading] for c in self.criteria())

    def formula(self) -> str:
        """The rule as one line of mathematics, with its numbers."""
        parts = [
            f"{c.outcome} iff {c.named} {SYMBOLS[c.cutoff.word]} {format_probability(c.cutoff.value)},"
            f" {'pT' if c.reading == 0 else 'pR'} ~ Beta({a:.6g} + x, {b:.6g} + n - x)"
            for c in self.criteria()
            for a, b in [self._prior(c.reading)]
        ]
        begin = f" (n >= {self.minimum_n})" if self.minimum_n > 1 else ""
        return "; ".join(parts) + begin

    def known_rates(self) -> dict[str, float]:
        """Standards that are known rates."""
        limits = zip(self.endpoints, (self.toxicity, self.response), strict=True)
        return {
            endpoint: limit.standard
            for endpoint, limit in limits
            if limit is not None and not isinstance(limit.standard, BetaPrior)
        }

    def prior_of(self, endpoint: str) -> tuple[float, float] | None:
        """Of the endpoints that it reads."""
        return self._prior(self.endpoints.index(endpoint)) if endpoint in self.used_endpoints else None

    def criteria(self, plan: Plan | None = None) -> tuple[Criterion, ...]:
        """`toxicity`, then `futility`, whatever the plan; toxicities are read first, then responses."""
        del plan
        limits = (("toxicity", self.toxicity), ("futility", self.response))
        return tuple(
            self._criterion(outcome, endpoint, limit)
            for endpoint, (outcome, limit) in enumerate(limits)
            if limit is not None
        )

    def _prior(self, endpoint: int) -> tuple[float, float]:
        limit = (self.toxicity, self.response)[endpoint]
        assert limit is not None  # criteria exist for given endpoints only
        return limit.prior.events, limit.prior.others

    @staticmethod
    def _criterion(outcome: str, endpoint: int, limit: EndpointLimit) -> Criterion:
        above = endpoint == 0
        tail = Tail(prior=limit.prior, standard=limit.standard, margin=limit.margin, above=above)
        symbol = "pT >" if above else "pR <"
        return TailCriterion(
            outcome=outcome,
            named=f"P({symbol} {tail.standard_text()})",
            event="toxicity" if above else "a response",
            reading=endpoint,
            direction="at_least" if above else "at_most",
            cutoff=limit.certainty,
            evidence=tail,
        )
