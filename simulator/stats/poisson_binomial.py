"""Number of events among independent patients whose probabilities differ (hong2013)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

__all__ = ["WHOLE", "at_least", "first_passage", "mean_up_to", "pmf"]

WHOLE = 1_000  # patients up to which `at_least` makes the whole distribution


def pmf(probabilities: Sequence[float] | NDArray[np.float64]) -> NDArray[np.float64]:
    """P(X = k), k = 0 ... m, X the number of events among m patients. (m,) -> (m + 1,).

    Recursion over patients, f_k <- (1 - p_i) f_k + p_i f_{k-1}: nonnegative terms only, O(m^2).
    """
    chances = _checked(probabilities)
    mass = np.zeros(chances.size + 1)
    mass[0] = 1.0
    for i, p in enumerate(chances):
        mass[1 : i + 2] = (1.0 - p) * mass[1 : i + 2] + p * mass[: i + 1]
        mass[0] *= 1.0 - p
    return mass


def at_least(probabilities: Sequence[float] | NDArray[np.float64], k: int) -> float:
    """P(X >= k): the shorter side of the distribution is summed. 1 for k <= 0, 0 for k > m.

    Of more than `WHOLE` patients what brings the count to k is summed, O(m k).
    """
    if len(probabilities) > WHOLE and 0 < k <= len(probabilities):
        return min(float(first_passage(probabilities, k).sum()), 1.0)
    mass = pmf(probabilities)
    if k <= 0:
        return 1.0
    if k > mass.size - 1:
        return 0.0
    upper, lower = float(mass[k:].sum()), float(mass[:k].sum())
    return upper if upper <= lower else 1.0 - lower


def first_passage(probabilities: Sequence[float] | NDArray[np.float64], k: int) -> NDArray[np.float64]:
    """P(patient i is the one with whom the count reaches k), k >= 1. (m,) -> (m,).

    The recursion of `pmf` on counts below k; its running sum is P(X >= k) among the first patients.
    """
    return np.array([p * below[k - 1] for p, below in _below(probabilities, k)])


def mean_up_to(probabilities: Sequence[float] | NDArray[np.float64], k: int) -> float:
    """E[min(X, k)], k >= 1: every event counts that comes while there are fewer than k. O(m k)."""
    return sum(p * float(below.sum()) for p, below in _below(probabilities, k))


def _below(
    probabilities: Sequence[float] | NDArray[np.float64], k: int
) -> Iterator[tuple[float, NDArray[np.float64]]]:
    """Of each patient the probability, and P(X = 0 ... k - 1) among those before, valid until the next."""
    below = np.zeros(k)
    below[0] = 1.0
    for i, p in enumerate(_checked(probabilities).tolist()):
        yield p, below
        end = min(i + 2, k)
        below[1:end] = (1.0 - p) * below[1:end] + p * below[: end - 1]
        below[0] *= 1.0 - p


def _checked(probabilities: Sequence[float] | NDArray[np.float64]) -> NDArray[np.float64]:
    chances = np.asarray(probabilities, dtype=np.float64)
    if chances.ndim != 1 or np.any((chances < 0) | (chances > 1) | np.isnan(chances)):
        raise ValueError("probabilities must be one list of numbers from 0 to 1")
    return chances
