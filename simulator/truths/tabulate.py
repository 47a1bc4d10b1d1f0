"""From a closed-form cumulative hazard or quantile function to a piecewise linear table.

A law with a scale of time is tabulated once per shape, in unit scale (`scaled_hazard`, `scaled_quantiles`).
Another median, mean or scale only stretches the table, which costs a hundredth; F is as near as before.
"""

from __future__ import annotations

import itertools
from bisect import bisect_left, bisect_right
from collections.abc import Callable
from functools import lru_cache
from math import e, log

from simulator.contracts import Delay, DelayTable, HazardFamily, HazardTable

__all__ = [
    "CERTAIN",
    "cumulative_of",
    "hazard_table",
    "quantile_table",
    "scaled_hazard",
    "scaled_quantiles",
    "with_knot",
]

CERTAIN = (
    1e4  # cumulative hazard of what is certain; no threshold exceeds 37, whatever the factor down to 0.01
)
LARGEST_FACTOR = 10.0
LEAST_LEVEL = 1.0 / (e * LARGEST_FACTOR)  # below it the largest factor is the worst one
ERROR_IN_F = 1e-6  # largest error allowed in the distribution function, DESIGN section 5
START = 32  # halvings of the range, down to the first interval
DEEPEST = 40  # bisections of one interval
DEEPEST_AT_0 = 300  # of the first one: a lognormal of the largest sigma begins 200 halvings below its end
MOST_KEPT = 64  # tables in unit scale
ONE_AGE = 1e-13  # relative: nearer to each other than this, knots are one


def cumulative_of(probability: float) -> float:
    """Cumulative hazard -log(1 - p) at which a share p has had the event; 0 (not -0) for 0, CERTAIN for 1."""
    return CERTAIN if probability >= 1.0 else min(0.0 - log(1.0 - probability), CERTAIN)


def hazard_table(cumulative: Callable[[float], float], last: float) -> HazardTable:
    """Table of `cumulative` on [0, last] days, flat beyond, right to 1e-6 in F = 1 - exp(-H).

    It is right to the last digit at its knots. Intervals of a geometric grid are halved until linear
    interpolation is close enough at their quarter points, also where a factor m (dose, ratio, trait) scales
    the table: the error in F is then m exp(-mH) times that in H, which no m makes larger than 1 / (e H).
    """
    knots, values = _tabulated(cumulative, last, _error_of_hazard)
    return HazardTable(knots=tuple(knots), cumulative=tuple(values))


def quantile_table(cdf: Callable[[float], float], last: float) -> DelayTable:
    """Quantiles of a delay with distribution function `cdf`, right to 1e-6 in F, cut at `last` days.

    Between points F is linear in days, and so days in F; a stretch in which F does not rise is a jump.
    """
    probabilities, days = [0.0], [0.0]
    for knot, u in zip(*_tabulated(cdf, last, lambda exact, linear: abs(exact - linear)), strict=True):
        if u > probabilities[-1]:
            probabilities.append(u)
            days.append(knot)
        elif len(days) == 1:
            days[0] = knot  # nobody before
    if probabilities[-1] < 1.0:
        probabilities.append(1.0)
        days.append(last)
    return DelayTable(probabilities=tuple(probabilities), days=tuple(days))


def scaled_hazard(unit: HazardFamily, last: float, scale: float, first: float = 0.0) -> HazardTable:
    """Table of H(t) = U((t - first) / scale), 0 before day `first`; U, the hazard of `unit`, on [0, last].

    unit: the member of the family with scale 1, hashable, on a clock. Its table is made once.
    """
    table = _unit_hazard(unit, last)
    knots = [scale * knot for knot in table.knots]
    if first == 0.0:
        return HazardTable(knots=tuple(knots), cumulative=table.cumulative)
    return HazardTable(knots=(0.0, *[first + knot for knot in knots]), cumulative=(0.0, *table.cumulative))


def scaled_quantiles(unit: Delay, last: float, scale: float) -> DelayTable:
    """Quantiles of `scale` times the delay `unit`, a hashable one cut at `last`; its table is made once."""
    table = _unit_quantiles(unit, last)
    return DelayTable(probabilities=table.probabilities, days=tuple([scale * days for days in table.days]))


def with_knot(table: HazardTable, age: float, level: float) -> HazardTable:
    """The same with the exact `level` at an `age` above 0, in the place of knots as good as there."""
    start = bisect_left(table.knots, age * (1.0 - ONE_AGE))
    end = bisect_right(table.knots, age * (1.0 + ONE_AGE))
    return HazardTable(
        knots=(*table.knots[:start], age, *table.knots[end:]),
        cumulative=(*table.cumulative[:start], level, *table.cumulative[end:]),
        tail=table.tail,
    )


@lru_cache(MOST_KEPT)
def _unit_hazard(unit: HazardFamily, last: float) -> HazardTable:
    return hazard_table(lambda age: unit.cumulative(age, clocked=True), last)


@lru_cache(MOST_KEPT)
def _unit_quantiles(unit: Delay, last: float) -> DelayTable:
    return quantile_table(unit.cdf, last)


Point = tuple[float, float]
Error = Callable[[float, float], float]
"""How much is lost in F by a linear value in the place of the exact one."""


def _tabulated(f: Callable[[float], float], last: float, error: Error) -> tuple[list[float], list[float]]:
    """Knots on [0, last] and the values of f there, close enough for linear interpolation between them."""
    grid = [0.0, *(last * 2.0 ** (k - START) for k in range(START + 1))]
    knots, values, most = [0.0], [f(0.0)], 0.5 * ERROR_IN_F

    def refine(start: Point, middle: Point, end: Point, depth: int) -> None:
        """Append the knots after `start` up to `end`; halve while a quarter point is off by too much."""
        (left, f_left), (centre, f_centre), (right, f_right) = start, middle, end
        first, second, rise = 0.5 * (left + centre), 0.5 * (centre + right), f_right - f_left
        f_first, f_second = f(first), f(second)
        if depth and (
            error(f_centre, f_left + 0.5 * rise) > most
            or error(f_first, f_left + 0.25 * rise) > most
            or error(f_second, f_left + 0.75 * rise) > most
        ):
            refine(start, (first, f_first), middle, depth - 1)
            refine(middle, (second, f_second), end, depth - 1)
        else:
            knots.append(right)
            values.append(f_right)

    for left, right in itertools.pairwise(grid):
        middle, depth = 0.5 * (left + right), DEEPEST if left else DEEPEST_AT_0
        refine((left, values[-1]), (middle, f(middle)), (right, f(right)), depth)
    return knots, values


def _error_of_hazard(exact: float, linear: float) -> float:
    """Largest error in F over factors m up to LARGEST_FACTOR; what is as good as certain has none."""
    level = exact if exact < linear else linear
    if level >= CERTAIN / 2.0:
        return 0.0
    return abs(exact - linear) * (1.0 / (e * level) if level > LEAST_LEVEL else LARGEST_FACTOR)
