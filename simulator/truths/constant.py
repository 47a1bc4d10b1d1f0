"""A constant hazard."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from simulator.contracts import HazardFamily, HazardTable
from simulator.model.base import Strict
from simulator.units import Hazard, format_hazard

__all__ = ["ConstantHazard"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ConstantHazard(Strict, HazardFamily):
    """`hazard: 3 per 206 person-years`: the same hazard wherever the conditions hold.

    H(t) = hazard x t.
    """

    sources: ClassVar[tuple[str, ...]] = ()
    needs_clock: ClassVar[bool] = False
    examples: ClassVar[tuple[dict[str, object], ...]] = ({"hazard": "3 per 206 person-years"},)

    hazard: Hazard

    def cumulative(self, age: float, *, clocked: bool) -> float:
        """hazard x age."""
        del clocked
        return self.hazard * age

    def lower(self, *, clocked: bool) -> HazardTable:
        """One slope: exact."""
        del clocked
        return HazardTable(knots=(0.0,), cumulative=(0.0,), tail=self.hazard)

    def scaled(self, *, clocked: bool) -> tuple[ConstantHazard, float]:
        """One per day, and the hazard."""
        del clocked
        return ConstantHazard(hazard=1.0), self.hazard

    def describe(self, *, clocked: bool) -> str:
        """The hazard per year."""
        del clocked
        return f"constant hazard, {format_hazard(self.hazard)}"
