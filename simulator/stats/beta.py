"""Beta distributions: tails, the chance that one exceeds another, interval widths.

Every function is vectorised over its Beta parameters and evaluates each cell by itself, so a cell of a
batch equals its batch of one.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike, NDArray

from simulator.stats.settled import settled

__all__ = [
    "FIRST_PANELS", "LAST_PANELS", "interval_width", "lower_tail", "prob_exceeds", "quadrature",
    "upper_tail", "upper_tails",
]  # fmt: skip

Floats = NDArray[np.float64]

NODES = 16  # Gauss-Legendre nodes per panel
FIRST_PANELS = 3  # doubled until two results agree; enough for most pairs of priors at the first go
LAST_PANELS = 3 * 2**10
LARGEST = 1e5  # a2 + b2: the density's logarithm cancels to (a2 + b2) x 1e-16
OMITTED = 1e-14  # mass of the integrating distribution left out of the panels at each end
FAR = 700.0  # |logit| beyond which exp(-t) leaves the range of floats
CELLS_AT_ONCE = 1_000_000  # integrand values held in memory


def upper_tail(a: ArrayLike, b: ArrayLike, x: ArrayLike) -> Floats:
    """P(B > x), B ~ Beta(a, b): 1 below the support, 0 above it. Shapes broadcast."""
    from scipy.special import betaincc

    return np.asarray(betaincc(_floats(a), _floats(b), np.clip(_floats(x), 0.0, 1.0)), dtype=np.float64)


def lower_tail(a: ArrayLike, b: ArrayLike, x: ArrayLike) -> Floats:
    """P(B < x), B ~ Beta(a, b), computed directly, not as 1 - `upper_tail`. Shapes broadcast."""
    from scipy.special import betainc

    return np.asarray(betainc(_floats(a), _floats(b), np.clip(_floats(x), 0.0, 1.0)), dtype=np.float64)


def interval_width(a: ArrayLike, b: ArrayLike, level: float = 0.95) -> Floats:
    """Width of the equal-tailed interval that holds `level` of Beta(a, b). Shapes broadcast."""
    from scipy.special import betaincinv

    if not 0 < level < 1:
        raise ValueError(f"level is {level}, allowed above 0 and below 1")
    outside = (1.0 - level) / 2.0
    ends = betaincinv(_floats(a)[..., None], _floats(b)[..., None], np.array([outside, 1.0 - outside]))
    return np.asarray(ends[..., 1] - ends[..., 0], dtype=np.float64)


def prob_exceeds(a1: ArrayLike, b1: ArrayLike, a2: float, b2: float, margin: float = 0.0) -> Floats:
    """P(E > S + margin) for independent E ~ Beta(a1, b1), S ~ Beta(a2, b2), to 1e-9 (thall1994).

    a1, b1 : any shapes that broadcast; the result has their common shape
    a2, b2, margin : numbers, a2 + b2 at most `LARGEST`; a margin may be negative

    The integral of P(E > s + margin) f_S(s) ds runs over v in s = lo + (hi - lo) logistic(c + k sinh v),
    which flattens the end points that parameters below 1 make singular. Gauss-Legendre panels in v are
    doubled, per cell, until two results agree to 1e-11 (1e-10 for the largest a2 + b2).
    """
    shape = np.broadcast_shapes(np.shape(a1), np.shape(b1))
    first = np.broadcast_to(np.asarray(a1, dtype=np.float64), shape).ravel()
    second = np.broadcast_to(np.asarray(b1, dtype=np.float64), shape).ravel()
    if margin >= 1.0 or margin <= -1.0:
        return np.full(shape, 0.0 if margin > 0 else 1.0)
    if not 0 < min(a2, b2) <= a2 + b2 <= LARGEST:
        raise ValueError(
            f"Beta({a2}, {b2}): parameters above 0 with a sum of at most {LARGEST:.0f} are allowed"
        )
    enough = settled(a2, b2)
    result = np.empty(first.size)
    todo = np.arange(first.size)
    panels = FIRST_PANELS
    before = _integral(first, second, a2, b2, margin, panels)
    while todo.size:
        panels *= 2
        if panels > LAST_PANELS:
            raise ArithmeticError(f"P(E > Beta({a2}, {b2}) + {margin}) did not settle; check the parameters")
        now = _integral(first[todo], second[todo], a2, b2, margin, panels)
        result[todo] = np.clip(now, 0.0, 1.0)
        open_ = np.abs(now - before) > enough
        todo, before = todo[open_], now[open_]
    return result.reshape(shape)


def _integral(a1: Floats, b1: Floats, a2: float, b2: float, margin: float, panels: int) -> Floats:
    """`prob_exceeds` for flat arrays with a fixed number of panels."""
    from scipy.special import betaincc

    below, above, weight, low_mass, bottom = quadrature(a2, b2, margin, panels)
    total = np.full(a1.size, low_mass)  # S so low that E exceeds S + margin for certain
    total += bottom * betaincc(a1, b1, below[0])
    step = max(1, CELLS_AT_ONCE // weight.size)
    for start in range(0, a1.size, step):
        cells = slice(start, start + step)
        tail = upper_tails(a1[cells], b1[cells], below, above)
        total[cells] += (tail * weight).sum(axis=1)
    return total


def upper_tails(a: Floats, b: Floats, below: Floats, above: Floats) -> Floats:
    """P(B > below) for each Beta(a, b) at each node, above = 1 - below. (C,), (C,), (K,), (K,) -> (C, K)."""
    from scipy.special import betainc, betaincc

    left = below <= above  # nodes where `below`, not its complement, is the exact number  # (K,)
    tail = np.empty((a.size, below.size))
    tail[:, left] = betaincc(a[:, None], b[:, None], below[left])
    tail[:, ~left] = betainc(b[:, None], a[:, None], above[~left])
    return tail


@lru_cache(maxsize=64)
def quadrature(a: float, b: float, margin: float, panels: int) -> tuple[Floats, Floats, Floats, float, float]:
    """Quadrature over S ~ Beta(a, b) on the part of (0, 1) where 0 < s + margin < 1.

    Returns s + margin, its complement 1 - s - margin and the weights, each (panels * NODES,), then
    P(S + margin < 0) and the mass between there and the first node's panel (for very small `a`).
    """
    from scipy.special import betainc, betaln

    low, rest, width = max(0.0, -margin), max(0.0, margin), 1.0 - abs(margin)  # below, above, inside
    t_low, t_mid, t_high = _logit_range(a, b, low, rest)
    scale = np.sqrt(1.0 / a + 1.0 / b)  # about the standard deviation of logit S; any number would do
    v_low, v_high = np.arcsinh((t_low - t_mid) / scale), np.arcsinh((t_high - t_mid) / scale)
    x, w = np.polynomial.legendre.leggauss(NODES)
    edges = np.linspace(v_low, v_high, panels + 1)
    half = (v_high - v_low) / (2 * panels)
    v = ((edges[:-1] + half)[:, None] + half * x).ravel()  # (panels, 1) + (NODES,) -> (panels * NODES,)
    t = t_mid + scale * np.sinh(v)
    up, down = _logistic(t), _logistic(-t)
    log_density = (a - 1) * np.log(low + width * up) + (b - 1) * np.log(rest + width * down)
    density = np.exp(log_density - betaln(a, b) + np.log(width) + np.log(up) + np.log(down))
    weight = density * scale * np.cosh(v) * half * np.tile(w, panels)
    below, above = rest + width * up, low + width * down
    low_mass = float(betainc(a, b, low))
    bottom = float(betainc(a, b, low + width * _logistic(np.float64(t_low)))) - low_mass
    for array in (below, above, weight):
        array.setflags(write=False)
    return below, above, weight, low_mass, bottom


def _logit_range(a: float, b: float, low: float, rest: float) -> tuple[float, float, float]:
    """Logits of s between low and 1 - rest: where all but `OMITTED` of the mass begins, middle, end."""
    from scipy.special import betaincinv

    def logit(s: float, complement: float) -> float:
        up, down = s - low, complement - rest  # distances to both ends of the interval
        if up <= 0.0:  # at an end inside (0, 1) the density is bounded: stop e^-40 short of it
            return -FAR if low == 0.0 else max(-FAR, np.log(low) - 40.0)
        if down <= 0.0:
            return FAR if rest == 0.0 else min(FAR, 40.0 - np.log(rest))
        return float(np.clip(np.log(up) - np.log(down), -FAR, FAR))

    start = float(betaincinv(a, b, OMITTED))
    stop = float(betaincinv(b, a, OMITTED))  # 1 - the upper quantile, without cancellation
    middle = float(betaincinv(a, b, 0.5))
    t_low, t_high = logit(start, 1.0 - start), logit(1.0 - stop, stop)
    if t_high - t_low < 1e-6:  # no mass inside: any short range serves
        t_low, t_high = t_low - 40.0, t_high + 40.0
    return t_low, float(np.clip(logit(middle, 1.0 - middle), t_low, t_high)), t_high


def _floats(values: ArrayLike) -> Floats:
    return np.asarray(values, dtype=np.float64)


def _logistic(t: Floats | np.float64) -> Floats:
    """1 / (1 + exp(-t)), exact in relative terms for very negative t too."""
    from scipy.special import expit

    return np.asarray(expit(t), dtype=np.float64)
