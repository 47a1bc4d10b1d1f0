"""Curves of one parameter b, rates that rise with the dose: posterior, likelihood and skeletons (cheung2011).

`p_d(b)` is s_d^exp(b) (empiric) or 1 / (1 + exp(-a - exp(b) x_d)) with x_d such that p_d(0) = s_d (logistic);
rates fall as b rises.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from math import log
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

__all__ = ["Curve", "Posterior", "by_indifference", "logit", "maximum", "posterior"]

POINTS = 161  # of the grid,
REACH = 10.0  # on each side of 0 where the prior has
VARIANCE = 1.34
COARSE = 1.25  # spacings: a posterior whose standard deviation is smaller is integrated on a grid of its own
COARSE_FOR_TAILS = 2.5
NEGLIGIBLE = 45.0  # logs below the largest density: exp(-45) is 3e-20
ZOOMS = 4  # at most; each is some ten times finer
ROWS = 512  # at once: arrays of 0.7 MB stay in the cache, where 16 times as many take 4 times as long
HALVINGS = 60  # of the interval in which the likelihood is largest


@dataclass(frozen=True, slots=True)
class Curve:
    """The family through a skeleton. intercept: a of the logistic one, None: the empiric one."""

    skeleton: tuple[float, ...]
    intercept: float | None = None

    def logs(self, dose: int, b: Floats) -> tuple[Floats, Floats]:
        """log p and log(1 - p) of one dose at any b; both finite on the grid, also where p is 0 or 1."""
        import numpy as np

        if self.intercept is None:
            log_p = np.exp(b) * log(self.skeleton[dose])
            return log_p, np.log(-np.expm1(log_p))
        z = self.intercept + np.exp(b) * (logit(self.skeleton[dose]) - self.intercept)
        return -np.logaddexp(0.0, -z), -np.logaddexp(0.0, z)

    def rates(self, b: Floats) -> Floats:
        """(B,) -> (B, D)."""
        import numpy as np

        found: Floats = np.stack([np.exp(self.logs(d, b)[0]) for d in range(len(self.skeleton))], axis=1)
        return found

    def where(self, rate: float) -> Floats:
        """(D,) b at which each dose has this rate: below it the dose's is higher."""
        import numpy as np

        if self.intercept is None:
            found = [log(log(rate) / log(s)) for s in self.skeleton]
        else:
            found = [log((logit(rate) - self.intercept) / (logit(s) - self.intercept)) for s in self.skeleton]
        return np.array(found)


class Posterior(NamedTuple):
    """mean, variance: (B,) of b. above: (B, K) P(b < each of K values), which is P(a rate is higher)."""

    mean: Floats
    variance: Floats
    above: Floats


def logit(p: float) -> float:
    """log(p / (1 - p))."""
    return log(p / (1.0 - p))


# ---------------------------------------------------------------- posterior


def posterior(curve: Curve, variance: float, n: Ints, dlt: Ints, below: Floats) -> Posterior:
    """Of b ~ N(0, variance), by counts (B, D); below: (K,) values whose P(b < value) is wanted too.

    A uniform grid of 161 points within 10 of 0 for a variance of 1.34, as much wider as the prior is: the
    trapezoid rule errs by exp(-2 pi^2 (sd / spacing)^2), and so does the integral up to a value of the
    interpolation by sincs, by the fourth root of that. Narrow posteriors have finer grids of their own.
    """
    import numpy as np

    parts = [
        _block(curve, variance, n[i : i + ROWS], dlt[i : i + ROWS], below) for i in range(0, len(n), ROWS)
    ]
    if not parts:
        return Posterior(np.zeros(0), np.zeros(0), np.zeros((0, len(below))))
    return Posterior(*(np.concatenate(part) for part in zip(*parts, strict=True)))


def _block(curve: Curve, variance: float, n: Ints, dlt: Ints, below: Floats) -> Posterior:
    import numpy as np

    b, log_p, log_q, log_prior = _grid(curve, variance)
    density = dlt @ log_p + (n - dlt) @ log_q + log_prior  # (B, POINTS), logs
    found = _integrals(b[None, :], density, below)
    spacings = COARSE_FOR_TAILS if len(below) else COARSE
    at, rows = b[None, :], np.arange(len(n))
    for _ in range(ZOOMS):
        narrow = found.variance[rows] < (spacings * (at[:, 1] - at[:, 0])) ** 2
        if not narrow.any():
            break
        rows, density = rows[narrow], density[narrow]
        at = _zoomed(np.broadcast_to(at, (len(narrow), POINTS))[narrow], density)
        density = -(at**2) / (2.0 * variance)
        for dose in range(n.shape[1]):
            log_p, log_q = curve.logs(dose, at)
            density += dlt[rows, dose, None] * log_p + (n - dlt)[rows, dose, None] * log_q
        for whole, part in zip(found, _integrals(at, density, below), strict=True):
            whole[rows] = part
    return found


