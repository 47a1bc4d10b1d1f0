"""Number of events among independent patients whose probabilities differ (hong2013)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

__all__ = ["at_least", "pmf"]


def pmf(probabilities: Sequence[float] | NDArray[np.float64]) -> NDArray[np.float64]:
    """P(X = k), k = 0 ... m, X the number of events among m patients. (m,) -> (m + 1,).

    Recursion over patients, f_k <- (1 - p_i) f_k + p_i f_{k-1}: nonnegative terms only, O(m^2).
    """
    chances = np.asarray(probabilities, dtype=np.float64)
    if chances.ndim != 1 or np.any((chances < 0) | (chances > 1) | np.isnan(chances)):
        raise ValueError("probabilities must be one list of numbers from 0 to 1")
    mass = np.zeros(chances.size + 1)
    mass[0] = 1.0
    for i, p in enumerate(chances):
        mass[1 : i + 2] = (1.0 - p) * mass[1 : i + 2] + p * mass[: i + 1]
        mass[0] *= 1.0 - p
    return mass


def at_least(probabilities: Sequence[float] | NDArray[np.float64], k: int) -> float:
    """P(X >= k): the shorter side of the distribution is summed. 1 for k <= 0, 0 for k > m."""
    mass = pmf(probabilities)
    if k <= 0:
        return 1.0
    if k > mass.size - 1:
        return 0.0
    upper, lower = float(mass[k:].sum()), float(mass[:k].sum())
    return upper if upper <= lower else 1.0 - lower
