"""From a closed-form cumulative hazard or quantile function to a piecewise linear table."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from math import e, exp, log

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
    grid = sorted({0.0, *(last * 2.0 ** (k - start) for k in range(start + 1)), *exact_at})
    knots, values = [0.0], [cumulative(0.0)]
    for left, right in itertools.pairwise(grid):
        _refine(cumulative, left, values[-1], right, cumulative(right), knots, values, DEEPEST)
    return HazardTable(knots=tuple(knots), cumulative=tuple(values))


def _refine(
    f: Callable[[float], float],
    left: float,
    f_left: float,
    right: float,
    f_right: float,
    knots: list[float],
    values: list[float],
    depth: int,
) -> None:
    """Append the knots of (left, right]; halve while a quarter point is off by more than allowed."""
    middle = 0.5 * (left + right)
    f_middle = f(middle)
    off = max(
        _error(f(left + share * (right - left)), f_left + share * (f_right - f_left))
        for share in (0.25, 0.5, 0.75)
    )
    if depth and off > 0.5 * ERROR_IN_F:
        _refine(f, left, f_left, middle, f_middle, knots, values, depth - 1)
        _refine(f, middle, f_middle, right, f_right, knots, values, depth - 1)
    else:
        knots.append(right)
        values.append(f_right)


def _error(exact: float, linear: float) -> float:
    """Largest error in F over factors m up to LARGEST_FACTOR; what is as good as certain has none."""
    level = min(exact, linear)
    if level >= CERTAIN / 2.0:
        return 0.0
    return abs(exact - linear) * min(LARGEST_FACTOR, 1.0 / (e * level) if level > 0.0 else LARGEST_FACTOR)


def quantile_table(cdf: Callable[[float], float], last: float) -> DelayTable:
    """Quantiles of a delay with distribution function `cdf`, right to 1e-6 in F, cut at `last` days."""

    def cumulative(days: float) -> float:
        return cumulative_of(cdf(days))

    table = hazard_table(cumulative, last)
    probabilities, days = [0.0], [0.0]
    for knot, level in zip(table.knots, table.cumulative, strict=True):
        u = 1.0 - exp(-level)
        if u > probabilities[-1]:
            probabilities.append(u)
            days.append(knot)
        else:
            days[-1] = knot if len(days) == 1 else days[-1]
    if probabilities[-1] < 1.0:
        probabilities.append(1.0)
        days.append(last)
    return DelayTable(probabilities=tuple(probabilities), days=tuple(days))
