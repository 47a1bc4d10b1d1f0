"""Delays from occurrence to detection and from detection to report."""

from __future__ import annotations

from dataclasses import dataclass
from math import exp
from typing import ClassVar

from simulator.contracts import Delay, DelayTable
from simulator.model.base import Strict
from simulator.truths.onset import Exponential, lognormal_cdf
from simulator.truths.tabulate import scaled_quantiles
from simulator.units import Days, DelayDays, Sigma, format_days

__all__ = ["ExponentialDelay", "FixedDelay", "LogNormalDelay", "UniformDelay"]


@dataclass(frozen=True, slots=True, kw_only=True)
class FixedDelay(Strict, Delay):
    """`5 days`: the same for everyone."""

    examples: ClassVar[tuple[object, ...]] = ("5 days", {"fixed": "0.5 days"})

    fixed: DelayDays

    def cdf(self, days: float) -> float:
        """A step."""
        return float(days >= self.fixed)

    def lower(self) -> DelayTable:
        """Exact."""
        return DelayTable(probabilities=(0.0, 1.0), days=(self.fixed, self.fixed))

    def describe(self) -> str:
        """In words."""
        return format_days(self.fixed)


@dataclass(frozen=True, slots=True, kw_only=True)
class UniformDelay(Strict, Delay):
    """`uniform: [1 day, 14 days]`."""

    examples: ClassVar[tuple[object, ...]] = ({"uniform": ["1 day", "14 days"]},)

    uniform: tuple[DelayDays, DelayDays]

    def __post_init__(self) -> None:
        """The first must not exceed the second."""
        if self.uniform[0] > self.uniform[1]:
            raise ValueError("[shortest, longest], the shortest first")

    def cdf(self, days: float) -> float:
        """A ramp; a step where both are the same."""
        first, last = self.uniform
        return min(max((days - first) / (last - first), 0.0), 1.0) if first < last else float(days >= first)

    def lower(self) -> DelayTable:
        """Exact."""
        return DelayTable(probabilities=(0.0, 1.0), days=self.uniform)

    def describe(self) -> str:
        """In words."""
        return f"uniform between {format_days(self.uniform[0])} and {format_days(self.uniform[1])}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ExponentialDelay(Strict, Delay):
    """`exponential: {mean: 7 days}`."""

    examples: ClassVar[tuple[object, ...]] = ({"exponential": {"mean": "7 days"}},)

    exponential: Exponential

    def cdf(self, days: float) -> float:
        """1 - exp(-days / mean)."""
        return 1.0 - exp(-days / self.exponential.mean)

    def lower(self) -> DelayTable:
        """To 1e-6 in F, cut at 20 means (2e-9)."""
        unit = ExponentialDelay(exponential=Exponential(mean=1.0))
        return scaled_quantiles(unit, 20.0, self.exponential.mean)

    def describe(self) -> str:
        """In words."""
        return f"exponential, mean {format_days(self.exponential.mean)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class LogNormal(Strict):
    """Median, and sigma of log time."""

    median: Days
    sigma: Sigma


@dataclass(frozen=True, slots=True, kw_only=True)
class LogNormalDelay(Strict, Delay):
    """`lognormal: {median: 7 days, sigma: 0.5}`."""

    examples: ClassVar[tuple[object, ...]] = ({"lognormal": {"median": "7 days", "sigma": 0.5}},)

    lognormal: LogNormal

    def cdf(self, days: float) -> float:
        """Phi(log(days / median) / sigma)."""
        return lognormal_cdf(days, self.lognormal.median, self.lognormal.sigma)

    def lower(self) -> DelayTable:
        """To 1e-6 in F, cut at 6 sigma (1e-9)."""
        law = self.lognormal
        unit = LogNormalDelay(lognormal=LogNormal(median=1.0, sigma=law.sigma))
        return scaled_quantiles(unit, exp(6.0 * law.sigma), law.median)

    def describe(self) -> str:
        """In words."""
        return f"lognormal, median {format_days(self.lognormal.median)}, sigma {self.lognormal.sigma:g}"
