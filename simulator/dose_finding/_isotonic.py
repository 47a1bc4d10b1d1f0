"""Isotonic regression of many trials at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["isotonic"]


def isotonic(rates: Floats, weights: Floats) -> Floats:
    """(B, D) the nearest rates, in weighted squares, that do not fall from dose to dose.

    At dose i that is the greatest, over j <= i, of the least mean of the doses j ... k with k >= i. What has
    weight 0 is passed over; its own value means nothing.
    """
    import numpy as np

    trials, doses = rates.shape
    best = np.full(rates.shape, -np.inf)
    for j in range(doses):
        total, weight = np.zeros(trials), np.zeros(trials)
        means = np.full((trials, doses - j), np.inf)
        for k in range(j, doses):
            total += weights[:, k] * rates[:, k]
            weight += weights[:, k]
            np.divide(total, weight, out=means[:, k - j], where=weight > 0)
        least = np.minimum.accumulate(means[:, ::-1], axis=1)[:, ::-1]
        best[:, j:] = np.maximum(best[:, j:], least)
    return best
