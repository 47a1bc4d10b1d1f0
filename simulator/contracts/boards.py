"""What a board promises: a rule that reads what other rules said last."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import inf
from typing import ClassVar

from simulator.contracts.boundaries import Observed
from simulator.contracts.rules import Rule

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
    @abstractmethod
    def holds_for(self) -> float:
        """Days that a verdict holds unless the member looks again; inf: always."""
