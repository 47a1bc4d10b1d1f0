"""Posterior probabilities of a DLT rate as exact fractions: a tie is one, and rounding decides nothing."""

from __future__ import annotations

from fractions import Fraction
from functools import lru_cache
from math import comb
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["LEAST_ELIMINATED", "as_written", "exceeds", "least_toxic", "tails"]

LEAST_ELIMINATED = 3  # evaluable patients with whom a dose can be too toxic


def as_written(value: float) -> Fraction:
    """The decimal that a number was written as: 0.3 is 3/10."""
    return Fraction(repr(float(value)))


@lru_cache(maxsize=4096)
def tails(n: int, rate: Fraction) -> tuple[Fraction, ...]:
    """P(p > rate) for y = 0 ... n DLTs, p ~ Beta(1 + y, 1 + n - y); it is P(at most y of n + 1 at `rate`)."""
    up, down, whole = rate.numerator, rate.denominator - rate.numerator, rate.denominator ** (n + 1)
    found, total = [], 0
    for y in range(n + 1):
        total += comb(n + 1, y) * up**y * down ** (n + 1 - y)
        found.append(Fraction(total, whole))
    return tuple(found)


@lru_cache(maxsize=4096)
def least_toxic(n: int, target: float, certainty: float) -> int:
    """The fewest DLTs of n with P(p > target) more than the certainty; n + 1 where none are enough."""
    limit = as_written(certainty)
    return next((y for y, p in enumerate(tails(n, as_written(target))) if p > limit), n + 1)


def exceeds(
    n: NDArray[np.int64], dlt: NDArray[np.int64], target: float, certainty: float
) -> NDArray[np.bool_]:
    """Whether P(p > target) is more than the certainty with 3 patients or more; any shape."""
    import numpy as np

    seen = np.bincount(n.ravel())
    bounds = np.zeros_like(seen)
    for number in np.flatnonzero(seen).tolist():
        bounds[number] = least_toxic(number, target, certainty)
    found: NDArray[np.bool_] = (dlt >= bounds[n]) & (n >= LEAST_ELIMINATED)
    return found
