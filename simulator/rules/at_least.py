"""Stop at k events, whatever the denominator (goldman1987)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from simulator.contracts import Observed, Plan, Rule, RuleTable, Verdict
from simulator.rules._shared import count_boundary
from simulator.units import PositiveCount

__all__ = ["AtLeast"]


@dataclass(frozen=True, slots=True, kw_only=True)
class AtLeast(Rule):
    """Stop iff x >= count and n >= minimum_n: the plain "k patients" rule of many protocols.

    Every rule that only looks upwards is such a k for each n (goldman1987); here k is the same for all.
    x may exceed n, when events and not patients are counted.
    """

    kind: ClassVar[str] = "at_least"
    sources: ClassVar[tuple[str, ...]] = ("goldman1987",)
    endpoints: ClassVar[tuple[str, ...]] = ("event",)
    examples: ClassVar[tuple[dict[str, object], ...]] = (
        {"count": 2},
        {"count": 4, "minimum_n": 6},
    )

    count: PositiveCount
    minimum_n: PositiveCount = 1

    def formula(self) -> str:
        """The rule as one line of mathematics."""
        return f"stop iff x >= {self.count}" + (f" and n >= {self.minimum_n}" if self.minimum_n > 1 else "")

    def least_to_fire(self) -> tuple[str, int]:
        """The count itself."""
        return "count", self.count

    def assess(self, observed: Sequence[Observed], plan: Plan) -> Verdict:
        """`stop` at or above the count; one `Observed`."""
        del plan
        n, x = observed[0].n, observed[0].x
        begin = f"{x} counted among {n:g}"
        if n < self.minimum_n:
            return Verdict(outcome=None, why=f"{begin}; the rule begins at {self.minimum_n}")
        if x >= self.count:
            return Verdict(outcome="stop", why=f"{begin}, at least {self.count}")
        return Verdict(outcome=None, why=f"{begin}, not at least {self.count}")

    def lower(self, plan: Plan) -> RuleTable:
        """`count` for every n from `minimum_n` on, whole or not."""
        return RuleTable(boundaries=(count_boundary("stop", "at_least", self.count, self.minimum_n, plan),))
