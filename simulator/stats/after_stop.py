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

from simulator.stats.group_sequential import Ends, rate_at

__all__ = ["AfterStop", "ObservedRate", "after_stop", "observed_rate"]

Floats = NDArray[np.float64]


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
        found = np.minimum(np.cumsum(self.ends.at(rate)), 1.0)
        found[-1] = 1.0  # of all states, but for rounding
        return np.asarray(found, dtype=np.float64)

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
    states = len(ends.n)
    more = np.tri(states, dtype=np.bool_)  # row s: the states at least as extreme as s
    outside = 0.5 * (1.0 - level)
    low, from_more = (np.nan_to_num(rate_at(ends, more, q), nan=0.0) for q in (outside, 0.5))
    # P(this or less) = q where P(the states before it) = 1 - q
    before = more & ~np.eye(states, dtype=np.bool_)
    high, from_less = (np.nan_to_num(rate_at(ends, before, 1.0 - q), nan=1.0) for q in (outside, 0.5))
    return AfterStop(ends=ends, level=level, low=low, high=high, estimate=0.5 * (from_more + from_less))
