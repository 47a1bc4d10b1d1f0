"""Two stages with two endpoints: stop for too many toxicities or too few responses (bryant1995)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from simulator.rules import _shared
from simulator.rules._stages import StageBound, TwoStageRule, one_way
from simulator.stats.two_stage import MOST_N, TwoStage, search_both
from simulator.units import Count, OpenProbability, PositiveCount, format_probability

__all__ = ["BryantDay", "Limits", "Rates"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What a stage of n patients goes on, or ends well, with: at least so many responses, at most so many
    toxicities."""

    n: PositiveCount
    responses: Count
    toxicities: Count

    def __post_init__(self) -> None:
        """Refuse a stage that nobody can end well."""
        for name, count in (("responses", self.responses), ("toxicities", self.toxicities)):
            if count > self.n:
                _shared.refuse(f"{name}: {count}", f"at most n, {self.n}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rates:
    """Of a search: the unacceptable rate p0 and the acceptable p1 of an endpoint."""

    p0: OpenProbability
    p1: OpenProbability


@dataclass(frozen=True, slots=True, kw_only=True)
class BryantDay(TwoStageRule):
    """Go on after n1 patients, and accept at n, iff responses >= and toxicities <= their limits (bryant1995).

    stage_1, final     : given limits, `{n: 15, responses: 4, toxicities: 6}`: at least so many responses,
                         at most so many toxicities
    response, toxicity : or a search: `{p0: 30%, p1: 50%}`, the unacceptable and the acceptable rate of each
    alpha_response     : of a search, the most of P(accept) where only the response is unacceptable
    alpha_toxicity     : the same of the toxicity
    beta               : of a search, the most of 1 - P(accept) where both are acceptable

    Outcomes "toxicity" for more toxicities than the limit, named first, and "futility" for fewer responses,
    after the first stage or at the end. Neither at n accepts the treatment: the final decision, which stops
    nothing; P(accept) is 1 - P(stop). A look between the stages, or after n, uses the limits of the stage it
    has reached.

    The search makes E[n] least at the worse of the two truths with one unacceptable endpoint, taking the
    endpoints as independent, among all designs of at most 300 patients. Of equals the smaller n, then n1,
    then the larger bounds are taken.
    """

    kind: ClassVar[str] = "bryant_day"
    sources: ClassVar[tuple[str, ...]] = ("bryant1995",)
    endpoints: ClassVar[tuple[str, ...]] = ("toxicity", "response")
    good: ClassVar[tuple[str, ...]] = ("response",)
    of_shares: ClassVar[bool] = True
    examples: ClassVar[tuple[dict[str, object], ...]] = (
        {
            "stage_1": {"n": 15, "responses": 4, "toxicities": 6},
            "final": {"n": 40, "responses": 11, "toxicities": 14},
        },
        {
            "response": {"p0": "30%", "p1": "50%"},
            "toxicity": {"p0": "40%", "p1": "20%"},
            "alpha_response": "15%",
            "alpha_toxicity": "15%",
            "beta": "15%",
        },
    )

    stage_1: Limits | None = None
    final: Limits | None = None
    response: Rates | None = None
    toxicity: Rates | None = None
    alpha_response: OpenProbability | None = None
    alpha_toxicity: OpenProbability | None = None
    beta: OpenProbability | None = None

    def __post_init__(self) -> None:
        """Refuse limits beside a search, stages or rates out of order, a design that does not exist."""
        one_way(
            {"stage_1": self.stage_1, "final": self.final},
            {
                "response": self.response,
                "toxicity": self.toxicity,
                "alpha_response": self.alpha_response,
                "alpha_toxicity": self.alpha_toxicity,
                "beta": self.beta,
            },
        )
        if self.stage_1 is not None and self.final is not None:
            _check_order(self.stage_1, self.final)
        elif self.response is not None and self.toxicity is not None:
            _check_rates(self.response, self.toxicity)
            if self._searched() is None:
                _shared.refuse(
                    self._asked(), f"errors that at most {MOST_N} patients allow", "p0 and p1 are too near"
                )

    def formula(self) -> str:
        """The rule as one line of mathematics, with its numbers, and what was searched for."""
        toxicity, futility = self.bounds()
        begin = (
            f"toxicity iff {toxicity.text('xT')}; futility iff {futility.text('xR')}; neither at n accepts"
        )
        return begin if self.response is None else f"{begin}; optimal for {self._asked()}: {self._errors()}"

    def known_rates(self) -> dict[str, float]:
        """The unacceptable rates of a search."""
        named = {"toxicity": self.toxicity, "response": self.response}
        return {name: rates.p0 for name, rates in named.items() if rates is not None}

    def stages(self) -> tuple[Limits, Limits]:
        """The limits, as given or as found."""
        if self.stage_1 is not None and self.final is not None:
            return self.stage_1, self.final
        found = self._searched()
        assert found is not None  # such a rule is refused
        response, spared = found
        return (
            Limits(n=response.n1, responses=response.r1 + 1, toxicities=response.n1 - spared.r1 - 1),
            Limits(n=response.n, responses=response.r + 1, toxicities=response.n - spared.r - 1),
        )

    def bounds(self) -> tuple[StageBound, ...]:
        """Many toxicities, then few responses."""
        first, final = self.stages()
        n1, n = first.n, final.n
        return (
            StageBound(
                outcome="toxicity",
                event="toxicity",
                reading=0,
                many=True,
                n1=n1,
                first=first.toxicities + 1,
                n=n,
                final=final.toxicities + 1,
            ),
            StageBound(
                outcome="futility",
                event="a response",
                reading=1,
                many=False,
                n1=n1,
                first=first.responses - 1,
                n=n,
                final=final.responses - 1,
            ),
        )

    def _searched(self) -> tuple[TwoStage, TwoStage] | None:
        """Responses, and patients spared a toxicity."""
        assert self.response is not None and self.toxicity is not None
        assert self.alpha_response is not None and self.alpha_toxicity is not None
        assert self.beta is not None
        return search_both(
            (self.response.p0, self.response.p1),
            (1.0 - self.toxicity.p0, 1.0 - self.toxicity.p1),
            (self.alpha_response, self.alpha_toxicity),
            self.beta,
        )

    def _errors(self) -> str:
        found = self._searched()
        assert found is not None and self.response is not None and self.toxicity is not None
        bad, good = (found[0].accepts(p) for p in (self.response.p0, self.response.p1))
        toxic, safe = (found[1].accepts(1.0 - p) for p in (self.toxicity.p0, self.toxicity.p1))
        wrongly, also, rightly = map(format_probability, (bad * safe, good * toxic, good * safe))
        return f"P(accept) {wrongly} and {also} with one of them unacceptable, {rightly} with none"

    def _asked(self) -> str:
        assert self.response is not None and self.toxicity is not None
        named = {
            "response": (self.response.p0, self.response.p1),
            "toxicity": (self.toxicity.p0, self.toxicity.p1),
            "alpha_response": (self.alpha_response,),
            "alpha_toxicity": (self.alpha_toxicity,),
            "beta": (self.beta,),
        }
        return ", ".join(
            f"{key} {' and '.join(format_probability(value) for value in values if value is not None)}"
            for key, values in named.items()
        )


def _check_order(first: Limits, final: Limits) -> None:
    if final.n <= first.n:
        _shared.refuse(f"final: n {final.n}", f"more than {first.n} patients, those of stage_1")
    for name, before, after in (
        ("responses", first.responses, final.responses),
        ("toxicities", first.toxicities, final.toxicities),
    ):
        if after < before:
            _shared.refuse(f"final: {name} {after}", f"{before} or more, the limit of stage_1")


def _check_rates(response: Rates, toxicity: Rates) -> None:
    for name, low, high, allowed in (
        ("response: p1", response.p0, response.p1, "above p0"),
        ("toxicity: p0", toxicity.p1, toxicity.p0, "above p1"),
    ):
        if high <= low:
            _shared.refuse(f"{name} {format_probability(high)}", f"{allowed}, {format_probability(low)}")
