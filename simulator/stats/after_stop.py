"""What is said of the rate once a monitored count has ended: bias, P-value, limits and estimate.

Final states are ordered stage by stage (tsiatis1984): a stop for many events is the more extreme the earlier
it comes, at one look the more events there are; then those who never stopped, by their events; a stop for few
is the less extreme the earlier it comes. P(a state or a more extreme one) rises with the rate, so its
inversion gives exact limits (jennison2000, chapter 8).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from simulator.stats.binomial import ONE_BY_ONE
from simulator.stats.group_sequential import Ends, rate_at

__all__ = ["AfterStop", "ObservedRate", "after_stop", "observed_rate", "places", "rates_of", "up_to"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class ObservedRate:
    """How the share x / n at the end errs, at each rate, (R,).

    bias: E[x / n] - rate; rmse: root of E[(x / n - rate)^2]
    """

    rates: Floats
    bias: Floats
    rmse: Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class AfterStop:
    """Estimates of the rate in each final state, (S,) as in `ends`.

    low, high : each excluded in a share (1 - level) / 2 of trials at most
    estimate  : halfway between the rates at which P(this or more) and P(this or less) are 1/2
    """

    ends: Ends
    level: float
    low: Floats
    high: Floats
    estimate: Floats

    def p_value(self, rate: float) -> Floats:
        """P(this state or a more extreme one) at a rate, (S,)."""
        return up_to(self.ends, rate)[1:]

    def coverage(self, rates: ArrayLike) -> Floats:
        """P(low <= rate <= high) at each rate, (R,)."""
        p = np.asarray(rates, dtype=np.float64)
        inside = (self.low <= p[..., None]) & (p[..., None] <= self.high)
        return np.asarray((self.ends.at(p) * inside).sum(axis=-1), dtype=np.float64)


def observed_rate(ends: Ends, rates: ArrayLike) -> ObservedRate:
    """Bias and root mean square error of x / n at the end."""
    p = np.atleast_1d(np.asarray(rates, dtype=np.float64))
    off = ends.x / ends.n - p[:, None]  # (R, S)
    chance = ends.at(p)
    bias, square = (chance * off).sum(axis=1), (chance * off**2).sum(axis=1)
    return ObservedRate(rates=p, bias=bias, rmse=np.sqrt(square))


def after_stop(ends: Ends, level: float = 0.95) -> AfterStop:
    """Limits and median-unbiased estimate in every final state; 0 and 1 where no rate is excluded."""
    if not 0.0 < level < 1.0:
        raise ValueError(f"level is {level}, allowed above 0 and below 1")
    outside = 0.5 * (1.0 - level)
    median = rates_of(ends, 0.5)
    return AfterStop(
        ends=ends,
        level=level,
        low=rates_of(ends, outside)[1:],
        high=rates_of(ends, 1.0 - outside)[:-1],  # P(this or less) = q where P(the states before it) = 1 - q
        estimate=0.5 * (median[1:] + median[:-1]),
    )


def up_to(ends: Ends, rate: float) -> Floats:
    """P(one of the first i final states) at a rate, i = 0 ... S. (S + 1,)"""
    found = np.zeros(len(ends.n) + 1)
    np.minimum(np.cumsum(ends.at(rate)), 1.0, out=found[1:])
    found[-1] = 1.0  # of all states, but for rounding
    return found


def rates_of(ends: Ends, target: float) -> Floats:
    """The rates at which P(one of the first i final states) is so much, i = 0 ... S. (S + 1,)

    1 of none and 0 of all, whose P is the same at every rate. Of any others it rises from 0 to 1.
    """
    states = len(ends.n)
    among = np.tri(states - 1, states, dtype=np.bool_)
    return np.concatenate([[1.0], rate_at(ends, among, target), [0.0]])


def places(ends: Ends, n: ArrayLike, x: ArrayLike, way: ArrayLike) -> tuple[Ints, Ints]:
    """How many final states are more extreme than each of these, and how many at least as extreme. (Q,), (Q,)

    n, x, way: as of `Ends`, (Q,). What patients read one after another cannot end with has a place in the
    order all the same: a stop at an n between looks, or by more events than the bound when several come at
    once. P(that or a more extreme one) is then P(the states before it).
    """
    states = _extremity(ends.n, ends.x, ends.way)
    asked = _extremity(*(np.asarray(column, dtype=np.int64) for column in (n, x, way)))
    more, least = (np.searchsorted(states, asked, side) for side in ("left", "right"))
    return more, least


def _extremity(n: Ints, x: Ints, way: Ints) -> Ints:
    """A number per state that rises in the order of `Ends`."""
    size = ONE_BY_ONE + 1  # more than any n or x
    return (-way * 2 * size - way * (size - n)) * size - x
