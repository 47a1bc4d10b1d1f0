"""A design that goes by the last cohort alone, and Programs that have it in the place of their own."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from simulator.contracts import NO_DOSE, DoseChoices, DoseCounts, DoseDesign
from simulator.program.tables import Program

__all__ = ["AfterTheLast", "with_design"]


@dataclass(frozen=True, slots=True, kw_only=True)
class AfterTheLast(DoseDesign):
    """Up after a cohort without a DLT, down after one with two or more, else again; at the end, that dose."""

    remembers_last_cohort: ClassVar[bool] = True
    kind: ClassVar[str] = "after_the_last"
    sources: ClassVar[tuple[str, ...]] = ("a test",)
    reasons: ClassVar[tuple[str, ...]] = ("goes on", "no cohort yet", "over")

    n_max: int = 12
    cohort: int = 3

    def describe(self) -> tuple[str, ...]:
        return (f"Up to {self.n_max} patients.",)

    def toxic(self, counts: DoseCounts) -> np.ndarray:
        return counts.dlt >= 4

    def decide(self, counts: DoseCounts) -> DoseChoices:
        n, dlt = counts.last_cohort
        move = np.select([n == 0, dlt == 0, dlt >= 2], [0, 1, -1], 0)
        dose = np.clip(counts.current + move, 0, counts.n.shape[1] - 1)
        left = self.n_max - counts.n.sum(axis=1)
        return DoseChoices(
            dose=np.where(left > 0, dose, NO_DOSE),
            patients=np.clip(left, 0, self.cohort),
            selected=np.where(left > 0, NO_DOSE, dose),
            reason=np.select([left <= 0, n == 0], [2, 1], 0),
        )


def with_design(program: Program, design: DoseDesign) -> Program:
    """The Program with another design in every version of its dose finding."""
    dosing = program.dosing
    assert dosing is not None
    versions = tuple(replace(version, method=design) for version in dosing.versions)
    return replace(program, dosing=replace(dosing, versions=versions))