@lru_cache(maxsize=64)
def _grid(curve: Curve, variance: float) -> tuple[Floats, Floats, Floats, Floats]:
    """b (POINTS,); log p and log(1 - p) (D, POINTS); log of the prior's density."""
    import numpy as np

    b = np.linspace(-REACH, REACH, POINTS) * np.sqrt(variance / VARIANCE)
    logs = [curve.logs(dose, b) for dose in range(len(curve.skeleton))]
    return (
        b,
        np.stack([log_p for log_p, _ in logs]),
        np.stack([log_q for _, log_q in logs]),
        -(b**2) / (2.0 * variance),
    )


def _integrals(b: Floats, density: Floats, below: Floats) -> Posterior:
    """By sums over grids b, (1, POINTS) or one per row; density: logs, up to a constant per row."""
    import numpy as np

    weights = np.exp(density - density.max(axis=1, keepdims=True))
    middle = b[:, POINTS // 2]
    apart = b - middle[:, None]
    of = [np.ones_like(b), apart, apart**2, *(_up_to(value, b) for value in below.tolist())]
    if len(b) == 1:  # one grid for all
        sums = weights @ np.concatenate(of).T
    else:
        sums = np.stack([(weights * values).sum(axis=1) for values in of], axis=1)
    means = sums[:, 1:] / sums[:, :1]
    variance = np.maximum(means[:, 1] - means[:, 0] ** 2, 0.0)
    return Posterior(middle + means[:, 0], variance, np.clip(means[:, 2:], 0.0, 1.0))


def _up_to(value: float, b: Floats) -> Floats:
    """The integral to a value of the sinc at each point, for a spacing of 1."""
    import numpy as np
    from scipy.special import sici

    spacing = b[:, 1:2] - b[:, :1]
    found: Floats = 0.5 + sici(np.pi * (value - b) / spacing)[0] / np.pi
    return found


def _zoomed(b: Floats, density: Floats) -> Floats:
    """Per row a grid over where its density is not negligible, and one point more on each side."""
    import numpy as np

    counts = density > density.max(axis=1, keepdims=True) - NEGLIGIBLE
    rows, last = np.arange(len(b)), b.shape[1] - 1
    low = b[rows, np.maximum(counts.argmax(axis=1) - 1, 0)]
    high = b[rows, np.minimum(last + 1 - counts[:, ::-1].argmax(axis=1), last)]
    found: Floats = low[:, None] + (high - low)[:, None] * np.linspace(0.0, 1.0, b.shape[1])
    return found


# ---------------------------------------------------------------- likelihood


def maximum(curve: Curve, n: Ints, dlt: Ints) -> Floats:
    """(B,) b of the largest likelihood within 10 of 0, by halving: its slope over exp(b) falls.

    At an end of the interval where it has no maximum: 10 without a DLT, -10 with nothing else.
    """
    import numpy as np

    low, high = np.full(len(n), -REACH), np.full(len(n), REACH)
    for _ in range(HALVINGS):
        b = (low + high) / 2.0
        rising = _slope(curve, n, dlt, b) >= 0.0  # 0 where rates are too small to matter
        low, high = np.where(rising, b, low), np.where(rising, high, b)
    found: Floats = (low + high) / 2.0
    return found


def _slope(curve: Curve, n: Ints, dlt: Ints, b: Floats) -> Floats:
    """(B,) the derivative of the log likelihood, divided by exp(b)."""
    import numpy as np

    total = np.zeros(len(b))
    for dose, s in enumerate(curve.skeleton):
        others = n[:, dose] - dlt[:, dose]
        log_p, log_q = curve.logs(dose, b)
        if curve.intercept is None:
            total += log(s) * (dlt[:, dose] - others * np.exp(log_p - log_q))
        else:
            x = logit(s) - curve.intercept
            total += x * (dlt[:, dose] * np.exp(log_q) - others * np.exp(log_p))
    return total


# ---------------------------------------------------------------- skeletons


def by_indifference(
    target: float, half_width: float, prior_mtd: int, doses: int, intercept: float | None
) -> tuple[float, ...]:
    """Rates s_1 ... s_D such that where dose k has target +- half_width its neighbour has -+ (lee2009).

    prior_mtd: the dose, from 1, whose rate is the target; intercept: as of a `Curve`.
    """
    from math import exp

    def up(p: float) -> float:  # what is multiplied by exp(b)
        return log(p) if intercept is None else logit(p) - intercept

    ratio = up(target + half_width) / up(target - half_width)
    found = [up(target) * ratio ** (dose - prior_mtd) for dose in range(1, doses + 1)]
    return tuple(exp(x) if intercept is None else 1.0 / (1.0 + exp(-intercept - x)) for x in found)
