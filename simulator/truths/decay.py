"""A hazard that starts high and dies away."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import exp, frexp
from typing import ClassVar

from simulator.contracts import HazardFamily, HazardTable
from simulator.model.base import Strict
from simulator.truths.tabulate import scaled_hazard
from simulator.units import Days, Hazard, format_days, format_hazard

__all__ = ["Decay", "ExponentialDecay"]

MEAN_LIVES = 40.0  # followed this long: what is beyond is 4e-18 of the whole


@dataclass(frozen=True, slots=True, kw_only=True)
class Decay(Strict):
    """`initial`: the hazard at age 0; `mean_life`: the time in which it falls to 1/e."""

    initial: Hazard
    mean_life: Days


@dataclass(frozen=True, slots=True, kw_only=True)
class ExponentialDecay(Strict, HazardFamily):
    """`decay: {initial: 5.05 per year, mean_life: 3 months}`.

    h(t) = initial x exp(-t / mean_life), H(t) = initial x mean_life x (1 - exp(-t / mean_life)).
    """

    sources: ClassVar[tuple[str, ...]] = ()
    needs_clock: ClassVar[bool] = True
    examples: ClassVar[tuple[dict[str, object], ...]] = (
        {"decay": {"initial": "5 per year", "mean_life": "3 months"}},
    )

    decay: Decay

    def cumulative(self, age: float, *, clocked: bool) -> float:
        """initial x mean_life x (1 - exp(-age / mean_life))."""
        del clocked
        life = self.decay.mean_life
        return self.decay.initial * life * (1.0 - exp(-age / life))

    def lower(self, *, clocked: bool) -> HazardTable:
        """To 1e-6 in F.

        In units of mean lives it is a hazard that adds up to a power of two, made smaller by at most half:
        another start or mean life most often takes the same table.
        """
        del clocked
        share, power = frexp(self.decay.initial * self.decay.mean_life)
        unit = ExponentialDecay(decay=Decay(initial=2.0**power, mean_life=1.0))
        table = scaled_hazard(unit, MEAN_LIVES, self.decay.mean_life)
        return replace(table, cumulative=tuple([share * level for level in table.cumulative]))

    def scaled(self, *, clocked: bool) -> tuple[ExponentialDecay, float]:
        """One per day at the start, and the start."""
        del clocked
        return ExponentialDecay(decay=replace(self.decay, initial=1.0)), self.decay.initial

    def describe(self, *, clocked: bool) -> str:
        """Start and decay in words."""
        del clocked
        rate, life = format_hazard(self.decay.initial), format_days(self.decay.mean_life)
        return f"hazard {rate} at the start, dying away with mean life {life}"
