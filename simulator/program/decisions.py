"""What a dose-finding design says at each count, asked once per count and kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple

from simulator.contracts import DoseCounts, DoseDesign

__all__ = ["Choice", "Decisions", "Standing", "decisions_of"]


class Standing(NamedTuple):
    """Counts of one trial: per dose of the ladder, and the dose last given."""

    n: tuple[int, ...]
    dlt: tuple[int, ...]
    current: int


class Choice(NamedTuple):
    """One row of `DoseChoices`."""

    dose: int
    patients: int
    selected: int
    reason: int


@dataclass(slots=True)
class Decisions:
    """A design's answers so far. New standings are put to it in one batch."""

    design: DoseDesign
    known: dict[Standing, Choice] = field(default_factory=dict)
    toxicity: dict[Standing, tuple[bool, ...]] = field(default_factory=dict)

    def of(self, standing: Standing) -> Choice:
        """The answer at one standing."""
        if standing not in self.known:
            self.ask([standing])
        return self.known[standing]

    def toxic(self, standing: Standing) -> tuple[bool, ...]:
        """Per dose whether its counts alone say that it is too toxic."""
        if standing not in self.toxicity:
            self.toxicity[standing] = tuple(self.design.toxic(_counts([standing]))[0].tolist())
        return self.toxicity[standing]

    def ask(self, standings: Sequence[Standing]) -> None:
        """Have the answers at these standings ready."""
        new = [standing for standing in dict.fromkeys(standings) if standing not in self.known]
        if not new:
            return
        choices = self.design.decide(_counts(new))
        columns = (choices.dose, choices.patients, choices.selected, choices.reason)
        rows = zip(*(column.tolist() for column in columns), strict=True)
        self.known.update(zip(new, (Choice(*row) for row in rows), strict=True))


def _counts(standings: Sequence[Standing]) -> DoseCounts:
    import numpy as np

    return DoseCounts(
        n=np.array([s.n for s in standings], dtype=np.int64),
        dlt=np.array([s.dlt for s in standings], dtype=np.int64),
        current=np.array([s.current for s in standings], dtype=np.int64),
    )


@lru_cache(maxsize=64)
def decisions_of(design: DoseDesign) -> Decisions:
    """The answers of a design, shared by all trials of a process."""
    return Decisions(design)
