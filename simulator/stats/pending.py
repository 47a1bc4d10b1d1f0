"""Patients who have entered by the time a rule stops, since outcomes take a while.

The n-th patient, in order of entry, is assessed tau days after entry (a decision's lag included), and the
trial stops then: whoever enters less than tau after the n-th is enrolled too. Who comes just then is not.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from simulator.stats.binomial import MonitoredBinomial

__all__ = ["Accrual", "Equally", "Poisson", "Uniformly", "expected_day", "expected_enrolled"]

Floats = NDArray[np.float64]

ROUNDING = 1e-9  # of an interval: an entry nearer to tau comes just then


class Accrual(Protocol):
    """How patients enter, up to `max_n` of them. n: (K,), from 1; tau: days, from 0. All results are (K,)."""

    def entry(self, n: Floats, max_n: int) -> Floats:
        """E[day on which the n-th enters]."""
        ...

    def after(self, n: Floats, max_n: int, tau: float) -> Floats:
        """E[min(max_n - n, entries less than tau after the n-th)]."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Equally:
    """One every so many days, the first on day 0."""

    every_days: float

    def entry(self, n: Floats, max_n: int) -> Floats:
        """(n - 1) intervals."""
        return (n - 1.0) * self.every_days

    def after(self, n: Floats, max_n: int, tau: float) -> Floats:
        """Whole intervals less than tau."""
        more = max(ceil(tau / self.every_days - ROUNDING) - 1, 0)
        return np.minimum(max_n - n, more)


@dataclass(frozen=True, slots=True, kw_only=True)
class Poisson:
    """A Poisson process of so many per day."""

    per_day: float

    def entry(self, n: Floats, max_n: int) -> Floats:
        """n gaps of 1 / rate."""
        return n / self.per_day

    def after(self, n: Floats, max_n: int, tau: float) -> Floats:
        """E[min(m, K)] = mu P(K <= m - 2) + m P(K >= m), K ~ Poisson(mu), mu = rate tau, m = max_n - n."""
        from scipy.special import gammainc, gammaincc

        mu, m = self.per_day * tau, max_n - n
        few = np.where(m >= 2.0, gammaincc(np.maximum(m - 1.0, 1.0), mu), 0.0)
        many = np.where(m >= 1.0, gammainc(np.maximum(m, 1.0), mu), 0.0)
        return np.asarray(mu * few + m * many)


@dataclass(frozen=True, slots=True, kw_only=True)
class Uniformly:
    """All `max_n` on independent days, uniform from 0 to `within_days`."""

    within_days: float

    def entry(self, n: Floats, max_n: int) -> Floats:
        """The n-th of max_n order statistics."""
        return self.within_days * n / (max_n + 1.0)

    def after(self, n: Floats, max_n: int, tau: float) -> Floats:
        """(N - n) E[min(1, t / V)], t = tau / within_days, V ~ Beta(N - n + 1, n) what is left of the time.

        = (N - n) P(V <= t) + t N P(V' > t), V' ~ Beta(N - n, n)
        """
        from scipy.special import betainc, betaincc

        t, left = min(tau / self.within_days, 1.0), max_n - n
        some = np.maximum(left, 1.0)
        all_in = some * betainc(some + 1.0, n, t)
        return np.asarray(np.where(left >= 1.0, all_in + t * max_n * betaincc(some, n, t), 0.0))


def expected_enrolled(stops: Sequence[MonitoredBinomial], accrual: Accrual, tau: float) -> Floats:
    """E[patients enrolled] = E[min(N, n + entries less than tau after the n-th)] of each course, (R,).

    stops: courses of one design, as `monitor_each` gives them, N their max_n
    tau: days from an entry to the effect of what is decided on it, from 0
    """
    n, max_n = _patients(stops)
    return _ending(stops) @ (n + accrual.after(n, max_n, tau))


def expected_day(stops: Sequence[MonitoredBinomial], accrual: Accrual, tau: float) -> Floats:
    """E[day on which the trial stops, or on which its last patient is assessed] of each course, (R,)."""
    n, max_n = _patients(stops)
    return _ending(stops) @ (accrual.entry(n, max_n) + tau)


def _patients(stops: Sequence[MonitoredBinomial]) -> tuple[Floats, int]:
    """Patients at each look and at the end, (L + 1,)."""
    return np.array([*stops[0].looks, stops[0].max_n], dtype=np.float64), stops[0].max_n


def _ending(stops: Sequence[MonitoredBinomial]) -> Floats:
    """P(the trial ends there), (R, L + 1)."""
    at = [[*np.add(one.upper_at, one.lower_at), sum(one.final)] for one in stops]
    return np.array(at, dtype=np.float64)
