"""How a monitored count can end, at any rate: the final states and in how many ways each is reached.

P(x events among n, stopped just then) = W p^x (1 - p)^(n - x), and W, the number of paths there, knows no
rate (schultz1973). One walk therefore serves every rate, every expectation and every prior.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import log

import numpy as np
from numpy.typing import ArrayLike, NDArray

from simulator.stats.binomial import ONE_BY_ONE, check_looks, stopped_at

__all__ = ["Ends", "ends_of", "from_here", "rate_at"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

NEWTON_STEPS = 200  # each at least halves the bracket where Newton's would leave it: far more than are taken
SETTLED = 1e-13  # a rate that moves by less is found


@dataclass(frozen=True, slots=True, kw_only=True)
class Ends:
    """The final states of a monitored count, the most extreme first (stage-wise ordering, see `after_stop`).

    n, x      : (S,), patients and events in the state
    way       : (S,), 1 stopped by the upper boundary, -1 by the lower, 0 not stopped (n = max_n)
    log_paths : (S,), log of the number of orders of events that lead there from `start`
    looks     : patients at each look after the start; max_n : patients of a trial that does not stop
    start     : patients and events there were
    """

    n: Ints
    x: Ints
    way: Ints
    log_paths: Floats
    looks: tuple[int, ...]
    max_n: int
    start: tuple[int, int] = (0, 0)

    def at(self, rates: ArrayLike) -> Floats:
        """P(each state) at each rate, (R, S)."""
        from scipy.special import xlog1py, xlogy

        p = np.asarray(rates, dtype=np.float64)[..., None]  # (R, 1)
        events, others = self._since_start
        return np.asarray(np.exp(self.log_paths + xlogy(events, p) + xlog1py(others, -p)))

    def predictive(self, a: float, b: float) -> Floats:
        """P(each state) when the rate is Beta(a, b) before the trial, given what there is at the start. (S,)

        W B(a + x, b + n - x) / B(a + x0, b + n0 - x0)
        """
        from scipy.special import betaln

        n, x = self.start
        before = betaln(a + x, b + n - x)
        return np.asarray(np.exp(self.log_paths + betaln(a + self.x, b + self.n - self.x) - before))

    @property
    def _since_start(self) -> tuple[Ints, Ints]:
        """Events and patients without one since the start."""
        n, x = self.start
        return self.x - x, self.n - n - (self.x - x)


def ends_of(
    looks: Sequence[int],
    *,
    upper: Sequence[int | None],
    lower: Sequence[int | None] | None = None,
    max_n: int | None = None,
    start: tuple[int, int] = (0, 0),
) -> Ends:
    """Final states of a trial that stops at look k iff x >= upper[k] or x <= lower[k], as `binomial.monitor`.

    start : (n0, x0), no look being left at n0 or before. ValueError above `ONE_BY_ONE` patients, for a start
    with more events than patients or after the end, and for one at which the trial has been stopped.
    """
    last = looks[-1] if max_n is None and looks else max_n or 0
    check_looks(looks, last, upper, lower)
    if last > ONE_BY_ONE:
        raise ValueError(f"final states are listed up to {ONE_BY_ONE:,} patients, here are {last:,}")
    lower = [None] * len(looks) if lower is None else lower
    n0, x0 = start
    if not 0 <= x0 <= n0 <= last:
        raise ValueError(f"{x0} of {n0}, allowed 0 to n events of n from 0 to {last}")
    if n0:
        _check_running(looks, upper, lower, start)
    left = [k for k, n in enumerate(looks) if n > n0]
    ahead = [looks[k] for k in left]
    states = _states(ahead, [upper[k] for k in left], [lower[k] for k in left], last, start)
    rank = np.lexsort((-states[1], -states[2] * (last - states[0]), -states[2]))
    n, x, way = states[:3, rank].astype(np.int64)
    return Ends(n=n, x=x, way=way, log_paths=states[3, rank], looks=tuple(ahead), max_n=last, start=start)


def _states(
    looks: Sequence[int],
    upper: Sequence[int | None],
    lower: Sequence[int | None],
    last: int,
    start: tuple[int, int],
) -> Floats:
    """Rows n, x, way, log paths of every state that can be reached.

    At rate 1/2 every path of m patients has the probability 2^-m, exactly as floats to over 1,000 patients.
    """
    found: list[Floats] = []
    half = np.array([0.5])
    for n, mass, _, first in stopped_at(looks, half, upper, lower, last, start):
        x = np.flatnonzero(mass[0])
        ended = len(found) == len(looks)
        way = np.where(x >= first, 1, 0 if ended else -1)
        paths = np.log(mass[0, x]) + (n - start[0]) * log(2.0)
        found.append(np.stack([np.full(x.size, n), x, way, paths]))
    return np.concatenate(found, axis=1)


def _check_running(
    looks: Sequence[int],
    upper: Sequence[int | None],
    lower: Sequence[int | None],
    start: tuple[int, int],
) -> None:
    """Raise ValueError unless some trial goes on with these events among so many patients."""
    n0, x0 = start
    past = sum(n <= n0 for n in looks)
    walked = stopped_at(looks[:past], np.array([0.5]), upper[:past], lower[:past], n0)
    *_, (_, running, _, _) = walked
    if running[0, x0] == 0.0:
        raise ValueError(f"no trial goes on from {x0} of {n0}: it has been stopped by then")


def from_here(
    looks: Sequence[int],
    here: tuple[int, int],
    *,
    upper: Sequence[int | None],
    lower: Sequence[int | None] | None = None,
    max_n: int | None = None,
) -> Ends:
    """Final states of a trial that goes on with x0 events among n0 patients, here = (n0, x0)."""
    return ends_of(looks, upper=upper, lower=lower, max_n=max_n, start=here)


def rate_at(ends: Ends, among: Bools, target: ArrayLike) -> Floats:
    """The rate at which P(one of these states) is so much; nan where no rate gives it.

    among  : (Q, S), sets of states whose probability rises with the rate: the first states up to any one
    target : (Q,) or one number, above 0 and below 1

    Newton's steps on all Q at once, each within a bracket that holds the root.
    """
    wanted = np.broadcast_to(np.asarray(target, dtype=np.float64), among.shape[:1])
    at_ends = np.stack([among @ ends.at(p) for p in (0.0, 1.0)])  # (2, Q)
    found = np.full(len(wanted), np.nan)
    open_ = np.flatnonzero((at_ends[0] < wanted) & (wanted < at_ends[1]))
    low, high, p = np.zeros(open_.size), np.ones(open_.size), np.full(open_.size, 0.5)
    events, others = (count.astype(np.float64) for count in ends._since_start)
    for _ in range(NEWTON_STEPS):
        mass = np.multiply.outer(np.log(p), events)  # as `Ends.at`, in place and of rates within (0, 1)
        mass += np.multiply.outer(np.log1p(-p), others)
        mass += ends.log_paths
        np.exp(mass, out=mass)
        mass *= among[open_]  # (open, S)
        short = mass.sum(axis=1) - wanted[open_]
        low, high = np.where(short < 0.0, p, low), np.where(short < 0.0, high, p)
        slope = (mass @ events) / p - (mass @ others) / (1.0 - p)
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            step = p - short / slope
        inside = (step >= low) & (step <= high) & (step > 0.0) & (step < 1.0)
        new = np.where(inside, step, 0.5 * (low + high))
        found[open_] = new
        moving = np.abs(new - p) > SETTLED
        open_, low, high, p = open_[moving], low[moving], high[moving], new[moving]
        if not open_.size:
            break
    return found
