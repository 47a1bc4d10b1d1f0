"""Stop when enough members of a board vote for it (ellenberg2019)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from simulator.contracts import Plan, Unmet
from simulator.rules._board import Board
from simulator.units import PositiveCount

__all__ = ["Votes"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Votes(Board):
    """Stop iff the votes for it weigh at least `at_least`, and at least `quorum` members were read.

    A monitoring committee weighs several signals, none of which decides alone (ellenberg2019).
    of: the rules that vote, each with the outcome that is a vote (any, unless said) and its weight (1).
    A verdict holds until the member looks again, `valid` at most; one that was never read has no vote.
    """

    kind: ClassVar[str] = "votes"
    sources: ClassVar[tuple[str, ...]] = ("ellenberg2019",)
    examples: ClassVar[tuple[dict[str, object], ...]] = (
        {"of": ["toxicity", "futility", "slow"], "at_least": "2"},
        {
            "of": {"toxicity": {"outcome": "stop", "weight": "2"}, "futility": {}, "slow": "stop"},
            "at_least": "3",
            "quorum": "2",
            "valid": "6 months",
        },
    )

    at_least: PositiveCount
    quorum: PositiveCount = 1

    @property
    def needed(self) -> int:
        """As many as `at_least` says."""
        return self.at_least

    @property
    def least_read(self) -> int:
        """The quorum."""
        return self.quorum

    def unmet(self, plan: Plan) -> Unmet | None:
        """No more votes, nor members, can be asked for than there are."""
        del plan
        if self.at_least > self.weight:
            return Unmet(
                key="at_least",
                found=f"{self.at_least} votes",
                allowed=f"at most {self.weight}, all votes there are",
            )
        if self.quorum > len(self.of):
            return Unmet(
                key="quorum",
                found=f"{self.quorum} members",
                allowed=f"at most {len(self.of)}, as many as there are",
            )
        return None
