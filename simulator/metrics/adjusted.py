"""Estimates adjusted for events against hazards used up: cross-products of a block, and blocks added up.

Of each component c the residual M_c = N_c - A_c has mean 0, whatever the design does (docs/likelihood.md). A
metric f is regressed on these, and mean f - b . mean M has the mean of f and, the more f depends on chance in
the hazards, a smaller variance. Coefficients for the trials of even number come from those of odd number and
the other way about, components chosen too, so that the estimate is unbiased at any number of trials
(cross-fitting).

Like metrics/tally.py: sums per block, no column kept, the same however the work is shared.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from math import sqrt

import numpy as np
from numpy.typing import NDArray

from simulator.errors import TrialstopError
from simulator.metrics.block import Floats
from simulator.metrics.registry import column_of, metric_of
from simulator.metrics.risks import CROSSINGS, RISK
from simulator.model.adjusted import Adjusted
from simulator.model.metric import Key, Kind

__all__ = [
    "HALVES",
    "MOST",
    "CrossTally",
    "Crosses",
    "adjustable",
    "components_of",
    "crosses",
    "numbers_of",
    "refuse_too_many",
    "residuals",
]

MOST = 200_000  # numbers of a cell
CROSSED = 15  # crossings in the half that coefficients come from: 30 in a run
ENOUGH = 10  # trials of that half per component at least
ROUNDING = 1e-12  # of a variance, below which nothing is left of it; and of a value that does not vary
HALVES = 2
SHOWN = 3  # cells that an error lists
REMEMBERED = 256  # layouts: one per cell


@dataclass(frozen=True, slots=True)
class Crosses:
    """One block of one cell. With C components and K keys, z their C residuals followed by the K metrics.

    rows: (HALVES, size), of the trials of even and of odd number: how many, crossings of each component, the
    means of z, sums of squares about them, and (C + K, C) sums of products of z and the residuals about them.
    """

    keys: tuple[Key, ...]
    components: int
    rows: Floats


@dataclass(frozen=True, slots=True)
class _Half:
    """Trials of even or of odd number: views of a row of `Crosses`."""

    row: Floats
    components: int

    @property
    def n(self) -> float:
        return float(self.row[0])

    @property
    def crossings(self) -> Floats:
        return self.row[1 : 1 + self.components]

    @property
    def moments(self) -> tuple[Floats, Floats, Floats]:
        """Means, squares, products."""
        c = self.components
        size = (len(self.row) - 1 - c) // (2 + c)
        mean, squares, products = np.split(self.row[1 + c :], [size, 2 * size])
        return mean, squares, products.reshape(size, c)


def numbers_of(keys: int, components: int) -> int:
    """How many numbers a cell with so many keys and components keeps."""
    return HALVES * (1 + components + (keys + components) * (2 + components))


def components_of(keys: Iterable[Key]) -> tuple[Key, ...]:
    """Of every component its key among `crossings`."""
    return tuple(key for key in keys if metric_of(key) is CROSSINGS)


def adjustable(keys: Iterable[Key]) -> tuple[Key, ...]:
    """Shares and means; not what is told by quantiles, nor what is a difference of variants."""
    whole = ((key, metric_of(key)) for key in keys if column_of(key) == key)
    return tuple(key for key, m in whole if not m.quantiles and m.kind is not Kind.DIFFERENCE)


@dataclass(frozen=True, slots=True)
class _Layout:
    """Of a cell's metrics: keys that are adjusted; rows of these in a table of all, and of each component's
    crossings and hazard. size: how many numbers are kept."""

    keys: tuple[Key, ...]
    rows: NDArray[np.int64]
    crossings: NDArray[np.int64]
    risks: NDArray[np.int64]
    size: int


@lru_cache(REMEMBERED)
def _layout(keys: tuple[Key, ...]) -> _Layout:
    """Of a cell with these keys; every block asks for it."""
    at = {key: i for i, key in enumerate(keys)}
    asked, components = adjustable(keys), components_of(keys)
    risks = [RISK(*CROSSINGS.names(key)) for key in components]
    rows, crossings, used = (
        np.array([at[key] for key in which], dtype=int) for which in (asked, components, risks)
    )
    return _Layout(asked, rows, crossings, used, numbers_of(len(asked), len(components)))


def _size(keys: Iterable[Key]) -> int:
    return _layout(tuple(keys)).size


def refuse_too_many(cells: Mapping[str, Iterable[Key]]) -> None:
    """TrialstopError where a cell has too many numbers to be adjusted. cells: name -> keys of its metrics."""
    beyond = {name: size for name, keys in cells.items() if (size := _size(keys)) > MOST}
    if beyond:
        which = ", ".join(f"{name} {size:,}" for name, size in list(beyond.items())[:SHOWN])
        raise TrialstopError(
            f"adjusted estimates would keep more than {MOST:,} numbers of a cell: found {which}"
            f"{', ...' if len(beyond) > SHOWN else ''}; leave out --adjust, or name fewer components"
        )


def residuals(keys: Iterable[Key], values: Floats) -> tuple[Floats, Floats]:
    """(C, trials) crossings of every component, and these less the hazard used up. values: (K, trials)."""
    layout = _layout(tuple(keys))
    n = values[layout.crossings]
    return n, n - values[layout.risks]


def crosses(keys: Iterable[Key], values: Floats, first: int) -> Crosses | None:
    """Of a block that begins with trial `first`; None without components, or with too many numbers.

    values: (K, trials), of each key. Of one that some trials lack nothing can be made later.
    """
    layout = _layout(tuple(keys))
    c = len(layout.crossings)
    if not c or layout.size > MOST:
        return None
    z = np.empty((c + len(layout.keys), values.shape[1]))
    crossed, z[:c] = residuals(keys, values)
    np.take(values, layout.rows, axis=0, out=z[c:])
    there = np.isfinite(z)
    if not there.all():
        z[~there] = 0.0
    rows = [
        _row(crossed[:, half::HALVES], z[:, half::HALVES])
        for half in ((0 - first) % HALVES, (1 - first) % HALVES)
    ]
    return Crosses(layout.keys, c, np.stack(rows))


def _row(crossed: Floats, z: Floats) -> Floats:
    c, n = crossed.shape
    mean = z.mean(axis=1) if n else np.zeros(len(z))
    off = z - mean[:, None]
    squares = np.einsum("ij,ij->i", off, off)
    return np.concatenate([[float(n)], crossed.sum(axis=1), mean, squares, (off @ off[:c].T).ravel()])


@dataclass(slots=True)
class CrossTally:
    """All blocks of one cell so far."""

    keys: tuple[Key, ...] = ()
    components: int = 0
    rows: Floats = field(default_factory=lambda: np.zeros((HALVES, 0)))

    def add(self, block: Crosses) -> None:
        """Add the next block: the pairwise update of `tally.added`, of products too."""
        if not self.keys:
            self.keys, self.components, self.rows = block.keys, block.components, block.rows
            return
        assert self.keys == block.keys
        c = self.components
        self.rows = np.stack(
            [_added(_Half(mine, c), _Half(new, c)) for mine, new in zip(self.rows, block.rows, strict=True)]
        )

    def adjusted(self, everywhere: frozenset[Key]) -> dict[Key, Adjusted]:
        """Key -> adjusted estimate. everywhere: the keys with a value in every trial; of others it would be a
        ratio, and they are left out, as is what is the same in every trial. Nothing where no component was
        crossed often enough.
        """
        if not self.keys:
            return {}
        halves = [_Half(row, self.components) for row in self.rows]
        chosen = [_chosen(half) for half in halves]
        if not any(which.any() for which in chosen):
            return {}
        n = sum(half.n for half in halves)
        plain = _variance(*halves)
        value, variance = np.zeros(len(self.keys)), np.zeros(len(self.keys))
        for mine, other, which in zip(halves, halves[::-1], chosen[::-1], strict=True):
            if mine.n < 2:
                return {}
            fitted, left = _fitted(mine, _coefficients(other, which))
            value += fitted * (mine.n / n)
            variance += left / (mine.n - 1.0) * (mine.n / n**2)
        return {
            key: _estimate(value[i], variance[i], plain[i])
            for i, key in enumerate(self.keys)
            if plain[i] * n > (ROUNDING * value[i]) ** 2 and key in everywhere  # else the same in all trials
        }


def _added(mine: _Half, new: _Half) -> Floats:
    c, n, m = mine.components, mine.n, new.n
    both = n + m
    (mean, squares, products), (centre, spread, joint) = mine.moments, new.moments
    apart, times = centre - mean, n * (m / both) if both else 0.0
    return np.concatenate(
        [
            [both],
            mine.crossings + new.crossings,
            mean + apart * (m / both if both else 0.0),
            squares + spread + apart * apart * times,
            (products + joint + apart[:, None] * apart[:c] * times).ravel(),
        ]
    )


def _chosen(half: _Half) -> NDArray[np.bool_]:
    """Components whose coefficients can be learned from a half."""
    which = half.crossings >= CROSSED
    return which if half.n >= ENOUGH * which.sum() else np.zeros_like(which)


def _coefficients(half: _Half, which: NDArray[np.bool_]) -> Floats:
    """(K, C) of the regression of each metric on the residuals of some components; 0 for the others."""
    c = half.components
    _, _, products = half.moments
    out = np.zeros((len(products) - c, c))
    if which.any():
        out[:, which] = np.linalg.lstsq(products[:c][which][:, which], products[c:, which].T)[0].T
    return out


def _fitted(half: _Half, b: Floats) -> tuple[Floats, Floats]:
    """Mean of f - b . M over a half, and its sum of squares about that."""
    c = half.components
    mean, squares, products = half.moments
    left = squares[c:] - 2.0 * np.einsum("kc,kc->k", b, products[c:])
    left += np.einsum("kc,cd,kd->k", b, products[:c], b)
    return mean[c:] - b @ mean[:c], np.where(left > ROUNDING * squares[c:], left, 0.0)


def _variance(one: _Half, other: _Half) -> Floats:
    """Of each metric's mean over all trials."""
    c, n = one.components, one.n + other.n
    (mean, squares, _), (centre, spread, _) = one.moments, other.moments
    total = squares + spread + (centre - mean) ** 2 * (one.n * other.n / n)
    found: Floats = total[c:] / max(n - 1.0, 1.0) / n
    return found


def _estimate(value: float, variance: float, plain: float) -> Adjusted:
    factor = float(plain / variance) if variance > 0.0 else None
    return Adjusted(value=float(value), mcse=sqrt(variance), factor=factor)
