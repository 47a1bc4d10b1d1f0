"""Derivatives of one metric by the size of each hazard, from trials as they are: sums of blocks, added up.

With M_c = N_c - A_c of component c, dE[f] / d log(hazard of c) = Cov(f, M_c): the score of a Poisson process
(docs/likelihood.md). Of a metric that only some trials have it is that of a ratio, E[f d] / E[d], where d is
1 if a trial has it, else 0.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import sqrt

import numpy as np

from simulator.metrics.adjusted import components_of, residuals
from simulator.metrics.block import Floats
from simulator.model.metric import Key

__all__ = ["FEWEST", "OF_METRIC", "PER_COMPONENT", "Slope", "SlopeTally", "Slopes", "slopes"]

OF_METRIC, PER_COMPONENT = 5, 7  # numbers
FEWEST = 30  # crossings of a component, below which the error of a derivative is not to be trusted


@dataclass(frozen=True, slots=True, kw_only=True)
class Slope:
    """Of one component: its key among `crossings`, how often it was crossed, the derivative by the logarithm
    of its hazard, and the Monte Carlo standard error of this; None where trials cannot tell."""

    component: Key
    crossings: int
    value: float | None
    mcse: float | None


@dataclass(frozen=True, slots=True)
class Slopes:
    """One block of one cell. components: their keys among `crossings`.

    head: trials; those that have a value; a centre c that is taken from every value; sums of g = f - c and of
    its square. rows: (PER_COMPONENT, C), of each component its crossings, and over trials that have a value
    the sums of M, M^2, g M, g M^2, g^2 M, g^2 M^2.
    """

    components: tuple[Key, ...]
    head: Floats
    rows: Floats


def slopes(keys: Sequence[Key], values: Floats, metric: Key) -> Slopes:
    """Of a block. values: (K, trials), of each key, the metric among them."""
    crossed, m = residuals(keys, values)
    f = values[keys.index(metric)]
    there = np.isfinite(f)
    n, f, m = len(f), f[there], m[:, there]
    centre = float(f[0]) if len(f) else 0.0
    g = f - centre
    head = np.array([n, len(f), centre, g.sum(), (g * g).sum()])
    parts = [(x * y).sum(axis=1) for x in (1.0, g, g * g) for y in (m, m * m)]
    return Slopes(components_of(keys), head, np.stack([crossed.sum(axis=1), *parts]))


@dataclass(slots=True)
class SlopeTally:
    """All blocks of one cell so far."""

    components: tuple[Key, ...] = ()
    head: Floats = field(default_factory=lambda: np.zeros(OF_METRIC))
    rows: Floats = field(default_factory=lambda: np.zeros((PER_COMPONENT, 0)))

    def add(self, block: Slopes) -> None:
        """Add the next block."""
        if not self.head[0]:
            self.components, self.head, self.rows = block.components, block.head, block.rows
            return
        assert self.components == block.components
        centre = self.head[2] if self.head[1] else block.head[2]
        (head, rows), (more, others) = (_about(each.head, each.rows, centre) for each in (self, block))
        self.head, self.rows = head + more, rows + others
        self.head[2] = centre

    def found(self) -> list[Slope]:
        """Of every component; no number of those crossed less than FEWEST times, nor of a metric that no
        trial has, or that is the same in all."""
        return [self._slope(key, i) for i, key in enumerate(self.components)]

    def _slope(self, key: Key, i: int) -> Slope:
        trials, n, _, g, gg = self.head.tolist()
        crossings, m, mm, gm, gmm, ggm, ggmm = self.rows[:, i].tolist()
        if crossings < FEWEST or n < 2.0 or gg - g * g / n <= 0.0:
            return Slope(component=key, crossings=int(crossings), value=None, mcse=None)
        mean = g / n
        biased = (gm - mean * m) / n  # by a factor of 1 - 1 / n, since the mean is taken from the same trials
        # Each trial with a value adds h M - biased - h mean(M), with h = f - mean f; one without it nothing.
        bar, hh = m / n, gg - n * mean * mean
        hhm, hhmm = (x - 2.0 * mean * y + mean * mean * z for x, y, z in ((ggm, gm, m), (ggmm, gmm, mm)))
        squares = hhmm - n * biased * biased - 2.0 * bar * hhm + bar * bar * hh
        error = sqrt(max(squares, 0.0)) / n * sqrt(trials / (trials - 1.0))
        value = biased * n / (n - 1.0)
        return Slope(component=key, crossings=int(crossings), value=value, mcse=error)


def _about(head: Floats, rows: Floats, centre: float) -> tuple[Floats, Floats]:
    """The same with another centre."""
    trials, n, old, g, gg = head
    by = old - centre
    crossings, m, mm, gm, gmm, ggm, ggmm = rows
    return (
        np.array([trials, n, centre, g + n * by, gg + by * (2.0 * g + n * by)]),
        np.stack(
            [
                crossings,
                m,
                mm,
                gm + by * m,
                gmm + by * mm,
                ggm + by * (2.0 * gm + by * m),
                ggmm + by * (2.0 * gmm + by * mm),
            ]
        ),
    )
