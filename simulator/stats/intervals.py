"""Intervals for shares of trials."""

from __future__ import annotations

from math import sqrt
from statistics import NormalDist

__all__ = ["wilson"]


def wilson(successes: int, n: int, level: float = 0.95) -> tuple[float, float]:
    """Score interval for a binomial probability; sensible at 0 of n and n of n too (wilson1927).

    (x + z^2/2 -+ z sqrt(x (n - x) / n + z^2/4)) / (n + z^2), z the normal quantile of (1 + level) / 2
    """
    if not (0 <= successes <= n and n > 0):
        raise ValueError(f"{successes} of {n}, allowed 0 to n of at least 1")
    if not 0 < level < 1:
        raise ValueError(f"level is {level}, allowed above 0 and below 1")
    z = NormalDist().inv_cdf((1.0 + level) / 2.0)
    centre = successes + z * z / 2.0
    half = z * sqrt(successes * (n - successes) / n + z * z / 4.0)
    low = 0.0 if successes == 0 else (centre - half) / (n + z * z)
    high = 1.0 if successes == n else (centre + half) / (n + z * z)
    return low, high
