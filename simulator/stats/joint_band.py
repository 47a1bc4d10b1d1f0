"""The recursion of `joint` for many patients: only pairs of counts that can be reached are kept."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

__all__ = ["Pair", "walk_joint"]

Floats = NDArray[np.float64]

TRIMMED_AFTER = 8  # patients
LEFT_OUT = 1e-19  # a number of responses, or toxicities, of less probability is dropped: below 1e-15 in all


class Pair(NamedTuple):
    """Probabilities of one patient's pair of outcomes."""

    both: float
    response_only: float
    toxicity_only: float
    neither: float


def walk_joint(
    looks: Sequence[int],
    cells: Pair,
    toxicity: Sequence[int | None],
    response: Sequence[int | None],
    last: int,
) -> tuple[Floats, float]:
    """P(stopped at each look: toxicity alone, response alone, both), and P(running after `last` patients).

    As `joint.monitor_joint` has them: (L, 3) and a number. About O(last^2).
    """
    found = np.zeros((len(looks), 3))
    pairs = _Pairs(cells)
    for k, (n, tox, resp) in enumerate(zip(looks, toxicity, response, strict=True)):
        pairs.add(n)
        found[k] = pairs.cut(last + 1 if tox is None else tox, -1 if resp is None else resp)
        if not pairs.mass.size:
            break
    pairs.add(last)
    return found, float(pairs.mass.sum())


class _Pairs:
    """P(running, r responses, t toxicities) after n patients, from r = low[0] and t = low[1] on."""

    def __init__(self, cells: Pair) -> None:
        self.cells = cells
        self.n = 0
        self.low = [0, 0]
        self.mass: Floats = np.ones((1, 1))

    def add(self, until: int) -> None:
        """Patients n + 1 ... until, without a look."""
        while self.n < until and self.mass.size:
            old, cells = self.mass, self.cells
            new = np.zeros((old.shape[0] + 1, old.shape[1] + 1))
            np.multiply(old, cells.neither, out=new[:-1, :-1])
            new[1:, :-1] += cells.response_only * old
            new[:-1, 1:] += cells.toxicity_only * old
            new[1:, 1:] += cells.both * old
            self.mass = new
            self.n += 1
            if self.n % TRIMMED_AFTER == 0:
                self._trim()

    def cut(self, toxicity: int, response: int) -> tuple[float, float, float]:
        """P(t >= toxicity), P(r <= response), each alone, and P(both), which are taken out."""
        r = min(max(response + 1 - self.low[0], 0), self.mass.shape[0])
        t = min(max(toxicity - self.low[1], 0), self.mass.shape[1])
        out = (self.mass[r:, t:].sum(), self.mass[:r, :t].sum(), self.mass[:r, t:].sum())
        self.mass = self.mass[r:, :t]
        self.low[0] += r
        return float(out[0]), float(out[1]), float(out[2])

    def _trim(self) -> None:
        rows = np.flatnonzero(self.mass.sum(axis=1) > LEFT_OUT)
        columns = np.flatnonzero(self.mass.sum(axis=0) > LEFT_OUT)
        if not rows.size or not columns.size:
            self.mass = np.zeros((0, 0))
            return
        self.mass = self.mass[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
        self.low = [self.low[0] + int(rows[0]), self.low[1] + int(columns[0])]
