"""Rules of the tests only: criteria that are no posterior, a cut-off by the plan, three endpoints at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np
from scipy.special import betainc
from scipy.stats import binom

from simulator.contracts import Observed, Plan, Rule, RuleTable, Verdict
from simulator.model.monitoring import Counts
from simulator.program.build import build
from simulator.program.tables import Program
from simulator.rules._posterior import BetaPrior, Tail
from simulator.rules._shared import Criterion, CriterionRule, count_boundary
from simulator.units import Comparison
from tests.helpers import scenario

__all__ = ["Either", "Likelihood", "PValue", "SharedAlpha", "Three", "under"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PUpper:
    """P(X >= x), X ~ Binomial(n, rate), for any n."""

    rate: float

    def __call__(self, n: Any, x: Any) -> Any:
        safe = np.maximum(x, 1)
        return np.where(x > 0, betainc(safe, n - safe + 1.0, self.rate), 1.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ratio:
    """The likelihood of rate `one` over that of rate `null`."""

    one: float
    null: float

    def __call__(self, n: Any, x: Any) -> Any:
        return (self.one / self.null) ** x * ((1 - self.one) / (1 - self.null)) ** (n - x)


@dataclass(frozen=True, slots=True, kw_only=True)
class PValue(CriterionRule):
    """Stop iff P(X >= x | null) is beyond the cut-off."""

    kind: ClassVar[str] = "p_value"
    sources: ClassVar[tuple[str, ...]] = ()
    endpoints: ClassVar[tuple[str, ...]] = ("event",)
    examples: ClassVar[tuple[dict[str, object], ...]] = ()
    evidence_word: ClassVar[str] = "p-value"

    null: float
    cutoff: Comparison
    minimum_n: int = 1

    def formula(self) -> str:
        return f"stop iff p-value {self.cutoff.text()}"

    def criteria(self, plan: Plan) -> tuple[Criterion, ...]:
        cutoff = replace(self.cutoff, value=self.cutoff.value / self.share(plan))
        evidence = PUpper(rate=self.null)
        return (
            Criterion(
                outcome="stop",
                named="p",
                event="it",
                direction="at_least",
                cutoff=cutoff,
                evidence=evidence,
            ),
        )

    def share(self, plan: Plan) -> int:
        del plan
        return 1


class SharedAlpha(PValue):
    """The same with the cut-off divided by the number of looks."""

    __slots__ = ()

    @property
    def uses_plan(self) -> bool:
        return True

    def share(self, plan: Plan) -> int:
        return len(plan.planned)


@dataclass(frozen=True, slots=True, kw_only=True)
class Likelihood(CriterionRule):
    """Stop iff the likelihood ratio of two rates is beyond the cut-off."""

    kind: ClassVar[str] = "likelihood"
    sources: ClassVar[tuple[str, ...]] = ()
    endpoints: ClassVar[tuple[str, ...]] = ("event",)
    examples: ClassVar[tuple[dict[str, object], ...]] = ()
    evidence_word: ClassVar[str] = "likelihood ratio"

    one: float
    null: float
    cutoff: Comparison
    minimum_n: int = 1

    def formula(self) -> str:
        return f"stop iff L({self.one:g}) / L({self.null:g}) {self.cutoff.text(percent=False)}"

    def criteria(self, plan: Plan) -> tuple[Criterion, ...]:
        del plan
        return (
            Criterion(
                outcome="stop",
                named="LR",
                event="it",
                direction="at_least" if self.one > self.null else "at_most",
                cutoff=self.cutoff,
                evidence=Ratio(one=self.one, null=self.null),
                percent=False,
            ),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Three(CriterionRule):
    """Many of the first (p-value), few of the second (likelihood ratio), many of the third (posterior)."""

    kind: ClassVar[str] = "three"
    sources: ClassVar[tuple[str, ...]] = ()
    endpoints: ClassVar[tuple[str, ...]] = ("first", "second", "third")
    examples: ClassVar[tuple[dict[str, object], ...]] = ()
    good: ClassVar[tuple[str, ...]] = ("second",)

    minimum_n: int = 3

    def formula(self) -> str:
        return "one of 3"

    def criteria(self, plan: Plan) -> tuple[Criterion, ...]:
        del plan
        tail = Tail(prior=BetaPrior(events=0.4, others=0.6), standard=0.35)
        parts = (
            ("harm", "at_least", Comparison("at most", 0.2), PUpper(rate=0.4), True),
            ("futile", "at_most", Comparison("more than", 3.0), Ratio(one=0.1, null=0.3), False),
            ("late harm", "at_least", Comparison("at least", 0.9), tail, True),
        )
        return tuple(
            Criterion(
                outcome=outcome,
                named="value",
                event=self.endpoints[i],
                reading=i,
                direction=direction,
                cutoff=cutoff,
                evidence=evidence,
                percent=percent,
            )
            for i, (outcome, direction, cutoff, evidence, percent) in enumerate(parts)
        )

    @staticmethod
    def by_hand(first: tuple[float, int], second: tuple[float, int], third: tuple[float, int]) -> int:
        """The outcome's code at (n, x) of each endpoint, from other formulas than the rule's."""
        (n, x), (m, y), (k, z) = first, second, third
        if n >= 3 and binom.sf(x - 1, n, 0.4) <= 0.2:
            return 1
        if m >= 3 and y * np.log(0.1 / 0.3) + (m - y) * np.log(0.9 / 0.7) > np.log(3.0):
            return 2
        return 3 if k >= 3 and 1.0 - betainc(0.4 + z, 0.6 + k - z, 0.35) >= 0.9 else 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Either(Rule):
    """Many events are one outcome of an endpoint and few another: 4 or more, or none among 5."""

    kind: ClassVar[str] = "either"
    sources: ClassVar[tuple[str, ...]] = ()
    endpoints: ClassVar[tuple[str, ...]] = ("event",)
    examples: ClassVar[tuple[dict[str, object], ...]] = ()

    def formula(self) -> str:
        return "x >= 4 or x <= 0"

    def assess(self, observed: Sequence[Observed], plan: Plan) -> Verdict:
        table = self.lower(plan)
        return Verdict(outcome=table.outcome(table.code(observed)), why="")

    def lower(self, plan: Plan) -> RuleTable:
        many, few = (
            count_boundary("many", "at_least", 4, 1, plan),
            count_boundary("few", "at_most", 0, 5, plan),
        )
        return RuleTable(boundaries=(many, few))


def under(
    rule: Rule, counts: Mapping[str, Counts], design: Mapping[str, Any], truth: Mapping[str, Any]
) -> Program:
    """The Program of a design whose monitoring entry `rule` has another rule and counts something else."""
    found = scenario(design, {"truth": truth})
    (read,) = found.designs.values()
    monitor = replace(read.monitoring["rule"], rule=rule, counts=dict(counts))
    changed = replace(read, monitoring=read.monitoring | {"rule": monitor})
    return build(changed, found.truths["truth"])
