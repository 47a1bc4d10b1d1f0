"""Stop after a first stage, or at the end, with too few responses (simon1989, jung2004)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

from simulator.rules import _shared
from simulator.rules._stages import CountOf, CountOfValue, StageBound, TwoStageRule, one_way
from simulator.scalars import one_word
from simulator.stats.two_stage import MOST_N, TwoStage, search
from simulator.units import OpenProbability, format_probability

__all__ = ["SimonTwoStage"]

Choice = Literal["optimal", "minimax", "admissible"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SimonTwoStage(TwoStageRule):
    """Stop iff x <= r1 after n1 responses are known, or x <= r at n: futility, weakly (simon1989).

    stage_1, final : given bounds, `1 of 10` and `5 of 29`: r1 of n1, r of n
    design         : or a search: `optimal` for the least E[n | p0], `minimax` for the least n and of those
                     the least E[n | p0], `admissible` for the least weight x n + (1 - weight) x E[n | p0]
                     (jung2004), among all designs of at most 300 patients
    p0, p1         : of a search, the unacceptable and the acceptable response rate
    alpha, beta    : of a search, P(accept | p0) is at most alpha, 1 - P(accept | p1) at most beta
    weight         : of an admissible design, above 0% and below 100%

    The one outcome is "futility", after the first stage or at the end. More than r responses at n accept the
    treatment: the final decision, which stops nothing; P(accept) is 1 - P(stop). To have it said, another
    rule looks at n: `at_least`, r + 1. A look between the stages, or after n, uses the bound of the stage it
    has reached; the errors are then no longer those of the design. Of equal designs the smaller n, then n1,
    is taken, of several r the largest, as by simon1989 and clinfun.
    """

    kind: ClassVar[str] = "simon_two_stage"
    sources: ClassVar[tuple[str, ...]] = ("simon1989", "jung2004")
    endpoints: ClassVar[tuple[str, ...]] = ("response",)
    good: ClassVar[tuple[str, ...]] = ("response",)
    of_shares: ClassVar[bool] = True
    examples: ClassVar[tuple[dict[str, object], ...]] = (
        {"stage_1": "1 of 10", "final": "5 of 29"},
        {"design": "optimal", "p0": "20%", "p1": "40%", "alpha": "10%", "beta": "10%"},
        {"design": "minimax", "p0": "10%", "p1": "30%", "alpha": "5%", "beta": "20%"},
        {"design": "admissible", "p0": "10%", "p1": "30%", "alpha": "5%", "beta": "20%", "weight": "50%"},
    )

    stage_1: CountOfValue | None = None
    final: CountOfValue | None = None
    design: Annotated[Choice | None, one_word("optimal", "minimax", "admissible")] = None
    p0: OpenProbability | None = None
    p1: OpenProbability | None = None
    alpha: OpenProbability | None = None
    beta: OpenProbability | None = None
    weight: OpenProbability | None = None

    def __post_init__(self) -> None:
        """Refuse bounds beside a search, stages or rates out of order, a design that does not exist."""
        one_way(
            {"stage_1": self.stage_1, "final": self.final},
            {"design": self.design, "p0": self.p0, "p1": self.p1, "alpha": self.alpha, "beta": self.beta},
        )
        if (self.weight is not None) is not (self.design == "admissible"):
            found = (
                "weight without design: admissible" if self.weight else "design: admissible without weight"
            )
            _shared.refuse(found, "weight with `design: admissible`, and only with it")
        if self.stage_1 is not None and self.final is not None:
            _check_order(self.stage_1, self.final)
        elif self.p0 is not None and self.p1 is not None:
            if self.p1 <= self.p0:
                _shared.refuse(
                    f"p1: {format_probability(self.p1)}", f"above p0, {format_probability(self.p0)}"
                )
            if self._searched() is None:
                _shared.refuse(
                    self._asked(), f"errors that at most {MOST_N} patients allow", "p0 and p1 are too near"
                )

    def formula(self) -> str:
        """The rule as one line of mathematics, with its numbers, and what was searched for."""
        found = self.two_stages()
        begin = f"futility iff {self.bounds()[0].text('x')}; more than {found.r} of {found.n} accept"
        if self.p0 is None or self.p1 is None:
            return begin
        errors = [format_probability(found.accepts(p)) for p in (self.p0, self.p1)]
        return (
            f"{begin}; {self._asked()}: P(accept) {errors[0]} and {errors[1]},"
            f" E[n | p0] {found.expected_n(self.p0):.4f}"
        )

    def known_rates(self) -> dict[str, float]:
        """The unacceptable rate of a search."""
        return {} if self.p0 is None else {"response": self.p0}

    def two_stages(self) -> TwoStage:
        """The bounds, as given or as found."""
        if self.stage_1 is not None and self.final is not None:
            first, final = self.stage_1, self.final
            return TwoStage(r1=first.count, n1=first.n, r=final.count, n=final.n)
        found = self._searched()
        assert found is not None  # such a rule is refused
        return found

    def bounds(self) -> tuple[StageBound, ...]:
        """Few responses, at either stage."""
        d = self.two_stages()
        bound = StageBound(
            outcome="futility",
            event="a response",
            reading=0,
            many=False,
            n1=d.n1,
            first=d.r1,
            n=d.n,
            final=d.r,
        )
        return (bound,)

    def _searched(self) -> TwoStage | None:
        assert self.p0 is not None and self.p1 is not None
        assert self.alpha is not None and self.beta is not None
        weight = {"optimal": 0.0, "minimax": 1.0}.get(self.design or "", self.weight or 0.0)
        return search(self.p0, self.p1, self.alpha, self.beta, weight)

    def _asked(self) -> str:
        named = {"p0": self.p0, "p1": self.p1, "alpha": self.alpha, "beta": self.beta, "weight": self.weight}
        values = [f"{key} {format_probability(value)}" for key, value in named.items() if value is not None]
        return f"{self.design} for {', '.join(values)}"


def _check_order(first: CountOf, final: CountOf) -> None:
    if final.n <= first.n:
        _shared.refuse(f"final: {final.text()}", f"a stage of more than {first.n} patients, those of stage_1")
    if final.count < first.count:
        _shared.refuse(f"final: {final.text()}", f"a bound of {first.count} or more, that of stage_1")
