"""Stop when there are so many events that the plan becomes a surprise (przyborowski1940, goldman1987)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Annotated, ClassVar

from simulator.contracts import Observed, Plan, RuleTable, Verdict
from simulator.errors import QuantityError
from simulator.rules import _shared
from simulator.rules._shared import SYMBOLS, Criterion, CriterionRule, weighted_boundary
from simulator.rules._statistics import PValue
from simulator.scalars import words
from simulator.units import (
    CutOff,
    Parsed,
    PositiveCount,
    format_probability,
    parse_hazard,
    parse_open_probability,
)

if TYPE_CHECKING:
    from simulator.rules._shared import Floats, Ints

__all__ = ["Planned", "Surprise"]

PLANNED_WORDS = "a probability such as `3 of 206` or `2%`, or a rate such as `3 per 206 person-years`"
YEAR = 365.25


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """What was planned: a patient's probability of the event, or events per person and day."""

    share: float | None = None
    rate: float | None = None

    def text(self) -> str:
        """In words."""
        return (
            format_probability(self.share)
            if self.share is not None
            else f"{(self.rate or 0.0) * YEAR:.4g} per year"
        )


def read_planned(value: object) -> Planned:
    """`2%`, or `3 per 206 person-years`."""
    if isinstance(value, Planned):
        return value
    if " per " in words(value):
        rate = parse_hazard(value)
        return Planned(rate=rate) if rate > 0.0 else _shared.refuse(words(value), "a rate above 0")
    try:
        return Planned(share=parse_open_probability(value))
    except QuantityError as error:
        raise QuantityError(error.found, PLANNED_WORDS, error.hint) from None


@dataclass(frozen=True, slots=True, kw_only=True)
class _PoissonTail:
    """P(X >= x), X ~ Poisson(rate x days)."""

    rate: float

    def __call__(self, n: Ints, x: Ints) -> Floats:
        """(cells,), (cells,) -> (cells,)."""
        import numpy as np
        from scipy.special import gammainc

        events = np.asarray(x, dtype=np.float64)
        tail = gammainc(np.maximum(events, 1.0), self.rate * np.asarray(n, dtype=np.float64))
        return np.where(events > 0, tail, 1.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Surprise(CriterionRule):
    """Stop iff P(X >= x | planned) is beyond the limit: what was seen was not to be expected.

    planned    : `2%`, X binomial among n patients (goldman1987); or `3 per 206 person-years`, X Poisson in
                 the follow-up so far (przyborowski1940), with `among: exposure`
    probability: `less than 0.1%`; of each look, not corrected for their number: `explain` says how likely the
                 rule ever fires under the plan
    minimum_n  : no stop with fewer patients counted, or days
    """

    kind: ClassVar[str] = "surprise"
    sources: ClassVar[tuple[str, ...]] = ("przyborowski1940", "goldman1987")
    endpoints: ClassVar[tuple[str, ...]] = ("event",)
    evidence_word: ClassVar[str] = "p-value"
    examples: ClassVar[tuple[dict[str, object], ...]] = (
        {"planned": "20%", "probability": "less than 2.5%"},
        {"planned": "1 of 5", "probability": "at most 5%", "minimum_n": 6},
    )

    planned: Annotated[Planned, Parsed(read_planned, "string number")]
    probability: CutOff
    minimum_n: PositiveCount = 1

    def __post_init__(self) -> None:
        """Refuse a limit that points up, or that is none."""
        _shared.check_direction("probability", self.probability, upward=False)

    @property
    def by_exposure(self) -> bool:
        """Whether it goes by follow-up and not by patients."""
        return self.planned.rate is not None

    def formula(self) -> str:
        """The rule as one line of mathematics, with its numbers."""
        begin = f" and n >= {self.minimum_n}" if self.minimum_n > 1 else ""
        limit = f"{SYMBOLS[self.probability.word]} {format_probability(self.probability.value)}"
        return f"stop iff {self._named} {limit}{begin}, at each look"

    @property
    def _named(self) -> str:
        return f"P(X >= x | {'follow-up' if self.by_exposure else 'n'}, {self.planned.text()})"

    def known_rates(self) -> dict[str, float]:
        """The probability that was planned; none of a rate."""
        return {} if self.planned.share is None else {"event": self.planned.share}

    def criteria(self, plan: Plan | None = None) -> tuple[Criterion, ...]:
        """Stop, whatever the plan."""
        del plan
        planned = self.planned
        evidence = (
            _PoissonTail(rate=planned.rate) if planned.rate is not None else PValue(rate=planned.share or 0.0)
        )
        return (
            Criterion(
                outcome="stop",
                named=self._named,
                event="the event",
                direction="at_least",
                cutoff=self.probability,
                evidence=evidence,
            ),
        )

    def assess(self, observed: Sequence[Observed], plan: Plan) -> Verdict:
        """`stop` where it is a surprise, with the number; by follow-up n is in days."""
        verdict, seen = super(Surprise, self).assess(observed, plan), observed[0]
        if not self.by_exposure:
            return verdict
        counted, told = f"{seen.x} of {seen.n:g} had the event", f"{seen.x} in {seen.n:g} days"
        return replace(verdict, why=verdict.why.replace(counted, told, 1))

    def lower(self, plan: Plan) -> RuleTable:
        """Bounds of the count by n; by follow-up the longest for every count, in closed form."""
        if self.planned.rate is None:
            return super(Surprise, self).lower(plan)
        from scipy.special import gammaincinv

        counts = range(2 * plan.max_n + 11)
        slack = 1.0 - _shared.TIE if self.probability.word == "less than" else 1.0 + _shared.TIE
        limit = self.probability.value * slack
        longest = [None if x == 0 else float(gammaincinv(x, limit)) / self.planned.rate for x in counts]
        return RuleTable(boundaries=(weighted_boundary("stop", "at_least", longest, self.minimum_n),))

    def particulars(self, plan: Plan) -> tuple[str, ...]:
        """How likely it ever fires if all is as planned."""
        if self.planned.rate is not None:
            return self._over_time(plan, self.planned.rate)
        from simulator.stats.binomial import monitor

        looks = tuple(plan.planned)
        bound = self.lower(replace(plan, among=())).boundaries[0].bound
        at = [None if (x := bound[n]) is None else int(x) for n in looks]
        level = (
            monitor(looks, self.planned.share or 0.0, upper=at, lower=[None] * len(looks)).p_stop
            if looks
            else 0.0
        )
        return (f"P(it ever fires) = {100 * level:.4g}% as planned, {_shared.over_looks(looks)}",)

    def _over_time(self, plan: Plan, rate: float) -> tuple[str, ...]:
        from simulator.stats.pace import ever_within

        if not plan.exposure:
            return ()
        longest = [n for n in self.lower(plan).boundaries[0].bound if n is not None]
        chance = ever_within([rate * days for days in longest], rate * plan.exposure)
        years = plan.exposure / YEAR
        over = f"over {years:.4g} person-years, everyone followed to the end"
        return (f"P(it ever fires) = {100 * chance:.4g}% as planned, {over}",)
