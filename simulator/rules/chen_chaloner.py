"""Stop when the rate is surely above one standard, and probably above a higher one (chen2006)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from simulator.contracts import Plan
from simulator.rules import _shared
from simulator.rules._calibrated import CertainRule, CertaintyValue, TargetValue
from simulator.rules._posterior import BetaPrior, Tail, check_certainty
from simulator.rules._shared import SYMBOLS, Criterion
from simulator.units import Comparison, ComparisonValue, CutOff, PositiveCount, format_probability

if TYPE_CHECKING:
    from simulator.rules._shared import Floats, Ints

__all__ = ["Also", "ChenChaloner"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Also:
    """The second standard, and how sure to be that the rate is above it: `more than 30%`, `more than 50%`."""

    rate: ComparisonValue
    certainty: CutOff


@dataclass(frozen=True, slots=True, kw_only=True)
class ChenChaloner(CertainRule):
    """Stop iff P(p > rate | x of n) is beyond `certainty`, and P(p > also.rate | x of n) beyond its own.

    p | x of n ~ Beta(events + x, others + n - x) (chen2006). `more than` is strict, `at least` weak;
    numbers within 1e-9 of the tail tie. certainty: `calibrated` is weak, that of the largest region of
    stops within `false_stop`. minimum_n: no stop with fewer patients.
    """

    kind: ClassVar[str] = "chen_chaloner"
    sources: ClassVar[tuple[str, ...]] = ("chen2006",)
    endpoints: ClassVar[tuple[str, ...]] = ("event",)
    examples: ClassVar[tuple[dict[str, object], ...]] = (
        {
            "prior": {"events": 0.6, "others": 2.4},
            "rate": "more than 20%",
            "certainty": "more than 90%",
            "also": {"rate": "more than 30%", "certainty": "more than 50%"},
        },
        {
            "prior": {"events": 0.6, "others": 2.4},
            "rate": "more than 20%",
            "certainty": "calibrated",
            "false_stop": "at most 10% at 20%",
            "also": {"rate": "more than 30%", "certainty": "more than 50%"},
            "minimum_n": 3,
        },
    )

    prior: BetaPrior
    rate: ComparisonValue
    also: Also
    certainty: CertaintyValue
    false_stop: TargetValue | None = None
    minimum_n: PositiveCount = 1

    def __post_init__(self) -> None:
        """Refuse rates and cut-offs that point down, and a second standard that is not above the first."""
        for key, rate in (("rate", self.rate), ("also.rate", self.also.rate)):
            _shared.check_direction(key, rate, upward=True)
            if not 0 < rate.value < 1:
                _shared.refuse(f"{key}: {rate.text()}", "a rate above 0% and below 100%")
        if self.also.rate.value <= self.rate.value:
            _shared.refuse(f"also.rate: {self.also.rate.text()}", f"a rate above {self.rate.text()}")
        self.check_certainty(self._tail(self.rate))
        check_certainty("also.certainty", self.also.certainty, self._tail(self.also.rate), upward=True)

    def prior_of(self, endpoint: str) -> tuple[float, float]:
        """Of its only endpoint."""
        del endpoint
        return self.prior.events, self.prior.others

    def formula(self) -> str:
        """The rule as one line of mathematics, with its numbers."""
        a, b = self.prior.events, self.prior.others
        begin = f" and n >= {self.minimum_n}" if self.minimum_n > 1 else ""
        return (
            f"stop iff P(p > {format_probability(self.rate.value)}) {self.beyond()} and {self._second}"
            f"{begin}, p ~ Beta({a:.6g} + x, {b:.6g} + n - x){self.constant()}"
        )

    @property
    def _second(self) -> str:
        rate, sure = self.also.rate, self.also.certainty
        cutoff = f"{SYMBOLS[sure.word]} {format_probability(sure.value)}"
        return f"P(p > {format_probability(rate.value)}) {cutoff}"

    def _tail(self, rate: Comparison) -> Tail:
        return Tail(prior=self.prior, standard=rate.value)

    def uncut(self, plan: Plan) -> Criterion:
        """The first posterior where the second is as it must be, else 0."""
        del plan
        second = Criterion(
            outcome=self.outcome,
            named="second",
            event="the event",
            direction="at_least",
            cutoff=self.also.certainty,
            evidence=self._tail(self.also.rate),
        )
        return Criterion(
            outcome=self.outcome,
            named=f"P(rate > {format_probability(self.rate.value)}), where {self._second},",
            event="the event",
            direction="at_least",
            cutoff=self.certainty or Comparison("at least", 0.0),
            evidence=_Where(first=self._tail(self.rate), second=second),
            nothing=0.0,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Where:
    """One posterior where a criterion on the other holds, else 0."""

    first: Tail
    second: Criterion

    def __call__(self, n: Ints, x: Ints) -> Floats:
        """(cells,), (cells,) -> (cells,)."""
        import numpy as np

        return np.where(self.second.holds(n, x), self.first(n, x), 0.0)
