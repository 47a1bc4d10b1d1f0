"""Binomial tails and the exact distribution of a monitored binomial count.

The recursion walks patient by patient and moves the mass at or beyond a boundary to "stopped" at each
look (schultz1973, jennison2000): only sums of nonnegative terms, so nothing cancels.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import sqrt

import numpy as np
from numpy.typing import ArrayLike, NDArray

from simulator.stats.binomial_band import walk

__all__ = ["MonitoredBinomial", "above", "check_looks", "monitor", "monitor_each", "stopped_at", "tail"]

Floats = NDArray[np.float64]

ONE_BY_ONE = 1_000  # patients up to which the recursion takes them one by one


def tail(n: ArrayLike, p: ArrayLike, k: ArrayLike) -> Floats:
    """P(X >= k), X ~ Binomial(n, p); 1 for k <= 0, 0 for k > n. Shapes broadcast.

    P(X >= k) = I_p(k, n - k + 1)
    """
    from scipy.special import betainc

    n_, k_ = np.asarray(n, dtype=np.float64), np.asarray(k, dtype=np.float64)
    chance = np.asarray(p, dtype=np.float64)
    inside = betainc(np.maximum(k_, 1.0), np.maximum(n_ - k_ + 1.0, 1.0), chance)
    return np.asarray(np.where(k_ <= 0, 1.0, np.where(k_ > n_, 0.0, inside)), dtype=np.float64)


@dataclass(frozen=True, slots=True, kw_only=True)
class MonitoredBinomial:
    """What happens to a trial that looks at a binomial count.

    looks              : patients at each look, increasing
    upper_at, lower_at : P(stopped at this look through the upper / the lower boundary), as `looks`
    max_n              : patients of a trial that does not stop
    final              : P(not stopped and x events among max_n), x = 0 ... max_n
    expected_n         : E[patients]
    expected_events    : E[events among them] = p E[patients] (Wald)
    """

    looks: tuple[int, ...]
    upper_at: tuple[float, ...]
    lower_at: tuple[float, ...]
    max_n: int
    final: tuple[float, ...]
    expected_n: float
    expected_events: float

    @property
    def p_upper(self) -> float:
        """P(stop through the upper boundary)."""
        return sum(self.upper_at)

    @property
    def p_lower(self) -> float:
        """P(stop through the lower boundary)."""
        return sum(self.lower_at)

    @property
    def p_stop(self) -> float:
        """P(stop), the last look included."""
        return self.p_upper + self.p_lower

    @property
    def p_stop_before_last(self) -> float:
        """P(stop before the last look)."""
        return sum(self.upper_at[:-1]) + sum(self.lower_at[:-1])

    @property
    def sd_n(self) -> float:
        """Standard deviation of the patients, as squares of distances from their mean."""
        at = [*zip(self.looks, self.upper_at, self.lower_at, strict=True), (self.max_n, sum(self.final), 0.0)]
        return sqrt(sum((n - self.expected_n) ** 2 * (up + down) for n, up, down in at))

    def n_quantile(self, probability: float) -> int:
        """Least n with P(patients <= n) >= probability (within 1e-12, the sum's own rounding)."""
        reached = 0.0
        for n, up, down in zip(self.looks, self.upper_at, self.lower_at, strict=True):
            reached += up + down
            if reached >= probability - 1e-12:
                return n
        return self.max_n


def monitor(
    looks: Sequence[int],
    p: float,
    *,
    upper: Sequence[int | None],
    lower: Sequence[int | None] | None = None,
    max_n: int | None = None,
) -> MonitoredBinomial:
    """Exact distribution of a trial that stops at look k iff x >= upper[k] or x <= lower[k].

    looks : patients at each look, increasing, from 1; upper, lower : one per look, None = never
    p     : event probability per patient; max_n : patients without a stop, by default the last look

    Where both boundaries hold the upper one is named. Cost O(max_n^2) to `ONE_BY_ONE`, then about O(max_n).
    """
    return monitor_each(looks, (p,), upper=upper, lower=lower, max_n=max_n)[0]


def monitor_each(
    looks: Sequence[int],
    rates: Sequence[float],
    *,
    upper: Sequence[int | None],
    lower: Sequence[int | None] | None = None,
    max_n: int | None = None,
) -> tuple[MonitoredBinomial, ...]:
    """`monitor` for several event probabilities in one walk: twenty cost little more than one."""
    last = looks[-1] if max_n is None and looks else max_n or 0
    check_looks(looks, last, upper, lower)
    lower = [None] * len(looks) if lower is None else lower
    for p in rates:
        if not 0.0 <= p <= 1.0:
            raise ValueError(f"p is {p}, allowed 0 to 1")
    if last > ONE_BY_ONE:
        return tuple(_of_many(looks, p, upper, lower, last) for p in rates)
    chance = np.array(rates, dtype=np.float64)
    events = np.arange(last + 1, dtype=np.float64)
    ups, downs = np.zeros((2, len(looks), len(rates)))
    expected_n, expected_events = np.zeros(len(rates)), np.zeros(len(rates))
    walked = stopped_at(looks, chance, upper, lower, last)
    for k, (n, stopped, end, first) in enumerate(walked):
        expected_n += n * stopped.sum(axis=1)
        expected_events += stopped @ events
        if k < len(looks):
            ups[k], downs[k] = stopped[:, first:].sum(axis=1), stopped[:, :end].sum(axis=1)
        else:
            mass = stopped
    each = zip(ups.T, downs.T, mass, expected_n, expected_events, strict=True)
    return tuple(
        MonitoredBinomial(
            looks=tuple(looks),
            upper_at=tuple(at_upper.tolist()),
            lower_at=tuple(at_lower.tolist()),
            max_n=last,
            final=tuple(final.tolist()),
            expected_n=float(n),
            expected_events=float(x),
        )
        for at_upper, at_lower, final, n, x in each
    )


def stopped_at(
    looks: Sequence[int],
    rates: Floats,
    upper: Sequence[int | None],
    lower: Sequence[int | None],
    last: int,
    start: tuple[int, int] = (0, 0),
) -> Iterator[tuple[int, Floats, int, int]]:
    """Per look n, P(stopped at it with x events), x = 0 ... last, and the x < end, x >= first that stop.

    After the looks once more, of those who never stopped: `last`, P(not stopped, x events), 0, last + 1.
    rates : (R,), each walked by itself -> (R, last + 1); start : patients and events before any look
    """
    chance = rates[:, None]  # (R, 1)
    entered, events = start
    mass = np.zeros((len(rates), last + 1))  # P(running, x events), x = 0 ... last
    mass[:, events] = 1.0
    for n, up, down in zip(looks, upper, lower, strict=True):
        mass = _add_patients(mass, n - entered, chance)
        entered = n
        first = last + 1 if up is None else min(max(up, 0), last + 1)
        end = 0 if down is None else min(max(down + 1, 0), first)
        stopped = mass.copy()
        stopped[:, end:first] = 0.0
        mass[:, first:] = mass[:, :end] = 0.0
        yield n, stopped, end, first
    yield last, _add_patients(mass, last - entered, chance), 0, last + 1


def _of_many(
    looks: Sequence[int], p: float, upper: Sequence[int | None], lower: Sequence[int | None], last: int
) -> MonitoredBinomial:
    ups, downs, final = walk(looks, p, upper, lower, last)
    expected_n = float((ups + downs) @ np.array(looks) + last * final.sum())
    return MonitoredBinomial(
        looks=tuple(looks),
        upper_at=tuple(ups.tolist()),
        lower_at=tuple(downs.tolist()),
        max_n=last,
        final=tuple(final.tolist()),
        expected_n=expected_n,
        expected_events=p * expected_n,
    )


def above(upper: Sequence[int | None], lower: Sequence[int | None]) -> list[int | None]:
    """An upper boundary without the counts at which the lower one holds too, so that the lower is named."""
    pairs = zip(upper, lower, strict=True)
    return [up if up is None or down is None else max(up, down + 1) for up, down in pairs]


def check_looks(looks: Sequence[int], max_n: int, *bounds: Sequence[int | None] | None) -> None:
    """Raise ValueError unless looks increase from 1 to at most `max_n`, with one bound per look."""
    if not looks or looks[0] < 1 or any(b <= a for a, b in pairwise(looks)):
        raise ValueError(f"looks are {list(looks)}, allowed increasing numbers from 1, at least one")
    if looks[-1] > max_n:
        raise ValueError(f"the last look is at {looks[-1]}, allowed at most max_n = {max_n}")
    for bound in bounds:
        if bound is not None and len(bound) != len(looks):
            raise ValueError(f"{len(bound)} bounds for {len(looks)} looks, allowed one for each")


def _add_patients(mass: Floats, patients: int, p: Floats) -> Floats:
    """P(running, x events) after so many more patients, (R, last + 1); mass never reaches the last shift."""
    for _ in range(patients):
        step = (1.0 - p) * mass
        step[:, 1:] += p * mass[:, :-1]
        mass = step
    return mass
