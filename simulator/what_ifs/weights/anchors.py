"""Which cells are played as anchors: greedily, where the trials so far are worth least."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from simulator.metrics.block import Floats
from simulator.what_ifs.weights.pool import Pool, Sizes, effective

__all__ = ["further", "middle", "worths"]

LOOKED_AT = 2_000  # trials by which anchors are chosen


def middle(cells: Sequence[Sizes]) -> int | None:
    """The cell nearest the middle of all, in logarithms of sizes; None if all have a size of zero."""
    able = [i for i, sizes in enumerate(cells) if min(sizes) > 0.0]
    if not able:
        return None
    logs = np.log([cells[i] for i in able])
    away = ((logs - (logs.min(axis=0) + logs.max(axis=0)) / 2.0) ** 2).sum(axis=1)
    return able[int(away.argmin())]


def worths(pool: Pool, cells: Sequence[Sizes]) -> Floats:
    """How many trials of each cell those of the pool are worth."""
    return np.array([effective(pool.weights(sizes)) for sizes in cells])


def further(pool: Pool, cells: Sequence[Sizes], enough: float, block: int, most: int) -> list[int]:
    """Up to `most` cells to be anchors next, each with a block of trials; [] if all cells have enough.

    One after the other the cell with the least is helped, by the cell whose trials have most in common with
    it: itself, unless a size of it is zero. What an anchor brings is foretold by weights, with M and M'
    the mixture before and after: E w^2 after is the mean of (L / M)^2 M / M' before.
    """
    every = max(1, pool.trials // LOOKED_AT)
    weights = np.array([pool.weights(sizes, every) for sizes in cells])  # (cells, trials looked at)
    now = np.array([effective(row) for row in weights]) * (pool.trials / weights.shape[1])
    means = weights.mean(axis=1, keepdims=True)
    weights = np.divide(weights, means, out=np.zeros_like(weights), where=means > 0.0)
    able = np.array([min(sizes) > 0.0 for sizes in cells])
    chosen: list[int] = []
    squares, added = weights * weights, np.zeros(weights.shape[1])
    while len(chosen) < most and now.min() < enough and able.any():
        least = int(now.argmin())
        if not able[least]:
            common = np.minimum(weights[able], weights[least]).sum(axis=1)
            if not common.max():
                break
            least = int(np.flatnonzero(able)[common.argmax()])
        chosen.append(least)
        able[least] = False
        added += block * weights[least]
        trials = pool.trials + block * len(chosen)
        after = (pool.trials + added) / trials  # M' / M
        spread = np.einsum("ij,j->i", squares, 1.0 / after) / weights.shape[1]
        now = np.divide(trials, spread, out=np.zeros_like(spread), where=spread > 0.0)
    return chosen
