"""A hazard that rises or falls as a power of time."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import exp, frexp, inf, log
from typing import ClassVar

from simulator.contracts import HazardFamily, HazardTable
from simulator.model.base import Strict
from simulator.truths.tabulate import scaled_hazard
from simulator.units import Days, Shape, format_days

__all__ = ["Weibull", "WeibullHazard"]

FOLLOWED = 36_525.0  # days, a hundred years: longer than any trial
ENDLESS = 1e12  # cumulative hazard: more events than are counted
MOST_LOG = 700.0  # of a factor that a float holds


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
        """(age / scale)^shape; inf beyond what a float holds."""
        del clocked
        try:
            return float((age / self.weibull.scale) ** self.weibull.shape)
        except OverflowError:
            return inf

    def lower(self, *, clocked: bool) -> HazardTable:
        """To 1e-6 in F up to FOLLOWED days of age, or to a hazard of ENDLESS, constant beyond.

        In unit scale it is followed up to a power of two, so that most other scales need no other table.
        """
        del clocked
        shape, scale = self.weibull.shape, self.weibull.scale
        last = min(2.0 ** frexp(FOLLOWED / scale)[1], ENDLESS ** (1.0 / max(shape, 1.0)))
        table = scaled_hazard(WeibullHazard(weibull=Weibull(shape=shape, scale=1.0)), last, scale)
        rise = (table.cumulative[-1] - table.cumulative[-2]) / (table.knots[-1] - table.knots[-2])
        return replace(table, tail=rise)

    def scaled(self, *, clocked: bool) -> tuple[WeibullHazard, float]:
        """A scale of one day, and scale^-shape; itself where that is no number of a float."""
        del clocked
        log_factor = -self.weibull.shape * log(self.weibull.scale)
        if abs(log_factor) > MOST_LOG:
            return self, 1.0
        return WeibullHazard(weibull=replace(self.weibull, scale=1.0)), exp(log_factor)

    def describe(self, *, clocked: bool) -> str:
        """Shape and scale in words."""
        del clocked
        return f"Weibull hazard, shape {self.weibull.shape:g}, scale {format_days(self.weibull.scale)}"
