"""i3+3: the share of DLTs, also with one less, against an interval around the target (liu2020)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from simulator.dose_finding._by_table import DOWN, STAY, UP
from simulator.dose_finding._model_assisted import ModelAssisted
from simulator.units import format_probability

__all__ = ["I3Plus3"]


@dataclass(frozen=True, slots=True, kw_only=True)
class I3Plus3(ModelAssisted):
    """y of n: up iff y/n < p1; down iff y/n > p2 and (y - 1)/n >= p1; else stay (liu2020).

    Compared in exact fractions: 3 of 12 with an interval that ends at 25% stay. Recommended is as in BOIN
    (liu2015).
    """

    kind: ClassVar[str] = "i3plus3"
    sources: ClassVar[tuple[str, ...]] = ("liu2020", "liu2015")
    examples: ClassVar[tuple[dict[str, object], ...]] = (
        {"target": "25%", "n_max": 30},
        {"target": "20%", "n_max": 18, "cohort": 1, "p1": "15%", "p2": "20.5%", "enough": 6},
    )

    def moves(self, n: int) -> tuple[int, ...]:
        """Ends belong to the interval."""
        low, high = self.interval
        return tuple(
            UP if y < low * n else DOWN if y > high * n and y - 1 >= low * n else STAY for y in range(n + 1)
        )

    def rule(self) -> tuple[str, ...]:
        """In shares."""
        low, high = self.ends()
        return (
            f"i3+3, target {format_probability(self.target)}: up if the share of DLTs at the dose is below "
            f"{low}; down if it is above {high} and would be {low} or more with one DLT less; else stay.",
        )
