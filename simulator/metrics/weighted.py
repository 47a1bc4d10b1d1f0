"""One variant's metrics averaged over weighted truths: a block's sums, and blocks added up.

Trials of the same number share their draws under every truth, so one trial number is one unit. With f the
value of a metric and w the weights, trial k brings A_k = sum of w f and B_k = sum of w, over the truths under
which it has a value; the average is sum A / sum B, a ratio wherever some trials have none.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import sqrt
from typing import Literal

import numpy as np

from simulator.metrics.block import Floats
from simulator.metrics.judged import METRICS, NOT_ACCEPTABLE, judged
from simulator.metrics.registry import metric_of
from simulator.metrics.tally import NORMAL_95
from simulator.metrics.text import Keyed
from simulator.model.estimate import Estimate
from simulator.model.metric import Key, Kind
from simulator.stats.intervals import part_of_sum, weighted_sum

__all__ = ["ROWS", "Blend", "BlendTally", "Weight", "blend"]

ROWS = 7  # n, centre, means of A and B, sums of A^2, A B and B^2 about them
STOP = Key("p_stop")
Part = tuple[float, float, float, float]  # weight, share, ends of its interval


@dataclass(frozen=True, slots=True)
class Weight:
    """What a truth counts for: its share of all weights, and whether the drug is acceptable there."""

    share: float
    acceptable: bool | Literal["borderline"] | None = None


@dataclass(frozen=True, slots=True)
class Blend:
    """One block of one variant under all weighted truths. trials: of the block.

    rows: (ROWS, K), for each of the K keys n, the trials with a value under any of them; a centre c that is
    taken from every value, so that nothing is lost where values are large beside their spread; then over all
    trials the means of A - c B and of B, and their sums of squares and products about these means.
    """

    trials: int
    keys: tuple[Key, ...]
    rows: Floats


def blend(weights: Mapping[str, Weight], columns: Mapping[str, Mapping[Key, Floats]], *, acts: bool) -> Blend:
    """Columns of the same trials under each weighted truth; metrics that every one has, no quantiles.

    acts: whether a rule can stop the trial, so that a stop tells something of the truth.
    """
    of = [
        {**columns[truth], **(judged(columns[truth][STOP], weight.acceptable) if acts else {})}
        for truth, weight in weights.items()
    ]
    keys = tuple(key for key in of[0] if all(key in other for other in of) and not metric_of(key).quantiles)
    tables = [np.stack([each[key] for key in keys]) for each in of]  # (K, trials) each
    finite = [np.isfinite(table) for table in tables]
    centre = _first(np.concatenate(tables, axis=1))
    above, below = np.zeros_like(tables[0]), np.zeros_like(tables[0])
    for weight, table, there in zip(weights.values(), tables, finite, strict=True):
        above += weight.share * np.where(there, table - centre[:, None], 0.0)
        below += weight.share * there
    n = np.logical_or.reduce(finite).sum(axis=1).astype(np.float64)
    a, b = above.mean(axis=1), below.mean(axis=1)
    above -= a[:, None]
    below -= b[:, None]
    products = [np.einsum("ij,ij->i", x, y) for x, y in ((above, above), (above, below), (below, below))]
    return Blend(tables[0].shape[1], keys, np.stack([n, centre, a, b, *products]))


def _first(table: Floats) -> Floats:
    """The first finite value of each row, 0 where there is none."""
    finite = np.isfinite(table)
    at = finite.argmax(axis=1)
    return np.where(finite.any(axis=1), table[np.arange(len(table)), at], 0.0)


@dataclass(slots=True)
class BlendTally:
    """All blocks of one variant so far."""

    trials: int = 0
    keys: tuple[Key, ...] = ()
    rows: Floats = field(default_factory=lambda: np.zeros((ROWS, 0)))

    def add(self, block: Blend) -> None:
        """Add the next block."""
        if not self.trials:
            self.keys, self.rows, self.trials = block.keys, block.rows, block.trials
            return
        assert self.keys == block.keys
        centre = np.where(self.rows[0] > 0.0, self.rows[1], block.rows[1])
        mine, theirs = (_about(rows, centre) for rows in (self.rows, block.rows))
        both = self.trials + block.trials
        a, b = theirs[2] - mine[2], theirs[3] - mine[3]
        share, times = block.trials / both, self.trials * block.trials / both
        self.rows = np.stack(
            [
                mine[0] + theirs[0],
                centre,
                mine[2] + a * share,
                mine[3] + b * share,
                mine[4] + theirs[4] + a * a * times,
                mine[5] + theirs[5] + a * b * times,
                mine[6] + theirs[6] + b * b * times,
            ]
        )
        self.trials = both

    def estimates(
        self, weights: Mapping[str, Weight], cells: Mapping[str, Keyed[Estimate]]
    ) -> Keyed[Estimate]:
        """Key -> weighted average; exact where every weighted truth has the exact value. cells: per truth."""
        out: Keyed[Estimate] = Keyed()
        for key, column in zip(self.keys, self.rows.T.tolist(), strict=True):
            of = STOP if key in _JUDGED else key
            parts = [(weight, cells[truth][of]) for truth, weight in weights.items()]
            if key in _JUDGED:
                out[key] = _given(key, self.trials, column, parts)
            elif metric_of(key).kind is Kind.SHARE:
                out[key] = _share(self.trials, column, parts)
            else:
                out[key] = _mean(key, self.trials, column, parts)
        return out


def _about(rows: Floats, centre: Floats) -> Floats:
    """The same with another centre: A - c B changes by a multiple of B."""
    n, old, a, b, aa, ab, bb = rows
    by = old - centre
    return np.stack([n, centre, a + by * b, b, aa + by * (2.0 * ab + by * bb), ab + by * bb, bb])


# ---------------------------------------------------------------- estimates

_JUDGED = tuple(metric() for metric in METRICS)
Parts = list[tuple[Weight, Estimate]]  # per weighted truth


def _ratio(trials: int, column: list[float]) -> tuple[float, float]:
    """The average and its standard error, linearised: that of the mean of (A_k - R B_k) / mean B."""
    _, centre, a, b, aa, ab, bb = column
    ratio = a / b
    squares = max(aa - ratio * (2.0 * ab - ratio * bb), 0.0)
    return centre + ratio, sqrt(squares) / (trials * b)


def _mean(key: Key, trials: int, column: list[float], parts: Parts) -> Estimate:
    n = int(column[0])
    if n == 0:
        return Estimate(value=None, n=0)
    value, error = _ratio(trials, column)
    exact = None if metric_of(key).undefined else _exact(parts)  # else over how many trials is not known
    if n == 1:
        return Estimate(value=value, n=1, exact=exact)
    error *= sqrt(n / (n - 1))
    half = NORMAL_95 * error
    return Estimate(value=value, mcse=error, low=value - half, high=value + half, n=n, exact=exact)


def _exact(parts: Parts) -> float | None:
    exact = [weight.share * e.exact for weight, e in parts if e.exact is not None]
    return sum(exact) if len(exact) == len(parts) else None


def _share(trials: int, column: list[float], parts: Parts) -> Estimate:
    """Wilson's intervals of the truths put together, as wide as the pairing makes them."""
    value, error = _ratio(trials, column)
    low, high = weighted_sum(_limits(parts), _widening(error * error, parts))
    value = min(max(value, 0.0), 1.0)
    return Estimate(value=value, mcse=error, low=low, high=high, n=trials, exact=_exact(parts))


