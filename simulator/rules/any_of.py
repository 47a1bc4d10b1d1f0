"""Stop when one of several rules says so (ellenberg2019)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from simulator.rules._board import Board

__all__ = ["AnyOf"]


@dataclass(frozen=True, slots=True, kw_only=True)
class AnyOf(Board):
    """Stop iff one of the rules votes for it: a committee to which each signal is enough (ellenberg2019).

    of, valid: as of `votes`.
    """

    kind: ClassVar[str] = "any_of"
    sources: ClassVar[tuple[str, ...]] = ("ellenberg2019",)
    examples: ClassVar[tuple[dict[str, object], ...]] = (
        {"of": ["toxicity", "futility"]},
        {"of": {"toxicity": "stop", "futility": "stop"}, "valid": "90 days"},
    )

    @property
    def needed(self) -> int:
        """One vote, whatever it weighs."""
        return 1

    @property
    def least_read(self) -> int:
        """Whoever was read."""
        return 1
