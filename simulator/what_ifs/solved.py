"""Where a metric reaches a value: what was found of one variant under one truth."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

__all__ = ["Solution", "Solved"]


@dataclass(frozen=True, slots=True)
class Solution:
    """Of one variant under one truth.

    value: text of the value that reaches the target, as it would stand in the file; None if there is none.
    number: its number; low, high: of the values whose own 95 % interval holds the target (None: beyond the
    range that was searched); of whole numbers high is the first that surely reaches it. exact: whether it is
    calculated. least: for whole numbers, the metric at the value before and at the value itself, (text,
    level) each. several: further values that reach the target, or words that there are any. why: the reason
    why there is no value, or what a reader must know of one, such as that the metric jumps there.
    """

    variant: str
    truth: str
    value: str | None = None
    number: float | None = None
    low: float | None = None
    high: float | None = None
    exact: bool = False
    least: tuple[tuple[str, float], ...] = ()
    several: tuple[str, ...] = ()
    why: str = ""


@dataclass(frozen=True, slots=True)
class Solved:
    """target: as it was written. Every variant under every truth, in order."""

    target: str
    path: str
    solutions: tuple[Solution, ...]

    def as_json(self) -> dict[str, Any]:
        """Its part of results.json."""
        return {
            "target": self.target,
            "path": self.path,
            "solutions": [asdict(each) for each in self.solutions],
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Solved:
        """Read back."""
        return cls(data["target"], data["path"], tuple(map(_solution, data["solutions"])))


def _solution(data: Mapping[str, Any]) -> Solution:
    least: Sequence[Sequence[Any]] = data["least"]
    return Solution(
        **{
            **data,
            "least": tuple((text, level) for text, level in least),
            "several": tuple(data["several"]),
        }
    )
