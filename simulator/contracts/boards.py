"""What a board promises: a rule that reads what other rules said last."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import inf
from typing import ClassVar

from simulator.contracts.boundaries import Boundary, Observed, RuleTable, Verdict
from simulator.contracts.rules import Plan, Rule

__all__ = ["BoardRule", "Seat", "VoteTable"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Seat:
    """A rule on a board. outcome: the one that is a vote; None: any. weight: what the vote counts."""

    outcome: str | None = None
    weight: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class VoteTable:
    """Who votes on a board: per member its rule's index, the outcome's code (0: any) and the vote's weight.

    valid: days that a verdict holds from the look that gave it, unless the member looks again; inf: always.
    """

    members: tuple[int, ...]
    outcomes: tuple[int, ...]
    weights: tuple[int, ...]
    valid: float = inf

    def readings(self, verdicts: Sequence[tuple[int, float] | None], now: float) -> list[Observed]:
        """Members whose verdict is in force, and the weight of votes; then the same of each member alone.

        verdicts: of every rule the code it gave last (0: none) and the day; None before it has looked.
        """
        each = [self._of_member(i, verdicts, now) for i in range(len(self.members))]
        weight = sum(w * seen.x for w, seen in zip(self.weights, each, strict=True))
        return [Observed(sum(seen.n for seen in each), weight), *each]

    def last_vote(self, verdicts: Sequence[tuple[int, float] | None], now: float) -> float:
        """The day of the last verdict in force that is a vote."""
        voting = [m for i, m in enumerate(self.members) if self._of_member(i, verdicts, now).x]
        return max(verdict[1] for member in voting if (verdict := verdicts[member]) is not None)

    def _of_member(self, i: int, verdicts: Sequence[tuple[int, float] | None], now: float) -> Observed:
        verdict, wanted = verdicts[self.members[i]], self.outcomes[i]
        if verdict is None or now - verdict[1] > self.valid:
            return Observed(0, 0)
        return Observed(1, int(verdict[0] == wanted if wanted else verdict[0] > 0))


class BoardRule(Rule):
    """A rule whose one reading is of other rules: n members whose verdict is in force, x the weight of votes.

    It lowers to a bound for every n as other rules do; who the members are stands in `seats`.
    """

    __slots__ = ()

    endpoints: ClassVar[tuple[str, ...]] = ("votes",)
    whole_n: ClassVar[bool] = True

    @property
    @abstractmethod
    def seats(self) -> Mapping[str, Seat]:
        """The members by the names of their rules."""

    @property
    @abstractmethod
    def needed(self) -> int:
        """The least weight of votes."""

    @property
    @abstractmethod
    def least_read(self) -> int:
        """The fewest members whose verdict must be in force."""

    @property
    def holds_for(self) -> float:
        """Days that a verdict holds unless the member looks again."""
        return inf

    def formula(self) -> str:
        """The rule as one line."""
        weights = {seat.weight for seat in self.seats.values()}
        of = ", ".join(
            name + ("" if seat.outcome is None else f" ({seat.outcome})") + _times(seat, weights)
            for name, seat in self.seats.items()
        )
        read = f" and at least {self.least_read} were read" if self.least_read > 1 else ""
        return f"stop iff votes >= {self.needed}{read}; votes of {of}"

    def assess(self, observed: Sequence[Observed], plan: Plan) -> Verdict:
        """`stop` with enough votes; one `Observed`: members read, weight of votes."""
        del plan
        n, votes = observed[0].n, observed[0].x
        begin = f"votes {votes}, {n:g} of {len(self.seats)} members read"
        if n < self.least_read:
            return Verdict(outcome=None, why=f"{begin}; at least {self.least_read} must be")
        if votes >= self.needed:
            return Verdict(outcome="stop", why=f"{begin}; {self.needed} decide")
        return Verdict(outcome=None, why=f"{begin}; it takes {self.needed}")

    def lower(self, plan: Plan) -> RuleTable:
        """The same bound for every number of members read, from the quorum on."""
        bound = tuple(self.needed if n >= self.least_read else None for n in range(plan.max_n + 1))
        minimum = float(self.least_read)
        return RuleTable(
            boundaries=(Boundary(outcome="stop", direction="at_least", bound=bound, minimum_n=minimum),)
        )


def _times(seat: Seat, weights: set[int]) -> str:
    """The weight of a seat where not all weigh 1."""
    return "" if weights == {1} else f" x {seat.weight}"
