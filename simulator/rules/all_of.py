"""Stop when all of several rules say so (ellenberg2019)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from simulator.rules._board import Board

__all__ = ["AllOf"]


@dataclass(frozen=True, slots=True, kw_only=True)
class AllOf(Board):
    """Stop iff each of the rules votes for it: a committee that must be of one mind (ellenberg2019).

    of, valid: as of `votes`.
    """

    kind: ClassVar[str] = "all_of"
    sources: ClassVar[tuple[str, ...]] = ("ellenberg2019",)
    examples: ClassVar[tuple[dict[str, object], ...]] = (
        {"of": ["toxicity", "futility"]},
        {"of": {"toxicity": "stop", "futility": "stop"}, "valid": "90 days"},
    )

    @property
    def needed(self) -> int:
        """Every vote."""
        return self.weight

    @property
    def least_read(self) -> int:
        """Every member."""
        return len(self.of)
