"""Trials of a few anchors, weighed as if they were trials of a cell whose hazards have other sizes.

Of component c a trial has N_c crossings and, at hazards of size one, has used up B_c. With sizes s its
density is proportional to L_s = prod over c of s_c^N_c exp(-s_c B_c), whatever the design
(docs/likelihood.md). Trials of anchors k with sizes t_k, n_k of n trials each, are weighed for a cell with
sizes s by the balance heuristic

    w = L_s / sum over k of (n_k / n) L_(t_k)

whose mean is 1 over all of them (veach1995, owen2000).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import inf, log, sqrt

import numpy as np

from simulator.metrics.block import Floats
from simulator.metrics.registry import metric_of
from simulator.metrics.risks import CROSSINGS, RISK
from simulator.metrics.tally import NORMAL_95
from simulator.metrics.text import Keyed
from simulator.model.estimate import Estimate
from simulator.model.metric import Key, Kind
from simulator.stats.intervals import wilson

__all__ = ["Names", "Pool", "Sizes", "effective", "estimates"]

Sizes = tuple[float, ...]
Names = tuple[str, str]  # of a component: its event and its own

FEW = 20.0  # effective trials with an outcome, or without: below it a share has Wilson's interval
LEAST_OF_A_MEAN = 2.0  # effective trials behind an error
OFF = 6.0  # standard errors that the mean of the weights may be from 1


@dataclass(slots=True)
class Pool:
    """Blocks of trials at anchors. names: the components whose sizes differ among cells and anchors.

    sizes: of each block its anchor. columns: of each key the blocks' values, one per trial.
    """

    names: tuple[Names, ...]
    sizes: list[Sizes] = field(default_factory=list)
    trials: int = 0
    columns: dict[Key, Floats] = field(default_factory=dict)
    _counts: list[Floats] = field(default_factory=list)
    _used: list[Floats] = field(default_factory=list)
    _mixture: Floats = field(default_factory=lambda: np.zeros(0))

    def add(self, blocks: Sequence[tuple[Sizes, Mapping[Key, Floats]]]) -> None:
        """Trials of further blocks, each of an anchor with these sizes."""
        for sizes, columns in blocks:
            self.sizes.append(sizes)
            n = len(next(iter(columns.values())))
            self.trials += n
            counts = [columns[CROSSINGS(*name)] for name in self.names]
            used = [columns[RISK(*name)] / size for name, size in zip(self.names, sizes, strict=True)]
            self._counts = _joined(self._counts, counts)
            self._used = _joined(self._used, used)
            for key, values in columns.items():
                self.columns[key] = np.concatenate([self.columns.get(key, np.zeros(0)), values])
        anchors = dict.fromkeys(self.sizes)
        logs = [self._log_ratio(sizes) + log(self.sizes.count(sizes) / len(self.sizes)) for sizes in anchors]
        self._mixture = np.logaddexp.reduce(logs)

    def weights(self, sizes: Sizes, every: int = 1) -> Floats:
        """Of every trial, or every so many, for a cell. 0 where no anchor tells of it."""
        with np.errstate(over="ignore"):
            return np.exp(self._log_ratio(sizes, every) - self._mixture[::every])

    def _log_ratio(self, sizes: Sizes, every: int = 1) -> Floats:
        """log of L at these sizes, less that at the sizes of the first block."""
        out = np.zeros(len(range(0, self.trials, every)))
        for c, (size, first) in enumerate(zip(sizes, self.sizes[0], strict=True)):
            if size == first:
                continue
            counts, used = self._counts[c][::every], self._used[c][::every]
            out -= (size - first) * used
            if size > 0.0:
                out += counts * log(size / first)
            else:
                out[counts > 0.0] = -inf
        return out


def _joined(whole: Sequence[Floats], more: Sequence[Floats]) -> list[Floats]:
    """Column by column."""
    return [np.concatenate(pair) for pair in zip(whole, more, strict=True)] if whole else list(more)


def effective(weights: Floats) -> float:
    """How many trials of the cell itself these are worth: (sum w)^2 / sum w^2.

    0 where the weights' mean is not the 1 that it must be: part of what the cell does was never seen.
    """
    total, squares = float(weights.sum()), float(np.einsum("i,i->", weights, weights))
    if not 0.0 < squares < inf:
        return 0.0
    worth = total * total / squares
    return worth if abs(total / len(weights) - 1.0) <= OFF / sqrt(worth) else 0.0


def _weighted(key: Key, values: Floats, weights: Floats) -> Estimate:
    """A metric over weighted trials: sum w f / sum w, its error sqrt(sum w^2 (f - mean)^2) / sum w."""
    share = metric_of(key).kind is Kind.SHARE
    there = np.isfinite(values)
    if share:
        values = np.where(there, values, 0.0)
    elif not there.all():
        values, weights = values[there], weights[there]
    total, squares = float(weights.sum()), float(np.einsum("i,i->", weights, weights))
    if not squares:
        return Estimate(value=None, n=0)
    n = total * total / squares
    centre = float(
        values[weights.argmax()]
    )  # so that what is the same in every trial is that, to the last bit
    mean = centre + float(np.einsum("i,i->", weights, values - centre)) / total
    if n < LEAST_OF_A_MEAN and not share:
        return Estimate(value=mean, n=int(n))
    off = values - mean
    pull = weights * off
    error = sqrt(float(np.einsum("i,i->", pull, pull))) / total
    sd = sqrt(float(np.einsum("i,i->", pull, off)) / total)
    low, high = mean - NORMAL_95 * error, mean + NORMAL_95 * error
    if share:
        mean = min(max(mean, 0.0), 1.0)
        few = min(mean, 1.0 - mean) * n < FEW
        low, high = wilson(mean * n, n) if few else (max(low, 0.0), min(high, 1.0))
    return Estimate(value=mean, mcse=error, low=low, high=high, sd=sd, n=int(n))


def estimates(pool: Pool, weights: Floats, keys: Sequence[Key]) -> Keyed[Estimate]:
    """Of those metrics that the trials have."""
    return Keyed({key: _weighted(key, pool.columns[key], weights) for key in keys if key in pool.columns})
