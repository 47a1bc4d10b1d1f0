"""Lowered tables and days as kernels, equal bit for bit to `contracts` and `units.quantise`.

A table has its knots (or probabilities) first and behind them as many cumulative hazards (or days); a long
one has guides, which say between which of them to search.  The
operations and their order are those of `HazardTable` and `DelayTable`: a sum in another order, or the same
formula rearranged, would differ in the last bit.  As there, ages and levels are not checked.
"""

from __future__ import annotations

import math

from simulator.engines.compiled import philox
from simulator.engines.compiled.described import Floats
from simulator.engines.compiled.jit import floor, kernel
from simulator.engines.compiled.records.program import CELLS, Delay, Guide, Table
from simulator.engines.compiled.records.trial import Trial
from simulator.formats import TICK

__all__ = [
    "delay_at",
    "delayed",
    "first_above",
    "first_at_least",
    "hazard_age_at",
    "hazard_at",
    "jump_at",
    "quantise",
]

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
def _cell(guide: Guide, x: float) -> int:
    """The cell of a guide in which a value lies."""
    cell = x * guide.cells_per_unit
    if cell < CELLS - 1:
        return int(cell) if cell > 0.0 else 0
    return CELLS - 1


@kernel
def hazard_at(table: Table, age: float) -> float:
    """`HazardTable.at`: cumulative hazard at `age` days, the immediate part included; 0 before age 0."""
    values, n, tail = table.values, table.n, table.tail
    first, end = 0, n
    if table.age_guide:
        cell = _cell(table.age_guide, age)
        first, end = table.age_guide.starts[cell], table.age_guide.starts[cell + 1]
    i = first_above(values, first, end, age) - 1
    if i < 0:
        return 0.0
    knot, reached = float(values[i]), float(values[n + i])
    if i == n - 1:
        return reached + tail * (age - knot) if tail != 0.0 else reached
    slope = (float(values[n + i + 1]) - reached) / (float(values[i + 1]) - knot)
    return reached + slope * (age - knot)


@kernel
def jump_at(table: Table, age: float) -> float:
    """`HazardTable.jump_at`: by how much the cumulative hazard rises at `age` days itself."""
    values, n = table.values, table.n
    first = first_at_least(values, 0, n, age)
    after = first_above(values, first, n, age)
    if first == after:
        return 0.0
    reached = float(values[n + after - 1])
    return reached - float(values[n + first]) if first > 0 else reached


@kernel
def hazard_age_at(table: Table, level: float) -> float:
    """`HazardTable.age_at`: the age (days) that first has the cumulative hazard `level`; inf if none has."""
    values, n, tail = table.values, table.n, table.tail
    first, end = n, n + n
    if table.level_guide:
        cell = _cell(table.level_guide, level)
        first, end = n + table.level_guide.starts[cell], n + table.level_guide.starts[cell + 1]
    i = first_at_least(values, first, end, level) - n
    if i == 0:
        return float(values[0])
    knot, reached = float(values[i - 1]), float(values[n + i - 1])
    if i == n:
        return knot + (level - reached) / tail if tail > 0.0 else math.inf
    slope = (float(values[i]) - knot) / (float(values[n + i]) - reached)
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
def delayed(trial: Trial, delay: Delay, stream: int, arrival: int, k: int) -> float:
    """`DelayTable.drawn`: the days of a delay, drawn where they are not the same for everyone."""
    if delay.n == 0:
        return delay.days
    u = philox.draw(trial.seed, stream, trial.number, arrival, k)
    return delay_at(delay.values, 0, delay.n, u)


@kernel
def quantise(days: float) -> float:
    """`units.quantise`: the nearest multiple of TICK, halves upwards; infinite where a double holds no more
    ticks. For NaN `units.quantise` raises; this gives NaN.
    """
    return floor(days * TICKS_PER_DAY + 0.5) * TICK
