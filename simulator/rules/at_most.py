"""Stop when so few have had the event by now (simon1989)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from simulator.contracts import Observed, Plan, Rule, RuleTable, Verdict
from simulator.rules._shared import count_boundary
from simulator.units import Count, PositiveCount

__all__ = ["AtMost"]


@dataclass(frozen=True, slots=True, kw_only=True)
class AtMost(Rule):
    """Stop iff x <= count and n >= minimum_n: futility, as at the first stage of a two-stage design.

    simon1989 stops after n1 patients with at most r1 responses: `count` r1, one look at n1. With several
    looks state `minimum_n`, else nobody's response among the first few stops the trial.
    """

    kind: ClassVar[str] = "at_most"
    sources: ClassVar[tuple[str, ...]] = ("simon1989",)
    endpoints: ClassVar[tuple[str, ...]] = ("event",)
    examples: ClassVar[tuple[dict[str, object], ...]] = (
        {"count": 0, "minimum_n": 9},
        {"count": 3},
    )

    count: Count
    minimum_n: PositiveCount = 1

    def formula(self) -> str:
        """The rule as one line of mathematics."""
        return f"stop iff x <= {self.count}" + (f" and n >= {self.minimum_n}" if self.minimum_n > 1 else "")

    def assess(self, observed: Sequence[Observed], plan: Plan) -> Verdict:
        """`stop` at or below the count; one `Observed`."""
        del plan
        n, x = observed[0].n, observed[0].x
        begin = f"{x} counted among {n:g}"
        if n < self.minimum_n:
            return Verdict(outcome=None, why=f"{begin}; the rule begins at {self.minimum_n}")
        if x <= self.count:
            return Verdict(outcome="stop", why=f"{begin}, at most {self.count}")
        return Verdict(outcome=None, why=f"{begin}, not at most {self.count}")

    def lower(self, plan: Plan) -> RuleTable:
        """`count` for every n from `minimum_n` on, whole or not."""
        return RuleTable(boundaries=(count_boundary("stop", "at_most", self.count, self.minimum_n, plan),))
