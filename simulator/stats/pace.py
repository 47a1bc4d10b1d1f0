"""How many more will enter: a Poisson process whose rate is uncertain.

The rate of entry is Gamma(shape, rate) before the trial, so that after k entries in time t it is
Gamma(shape + k, rate + t), and the entries of the time that is left are negative binomial (jiang2016, who put
the inverse gamma on the mean gap, which is the same).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[Any]
    Ints = NDArray[Any]

__all__ = ["Accrued", "ever_within", "poisson_looks", "reaches"]


def reaches(entered: Ints, day: float, target: int, by: float, shape: float, rate: float) -> Floats:
    """P(at least `target` have entered by day `by`), given how many have by `day`. (k,) -> (k,).

    shape, rate (per day): of the gamma prior of the rate. 1 where as many have entered; 0 after `by`.
    """
    import numpy as np
    from scipy.special import betainc

    k = np.asarray(entered, dtype=np.float64)
    missing, left = target - k, by - day
    if left <= 0.0:
        return np.where(missing <= 0.0, 1.0, 0.0)
    share = left / (rate + day + left)
    found: Floats = np.where(missing > 0.0, betainc(np.maximum(missing, 1.0), shape + k, share), 1.0)
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Accrued:
    """stops: P(stopped at each look), (L,). entered: expected entries in all."""

    stops: Floats
    entered: float


def poisson_looks(means: Floats, bounds: Sequence[int | None], most: int) -> Accrued:
    """A Poisson count that stops at a look when it is at most the bound; exact, its distribution followed.

    means: expected entries from each look to the next, the first from the start; one more for those after the
    last look, inf where accrual goes on until it is full. bounds: of each look. most: entries at which
    accrual is full. (L + 1,), L.
    """
    import numpy as np

    alive, stops, entered = np.zeros(most + 1), np.zeros(len(bounds)), 0.0
    alive[0] = 1.0
    numbers = np.arange(most + 1)
    for i, mean in enumerate(np.asarray(means, float).tolist()):
        grown = np.convolve(alive, _exactly(numbers, mean) if mean < np.inf else 0.0 * numbers)[: most + 1]
        grown[most] = alive.sum() - grown[:most].sum()  # as many as may, or more, who are not taken
        if i < len(bounds) and (bound := bounds[i]) is not None:
            few = slice(0, min(bound, most - 1) + 1)
            stops[i] = grown[few].sum()
            entered += float(numbers[few] @ grown[few])
            grown[few] = 0.0
        alive = grown
    return Accrued(stops=stops, entered=entered + float(numbers @ alive))


def ever_within(longest: Sequence[float], most: float) -> float:
    """P(for some x the x-th event of a unit Poisson process comes within longest[x - 1], by time `most`).

    longest: rising. Exact: the count must stay below x at each of these times.
    """
    import numpy as np

    times = [min(time, most) for time in longest if time < most]
    ends = [*times, most]
    alive = np.ones(1)  # P(count = 0, 1, ... and no crossing so far)
    before = 0.0
    for x, time in enumerate(ends[: len(longest)], start=1):
        step = _exactly(np.arange(x), time - before)
        alive = np.convolve(alive, step)[:x]  # fewer than x by this time
        before = time
    return float(1.0 - alive.sum())


def _exactly(k: Ints, mean: float) -> Floats:
    """P(k events) of a Poisson count, 1 at 0 where the mean is 0. (K,) -> (K,)."""
    import numpy as np
    from scipy.special import gammaln, xlogy

    found: Floats = np.exp(xlogy(k, mean) - gammaln(k + 1) - mean)
    return found
