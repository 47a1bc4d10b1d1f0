"""Designs that are over with so many evaluable patients, all of whom may be at one dose."""

from __future__ import annotations

from simulator.contracts import DoseDesign
from simulator.errors import QuantityError

__all__ = ["UpToNMax"]


class UpToNMax(DoseDesign):
    """What these share; the keys are fields of each, in its own order."""

    __slots__ = ()

    n_max: int
    cohort: int
    enough: int | None

    def _refuse_numbers(self) -> None:
        """No cohort, and no number at one dose, is above the number of all."""
        for key, value in (("cohort", self.cohort), ("enough", self.enough)):
            if value is not None and value > self.n_max:
                raise QuantityError(f"{key}: {value}", f"1 to the {self.n_max} of n_max")

    @property
    def most_at_a_dose(self) -> int:
        """All may be at one."""
        return self.n_max

    @property
    def most_in_all(self) -> int:
        """As the design says."""
        return self.n_max
