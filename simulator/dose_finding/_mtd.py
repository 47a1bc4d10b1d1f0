"""How likely the maximum tolerated dose is below each dose, by a logistic curve through it (babb1998)."""

from __future__ import annotations

from functools import lru_cache
from itertools import pairwise
from math import ceil, log
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

    Bools = NDArray[np.bool_]

__all__ = ["TIE", "Model", "at_most", "below", "mean_rates"]

LEAST, MOST, BEND = -5.2, 3.7, 2.0  # of w, log rise = w - exp(-w - BEND): from 1e-13 to 40 in logits
AT_ONCE = 1 << 18  # rows by points: arrays of 2 MB
TIE = 1e-9  # probabilities that are equal
SURE = 0.01  # on few points: 100 times their largest error with 60 patients


class _Points(NamedTuple):
    """How the integral is divided.

    rises: points for the rise of the curve from the lowest dose to the MTD. nodes: of Gauss and Legendre, in
    each piece of the MTD's range. piece: of log(MTD - lowest dose), at most, down to `depth` below the second
    dose; the rest is one more.
    """

    rises: int
    nodes: int
    piece: float
    depth: float


MANY, FEW = _Points(112, 10, 0.8, 10.0), _Points(48, 8, 1.2, 8.0)


class _Grid(NamedTuple):
    """Per point: log p and log(1 - p) (D, G), log of prior and weight (G,), below each dose or not (G, D)."""

    log_p: Floats
    log_q: Floats
    log_prior: Floats
    below: Floats


class Model(NamedTuple):
    """target: the rate at the MTD. amounts: of the doses. largest: that the MTD may be."""

    target: float
    amounts: tuple[float, ...]
    largest: float


def at_most(model: Model, limit: float, n: Ints, dlt: Ints) -> Bools:
    """(B, D) whether P(MTD < dose) is at most the limit, by counts (B, D): on few points where they tell."""
    import numpy as np

    few = _grid(model, FEW)
    chance = _summed(few, few.below, n, dlt)
    near = (np.abs(chance - limit) < SURE).any(axis=1)
    chance[near] = below(model, n[near], dlt[near])
    found: Bools = chance <= limit + TIE
    return found


def below(model: Model, n: Ints, dlt: Ints) -> Floats:
    """(B, D) posterior P(MTD < dose), by counts (B, D).

    The rate at the lowest dose is uniform on (0, target), the MTD on (lowest dose, largest). Sums over pieces
    that end at the doses, so that nothing is cut off; over the rise D = logit(target) - logit(rate at the
    lowest dose), which is spaced by its logarithm since D / (MTD - lowest dose), the slope, is what counts
    tell. With 60 patients, whatever their outcomes, to 1e-8; to 1e-12 in most.
    """
    grid = _grid(model, MANY)
    return _summed(grid, grid.below, n, dlt)


def mean_rates(model: Model, n: Ints, dlt: Ints) -> Floats:
    """(B, D) posterior means of the rates, by counts (B, D), as precise."""
    import numpy as np

    grid = _grid(model, MANY)
    return _summed(grid, np.exp(grid.log_p).T, n, dlt)


def _summed(grid: _Grid, values: Floats, n: Ints, dlt: Ints) -> Floats:
    """(B, D) posterior means of values (G, D)."""
    import numpy as np

    rows, parts = max(AT_ONCE // grid.log_p.shape[1], 1), []
    for i in range(0, len(n), rows):
        events, others = dlt[i : i + rows], (n - dlt)[i : i + rows]
        density = events @ grid.log_p + others @ grid.log_q + grid.log_prior
        weights = np.exp(density - density.max(axis=1, keepdims=True))
        parts.append((weights @ values) / weights.sum(axis=1, keepdims=True))
    return np.concatenate(parts) if parts else np.zeros(n.shape)


@lru_cache(maxsize=16)
def _grid(model: Model, points: _Points) -> _Grid:
    """Points (rise, MTD): logit p = logit(target) - rise + rise (dose - lowest) / (MTD - lowest)."""
    import numpy as np

    w = np.linspace(LEAST, MOST, points.rises)
    bent = np.exp(-w - BEND)
    rise = np.exp(w - bent)
    at_lowest = log(model.target / (1.0 - model.target)) - rise
    log_rate, log_other = -np.logaddexp(0.0, -at_lowest), -np.logaddexp(0.0, at_lowest)
    by_rise = log_rate + log_other + w - bent + np.log1p(bent)  # d rate = rate (1 - rate) d rise
    steps = np.array(model.amounts) - model.amounts[0]
    mtd, by_mtd = _pieces(points, *steps[1:].tolist(), model.largest - model.amounts[0])
    log_p, log_q = [], []
    for step in steps:
        z = at_lowest[:, None] + rise[:, None] * (step / mtd)
        log_p.append(-np.logaddexp(0.0, -z).ravel())
        log_q.append(-np.logaddexp(0.0, z).ravel())
    lower = (mtd[:, None] < steps).astype(float)  # no point is at a dose
    return _Grid(
        np.stack(log_p),
        np.stack(log_q),
        (by_rise[:, None] + np.log(by_mtd)).ravel(),
        np.tile(lower, (points.rises, 1)),
    )


def _pieces(points: _Points, *ends: float) -> tuple[Floats, Floats]:
    """Points on (0, last end) and their weights: pieces between the ends, even in the logarithm."""
    import numpy as np

    depth, piece = points.depth, points.piece
    cuts = [0.0, *(ends[0] * np.exp(np.linspace(-depth, 0.0, ceil(depth / piece) + 1)))]
    for low, high in pairwise(ends):
        if high > low:
            cuts += np.geomspace(low, high, ceil(log(high / low) / piece) + 1)[1:].tolist()
    edges = np.array(cuts)
    at, weight = np.polynomial.legendre.leggauss(points.nodes)
    half = np.diff(edges)[:, None] / 2.0
    return (edges[:-1, None] + half * (1.0 + at)).ravel(), (half * weight).ravel()
