"""Two cells trial by trial: what a block's trials differ by, and blocks added up.

Like metrics/tally.py: a few numbers per metric, no column kept, the same however the work is shared.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import sqrt

import numpy as np

from simulator.metrics.block import Floats
from simulator.metrics.registry import metric_of
from simulator.metrics.tally import NORMAL_95, added, moments
from simulator.metrics.text import Keyed
from simulator.model.difference import Difference
from simulator.model.metric import Key, Kind
from simulator.stats.intervals import tango

__all__ = ["ROWS", "Pair", "PairTally", "compared", "pair"]

SIDES = 3  # first, other, first minus other
MOMENTS = 4 * SIDES
ROWS = MOMENTS + 3


@dataclass(frozen=True, slots=True)
class Pair:
    """One block of two cells. rows: (ROWS, K), for each of the K keys, over the trials in which both have a
    value: n of first, other and difference (the same), their sums, means, and sums of squares about the
    mean; then in how many trials the first has less, as much, more. trials: of the block.
    """

    trials: int
    keys: tuple[Key, ...]
    rows: Floats


def compared(key: Key) -> bool:
    """Whether a metric is compared: not what is told by quantiles, nor what is a difference already."""
    metric = metric_of(key)
    return not metric.quantiles and metric.kind is not Kind.DIFFERENCE


def pair(first: Mapping[Key, Floats], other: Mapping[Key, Floats]) -> Pair:
    """Columns of the same trials in two cells; of metrics that only one has, nothing."""
    keys = tuple(key for key in first if key in other and compared(key))
    mine, theirs = (np.stack([columns[key] for key in keys]) for columns in (first, other))
    both = np.isfinite(mine) & np.isfinite(theirs)
    mine, theirs = np.where(both, mine, np.nan), np.where(both, theirs, np.nan)
    apart = mine - theirs
    rows = moments(np.concatenate([mine, theirs, apart])).reshape(MOMENTS, len(keys))
    signs = [(apart < 0).sum(axis=1), (apart == 0).sum(axis=1), (apart > 0).sum(axis=1)]
    return Pair(mine.shape[1], keys, np.concatenate([rows, np.stack(signs).astype(np.float64)]))


@dataclass(slots=True)
class PairTally:
    """All blocks of two cells so far."""

    trials: int = 0
    keys: tuple[Key, ...] = ()
    rows: Floats = field(default_factory=lambda: np.zeros((ROWS, 0)))

    def add(self, block: Pair) -> None:
        """Add the next block."""
        if not self.trials:
            self.keys, self.rows = block.keys, np.zeros_like(block.rows)
        assert self.keys == block.keys
        self.trials += block.trials
        mine, theirs = (rows[:MOMENTS].reshape(4, -1) for rows in (self.rows, block.rows))
        signs = self.rows[MOMENTS:] + block.rows[MOMENTS:]
        self.rows = np.concatenate([added(mine, theirs).reshape(MOMENTS, -1), signs])

    def differences(self) -> Keyed[Difference]:
        """Key -> what the two differ by, a share or a mean as its metric is declared."""
        sides = self.rows[:MOMENTS].reshape(4, SIDES, -1)
        out: Keyed[Difference] = Keyed()
        for i, key in enumerate(self.keys):
            signs = [int(number) for number in self.rows[MOMENTS:, i]]
            make = _of_shares if metric_of(key).kind is Kind.SHARE else _of_means
            out[key] = make(sides[:, :, i], *signs)
        return out


def _of_shares(sides: Floats, fewer: int, equal: int, more: int) -> Difference:
    """Two shares: everything follows from the four numbers of trials."""
    n, both = fewer + equal + more, int(sides[1, 0]) - more
    if n == 0:
        return Difference(first_value=None, other_value=None, value=None)
    first, other, value = (both + more) / n, (both + fewer) / n, (more - fewer) / n
    low, high = tango(more, fewer, n)
    return Difference(
        first_value=first,
        other_value=other,
        value=value,
        mcse=sqrt(max((more + fewer) / n - value * value, 0.0) / n),
        low=low,
        high=high,
        unpaired=sqrt((first * (1.0 - first) + other * (1.0 - other)) / n),
        n=n,
        fewer=fewer,
        equal=equal,
        more=more,
        both=both,
    )


def _of_means(sides: Floats, fewer: int, equal: int, more: int) -> Difference:
    n = fewer + equal + more
    if n == 0:
        return Difference(first_value=None, other_value=None, value=None)
    first, other, value = (float(total) / n for total in sides[1])
    signs = {"n": n, "fewer": fewer, "equal": equal, "more": more}
    if n == 1:
        return Difference(first_value=first, other_value=other, value=value, **signs)
    mine, theirs, apart = (float(squares) / (n - 1) / n for squares in sides[3])
    mcse = sqrt(apart)
    return Difference(
        first_value=first,
        other_value=other,
        value=value,
        mcse=mcse,
        low=value - NORMAL_95 * mcse,
        high=value + NORMAL_95 * mcse,
        unpaired=sqrt(mine + theirs),
        **signs,
    )
