"""A share of patients who get the event, and when: incidence with an onset law."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from math import erfc, exp, log, sqrt
from statistics import NormalDist
from typing import ClassVar

from simulator.contracts import HazardFamily, HazardTable, Remark
from simulator.errors import QuantityError, show
from simulator.model.base import Strict
from simulator.truths.by_dose import one_drug
from simulator.truths.tabulate import CERTAIN, cumulative_of, scaled_hazard, with_knot
from simulator.units import (
    Days,
    DelayDays,
    Name,
    OpenProbability,
    Probability,
    Sigma,
    Text,
    format_days,
    format_probability,
    parse_duration,
)

__all__ = ["Exponential", "IncidenceWithOnset", "LogNormalOnset", "OnsetLaw", "lognormal_cdf"]

LAST_IN_SIGMAS = 8.0  # a lognormal is followed to 8 sigma: what is beyond is below 1e-15
TINY = 1e-9  # of a share, below which what is left of 1 has too few digits for a quantile


def lognormal_cdf(days: float, median: float, sigma: float) -> float:
    """P(T <= days) for log T ~ Normal(log median, sigma)."""
    return 0.5 * erfc(-log(days / median) / (sigma * sqrt(2.0))) if days > 0.0 else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Late(Strict):
    """`late: {by: 45 days, probability_by_dose: {DRUG: {DOSE: 3%, ...}}}`: P(T > by) at each dose."""

    by: Days
    probability_by_dose: dict[Name, dict[Text, OpenProbability]]

    def __post_init__(self) -> None:
        """One drug."""
        one_drug(self.probability_by_dose)


@dataclass(frozen=True, slots=True, kw_only=True)
class LogNormalOnset(Strict):
    """`lognormal: {median: 5.45 months, sigma: 1.00}`; sigma is that of log time.

    late: in the place of a median, the share that comes later than a day, at each dose of a drug.
    """

    median: Days | None = None
    sigma: Sigma
    late: Late | None = None

    def __post_init__(self) -> None:
        """The place of the law is said once."""
        if (self.median is None) == (self.late is None):
            raise ValueError("exactly one of `median` and `late`")

    def at_dose(self, level: str) -> LogNormalOnset:
        """The law at one dose."""
        if self.late is None:
            return self
        drug, levels = one_drug(self.late.probability_by_dose)
        return replace(self, late=replace(self.late, probability_by_dose={drug: {level: levels[level]}}))

    @property
    def middle(self) -> float:
        """The median; of a law by dose that of the first: by x exp(-sigma x z), z the quantile of 1 - p."""
        if self.late is None:
            return self.median or 0.0
        late = next(iter(self.doses.values()))
        normal = NormalDist()
        z = normal.inv_cdf(1.0 - late) if late > TINY else -normal.inv_cdf(late)
        return self.late.by * exp(-self.sigma * z)

    @property
    def doses(self) -> dict[str, float]:
        """Share that is late, per dose."""
        return one_drug(self.late.probability_by_dose)[1] if self.late is not None else {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Exponential(Strict):
    """`exponential: {mean: 3 months}`."""

    mean: Days


@dataclass(frozen=True, slots=True, kw_only=True)
class OnsetLaw(Strict):
    """The law of the time to the event among those who get it: exactly one of these.

    uniform: between two ages. at: on fixed ages, each with its share (they add up to 1).
    """

    lognormal: LogNormalOnset | None = None
    exponential: Exponential | None = None
    uniform: tuple[DelayDays, Days] | None = None
    at: dict[Text, Probability] | None = None

    def __post_init__(self) -> None:
        """Exactly one law, with sensible numbers."""
        given = [law for law in (self.lognormal, self.exponential, self.uniform, self.at) if law is not None]
        if len(given) != 1:
            raise ValueError("exactly one of lognormal, exponential, uniform, at")
        if self.uniform is not None and self.uniform[0] >= self.uniform[1]:
            raise ValueError("[first, last], the first the smaller")
        if self.at is not None and abs(sum(self.at.values()) - 1.0) > 1e-9:
            raise ValueError("shares that add up to 1")

    @property
    def points(self) -> tuple[tuple[float, float], ...]:
        """(age, share) of a law on fixed ages, in order."""
        return _points(tuple((self.at or {}).items()))

    def cdf(self, days: float) -> float:
        """P(T <= days)."""
        if self.lognormal is not None:
            return lognormal_cdf(days, self.lognormal.middle, self.lognormal.sigma)
        if self.exponential is not None:
            return 1.0 - exp(-days / self.exponential.mean)
        if self.uniform is not None:
            first, last = self.uniform
            return min(max((days - first) / (last - first), 0.0), 1.0)
        return sum(share for age, share in self.points if age <= days)

    def survival(self, days: float) -> float:
        """P(T > days), exact far into the tail."""
        if self.lognormal is not None and days > 0.0:
            return 0.5 * erfc(log(days / self.lognormal.middle) / (self.lognormal.sigma * sqrt(2.0)))
        if self.exponential is not None:
            return exp(-days / self.exponential.mean)
        return 1.0 - self.cdf(days)

    def in_units(self) -> tuple[OnsetLaw, float, float, float]:
        """(law, last, scale, first): it is `scale` times `law`, begun on day `first`; not on fixed ages.

        Beyond `last` units nothing is left of it to 1e-15.
        """
        if self.lognormal is not None:
            sigma = self.lognormal.sigma
            law = OnsetLaw(lognormal=LogNormalOnset(median=1.0, sigma=sigma))
            return law, exp(LAST_IN_SIGMAS * sigma), self.lognormal.middle, 0.0
        if self.exponential is not None:
            return OnsetLaw(exponential=Exponential(mean=1.0)), 35.0, self.exponential.mean, 0.0
        assert self.uniform is not None
        first, last = self.uniform
        return OnsetLaw(uniform=(0.0, 1.0)), 1.0, last - first, first

    def describe(self) -> str:
        """The law in words."""
        if self.lognormal is not None:
            if self.lognormal.late is not None:
                return _describe_late(self.lognormal, self.lognormal.late)
            median = format_days(self.lognormal.middle)
            return f"lognormal onset, median {median}, sigma {self.lognormal.sigma:g}"
        if self.exponential is not None:
            return f"exponential onset, mean {format_days(self.exponential.mean)}"
        if self.uniform is not None:
            return f"onset uniform between {format_days(self.uniform[0])} and {format_days(self.uniform[1])}"
        return "onset at " + ", ".join(f"{format_days(a)} ({format_probability(s)})" for a, s in self.points)


def _describe_late(law: LogNormalOnset, late: Late) -> str:
    listed = ", ".join(
        f"{format_probability(p)} at {level} (median {format_days(round(law.at_dose(level).middle, 2))})"
        for level, p in law.doses.items()
    )
    drug, _ = one_drug(late.probability_by_dose)
    return (
        f"lognormal onset, sigma {law.sigma:g}, later than {format_days(late.by)} by dose of {drug}: {listed}"
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidenceWithOnset(Strict, HazardFamily):
    """`incidence: 65%` with `onset: {lognormal: ...}`: who gets it, and when.

    F(t) = incidence x G(t), so H(t) = -ln(1 - incidence x G(t)); net risk.
    """

    sources: ClassVar[tuple[str, ...]] = ()
    needs_clock: ClassVar[bool] = True
    examples: ClassVar[tuple[dict[str, object], ...]] = (
        {"incidence": "65%", "onset": {"lognormal": {"median": "5.45 months", "sigma": 1.25}}},
        {"incidence": "30%", "onset": {"exponential": {"mean": "3 months"}}},
        {"incidence": "40%", "onset": {"uniform": ["5 days", "28 days"]}},
        {"incidence": "80%", "onset": {"at": {"6 months": "75%", "9 months": "25%"}}},
        {
            "incidence": "95%",
            "onset": {
                "lognormal": {
                    "sigma": 0.25,
                    "late": {
                        "by": "45 days",
                        "probability_by_dose": {"lenalidomide": {"5 mg": "3%", "10 mg": "15%"}},
                    },
                }
            },
        },
    )

    incidence: Probability
    onset: OnsetLaw

    @property
    def doses(self) -> tuple[str, tuple[str, ...]] | None:
        """The drug and the doses that have an onset law of their own."""
        late = self.onset.lognormal.late if self.onset.lognormal is not None else None
        if late is None:
            return None
        drug, levels = one_drug(late.probability_by_dose)
        return drug, tuple(levels)

    def at_dose(self, level: str) -> IncidenceWithOnset:
        """The same incidence with the onset at one dose."""
        law = self.onset.lognormal
        return self if law is None else replace(self, onset=OnsetLaw(lognormal=law.at_dose(level)))

    def once(self, *, clocked: bool) -> bool:
        """Once: a share of patients gets it."""
        del clocked
        return True

    def cumulative(self, age: float, *, clocked: bool) -> float:
        """-ln(1 - incidence x G(age))."""
        del clocked
        if self.incidence < 1.0:
            return cumulative_of(self.incidence * self.onset.cdf(age))
        free = self.onset.survival(age)
        return min(0.0 - log(free), CERTAIN) if free > 0.0 else CERTAIN

    def lower(self, *, clocked: bool) -> HazardTable:
        """To 1e-6 in F; exact on fixed ages, where the cumulative hazard jumps.

        Flat beyond the last age of the law, where 1e-15 are left of it: of patients who are certain to have
        the event, exp(-35 m) then never do, if a factor m below 1 scales their hazard.
        """
        if self.onset.at is not None:
            return self._jumps()
        law, last, scale, first = self.onset.in_units()
        table = scaled_hazard(replace(self, onset=law), last, scale, first)
        late = self.onset.lognormal.late if self.onset.lognormal is not None else None
        if late is None:
            return table
        return with_knot(table, late.by, self.cumulative(late.by, clocked=clocked))

    def _jumps(self) -> HazardTable:
        knots, levels, reached = [0.0], [0.0], 0.0
        for age, share in self.onset.points:
            knots += [age, age]
            levels += [
                cumulative_of(self.incidence * reached),
                cumulative_of(self.incidence * (reached + share)),
            ]
            reached += share
        return HazardTable(knots=tuple(knots), cumulative=tuple(levels))

    def describe(self, *, clocked: bool) -> str:
        """Incidence and law in words."""
        del clocked
        return f"{format_probability(self.incidence)} of patients, {self.onset.describe()}"

    def errors(self) -> Iterator[Remark]:
        """The keys under `at` are lengths of time since the clock began."""
        for age in self.onset.at or {}:
            try:
                parse_duration(age)
            except QuantityError as error:
                yield Remark(
                    path=("onset", "at", age), found=show(age), allowed=error.allowed, hint=error.hint
                )


@lru_cache(maxsize=256)
def _points(at: tuple[tuple[str, float], ...]) -> tuple[tuple[float, float], ...]:
    """Ages as days, in order; kept, since a law is asked at every age of every patient."""
    return tuple(sorted((parse_duration(age), share) for age, share in at))
