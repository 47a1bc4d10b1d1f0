"""A share of patients who get the event, and when: incidence with an onset law."""

from __future__ import annotations

from dataclasses import dataclass
from math import erfc, exp, log, sqrt
from typing import ClassVar

from simulator.contracts import HazardTable
from simulator.model.base import Strict
from simulator.truths.tabulate import cumulative_of, hazard_table
from simulator.units import Days, PositiveNumber, Probability, format_days, format_probability

__all__ = ["Exponential", "IncidenceWithOnset", "LogNormal", "OnsetLaw", "lognormal_cdf"]

LAST_IN_SIGMAS = 8.0  # a lognormal is followed to 8 sigma: what is beyond is below 1e-15


def lognormal_cdf(days: float, median: float, sigma: float) -> float:
    """P(T <= days) for log T ~ Normal(log median, sigma)."""
    return 0.5 * erfc(-log(days / median) / (sigma * sqrt(2.0))) if days > 0.0 else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class LogNormal(Strict):
    """`lognormal: {median: 5.45 months, sigma: 1.00}`; sigma is that of log time."""

    median: Days
    sigma: PositiveNumber


@dataclass(frozen=True, slots=True, kw_only=True)
class Exponential(Strict):
    """`exponential: {mean: 3 months}`."""

    mean: Days


@dataclass(frozen=True, slots=True, kw_only=True)
class OnsetLaw(Strict):
    """The law of the time to the event among those who get it: exactly one of these."""

    lognormal: LogNormal | None = None
    exponential: Exponential | None = None

    def __post_init__(self) -> None:
        """Exactly one law."""
        if (self.lognormal is None) == (self.exponential is None):
            raise ValueError("exactly one of lognormal, exponential")

    def cdf(self, days: float) -> float:
        """P(T <= days)."""
        if self.lognormal is not None:
            return lognormal_cdf(days, self.lognormal.median, self.lognormal.sigma)
        assert self.exponential is not None
        return 1.0 - exp(-days / self.exponential.mean)

    @property
    def last(self) -> float:
        """Age (days) beyond which nothing is left to 1e-15."""
        if self.lognormal is not None:
            return self.lognormal.median * exp(LAST_IN_SIGMAS * self.lognormal.sigma)
        assert self.exponential is not None
        return 35.0 * self.exponential.mean

    def describe(self) -> str:
        """The law in words."""
        if self.lognormal is not None:
            return f"lognormal onset, median {format_days(self.lognormal.median)}, sigma {self.lognormal.sigma:g}"
        assert self.exponential is not None
        return f"exponential onset, mean {format_days(self.exponential.mean)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidenceWithOnset(Strict):
    """`incidence: 65%` with `onset: {lognormal: ...}`: who gets it, and when.

    F(t) = incidence x G(t), so H(t) = -ln(1 - incidence x G(t)); net risk.
    """

    sources: ClassVar[tuple[str, ...]] = ()
    needs_clock: ClassVar[bool] = True

    incidence: Probability
    onset: OnsetLaw

    def cumulative(self, age: float, *, clocked: bool) -> float:
        """-ln(1 - incidence x G(age))."""
        del clocked
        return cumulative_of(self.incidence * self.onset.cdf(age))

    def lower(self, *, clocked: bool) -> HazardTable:
        """To 1e-6 in F."""
        return hazard_table(lambda age: self.cumulative(age, clocked=clocked), self.onset.last)

    def describe(self, *, clocked: bool) -> str:
        """Incidence and law in words."""
        del clocked
        return f"{format_probability(self.incidence)} of patients, {self.onset.describe()}"


