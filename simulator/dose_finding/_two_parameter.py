"""Logistic curves of two parameters, and how likely rates are above limits (neuenschwander2008)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from math import log, sqrt
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

__all__ = ["Prior", "above"]

POINTS, REACH = 121, 8.0  # of the grid in each direction, within so many standard deviations of the prior
ROWS = 16  # at once: arrays of 2 MB


@dataclass(frozen=True, slots=True)
class Prior:
    """Of log alpha and log beta, normal together."""

    mean: tuple[float, float]
    sd: tuple[float, float]
    correlation: float


class _Grid(NamedTuple):
    """Per point: log p and log(1 - p) (D, G), log of the prior (G,), shares above each limit (G, D K)."""

    log_p: Floats
    log_q: Floats
    log_prior: Floats
    shares: Floats


def above(prior: Prior, amounts: tuple[float, ...], limits: tuple[float, ...], n: Ints, dlt: Ints) -> Floats:
    """(B, D, K) posterior P(rate > limit) of each dose, by counts (B, D). amounts: in parts of the reference.

    Sums over a grid of 121 x 121 points. For given beta, a rate is above a limit where log alpha is above a
    number: up to it the interpolation of the points by sincs is integrated, so that nothing is cut off.
    """
    import numpy as np

    grid = _grid(prior, amounts, limits)
    parts = []
    for i in range(0, len(n), ROWS):
        events, others = dlt[i : i + ROWS], (n - dlt)[i : i + ROWS]
        density = events @ grid.log_p + others @ grid.log_q + grid.log_prior
        weights = np.exp(density - density.max(axis=1, keepdims=True))
        parts.append((weights @ grid.shares) / weights.sum(axis=1, keepdims=True))
    whole = np.concatenate(parts) if parts else np.zeros((0, grid.shares.shape[1]))
    found: Floats = np.clip(whole.reshape(len(n), len(amounts), len(limits)), 0.0, 1.0)
    return found


@lru_cache(maxsize=16)
def _grid(prior: Prior, amounts: tuple[float, ...], limits: tuple[float, ...]) -> _Grid:
    """Points (v, w) of independent standard normals: log beta by v, log alpha by v and w."""
    import numpy as np
    from scipy.special import sici

    w = np.linspace(-REACH, REACH, POINTS)
    v = w[:, None]
    (m_alpha, m_beta), (s_alpha, s_beta), r = prior.mean, prior.sd, prior.correlation
    least, own = m_alpha + s_alpha * r * v, s_alpha * sqrt(1.0 - r * r)
    log_p, log_q, shares = [], [], []
    for amount in amounts:
        by_dose = np.exp(m_beta + s_beta * v) * log(amount)
        z = least + own * w + by_dose
        log_p.append(-np.logaddexp(0.0, -z).ravel())
        log_q.append(-np.logaddexp(0.0, z).ravel())
        for limit in limits:
            from_here = (log(limit / (1.0 - limit)) - by_dose - least) / own  # of w
            shares.append((0.5 - sici(np.pi * (from_here - w) / (w[1] - w[0]))[0] / np.pi).ravel())
    log_prior = (-(v**2 + w**2) / 2.0).ravel()
    return _Grid(np.stack(log_p), np.stack(log_q), log_prior, np.stack(shares, axis=1))
