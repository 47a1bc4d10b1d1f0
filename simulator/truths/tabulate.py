"""From a closed-form cumulative hazard or quantile function to a piecewise linear table."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from functools import cache
from math import e, log

from simulator.contracts import DelayTable, HazardTable

__all__ = ["CERTAIN", "cumulative_of", "hazard_table", "quantile_table"]

CERTAIN = (
    1e4  # cumulative hazard of what is certain; no threshold exceeds 37, whatever the factor down to 0.01
)
LARGEST_FACTOR = 10.0
ERROR_IN_F = 1e-6  # largest error allowed in the distribution function, DESIGN section 5
DEEPEST = 40  # bisections of one interval


def cumulative_of(probability: float) -> float:
    """Cumulative hazard -log(1 - p) at which a share p has had the event; p = 1 gives CERTAIN."""
    return CERTAIN if probability >= 1.0 else min(-log(1.0 - probability), CERTAIN)


def hazard_table(
    cumulative: Callable[[float], float], last: float, start: int = 32, exact_at: tuple[float, ...] = ()
) -> HazardTable:
    """Table of `cumulative` on [0, last] days, flat beyond, right to 1e-6 in F = 1 - exp(-H).

    It is right to the last digit at its knots; `exact_at` adds ages (within `last`) to them.
    Intervals of a geometric grid are halved until linear interpolation is close enough at their
    quarter points, also where a factor m (dose, ratio, trait) scales the table: the error in F is then
    m exp(-mH) times that in H, which no m makes larger than 1 / (e H).
    """
    knots, values = _tabulated(cumulative, last, _error_of_hazard, start, exact_at)
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


Error = Callable[[float, float], float]
"""How much is lost in F by a linear value in the place of the exact one."""


def _tabulated(
    f: Callable[[float], float],
    last: float,
    error: Error,
    start: int = 32,
    exact_at: tuple[float, ...] = (),
) -> tuple[list[float], list[float]]:
    """Knots on [0, last] and the values of f there, close enough for linear interpolation between them."""
    grid = sorted({0.0, *(last * 2.0 ** (k - start) for k in range(start + 1)), *exact_at})
    f = cache(f)  # quarter points of an interval are ends and middles of its halves
    knots, values = [0.0], [f(0.0)]
    for left, right in itertools.pairwise(grid):
        _refine(f, error, (left, values[-1]), (right, f(right)), knots, values, DEEPEST)
    return knots, values


def _refine(
    f: Callable[[float], float],
    error: Error,
    start: tuple[float, float],
    end: tuple[float, float],
    knots: list[float],
    values: list[float],
    depth: int,
) -> None:
    """Append the knots after `start` up to `end`; halve while a quarter point is off by more than allowed."""
    (left, f_left), (right, f_right) = start, end
    width, rise = right - left, f_right - f_left
    if depth and any(
        error(f(left + share * width), f_left + share * rise) > 0.5 * ERROR_IN_F
        for share in (0.5, 0.25, 0.75)
    ):
        middle = 0.5 * (left + right)
        centre = (middle, f(middle))
        _refine(f, error, start, centre, knots, values, depth - 1)
        _refine(f, error, centre, end, knots, values, depth - 1)
    else:
        knots.append(right)
        values.append(f_right)


def _error_of_hazard(exact: float, linear: float) -> float:
    """Largest error in F over factors m up to LARGEST_FACTOR; what is as good as certain has none."""
    level = min(exact, linear)
    if level >= CERTAIN / 2.0:
        return 0.0
    return abs(exact - linear) * min(LARGEST_FACTOR, 1.0 / (e * level) if level > 0.0 else LARGEST_FACTOR)
