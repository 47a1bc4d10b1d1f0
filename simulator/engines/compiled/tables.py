"""Lowered tables and days as kernels, equal bit for bit to `contracts` and `units.quantise`.

A table has its knots (or probabilities) in the places `lo` to `hi - 1` and behind them, from `hi` on, as many
cumulative hazards (or days); a long one has guides, which say between which places to search.  The
operations and their order are those of `HazardTable` and `DelayTable`: a sum in another order, or the same
formula rearranged, would differ in the last bit.  As there, ages and levels are not checked.
"""

from __future__ import annotations

import math

from simulator.engines.compiled import layout as at
from simulator.engines.compiled.jit import floor, kernel
from simulator.engines.compiled.layout import Floats, Ints
from simulator.units import TICK

__all__ = ["delay_at", "first_above", "first_at_least", "hazard_age_at", "hazard_at", "quantise"]

TICKS_PER_DAY = 1.0 / TICK  # 2**20, exact


@kernel
def first_above(values: Floats, lo: int, hi: int, x: float) -> int:
    """The first place in lo ... hi - 1 whose value is above x, else hi: `bisect_right`."""
    n = hi - lo
    while n > 0:  # written so that it compiles to moves without a branch
        half = n >> 1
        beyond = x < values[lo + half]
        lo = lo if beyond else lo + half + 1
        n = half if beyond else n - half - 1
    return lo


@kernel
def first_at_least(values: Floats, lo: int, hi: int, x: float) -> int:
    """The first place in lo ... hi - 1 whose value is x or above, else hi: `bisect_left`."""
    n = hi - lo
    while n > 0:  # as above
        half = n >> 1
        before = values[lo + half] < x
        lo = lo + half + 1 if before else lo
        n = n - half - 1 if before else half
    return lo


@kernel
def _cell(floats: Floats, guide: int, x: float) -> int:
    """The cell of a guide in which a value lies."""
    cell = x * floats[guide + at.CELLS_PER_UNIT]
    if cell < at.CELLS - 1:
        return int(cell) if cell > 0.0 else 0
    return at.CELLS - 1


@kernel
def hazard_at(ints: Ints, values: Floats, table: int, age: float) -> float:
    """`HazardTable.at`: cumulative hazard at `age` days, the immediate part included; 0 before age 0."""
    lo, hi, tail = ints[table + at.KNOTS], ints[table + at.KNOTS_END], values[table + at.TAIL]
    first, end, guide = lo, hi, ints[table + at.AGE_GUIDE]
    if guide >= 0:
        start = guide + at.CELL_STARTS + _cell(values, guide, age)
        first, end = lo + ints[start], lo + ints[start + 1]
    i = first_above(values, first, end, age) - 1
    if i < lo:
        return 0.0
    j = i + hi - lo
    knot, reached = float(values[i]), float(values[j])
    if i == hi - 1:
        return reached + tail * (age - knot) if tail != 0.0 else reached
    slope = (float(values[j + 1]) - reached) / (float(values[i + 1]) - knot)
    return reached + slope * (age - knot)


@kernel
def hazard_age_at(ints: Ints, values: Floats, table: int, level: float) -> float:
    """`HazardTable.age_at`: the age (days) that first has the cumulative hazard `level`; inf if none has."""
    lo, hi, tail = ints[table + at.KNOTS], ints[table + at.KNOTS_END], values[table + at.TAIL]
    first, end, guide = hi, hi + hi - lo, ints[table + at.LEVEL_GUIDE]
    if guide >= 0:
        start = guide + at.CELL_STARTS + _cell(values, guide, level)
        first, end = hi + ints[start], hi + ints[start + 1]
    j = first_at_least(values, first, end, level)
    i = j - hi + lo
    if i == lo:
        return float(values[lo])
    knot, reached = float(values[i - 1]), float(values[j - 1])
    if i == hi:
        return knot + (level - reached) / tail if tail > 0.0 else math.inf
    slope = (float(values[i]) - knot) / (float(values[j]) - reached)
    return knot + (level - reached) * slope


@kernel
def delay_at(values: Floats, lo: int, hi: int, u: float) -> float:
    """`DelayTable.at`: days of delay of the patient whose draw is u; the table has two places or more.

    Raises ZeroDivisionError, as `DelayTable.at` does, between two equal probabilities.
    """
    i = min(max(first_above(values, lo, hi, u), lo + 1), hi - 1)
    j = i + hi - lo
    low, high = float(values[i - 1]), float(values[i])
    share = (u - low) / (high - low)
    return float(values[j - 1]) + share * (float(values[j]) - float(values[j - 1]))


@kernel
def quantise(days: float) -> float:
    """`units.quantise`: the nearest multiple of TICK, halves upwards; infinity stays infinity.

    Where the ticks exceed what a double can hold (beyond 1e302 days) and for NaN, `units.quantise`
    raises; this gives infinity and NaN.
    """
    return floor(days * TICKS_PER_DAY + 0.5) * TICK
