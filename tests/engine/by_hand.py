"""The check scenario calculated again from closed-form hazards: nothing of simulator.exact is used.

The time of a patient's first counted event has F(age) = 1 - exp(-H(age)) up to the age at which the
scope ends. Patients are independent until the rule fires, so the chance that it has fired by a day is that
of two events (or of a bound that rises with n) among patients with different F.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from math import log

import numpy as np
from scipy.stats import beta

from tests.helpers import HALF_YEAR, MONTH, YEAR

PLANNED = 3 / 206 / YEAR  # per day
PATIENTS = 20
COURSE = 4 * HALF_YEAR
AFTER_IMATINIB = {
    "planned": PLANNED,
    "interaction_10": -log(1 - 0.10) / HALF_YEAR,
    "interaction_25": -log(1 - 0.25) / HALF_YEAR,
    "interaction_50": -log(1 - 0.50) / HALF_YEAR,
    "observed_like": -log(1 / 3) / HALF_YEAR,
}
SCOPE_END = {  # age, on the planned course
    "combination_only": HALF_YEAR,
    "with_maintenance": YEAR,
    "plus_30_days": YEAR + 30,
    "plus_90_days": YEAR + 90,
    "bayes_any_phase": COURSE,
}
TRUTHS = ("planned", "cll_like", *list(AFTER_IMATINIB)[1:], "withdrawal")
ON_DRUG = tuple(truth for truth in TRUTHS if truth != "withdrawal")

Floats = np.ndarray


def cumulative(truth: str, age: Floats | float) -> Floats:
    """Cumulative hazard of thrombosis by an age, if nothing stops the patient."""
    age = np.asarray(age, dtype=float)
    combination = np.clip(age, 0, HALF_YEAR)
    maintenance = np.clip(age - HALF_YEAR, 0, HALF_YEAR)
    if truth == "cll_like":
        return 0.1699 / YEAR * (combination + maintenance)
    if truth == "withdrawal":
        life, since = 3 * MONTH, np.clip(age - HALF_YEAR, 0, None)
        rebound = 5.04857 / YEAR * life * (1 - np.exp(-since / life))
        return PLANNED * np.clip(age, 0, None) + rebound
    return PLANNED * combination + AFTER_IMATINIB[truth] * maintenance


def simpson(f: Callable[[Floats], Floats], kinks: Sequence[float], steps: int = 16) -> Floats:
    """Integral over [kinks[0], kinks[-1]] of a function smooth between kinks; f may return rows."""
    total: Floats = np.zeros(())
    for left, right in pairwise(kinks):
        if right - left > 1e-9:
            x = np.linspace(left, right, 2 * steps + 1)
            weights = np.array([1, *([4, 2] * steps)[:-1], 1]) * (right - left) / (6 * steps)
            total = total + f(x) @ weights
    return total


@dataclass(frozen=True)
class ByHand:
    """A variant of the check scenario under a truth, with entries every `gap` days."""

    variant: str
    truth: str
    gap: float = 2 * MONTH
    report: float = 0.0  # days from occurrence to report
    decision: float = 0.0  # days from report to effect

    @cached_property
    def entries(self) -> Floats:
        return self.gap * np.arange(PATIENTS)

    @property
    def last(self) -> float:
        """Day of the last report that can count."""
        return float(self.entries[-1]) + SCOPE_END[self.variant] + self.report

    def counted(self, day: Floats | float) -> Floats:
        """P(patient i has a counted event reported by `day`): rows are days, columns patients."""
        age = np.asarray(day, dtype=float)[..., None] - self.entries - self.report
        return 1 - np.exp(-cumulative(self.truth, np.clip(age, 0, SCOPE_END[self.variant])))

    def fired(self, day: Floats | float) -> Floats:
        """P(the rule has fired by `day`)."""
        if self.variant == "bayes_any_phase":
            return 1 - self._below_bayes(np.atleast_1d(np.asarray(day, dtype=float)))
        return 1 - at_most_one(self.counted(day))

    @cached_property
    def p_stop(self) -> float:
        return float(np.ravel(self.fired(self.last))[0])

    # -- the posterior rule: its bound rises with n ------------------------------------------------

    def _below_bayes(self, days: Floats) -> Floats:
        """P(count stays below the bound of each period up to each day), counts per period carried along."""
        ends = [float(self.entries[n]) for n in range(1, PATIENTS)] + [self.last]
        periods = [(ends[n - 1], b) for n, b in enumerate(BAYES_BOUNDS, start=1)]
        merged = [p for p, after in zip(periods, [*periods[1:], (0.0, -1)], strict=True) if p[1] != after[1]]
        limits = [b for _, b in merged]
        by = np.stack([self.counted(np.minimum(days, end)) for end, _ in merged])  # (J, T, patients)
        step = np.diff(by, axis=0, prepend=0.0)
        mass = np.zeros((len(days), *limits))
        mass[(slice(None), *[0] * len(limits))] = 1.0
        allowed = np.ones(limits, dtype=bool)
        counts = np.indices(limits)
        for j, limit in enumerate(limits):
            allowed &= counts[: j + 1].sum(axis=0) < limit
        shape = (len(days), *[1] * len(limits))
        for i in range(PATIENTS):
            new = mass * (1 - step[:, :, i].sum(axis=0)).reshape(shape)
            for j in range(len(limits)):
                moved = np.roll(mass, 1, axis=j + 1)
                moved[(slice(None),) * (j + 1) + (0,)] = 0.0
                new += moved * step[j, :, i].reshape(shape)
            mass = new * allowed
        return mass.reshape(len(days), -1).sum(axis=1)

    # -- what follows ------------------------------------------------------------------------------

    @cached_property
    def p_at_least(self) -> Floats:
        """P(at least i patients enrolled), i = 1 ... 20; a report at the moment of arrival comes first."""
        return np.array([1.0, *(1 - np.ravel(self.fired(self.entries[1:] - self.decision)))])

    @property
    def enrolled(self) -> tuple[float, float]:
        """Mean and standard deviation."""
        share = self.p_at_least - np.append(self.p_at_least[1:], 0.0)
        n = np.arange(1, PATIENTS + 1)
        mean = float(share @ n)
        return mean, float(np.sqrt(max(share @ n**2 - mean**2, 0.0)))

    @cached_property
    def stop_or_last_dose(self) -> tuple[float, float]:
        """Mean and standard deviation of the day of the stop's effect, else of the last planned dose."""
        ages = (0.0, HALF_YEAR, YEAR, SCOPE_END[self.variant])
        kinks = {0.0, self.last, *self.entries} | {e + a + self.report for e in self.entries for a in ages}
        grid = sorted(k for k in kinks if 0 <= k <= self.last)
        p, end, d = self.p_stop, float(self.entries[-1]) + YEAR, self.decision

        def rows(t: Floats) -> Floats:
            left = p - np.ravel(self.fired(t))
            return np.stack([left, 2 * t * left])

        first, second = simpson(rows, grid)
        mean = first + d * p + end * (1 - p)
        square = second + 2 * d * first + d * d * p + end * end * (1 - p)
        return float(mean), float(np.sqrt(max(square - mean**2, 0.0)))

    def quantile(self, share: float) -> float:
        """Day by which `share` of the stops have taken effect."""
        low, high = 0.0, self.last
        while high - low > 1e-7:
            middle = 0.5 * (low + high)
            enough = np.ravel(self.fired(middle))[0] >= share * self.p_stop
            low, high = (low, middle) if enough else (middle, high)
        return high + self.decision

    def patients(self) -> float:
        """E[patients with thrombosis], a stop of the drug ending the hazard in everybody at its effect.

        A patient's event on day s happens iff the rule has not acted by s: iff at most one OTHER patient
        had a counted event reported by s - decision. (The patient's own cannot have been before s.)
        """
        assert self.truth in ON_DRUG
        assert self.variant != "bayes_any_phase"
        total = 0.0
        for i, entry in enumerate(self.entries):
            others = np.delete(np.arange(PATIENTS), i)

            def rate(age: Floats, entry: float = float(entry), others: Floats = others) -> Floats:
                small = 1e-4
                hazard = (cumulative(self.truth, age + small) - cumulative(self.truth, age - small)) / (
                    2 * small
                )
                day = entry + age - self.decision
                free = at_most_one(self.counted(day)[..., others])
                return hazard * np.exp(-cumulative(self.truth, age)) * free

            edge = 1e-3  # days left out, to keep the numerical slope away from jumps of the hazard
            for start in (0.0, HALF_YEAR):
                total += float(
                    simpson(rate, np.linspace(start + edge, start + HALF_YEAR - edge, 25).tolist(), 8)
                )
        return total


def at_most_one(p: Floats) -> Floats:
    """P(at most one event) among patients with chances p (last axis): none, or just one of them."""
    none = np.prod(1 - p, axis=-1)
    return none * (1 + np.sum(p / (1 - p), axis=-1))


def _bayes_bound(n: int) -> int:
    """Fewest patients x of n with P(rate > 10 %) > 90 % under Beta(0.2 + x, 1.8 + n - x); n + 1 for never."""
    return next((x for x in range(n + 1) if beta.sf(0.1, 0.2 + x, 1.8 + n - x) > 0.9), n + 1)


BAYES_BOUNDS = [_bayes_bound(n) for n in range(1, PATIENTS + 1)]
