"""Metrics of many blocks in little memory: per metric four numbers, and the values of a few times.

Blocks are added in the order of their trials and always have the same size, so the sums do not depend on
how many processes played them, nor on how many trials were asked for in all.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from simulator.metrics.adjusted import Crosses, CrossTally, crosses
from simulator.metrics.registry import KEPT, metric_of
from simulator.metrics.slopes import Slopes, SlopeTally, slopes
from simulator.metrics.text import Keyed
from simulator.model.adjusted import Adjusted
from simulator.model.estimate import Estimate
from simulator.model.metric import Key, Kind
from simulator.stats.intervals import wilson

__all__ = [
    "NORMAL_95", "Summary", "Tally", "added", "estimates_of", "moments", "quantile", "share", "summarise",
]  # fmt: skip

Floats = NDArray[np.float64]

NORMAL_95 = 1.959963984540054  # normal quantile of 0.975: a 95 % interval
FEW = 100  # trials below which the error of a quantile is not to be trusted


@dataclass(frozen=True, slots=True)
class Summary:
    """One block of one cell. rows: (4, K), for each of the K keys n (finite values), sum, mean, and sum of
    squares about the mean. kept: finite values of metrics that are declared so. trials: of the block.
    crosses: what adjusted estimates need, slopes: what derivatives of one metric do, where that is wanted.
    """

    trials: int
    keys: tuple[Key, ...]
    rows: Floats
    kept: Mapping[Key, Floats]
    crosses: Crosses | None = None
    slopes: Slopes | None = None


def summarise(
    columns: Mapping[Key, Floats], *, first: int | None = None, sensitive: Key | None = None
) -> Summary:
    """A block's metrics, one value per trial each, as a summary.

    first: number of the first trial, where `crosses` are wanted. sensitive: the metric of `slopes`, where
    they are wanted and the block has it.
    """
    table, keys = np.stack(list(columns.values())), tuple(columns)  # (K, trials)
    kept = {key: columns[key][np.isfinite(columns[key])] for key in KEPT if key in columns}
    return Summary(
        table.shape[1],
        keys,
        moments(table),
        kept,
        crosses=None if first is None else crosses(keys, table, first),
        slopes=slopes(keys, table, sensitive) if sensitive is not None and sensitive in columns else None,
    )


def moments(table: Floats) -> Floats:
    """(K, trials) -> (4, K): n (finite values), sum, mean, and sum of squares about the mean."""
    finite = np.isfinite(table)
    whole = bool(finite.all())
    values = table if whole else np.where(finite, table, 0.0)
    n = finite.sum(axis=1).astype(np.float64)
    total = values.sum(axis=1)
    mean = np.divide(total, n, out=np.zeros_like(total), where=n > 0)
    off = values - mean[:, None]
    squares = np.einsum("ij,ij->i", off, off) if whole else np.einsum("ij,ij,ij->i", off, off, finite)
    return np.stack([n, total, mean, squares])


def added(rows: Floats, block: Floats) -> Floats:
    """Moments of trials and of the next block together (the pairwise update of sums of squares: Chan, Golub
    and LeVeque 1983)."""
    (n, total, mean, squares), (m, sum_, centre, spread) = rows, block
    both = n + m
    weight = np.divide(m, both, out=np.zeros_like(m), where=both > 0)
    apart = centre - mean
    return np.stack(
        [both, total + sum_, mean + apart * weight, squares + spread + apart * apart * n * weight]
    )


@dataclass(slots=True)
class Tally:
    """All blocks of one cell so far."""

    trials: int = 0
    keys: tuple[Key, ...] = ()
    rows: Floats = field(default_factory=lambda: np.zeros((4, 0)))
    kept: dict[Key, list[Floats]] = field(default_factory=dict)
    crosses: CrossTally = field(default_factory=CrossTally)
    slopes: SlopeTally = field(default_factory=SlopeTally)

    def add(self, block: Summary) -> None:
        """Add the next block."""
        if not self.trials:
            self.keys, self.rows = block.keys, np.zeros_like(block.rows)
        assert self.keys == block.keys
        self.trials += block.trials
        self.rows = added(self.rows, block.rows)
        for key, values in block.kept.items():
            self.kept.setdefault(key, []).append(values)
        if block.crosses is not None:
            self.crosses.add(block.crosses)
        if block.slopes is not None:
            self.slopes.add(block.slopes)

    def distribution(self, key: Key) -> Floats:
        """The finite values of a metric that is declared `kept`, in the order of trials."""
        found = self.kept.get(key, [])
        return np.concatenate(found) if found else np.zeros(0)

    def adjusted(self) -> Keyed[Adjusted]:
        """Key -> adjusted estimate, of the metrics that every trial has, where that was wanted."""
        everywhere = (
            key for key, n in zip(self.keys, self.rows[0].tolist(), strict=True) if n == self.trials
        )
        return Keyed(self.crosses.adjusted(frozenset(everywhere)))

    def estimates(self) -> Keyed[Estimate]:
        """Key -> estimate, as its metric is declared: a share, a mean, or quantiles in its place."""
        out: Keyed[Estimate] = Keyed()
        for key, n, total, squares in zip(self.keys, *self.rows[[0, 1, 3]].tolist(), strict=True):
            metric = metric_of(key)
            if metric.quantiles:
                values = self.distribution(key)
                out.update({each(): quantile(values, at) for each, at in metric.quantiles})
            elif metric.kind is Kind.SHARE:
                out[key] = share(int(total), self.trials)
            else:
                out[key] = _mean(int(n), total, squares)
        return out


def share(successes: int, n: int) -> Estimate:
    """Trials of n in which something is so."""
    p = successes / n
    low, high = wilson(successes, n)
    error = float(np.sqrt(p * (1 - p) / n))
    return Estimate(value=p, mcse=error, low=low, high=high, sd=error * float(np.sqrt(n)), n=n)


def _mean(n: int, total: float, squares: float) -> Estimate:
    if n == 0:
        return Estimate(value=None, n=0)
    mean = total / n
    if n == 1:
        return Estimate(value=mean, n=1)
    sd = float(np.sqrt(squares / (n - 1)))
    error = sd / float(np.sqrt(n))
    half = NORMAL_95 * error
    return Estimate(value=mean, mcse=error, low=mean - half, high=mean + half, sd=sd, n=n)


def estimates_of(columns: Mapping[Key, Floats]) -> Keyed[Estimate]:
    """Estimates of trials that are all at hand, as one block."""
    tally = Tally()
    tally.add(summarise(columns))
    return tally.estimates()


def quantile(values: Floats, share: float) -> Estimate:
    """A quantile with its distribution-free 95 % interval from order statistics; nothing over no trials.

    Over few trials there is no such interval, and below FEW no standard error is claimed.
    """
    n = len(values)
    if n == 0:
        return Estimate(value=None, n=0)
    ordered = np.sort(values)
    value = float(np.quantile(ordered, share))
    half = NORMAL_95 * float(np.sqrt(n * share * (1 - share)))
    first, last = int(np.floor(n * share - half)), int(np.ceil(n * share + half))
    if first < 0 or last > n - 1:
        return Estimate(value=value, n=n)
    low, high = float(ordered[first]), float(ordered[last])
    mcse = (high - low) / (2 * NORMAL_95) if n >= FEW else None
    return Estimate(value=value, mcse=mcse, low=low, high=high, n=n)
