"""A rule to copy: stop when the observed share of patients with the event reaches a limit (goldman1987).

To add a rule: copy this file to `simulator/rules/KIND.py`, change what is marked, add one line
`"KIND": "simulator.rules.KIND:ClassName"` to `simulator/registry.py`, the source to `simulator/refs.bib`
and a file of published or peer values to `tests/`. tests/conformance then holds `assess` and `lower`
together. A rule that compares a number with a cut-off (a posterior, a p-value, a likelihood ratio) starts
from `beta_binomial.py` and `_shared.py` instead. What else a rule can say is in `contracts/rules.py`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil
from typing import ClassVar

from simulator.contracts import Boundary, Observed, Plan, Rule, RuleTable, Verdict
from simulator.rules._shared import weighted_boundary
from simulator.units import OpenProbability, PositiveCount, format_probability

__all__ = ["Skeleton"]  # change


@dataclass(frozen=True, slots=True, kw_only=True)
class Skeleton(Rule):
    """Say when it stops in one line of mathematics, at the boundary too: stop iff x / n >= share.

    Then what each field means, and the key of the source in refs.bib: a bound for each n (goldman1987).
    Within 1e-9 of itself share * n is a whole number: 60% of 5 is 3.
    """

    kind: ClassVar[str] = "skeleton"  # change: the word after `kind:` in a scenario
    sources: ClassVar[tuple[str, ...]] = ("goldman1987",)  # change
    endpoints: ClassVar[tuple[str, ...]] = ("event",)  # what each `Observed` counts, in order
    examples: ClassVar[tuple[dict[str, object], ...]] = (  # as in YAML; the conformance tests run on them
        {"share": "60%", "minimum_n": 3},
        {"share": "1 of 3"},
    )

    share: OpenProbability  # fields are the YAML keys; the marker reads and checks them
    minimum_n: PositiveCount = 1

    def formula(self) -> str:
        """The rule as one line of mathematics, with its numbers."""
        return f"stop iff x / n >= {format_probability(self.share)} and n >= {self.minimum_n}"

    def assess(self, observed: Sequence[Observed], plan: Plan) -> Verdict:
        """`stop` once the share is reached, with the numbers that decided."""
        del plan  # change, where the looks matter
        n, x = observed[0].n, observed[0].x
        bound = self._bound(n)
        if bound is None:
            return Verdict(
                outcome=None, why=f"{x} of {n:g} had the event; the rule begins at {self.minimum_n}"
            )
        word = "at least" if x >= bound else "not at least"
        why = f"{x} of {n:g} had the event, {word} {format_probability(self.share)}"
        return Verdict(outcome="stop" if x >= bound else None, why=why)

    def lower(self, plan: Plan) -> RuleTable:
        """The same as boundaries, from the same formula: per n, or per x where follow-up is weighted."""
        if plan.weighted():
            by_x = [x * (1 + 1e-9) / self.share for x in range(plan.max_n + 1)]
            return RuleTable(boundaries=(weighted_boundary("stop", "at_least", by_x, self.minimum_n),))
        by_n = tuple(self._bound(n) for n in range(plan.max_n + 1))
        return RuleTable(boundaries=(Boundary(outcome="stop", direction="at_least", bound=by_n),))

    def _bound(self, n: float) -> int | None:
        """The one formula: least x that stops at n."""
        return ceil(self.share * n * (1 - 1e-9)) if n >= self.minimum_n else None
