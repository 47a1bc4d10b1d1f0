"""Intervals and limits for shares of trials, for differences of shares of the same trials, weighted sums."""

from __future__ import annotations

from collections.abc import Sequence
from math import inf, sqrt
from statistics import NormalDist

__all__ = ["clopper_pearson", "part_of_sum", "tango", "weighted_sum", "wilson"]

HALVINGS = 60  # of an interval of at most 2: to 2e-18, beyond what a float tells apart


def wilson(successes: float, n: float, level: float = 0.95) -> tuple[float, float]:
    """Score interval for a binomial probability; sensible at 0 of n and n of n too (wilson1927).

    (x + z^2/2 -+ z sqrt(x (n - x) / n + z^2/4)) / (n + z^2), z the normal quantile of (1 + level) / 2

    Of weighted trials n is how many they are worth, and x that times the share.
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


def clopper_pearson(successes: int, n: int, level: float = 0.95) -> tuple[float, float]:
    """One-sided limits for a binomial probability, each alone at this level at least (clopper1934).

    The upper one, p with P(X <= x | n, p) = 1 - level, is a quantile of Beta(x + 1, n - x), and 1 at n of n;
    the lower one is that of the failures, taken from 1.
    """
    if not (0 <= successes <= n and n > 0):
        raise ValueError(f"{successes} of {n}, allowed 0 to n of at least 1")
    if not 0 < level < 1:
        raise ValueError(f"level is {level}, allowed above 0 and below 1")
    from scipy.special import betaincinv

    low = 0.0 if successes == 0 else float(betaincinv(successes, n - successes + 1, 1.0 - level))
    high = 1.0 if successes == n else float(betaincinv(successes + 1, n - successes, level))
    return low, high


def tango(only_first: int, only_other: int, n: int, level: float = 0.95) -> tuple[float, float]:
    """Score interval for a difference of two probabilities from n pairs (tango1998).

    only_first, only_other: pairs in which it is so of the first alone, of the other alone; those in which it
    is so of both or of neither do not matter. The differences D that are not rejected,

        |b - c - n D| <= z sqrt(n (2 q + D (1 - D))),    q = (sqrt(B^2 - 4 A C) - B) / (2 A)

    with b and c the two numbers, A = 2 n, B = (2 n - b + c) D - b - c, C = -c D (1 - D): q is the most
    likely probability of `the other alone` where the difference is D. Swapped numbers give the same interval
    with its signs changed, to the last bit. Sensible where no pair differs, too: -+ z^2 / (n + z^2).
    """
    if not (only_first >= 0 and only_other >= 0 and only_first + only_other <= n and n > 0):
        raise ValueError(f"{only_first} and {only_other} of {n}, allowed 0 to n of at least 1 together")
    if not 0 < level < 1:
        raise ValueError(f"level is {level}, allowed above 0 and below 1")
    z = NormalDist().inv_cdf((1.0 + level) / 2.0)
    return _least(only_first, only_other, n, z), -_least(only_other, only_first, n, z)


def _least(b: int, c: int, n: int, z: float) -> float:
    """The smallest difference that is not rejected."""
    if b - c == -n:
        return -1.0
    low, high = -1.0, (b - c) / n
    for _ in range(HALVINGS):
        middle = (low + high) / 2.0
        if _score(b, c, n, middle) > z:
            low = middle
        else:
            high = middle
    return low


def _score(b: int, c: int, n: int, difference: float) -> float:
    """How many standard errors b - c lies above what a difference makes expected."""
    half = (2 * n - b + c) * difference - b - c
    root = sqrt(max(half * half + 8 * n * c * difference * (1.0 - difference), 0.0))
    only_other = (root - half) / (4 * n)
    variance = n * (2.0 * only_other + difference * (1.0 - difference))
    return (b - c - n * difference) / sqrt(variance) if variance > 0.0 else inf


def weighted_sum(
    parts: Sequence[tuple[float, float, float, float]], widening: float = 1.0
) -> tuple[float, float]:
    """Interval for sum of w p from intervals of the p, by squares and sums of their distances (zou2008).

        low = sum w p - sqrt(widening * sum (w (p - l))^2),  high likewise with u - p

    parts: weight w from 0, share p, its interval l to u. widening: variance of the sum over what it would be
    if the shares were independent. Of one share with weight 1 it is the interval given. Within 0 and sum w.
    """
    value = sum(w * p for w, p, _, _ in parts)
    down = sqrt(widening * sum((w * (p - low)) ** 2 for w, p, low, _ in parts))
    up = sqrt(widening * sum((w * (high - p)) ** 2 for w, p, _, high in parts))
    return max(value - down, 0.0), min(value + up, sum(w for w, _, _, _ in parts))


def part_of_sum(mine: tuple[float, float, float], rest: tuple[float, float, float]) -> tuple[float, float]:
    """Interval for x / (x + y) from x and y, each from 0 with its interval (value, low, high).

    The r for which (1 - r) x - r y has 0 within its interval by squares and sums (zou2008): Fieller's way
    without normal limits, so that it is sensible where x or y is 0 too.
    """
    return 1.0 - _largest_part(rest, mine), _largest_part(mine, rest)


def _largest_part(mine: tuple[float, float, float], rest: tuple[float, float, float]) -> float:
    """With z = (1 - r) / r: y - z x = sqrt((z dx)^2 + dy^2), dx up from x, dy down from y; the smaller z."""
    (x, _, x_high), (y, y_low, _) = mine, rest
    if x_high <= 0.0:
        return 0.0
    dx, dy = x_high - x, y - y_low
    top = (y - dy) * (y + dy)
    return 1.0 if top <= 0.0 else 1.0 / (1.0 + top / (x * y + sqrt((x * dy) ** 2 + dx * dx * top)))
