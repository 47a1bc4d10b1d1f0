"""What a bound over a box of hazards came to; read and written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

from simulator.what_ifs.corner import Condition

__all__ = ["Bounded", "Bounds", "Guard", "Hazard", "Method"]

Method = Literal["corner", "hoelder"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Hazard:
    """A hazard of the box.

    low, high: its range as factors of the file's own. low_text, high_text: the value at `path` at both ends.
    most: what each of `patients` can use up of it at most, as it is written; once: whether each has the event
    through it at most once. None where that is not asked.
    """

    path: str
    event: str
    component: str
    low_text: str
    high_text: str
    low: float
    high: float
    most: float | None = None
    patients: int | None = None
    once: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Guard:
    """A cell, and what it says of the part of the box around it.

    changes: that lead to it. parts: per hazard its range as factors of that of the cell; 1, 1 of a corner.
    hits, trials: with it, and in all; None where it is exact. p: the exact value, or its upper limit at
    `level`. q: as Hoelder's inequality has it; None where it is not needed. bound: on all of the part.
    """

    changes: tuple[str, ...]
    parts: tuple[tuple[float, float], ...]
    hits: int | None
    trials: int | None
    level: float | None
    p: float
    q: float | None
    bound: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounded:
    """What was found under one variant and truth.

    bound: on the metric, for every truth of the box at once. confidence: of its being one; None where it is
    certain, all cells being exact. conditions: of the corner. guards: the corner alone, or one per part.
    """

    variant: str
    truth: str
    bound: float
    confidence: float | None
    method: Method
    conditions: tuple[Condition, ...]
    box: tuple[Hazard, ...]
    guards: tuple[Guard, ...]

    def as_json(self) -> dict[str, Any]:
        """One of `found.bounds` in results.json."""
        return asdict(self) | {"conditions": [each.as_json() for each in self.conditions]}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Bounded:
        """Read back."""
        guards = [
            each | {"changes": tuple(each["changes"]), "parts": tuple(map(tuple, each["parts"]))}
            for each in data["guards"]
        ]
        kept = dict(data) | {
            "conditions": tuple(Condition(each["name"], each["against"]) for each in data["conditions"]),
            "box": tuple(Hazard(**each) for each in data["box"]),
            "guards": tuple(Guard(**each) for each in guards),
        }
        return cls(**kept)


@dataclass(frozen=True, slots=True)
class Bounds:
    """bounds: variant by variant, truth by truth."""

    bounds: tuple[Bounded, ...]

    def as_json(self) -> dict[str, Any]:
        """Its part of results.json."""
        return {"bounds": [each.as_json() for each in self.bounds]}
