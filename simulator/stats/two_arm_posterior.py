"""P(p1 > p2 + margin) for every pair of counts of two arms at once, p1 and p2 independent Betas (thall1994).

One quadrature serves all (n1 + 1) x (n2 + 1) pairs: at its nodes s the densities of p2 for every x2 and the
upper tails of p1 beyond s + margin for every x1; their product is the matrix. So 200 a side take a
tenth of a second, where pair by pair they would take 40,000 integrals.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from simulator.stats.settled import DIFFERENCE, LEAST_PARAMETER

__all__ = ["Beta", "differences"]

Floats = NDArray[np.float64]
Beta = tuple[float, float]

FIRST_NODES = 257
MOST_NODES = 2**16 + 1
OMITTED = 1e-15  # mass of p2 left out at each end
NOTHING = 40.0  # e^-40 of it is left out below the end 1 - margin, where the density of p2 is bounded


def differences(first: Beta, n1: int, second: Beta, n2: int, margin: float = 0.0) -> Floats:
    """P(p1 > p2 + margin), p1 ~ Beta(a + x1, b + n1 - x1) and so p2, at every x1, x2: (n1 + 1, n2 + 1).

    first, second : the priors (a, b), each parameter at least `LEAST_PARAMETER`; margin in [0, 1)
    To 1e-10 (`DIFFERENCE`). ValueError for other priors and margins, ArithmeticError where no number of nodes
    is enough.

    s = (1 - margin) logistic(c + k sinh v) flattens the ends, which parameters below 1 make singular; in v
    the integrand and all its derivatives vanish at both ends, so that the trapezoidal rule converges
    geometrically. Its nodes are doubled until every second one gives the same.
    """
    if min(*first, *second) < LEAST_PARAMETER or not 0.0 <= margin < 1.0:
        raise ValueError(
            f"Beta{first}, Beta{second} + {margin}: allowed from {LEAST_PARAMETER}, a margin from 0 below 1"
        )
    nodes = FIRST_NODES
    size = _rounded(max(n1, n2))
    while nodes <= MOST_NODES:
        grid = _Grid(second, size, margin, nodes)
        tails, weights = _tails(first, n1, grid), _weights(second, n2, grid)
        half = (nodes + 1) // 2
        every_second = tails[:half].T @ weights[:half]  # (n1 + 1, K / 2) @ (K / 2, n2 + 1)
        between = tails[half:].T @ weights[half:]
        if np.abs(between - every_second).max() <= DIFFERENCE / 10.0:
            return np.clip(every_second + between, 0.0, 1.0)
        nodes = 2 * nodes - 1
    raise ArithmeticError(f"P(p1 > p2 + {margin}) did not settle for Beta{first} and Beta{second}")


def _rounded(n: int) -> int:
    """The next power of two: looks of nearly one size share their nodes, and what is kept of them."""
    return 1 << max(n - 1, 1).bit_length()


@dataclass(frozen=True, slots=True)
class _Grid:
    """Which nodes: for any count of up to `n` patients with the prior `beta`; shifted by the margin."""

    beta: Beta
    n: int
    margin: float
    nodes: int


@lru_cache(maxsize=32)
def _points(grid: _Grid) -> tuple[Floats, Floats, Floats, Floats, Floats]:
    """log s, log(1 - s), s + margin, 1 - s - margin and ds of the nodes, (K,); every second one first."""
    from scipy.special import betaincinv, expit, log_expit

    (a, b), inside = grid.beta, 1.0 - grid.margin
    low = _logit(float(betaincinv(a, b + grid.n, OMITTED)), inside)
    if grid.margin:
        high = min(NOTHING - float(np.log(grid.margin)), 700.0)
    else:
        high = -_logit(float(betaincinv(b, a + grid.n, OMITTED)), 1.0)
    high = max(high, low + 1.0)
    centre = min(max(_logit(a / (a + b), inside), low), high)
    scale = np.sqrt(1.0 / (a + grid.n / 2.0) + 1.0 / (b + grid.n / 2.0))  # of the narrowest density's logit
    ends = np.arcsinh((np.array([low, high]) - centre) / scale)
    v, step = np.linspace(ends[0], ends[1], grid.nodes), float(ends[1] - ends[0]) / (grid.nodes - 1)
    v = np.concatenate([v[::2], v[1::2]])
    t = centre + scale * np.sinh(v)
    log_up, log_down = log_expit(t), log_expit(-t)
    log_s = np.log(inside) + log_up
    above = inside * expit(-t)
    log_rest = np.log(grid.margin + above) if grid.margin else log_down
    ds = np.exp(log_s + log_down) * scale * np.cosh(v) * step
    found = log_s, log_rest, grid.margin + np.exp(log_s), above, ds
    for array in found:
        array.setflags(write=False)
    return found


def _logit(s: float, inside: float) -> float:
    """logit(s / inside), within +-700."""
    if s <= 0.0 or s >= inside:
        return -700.0 if s <= 0.0 else 700.0
    return float(np.clip(np.log(s) - np.log(inside - s), -700.0, 700.0))


@lru_cache(maxsize=64)
def _weights(beta: Beta, n: int, grid: _Grid) -> Floats:
    """Mass of p2 at each node for x = 0 ... n of n. (K, n + 1)"""
    from scipy.special import betaln

    log_s, log_rest, _, _, ds = _points(grid)
    x = np.arange(n + 1)
    a, b = beta[0] + x, beta[1] + n - x
    density = np.exp(np.outer(log_s, a - 1.0) + np.outer(log_rest, b - 1.0) - betaln(a, b))
    found: Floats = density * ds[:, None]
    found.setflags(write=False)
    return found


@lru_cache(maxsize=64)
def _tails(beta: Beta, n: int, grid: _Grid) -> Floats:
    """P(p1 > s + margin) at each node for x = 0 ... n of n. (K, n + 1)

    From no event on, by P(x + 1) = P(x) + p^a q^b / ((a + b + 1) B(a + 1, b + 1)), a and b those of p1
    after x events in n - 1 patients.
    """
    from scipy.special import betainc, betaincc, betaln

    _, _, below, above, _ = _points(grid)
    a, b = beta[0], beta[1] + n
    start = np.where(below <= above, betaincc(a, b, below), betainc(b, a, above))
    x = np.arange(n)
    a1, b1 = beta[0] + x, beta[1] + n - 1 - x
    with np.errstate(divide="ignore"):
        log_p, log_q = np.log(below), np.log(above)
    scale = np.log(a1 + b1 + 1.0) + betaln(a1 + 1.0, b1 + 1.0)
    terms = np.exp(np.outer(log_p, a1) + np.outer(log_q, b1) - scale)
    found: Floats = np.concatenate([start[:, None], start[:, None] + np.cumsum(terms, axis=1)], axis=1)
    found.setflags(write=False)
    return found