def _limits(parts: Parts) -> list[Part]:
    return [(w.share, e.value or 0.0, e.low or 0.0, 1.0 if e.high is None else e.high) for w, e in parts]


def _widening(variance: float, parts: Parts) -> float:
    """Paired variance over that of truths with trials of their own, at least 1: where no trial stops, nothing
    is known of what their trials have in common.
    """
    unpaired = sum((weight.share * (e.mcse or 0.0)) ** 2 for weight, e in parts)
    return max(variance / unpaired, 1.0) if unpaired else 1.0


def _given(key: Key, trials: int, column: list[float], stops: Parts) -> Estimate:
    """Of the weight of trials that stop, or of those that do not, the part under truths of one kind."""
    stopped, kind = (True, False) if key == NOT_ACCEPTABLE() else (False, True)
    mine = [(weight, e) for weight, e in stops if weight.acceptable is kind]
    rest = [(weight, e) for weight, e in stops if weight.acceptable is not kind]
    exact = _exact_given(mine, rest, stopped=stopped)
    if not column[0]:
        return Estimate(value=None, n=0, exact=exact)
    value, error = _ratio(trials, column)
    wider = _widening(column[6] / trials**2, stops)
    sides = [_side(parts, wider, stopped=stopped) for parts in (mine, rest)]
    low, high = part_of_sum(*sides)
    value = min(max(value, 0.0), 1.0)
    return Estimate(value=value, mcse=error, low=low, high=high, n=int(column[0]), exact=exact)


def _side(parts: Parts, wider: float, *, stopped: bool) -> tuple[float, float, float]:
    """Weight of the trials that stop under some truths, or of those that do not, and its interval."""
    limits = _limits(parts)
    if not stopped:
        limits = [(weight, 1.0 - p, 1.0 - high, 1.0 - low) for weight, p, low, high in limits]
    return (sum(weight * p for weight, p, _, _ in limits), *weighted_sum(limits, wider))


def _exact_given(mine: Parts, rest: Parts, *, stopped: bool) -> float | None:
    sides = []
    for parts in (mine, rest):
        whole, exact = sum(weight.share for weight, _ in parts), _exact(parts)
        if exact is None:
            return None
        sides.append(exact if stopped else whole - exact)
    return sides[0] / sum(sides) if sum(sides) > 0.0 else None
