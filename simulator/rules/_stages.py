"""What rules share that decide once after a first stage, and once at the end."""

from __future__ import annotations

import re
from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from simulator.contracts import Boundary, Observed, Plan, Rule, RuleTable, Verdict
from simulator.rules._shared import refuse
from simulator.scalars import Parsed, words
from simulator.units import parse_count

__all__ = ["CountOf", "CountOfValue", "StageBound", "TwoStageRule", "one_way"]


@dataclass(frozen=True, slots=True)
class CountOf:
    """`1 of 10`: so many events among so many patients, as the bound of a stage."""

    count: int
    n: int

    def text(self) -> str:
        """As written in a scenario."""
        return f"{self.count} of {self.n}"


def parse_count_of(value: object) -> CountOf:
    """`1 of 10` or `1/10`: whole numbers, the first below the second."""
    text = words(value)
    match = re.fullmatch(r"([0-9]{1,9}) ?(?:of|/) ?([0-9]{1,9})", text)
    count, n = (parse_count(part) for part in match.groups()) if match else (0, 0)
    return CountOf(count, n) if count < n else refuse(text, "a count of fewer than all, such as 1 of 10")


CountOfValue = Annotated[CountOf, Parsed(parse_count_of)]


@dataclass(frozen=True, slots=True, kw_only=True)
class StageBound:
    """One outcome: at `first` events among n1, at `final` among n; few (or fewer) or many (or more) of them.

    first, final : the bound that still stops; below 0 it never does. n1 <= n read < n: the first holds.
    """

    outcome: str
    event: str
    reading: int
    many: bool
    n1: int
    first: int
    n: int
    final: int

    def at(self, n: float) -> int | None:
        """The bound at n; None where nothing stops."""
        if n < self.n1:
            return None
        bound = self.first if n < self.n else self.final
        most = self.n1 if n < self.n else self.n
        return bound if 0 <= bound <= most else None

    def text(self, symbol: str) -> str:
        """`x <= 1 (n 10 to 28) or x <= 5 (n 29)`."""
        sign = ">=" if self.many else "<="
        last = f"n {self.n1} to {self.n - 1}" if self.n1 < self.n - 1 else f"n {self.n1}"
        first = f"{symbol} {sign} {self.first} ({last})" if self.at(self.n1) is not None else ""
        final = f"{symbol} {sign} {self.final} (n {self.n})" if self.at(self.n) is not None else ""
        return " or ".join(filter(None, (first, final))) or "never"


class TwoStageRule(Rule):
    """A rule whose bounds are those of a first stage, and from the planned end on those of the end."""

    __slots__ = ()

    @abstractmethod
    def bounds(self) -> tuple[StageBound, ...]:
        """In the order of the outcomes."""

    @property
    def minimum_n(self) -> int:
        """Patients of the first stage."""
        return self.bounds()[0].n1

    def decides_at(self) -> tuple[int, ...]:
        """Both stages."""
        bound = self.bounds()[0]
        return bound.n1, bound.n

    def assess(self, observed: Sequence[Observed], plan: Plan) -> Verdict:
        """The first bound that is met gives the outcome; every one of them is explained."""
        del plan
        outcome, why = None, []
        for bound in self.bounds():
            seen = observed[bound.reading]
            if not seen.read:
                continue
            begin = f"{seen.x} of {seen.n:g} had {bound.event}"
            at = bound.at(seen.n)
            if at is None:
                first = f"the first stage is {bound.n1} patients"
                why.append(f"{begin}; {first if seen.n < bound.n1 else 'this stage has no bound'}")
                continue
            met = seen.x >= at if bound.many else seen.x <= at
            word = "at least" if bound.many else "at most"
            why.append(f"{begin}, {'' if met else 'not '}{word} {at}")
            if met and outcome is None:
                outcome = bound.outcome
        return Verdict(outcome=outcome, why="; ".join(why))

    def lower(self, plan: Plan) -> RuleTable:
        """The bound at every n; one that is not whole is of the stage that it has reached."""
        return RuleTable(
            boundaries=tuple(
                Boundary(
                    outcome=bound.outcome,
                    reading=bound.reading,
                    direction="at_least" if bound.many else "at_most",
                    bound=tuple(bound.at(n) for n in range(plan.max_n + 1)),
                    minimum_n=bound.n1,
                )
                for bound in self.bounds()
            )
        )

    def plainly_reached(self, most: Sequence[int], plan: Plan) -> bool:
        """Whether every bound is met by none, or all, of the most patients."""
        del plan
        return all(bound.at(most[bound.reading]) is not None for bound in self.bounds())


def one_way(given: dict[str, object], searched: dict[str, object]) -> None:
    """Refuse bounds and what they are to be searched by side by side, and a part of either."""
    named = [name for name, value in (given | searched).items() if value is not None]
    if named not in (list(given), list(searched)):
        ways = (" and ".join([", ".join(list(way)[:-1]), list(way)[-1]]) for way in (given, searched))
        refuse(", ".join(named) or "nothing", "; or ".join(ways), "bounds are given, or searched for")
