"""A hazard that rises or falls as a power of time."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

from simulator.contracts import HazardFamily, HazardTable
from simulator.model.base import Strict
from simulator.truths.tabulate import hazard_table
from simulator.units import Days, Shape, format_days

__all__ = ["Weibull", "WeibullHazard"]

FOLLOWED = 36_525.0  # days, a hundred years: longer than any trial


@dataclass(frozen=True, slots=True, kw_only=True)
class Weibull(Strict):
    """`shape` above 1: the hazard rises; `scale`: the time by which 63.2 % have had the event."""

    shape: Shape
    scale: Days


@dataclass(frozen=True, slots=True, kw_only=True)
class WeibullHazard(Strict, HazardFamily):
    """`weibull: {shape: 0.71, scale: 6.7 days}`: H(t) = (t / scale)^shape."""

    sources: ClassVar[tuple[str, ...]] = ()
    needs_clock: ClassVar[bool] = False
    examples: ClassVar[tuple[dict[str, object], ...]] = (
        {"weibull": {"shape": 0.71, "scale": "6.7 days"}},
        {"weibull": {"shape": 2.5, "scale": "40 days"}},
    )

    weibull: Weibull

    def cumulative(self, age: float, *, clocked: bool) -> float:
        """(age / scale)^shape."""
        del clocked
        return float((age / self.weibull.scale) ** self.weibull.shape)

    def lower(self, *, clocked: bool) -> HazardTable:
        """To 1e-6 in F up to FOLLOWED days of age, the hazard constant beyond."""
        table = hazard_table(lambda age: self.cumulative(age, clocked=clocked), FOLLOWED)
        rise = (table.cumulative[-1] - table.cumulative[-2]) / (table.knots[-1] - table.knots[-2])
        return replace(table, tail=rise)

    def describe(self, *, clocked: bool) -> str:
        """Shape and scale in words."""
        del clocked
        return f"Weibull hazard, shape {self.weibull.shape:g}, scale {format_days(self.weibull.scale)}"
