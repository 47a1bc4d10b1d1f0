"""mTPI: the interval with the most posterior probability for its width decides (ji2010)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from simulator.dose_finding._model_assisted import ModelAssisted
from simulator.dose_finding._strongest import strongest
from simulator.units import format_probability

__all__ = ["Mtpi"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Mtpi(ModelAssisted):
    """Of (0, p1), (p1, p2), (p2, 1) the one of largest P(rate in it) / width: up, stay or down (ji2010).

    The rate is Beta(1 + DLTs, 1 + others) by the counts at the dose last given. Of equal ones, compared in
    exact fractions, the highest interval decides. Recommended is as in BOIN (liu2015).
    """

    kind: ClassVar[str] = "mtpi"
    sources: ClassVar[tuple[str, ...]] = ("ji2010", "liu2015")
    examples: ClassVar[tuple[dict[str, object], ...]] = (
        {"target": "30%", "n_max": 30},
        {"target": "20%", "n_max": 24, "cohort": 2, "p1": "16%", "p2": "26%", "enough": 12},
    )

    def moves(self, n: int) -> tuple[int, ...]:
        """By the three intervals."""
        return strongest(n, self.interval, 1)

    def rule(self) -> tuple[str, ...]:
        """The three intervals."""
        low, high = self.ends()
        return (
            f"mTPI, target {format_probability(self.target)}: of the rates below {low}, from there to "
            f"{high}, and above, those with the most posterior probability for their width say up, stay "
            "or down; of equal ones, the highest.",
        )
