"""The monitored binomial count of many patients: the recursion of `binomial`, many patients at once.

Only counts that can be reached are kept, and a stretch of looks with one bound, or far from any, is one step.
Every number is a sum of nonnegative terms, so nothing cancels; what is left out adds up to less than 1e-15.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

__all__ = ["walk"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

MOST = 64  # patients added in one step
WINDOW = 256  # looks searched at once for the next one that may stop anything
TRIMMED_AFTER = 16  # patients
LEFT_OUT = 1e-22  # a count of less probability than this at either end is dropped


def walk(
    looks: Sequence[int], p: float, upper: Sequence[int | None], lower: Sequence[int | None], last: int
) -> tuple[Floats, Floats, Floats]:
    """P(stopped through the upper boundary at each look), through the lower one, and P(running, x events).

    As `binomial.monitor` has them: (L,), (L,), (last + 1,). About linear in `last`.
    """
    at = np.array(looks, dtype=np.int64)
    up = np.array([last + 1 if bound is None else max(bound, 0) for bound in upper], dtype=np.int64)
    down = np.array([-1 if bound is None else bound for bound in lower], dtype=np.int64)
    down = np.minimum(down, up - 1)  # where both hold the upper one is named
    changes = np.flatnonzero((np.diff(up) != 0) | (np.diff(down) != 0)) + 1
    alike_until = np.append(changes, len(at))[np.searchsorted(changes, np.arange(len(at)), side="right")]
    above, below, until = up.tolist(), down.tolist(), alike_until.tolist()
    ups, downs = np.zeros((2, len(at)))
    band, k = _Band(p), 0
    while k < len(at) and band.mass.size:
        if band.stays_between(below[k], above[k], looks[k]):
            quiet = _quiet(band, at[k : k + WINDOW], up[k : k + WINDOW], down[k : k + WINDOW])
            band.add(looks[k + quiet - 1] - band.n)
            k += quiet
            continue
        bound, first = above[k], k + 1
        band.add(looks[k] - band.n)
        ups[k], downs[k] = band.cut_above(bound), band.cut_below(below[k])
        k = min(until[k], bisect_right(looks, band.n + MOST))
        if k > first:
            crossing = band.crossings(looks[k - 1] - band.n, bound)
            ups[first:k] = np.add.reduceat(crossing, at[first - 1 : k - 1] - band.n)
            band.add(looks[k - 1] - band.n)
            band.cut_above(bound)
    band.add(last - band.n)
    final = np.zeros(last + 1)
    final[band.low : band.low + band.mass.size] = band.mass
    return ups, downs, final


class _Band:
    """P(running, x events) after n patients, x = low, low + 1, ...; empty once nothing runs any more."""

    def __init__(self, p: float) -> None:
        self.n, self.low, self.mass = 0, 0, np.ones(1)
        self.of = np.zeros((MOST + 1, MOST + 1))  # P(x events among m more), rows m
        self.of[0, 0] = 1.0
        for m in range(MOST):
            self.of[m + 1] = (1.0 - p) * self.of[m]
            self.of[m + 1, 1:] += p * self.of[m, :-1]
        self.p = p
        self.trimmed = 0

    def add(self, patients: int) -> None:
        """So many more, without a look."""
        self.n += patients
        while patients > 0 and self.mass.size:
            step = min(patients, MOST)
            patients -= step
            self.mass = np.convolve(self.mass, self.of[step, : step + 1])
        if self.n - self.trimmed >= TRIMMED_AFTER:
            self.trimmed = self.n
            kept = np.flatnonzero(self.mass > LEFT_OUT)
            first, end = (int(kept[0]), int(kept[-1]) + 1) if kept.size else (0, 0)
            self.low, self.mass = self.low + first, self.mass[first:end]

    def stays_between(self, down: int, up: int, n: int) -> bool:
        """Whether down < x < up for certain once n patients are in."""
        return down < self.low and self.low + self.mass.size - 1 + n - self.n < up

    def crossings(self, patients: int, bound: int) -> Floats:
        """P(the m-th of so many more is the one who brings the count to `bound`), m = 1 ... patients."""
        short = np.zeros(patients)  # P(1, 2, ... patients events short of the bound)
        x = bound - 1 - np.arange(patients) - self.low
        there = (x >= 0) & (x < self.mass.size)
        short[there] = self.mass[x[there]]
        return np.asarray(self.p * (self.of[:patients, :patients] @ short))

    def cut_above(self, bound: int) -> float:
        """P(x >= bound), which is taken out."""
        end = min(max(bound - self.low, 0), self.mass.size)
        out, self.mass = float(self.mass[end:].sum()), self.mass[:end]
        return out

    def cut_below(self, bound: int) -> float:
        """P(x <= bound), which is taken out."""
        start = min(max(bound + 1 - self.low, 0), self.mass.size)
        out, self.mass, self.low = float(self.mass[:start].sum()), self.mass[start:], self.low + start
        return out


def _quiet(band: _Band, at: Ints, up: Ints, down: Ints) -> int:
    """How many of these looks come before the first that may stop anything."""
    highest = band.low + band.mass.size - 1
    stops = (up <= highest + at - band.n) | (down >= band.low)
    return int(stops.argmax()) if stops.any() else len(stops)
