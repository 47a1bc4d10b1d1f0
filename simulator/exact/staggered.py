"""A count rule over patients who entered on known days: exact by Poisson-binomial convolution."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from simulator.model.metric import Key
from simulator.program.patient import FirstEvent
from simulator.stats.poisson_binomial import at_least, first_passage
from simulator.stats.staggered import check_states, stays_below

__all__ = ["StaggeredRule"]

GAUSS_POINTS = 6  # per smooth piece: the integrand is a polynomial in exponentials there
HALVINGS = 60
ONE_BY_ONE = 400  # patients up to which each entry has a convolution of its own
MOST_STEPS = 10**10  # of the convolutions on counts per period: about ten seconds
OVERHEAD = 5_000  # of one patient and period, in steps


@dataclass(frozen=True, slots=True, kw_only=True)
class StaggeredRule:
    """Stop at x >= bounds[n] patients with a counted event among the n treated.

    entries: days of entry, equally spaced, the first 0.
    bounds: for n = 1 ... N, nondecreasing; n + 1 means never.
    lag: days from occurrence to report. decision_lag: days from report to effect.
    """

    first_event: FirstEvent
    entries: Sequence[float]
    bounds: Sequence[int]
    lag: float
    decision_lag: float
    closes_accrual: bool

    @property
    def constant(self) -> int | None:
        """The bound when it is one number k for every n from k on: below, n patients cannot reach it."""
        last = self.bounds[-1]
        return last if all(b == last or b == n + 1 for n, b in enumerate(self.bounds, start=1)) else None

    @property
    def last_report(self) -> float:
        """Day after which no counted report can arrive."""
        return self.entries[-1] + self.first_event.last + self.lag

    def p_fired_by(self, day: float, treated: int | None = None) -> float:
        """P(the rule has fired by `day`, reports of that day included), of the first `treated` patients."""
        ages = [day - entry - self.lag for entry in self.entries[:treated] if entry <= day]
        if not ages:
            return 0.0
        k = self.constant
        if k is not None:
            return at_least([self.first_event.by(age) for age in ages], k)
        return 1.0 - self._stays_below(day, len(ages))

    def _stays_below(self, day: float, treated: int) -> float:
        """Periods are the runs of equal bounds up to `day`."""
        cuts: list[float] = []
        limits: list[int] = []
        for n in range(1, treated + 1):
            end = self.entries[n] if n < treated else day
            if limits and limits[-1] == self.bounds[n - 1]:
                cuts[-1] = end
            else:
                cuts.append(end)
                limits.append(self.bounds[n - 1])
        by = np.array(
            [
                [self.first_event.by(cut - entry - self.lag) for cut in cuts]
                for entry in self.entries[:treated]
            ]
        )
        return stays_below(np.diff(by, axis=1, prepend=0.0), limits)

    def values(self, rule: str, last_dose: float, *, with_times: bool) -> dict[Key, float]:
        """Exact metrics, by their keys. last_dose: planned dosing days of one patient.

        ValueError where a boundary that rises needs too many steps.
        """
        if self.constant is None:
            self._check_steps()
        p_stop = self.p_fired_by(self.last_report)
        end = self.entries[-1] + last_dose
        closed = self._closed() if self.closes_accrual else [0.0] * len(self.entries)
        enrolled = sum(1.0 - p for p in closed)
        out = {
            Key("p_stop"): p_stop,
            Key("p_stop", rule=rule): p_stop,
            Key("p_stop_before_full_accrual"): closed[-1],
            Key("n_enrolled"): enrolled,
            Key("n_treated"): enrolled,
        }
        if not with_times:
            return out
        mean_stop = self._integral(lambda day: p_stop - self.p_fired_by(day)) + self.decision_lag * p_stop
        out[Key("days_to_stop_or_last_dose")] = mean_stop + end * (1.0 - p_stop)
        for word, share in (("q10", 0.1), ("median", 0.5), ("q90", 0.9)) if p_stop > 0.0 else ():
            day = self._quantile(share * p_stop) + self.decision_lag
            out[Key("days_to_stop_given_stop", word=word)] = day
        return out

    def _closed(self) -> list[float]:
        """P(the rule has closed accrual before each entry)."""
        k, n = self.constant, len(self.entries)
        if k is None or not 0 < k < n or n <= ONE_BY_ONE:
            return [self.p_fired_by(entry - self.decision_lag, i) for i, entry in enumerate(self.entries)]
        # Entries being equally spaced, those before one of them are as old as the first ones before another.
        ages = [entry - self.decision_lag - self.lag for entry in self.entries[1:]]
        reached = np.cumsum(first_passage([self.first_event.by(age) for age in ages], k))
        return [0.0, *np.minimum(reached, 1.0).tolist()]

    def _check_steps(self) -> None:
        """Raise ValueError where counts per period of every entry's patients are too much to follow."""
        limits = sorted(set(self.bounds))
        steps = len(self.entries) ** 2 * len(limits) * (check_states(limits) + OVERHEAD)
        if steps > MOST_STEPS:
            raise ValueError(f"the bounds {limits[0]} to {limits[-1]} need too many steps: simulate instead")

    def _integral(self, f: Callable[[float], float]) -> float:
        """Integral of f over [0, last report], piece by smooth piece."""
        kinks = {entry + kink + self.lag for entry in self.entries for kink in (0.0, *self.first_event.kinks)}
        kinks |= set(self.entries) | {0.0, self.last_report}
        days = sorted(day for day in kinks if 0.0 <= day <= self.last_report)
        points, weights = np.polynomial.legendre.leggauss(GAUSS_POINTS)
        total = 0.0
        for left, right in itertools.pairwise(days):
            half, middle = 0.5 * (right - left), 0.5 * (right + left)
            if half > 1e-9:
                total += half * sum(
                    w * f(middle + half * x) for x, w in zip(points.tolist(), weights.tolist(), strict=True)
                )
        return total

    def _quantile(self, target: float) -> float:
        """Day by which the rule has fired with probability `target`, by bisection."""
        low, high = 0.0, self.last_report
        for _ in range(HALVINGS):
            middle = 0.5 * (low + high)
            low, high = (middle, high) if self.p_fired_by(middle) < target else (low, middle)
        return high
