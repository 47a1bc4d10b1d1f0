"""A probability: at once, or within a time."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from math import exp, log
from typing import Annotated, ClassVar, Literal

from simulator.contracts import HazardFamily, HazardTable, Remark
from simulator.errors import QuantityError
from simulator.model.base import Strict
from simulator.truths.tabulate import cumulative_of, scaled_hazard
from simulator.units import Parsed, RiskValue, format_days, format_probability

__all__ = ["Inside", "ProbabilityWithin", "inside"]

Inside = Literal["constant hazard", "uniform"]


def inside(value: object) -> str:
    """How a risk is spread over its time, as a file says it."""
    if value not in ("constant hazard", "uniform"):
        allowed = "`constant hazard` or `uniform`; other onset laws go with `incidence:`"
        raise QuantityError(found=repr(value), allowed=allowed)
    return str(value)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbabilityWithin(Strict, HazardFamily):
    """`probability: p`, or `probability: p in T` with what happens inside T.

    Bare p: an immediate outcome at the start of the clock. p in T without a clock: the constant
    hazard -ln(1 - p) / T wherever the conditions hold. p in T with a clock: only in [0, T] of
    that clock, with a constant hazard or a uniform onset inside it. p is net risk.
    """

    sources: ClassVar[tuple[str, ...]] = ()
    needs_clock: ClassVar[bool] = False
    examples: ClassVar[tuple[dict[str, object], ...]] = (
        {"probability": "25%"},
        {"probability": "25% in 6 months"},
        {"probability": "65% in 28 days", "onset": "uniform"},
    )

    probability: RiskValue
    onset: Annotated[Inside, Parsed(inside, "string")] = "constant hazard"

    def __post_init__(self) -> None:
        """A crude risk would need every competing exit; only net risks are taken."""
        if self.probability.crude:
            raise ValueError("the net risk: a crude one depends on every competing exit")
        if self.probability.probability == 1.0 and self.probability.days is not None:
            raise ValueError("a probability below 100%: certainty within a time is no hazard")

    def once(self, *, clocked: bool) -> bool:
        """Once per start of the clock; without a clock p in T is a rate."""
        return clocked or self.probability.days is None

    def cumulative(self, age: float, *, clocked: bool) -> float:
        """-ln(1 - p) at once; spread over T; or -ln(1 - p x age / T) for a uniform onset."""
        level, within = cumulative_of(self.probability.probability), self.probability.days
        if within is None:
            return level
        if not clocked:
            return level * age / within
        if self.onset == "uniform":
            return cumulative_of(self.probability.probability * min(age / within, 1.0))
        return level * min(age / within, 1.0)

    def lower(self, *, clocked: bool) -> HazardTable:
        """Exact, except a uniform onset (to 1e-6 in F)."""
        level, within = cumulative_of(self.probability.probability), self.probability.days
        if within is None:
            return HazardTable(knots=(0.0,), cumulative=(level,))
        if not clocked:
            return HazardTable(knots=(0.0,), cumulative=(0.0,), tail=level / within)
        if self.onset == "uniform":
            return scaled_hazard(replace(self, probability=replace(self.probability, days=1.0)), 1.0, within)
        return HazardTable(knots=(0.0, within), cumulative=(0.0, level))

    def scaled(self, *, clocked: bool) -> tuple[ProbabilityWithin, float]:
        """One with a cumulative hazard of 1, at once or in its time (of a rate: in a day), and the factor.

        A uniform onset has another shape at every probability: itself.
        """
        level, within = cumulative_of(self.probability.probability), self.probability.days
        if clocked and within is not None and self.onset == "uniform":
            return self, 1.0
        if not clocked and within is not None:
            level, within = level / within, 1.0
        unit = replace(self.probability, probability=1.0 - exp(-1.0), days=within)
        return replace(self, probability=unit), level

    def describe(self, *, clocked: bool) -> str:
        """The probability and its time, in words."""
        p, within = format_probability(self.probability.probability), self.probability.days
        if within is None:
            return f"{p}, at once"
        if clocked:
            return f"{p} in {format_days(within)}, {self.onset} inside, none after"
        rate = -log(1.0 - min(self.probability.probability, 1 - 1e-16)) / within * 365.25
        return f"{p} in {format_days(within)} (constant hazard, {rate:.4g} per year)"

    def warnings(
        self, *, event: str, clocked: bool, course_days: float, windows: Collection[float | None]
    ) -> Iterator[Remark]:
        """A risk in just the window of its event is most often meant for it alone; courses may outlast it."""
        within = self.probability.days
        if clocked or within is None or within >= course_days or within not in windows:
            return
        yield Remark(
            path=("probability",),
            found=f"a risk in {format_days(within)} without a clock, which goes on after them",
            allowed=f"a `clock` if {event} is to come within its window only",
            hint="`clock: enrolment` ends the risk with the window; this file keeps it as a rate",
        )
