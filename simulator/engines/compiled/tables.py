"""Lowered tables and days as kernels, equal bit for bit to `contracts` and `units.quantise`.

Many tables lie one behind the other in flat float64 arrays; a table is the places `lo` to `hi - 1`.
The operations and their order are those of `HazardTable` and `DelayTable`: a sum in another order, or
the same formula rearranged, would differ in the last bit.  As there, ages and levels are not checked.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from simulator.engines.compiled.jit import kernel
from simulator.units import TICK

__all__ = ["delay_at", "first_above", "first_at_least", "hazard_age_at", "hazard_at", "quantise"]

Floats = NDArray[np.float64]

TICKS_PER_DAY = 1.0 / TICK  # 2**20, exact
WHOLE = 2.0**53  # from here on every double is a whole number


@kernel
def first_above(values: Floats, lo: int, hi: int, x: float) -> int:
    """The first place in lo ... hi - 1 whose value is above x, else hi: `bisect_right`."""
    while lo < hi:
        middle = (lo + hi) >> 1
        if x < values[middle]:
            hi = middle
        else:
            lo = middle + 1
    return lo


@kernel
def first_at_least(values: Floats, lo: int, hi: int, x: float) -> int:
    """The first place in lo ... hi - 1 whose value is x or above, else hi: `bisect_left`."""
    while lo < hi:
        middle = (lo + hi) >> 1
        if values[middle] < x:
            lo = middle + 1
        else:
            hi = middle
    return lo


@kernel
def hazard_at(knots: Floats, cumulative: Floats, lo: int, hi: int, tail: float, age: float) -> float:
    """`HazardTable.at`: cumulative hazard at `age` days, the immediate part included; 0 before age 0.

    tail: hazard per day beyond the last knot.
    """
    i = first_above(knots, lo, hi, age) - 1
    if i < lo:
        return 0.0
    knot, reached = float(knots[i]), float(cumulative[i])
    if i == hi - 1:
        return reached + tail * (age - knot) if tail != 0.0 else reached
    slope = (float(cumulative[i + 1]) - reached) / (float(knots[i + 1]) - knot)
    return reached + slope * (age - knot)


@kernel
def hazard_age_at(knots: Floats, cumulative: Floats, lo: int, hi: int, tail: float, level: float) -> float:
    """`HazardTable.age_at`: the age (days) that first has the cumulative hazard `level`; inf if none has."""
    i = first_at_least(cumulative, lo, hi, level)
    if i == lo:
        return float(knots[lo])
    knot, reached = float(knots[i - 1]), float(cumulative[i - 1])
    if i == hi:
        return knot + (level - reached) / tail if tail > 0.0 else math.inf
    slope = (float(knots[i]) - knot) / (float(cumulative[i]) - reached)
    return knot + (level - reached) * slope


@kernel
def delay_at(probabilities: Floats, days: Floats, lo: int, hi: int, u: float) -> float:
    """`DelayTable.at`: days of delay of the patient whose draw is u; the table has two places or more.

    Raises ZeroDivisionError, as `DelayTable.at` does, between two equal probabilities.
    """
    i = min(max(first_above(probabilities, lo, hi, u), lo + 1), hi - 1)
    low, high = float(probabilities[i - 1]), float(probabilities[i])
    share = (u - low) / (high - low)
    return float(days[i - 1]) + share * (float(days[i]) - float(days[i - 1]))


@kernel
def quantise(days: float) -> float:
    """`units.quantise`: the nearest multiple of TICK, halves upwards; infinity stays infinity.

    Where the ticks exceed what a double can hold (beyond 1e302 days) and for NaN, `units.quantise`
    raises; this gives infinity and NaN.
    """
    ticks = days * TICKS_PER_DAY + 0.5
    if not -WHOLE < ticks < WHOLE:
        return ticks / TICKS_PER_DAY
    return math.floor(ticks) / TICKS_PER_DAY
