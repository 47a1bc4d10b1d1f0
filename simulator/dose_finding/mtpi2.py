"""mTPI-2, which is the keyboard design: the strongest of keys of one width decides (guo2017, yan2017)."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar

from simulator.dose_finding._model_assisted import ModelAssisted
from simulator.dose_finding._strongest import strongest
from simulator.units import format_probability

__all__ = ["Mtpi2"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Mtpi2(ModelAssisted):
    """The key of largest P(rate in it) / width says up below (p1, p2), stay at it, down above (guo2017).

    Keys as wide as (p1, p2) fill (0, 1) outwards from it. What is left at either end is a key of its own
    width (the keyboard of yan2017; leaving it out, a target of 10% within 5 points would never go up). The
    rate is Beta(1 + DLTs, 1 + others); of equal keys, in exact fractions, the highest decides. Recommended
    is as in BOIN (liu2015).
    """

    kind: ClassVar[str] = "mtpi2"
    sources: ClassVar[tuple[str, ...]] = ("guo2017", "yan2017", "liu2015")
    examples: ClassVar[tuple[dict[str, object], ...]] = (
        {"target": "30%", "n_max": 30},
        {"target": "25%", "n_max": 24, "cohort": 1, "p1": "20%", "p2": "35%", "eliminate": "90%"},
    )

    def moves(self, n: int) -> tuple[int, ...]:
        """By the keys."""
        edges, below = self.keys()
        return strongest(n, edges, below)

    def keys(self) -> tuple[tuple[Fraction, ...], int]:
        """Edges between the keys, rising within (0, 1), and how many keys are below the target's."""
        low, high = self.interval
        width = high - low
        lower = [low - i * width for i in range(int(low / width) + 1)]
        upper = [high + i * width for i in range(int((1 - high) / width) + 1)]
        edges = tuple(edge for edge in (*reversed(lower), *upper) if 0 < edge < 1)
        return edges, edges.index(low) + 1

    def rule(self) -> tuple[str, ...]:
        """The keys."""
        low, high = self.ends()
        return (
            f"mTPI-2 (keyboard), target {format_probability(self.target)}: keys as wide as {low} to {high} "
            "fill 0% to 100%, those at the ends with what is left. The key with the most posterior "
            "probability for its width says up if it is lower, stay if it is that one, down if it is higher; "
            "of equal keys, the highest.",
        )
