"""Stop when the event is probably more frequent in the first of two arms (thall1994)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, ClassVar

from simulator.contracts import Plan
from simulator.rules import _shared
from simulator.rules._comparing import ComparedRule, kept_matrix
from simulator.rules._posterior import TOLD_APART, BetaPrior
from simulator.rules._shared import SYMBOLS
from simulator.stats.settled import DIFFERENCE, LEAST_PARAMETER
from simulator.units import (
    Comparison,
    CutOff,
    PositiveCount,
    Probability,
    Shorthand,
    format_probability,
)

if TYPE_CHECKING:
    from simulator.rules._comparing import Floats

__all__ = ["PosteriorDifference", "Priors"]

NEAR = 1e-9  # a table's entry this near the cut-off is named


def _alike(value: object) -> object:
    """`{events, others}` is the prior of either arm."""
    if isinstance(value, dict) and not {"first", "second"} & value.keys():
        return {"first": value, "second": value}
    return value


@dataclass(frozen=True, slots=True, kw_only=True)
class Priors:
    """A prior for each arm."""

    first: BetaPrior
    second: BetaPrior

    def __post_init__(self) -> None:
        """Refuse what puts so much at a rate of 0 or 1 that no quadrature would see it."""
        for prior in (self.first, self.second):
            if min(prior.events, prior.others) < LEAST_PARAMETER:
                _shared.refuse(prior.text(), f"a prior with at least {LEAST_PARAMETER} events and others")


@dataclass(frozen=True, slots=True, kw_only=True)
class PosteriorDifference(ComparedRule):
    """Stop iff P(p1 > p2 + margin | data) is beyond the certainty, p1 and p2 independent (thall1994).

    p1 | x1 of n1 ~ Beta(events + x1, others + n1 - x1), p2 likewise; to 1e-10 (berry2010 for its use).

    prior     : {events, others} of both arms, or {first: {events, others}, second: {events, others}}
    margin    : the excess of the first arm that is allowed
    certainty : `more than 95%` is strict, `at least 95%` weak; within 1e-9 of the tail, or 1e-10, they tie
    minimum_n : no stop with fewer patients counted in an arm
    """

    kind: ClassVar[str] = "posterior_difference"
    sources: ClassVar[tuple[str, ...]] = ("thall1994", "berry2010")
    evidence_word: ClassVar[str] = "posterior"
    accuracy: ClassVar[float] = DIFFERENCE
    examples: ClassVar[tuple[dict[str, object], ...]] = (
        {"prior": {"events": 0.5, "others": 0.5}, "certainty": "more than 95%"},
        {
            "prior": {"first": {"events": 1, "others": 1}, "second": {"events": 2, "others": 18}},
            "margin": "10%",
            "certainty": "at least 90%",
            "minimum_n": 4,
        },
    )

    prior: Annotated[Priors, Shorthand(_alike, BetaPrior)]
    certainty: CutOff
    margin: Probability = 0.0
    minimum_n: PositiveCount = 1

    def __post_init__(self) -> None:
        """Refuse a margin of 100%, and a certainty that points down or has too few digits left."""
        if self.margin >= 1.0:
            _shared.refuse(f"margin: {format_probability(self.margin)}", "a margin below 100%")
        _shared.check_direction("certainty", self.certainty, upward=True)
        least = TOLD_APART * DIFFERENCE
        if min(self.certainty.value, 1.0 - self.certainty.value) < least:
            _shared.refuse(
                f"certainty: {self.certainty.text()}",
                f"{format_probability(least)} to {format_probability(1.0 - least)}",
                f"the probability is known to {DIFFERENCE:.0e} only",
            )

    def formula(self) -> str:
        """The rule as one line of mathematics, with its numbers."""
        word, certainty = SYMBOLS[self.certainty.word], format_probability(self.certainty.value)
        arms = (
            f"p{i} ~ Beta({prior.events:.6g} + x{i}, {prior.others:.6g} + n{i} - x{i})"
            for i, prior in ((1, self.prior.first), (2, self.prior.second))
        )
        return f"stop iff {self.named()} {word} {certainty}{self.begin()}, {', '.join(arms)}"

    @property
    def cutoff(self) -> Comparison:
        """The certainty."""
        return self.certainty

    def named(self) -> str:
        """`P(p1 > p2 + 10%)`."""
        return f"P(p1 > p2{f' + {format_probability(self.margin)}' if self.margin else ''})"

    def prior_of(self, endpoint: str) -> tuple[float, float]:
        """Of the arm."""
        prior = self.prior.first if endpoint == self.endpoints[0] else self.prior.second
        return prior.events, prior.others

    def matrix(self, n1: int, n2: int) -> Floats:
        """The posterior probability at every pair of counts."""
        from simulator.stats.two_arm_posterior import differences

        first, second = (self.prior_of(endpoint) for endpoint in self.endpoints)
        return differences(first, n1, second, n2, self.margin)

    def particulars(self, plan: Plan) -> tuple[str, ...]:
        """Entries too near the cut-off, at the planned looks with arms of one size."""
        return self.remarks([(n, n) for n in plan.looks or ()], plan)

    def remarks(self, pairs: Sequence[tuple[int, int]], plan: Plan) -> tuple[str, ...]:
        """Each entry within 1e-9 of the cut-off, from `minimum_n` on: there the word decides.

        Another program may have the other verdict.
        """
        import numpy as np

        del plan
        found = []
        for n1, n2 in (pair for pair in pairs if min(pair) >= self.minimum_n):
            values = kept_matrix(self, n1, n2)
            for x1, x2 in np.argwhere(np.abs(values - self.certainty.value) <= NEAR).tolist():
                word = "beyond" if self.crossed(values[x1, x2]) else "not beyond"
                found.append(
                    f"{self.named()} at {x1} of {n1} v {x2} of {n2} is {values[x1, x2]:.10f}, within 1e-9 of "
                    f"the cut-off, and counts as {word} it"
                )
        return tuple(found)
