"""What hazard families and delays promise, and the tables they lower to."""

from __future__ import annotations

from abc import ABC, abstractmethod
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from math import inf
from typing import ClassVar

__all__ = ["Delay", "DelayTable", "HazardFamily", "HazardTable", "Remark"]


@dataclass(frozen=True, slots=True, kw_only=True)
class HazardTable:
    """Cumulative hazard over the age of a clock (days), piecewise linear.

    `cumulative[i]` is reached at `knots[i]`; `knots[0]` is 0 and `cumulative[0]` above 0 is an
    immediate outcome. Beyond the last knot the hazard is `tail` per day. Nondecreasing.
    """

    knots: tuple[float, ...]
    cumulative: tuple[float, ...]
    tail: float = 0.0

    def at(self, age: float) -> float:
        """Cumulative hazard at this age, the immediate part included."""
        knots, cumulative = self.knots, self.cumulative
        i = bisect_right(knots, age) - 1
        if i < 0:
            return 0.0
        if i == len(knots) - 1:
            return cumulative[i] + self.tail * (age - knots[i]) if self.tail else cumulative[i]
        slope = (cumulative[i + 1] - cumulative[i]) / (knots[i + 1] - knots[i])
        return cumulative[i] + slope * (age - knots[i])

    def jump_at(self, age: float) -> float:
        """By how much the cumulative hazard rises on this age itself; 0 unless it jumps there."""
        first, after = bisect_left(self.knots, age), bisect_right(self.knots, age)
        if first == after:
            return 0.0
        return self.cumulative[after - 1] - (self.cumulative[first] if first else 0.0)

    def age_at(self, level: float) -> float:
        """Age at which the cumulative hazard first reaches `level`; inf if it never does."""
        knots, cumulative = self.knots, self.cumulative
        i = bisect_left(cumulative, level)
        if i == 0:
            return knots[0]
        if i == len(cumulative):
            last = cumulative[-1]
            return knots[-1] + (level - last) / self.tail if self.tail > 0.0 else inf
        slope = (knots[i] - knots[i - 1]) / (cumulative[i] - cumulative[i - 1])
        return knots[i - 1] + (level - cumulative[i - 1]) * slope


@dataclass(frozen=True, slots=True, kw_only=True)
class DelayTable:
    """Quantiles of a delay (days), piecewise linear in the probability u in (0, 1)."""

    probabilities: tuple[float, ...]
    days: tuple[float, ...]

    @property
    def constant(self) -> float | None:
        """The delay itself when it is the same for everyone."""
        return self.days[0] if self.days[0] == self.days[-1] else None

    def drawn(self, draw: Callable[[], float]) -> float:
        """The delay; `draw` is asked only where it is not the same for everyone."""
        return self.days[0] if self.days[0] == self.days[-1] else self.at(draw())

    def at(self, u: float) -> float:
        """Delay of the patient whose draw is u."""
        i = min(max(bisect_right(self.probabilities, u), 1), len(self.days) - 1)
        low, high = self.probabilities[i - 1], self.probabilities[i]
        share = (u - low) / (high - low)
        return self.days[i - 1] + share * (self.days[i] - self.days[i - 1])


@dataclass(frozen=True, slots=True, kw_only=True)
class Remark:
    """What a family has to say of a value of its own. path: the keys that lead to it, from the component."""

    path: tuple[str, ...]
    found: str
    allowed: str
    hint: str = ""


class HazardFamily(ABC):
    """A hazard over the age of a clock; its fields are the family's YAML keys.

    With a clock (`clocked`) the age runs from the anchor; without one it runs from enrolment. What has a
    default here is left out where the default is right. `examples`: as a file has them, for the tests.
    """

    __slots__ = ()

    sources: ClassVar[tuple[str, ...]] = ()
    examples: ClassVar[tuple[Mapping[str, object], ...]] = ()
    needs_clock: ClassVar[bool] = False

    @property
    def doses(self) -> tuple[str, tuple[str, ...]] | None:
        """The drug and the levels of it that have a hazard of their own; None when doses are alike."""
        return None

    def at_dose(self, level: str) -> HazardFamily:
        """The family of patients at a level of `doses`; itself when doses are alike."""
        del level
        return self

    @property
    def trait(self) -> str | None:
        """The patient's trait whose probability p scales the hazard by -ln(1 - p), if there is one."""
        return None

    def scaled(self, *, clocked: bool) -> tuple[HazardFamily, float]:
        """A family and a factor: its cumulative hazard times that is this one's, at every age.

        Families that differ in size alone have the same one. Itself and 1 where no field is a size.
        """
        del clocked
        return self, 1.0

    def once(self, *, clocked: bool) -> bool:
        """Whether it can cross only once per start of its clock: a share of patients, not a rate."""
        del clocked
        return False

    @abstractmethod
    def cumulative(self, age: float, *, clocked: bool) -> float:
        """Closed form of the cumulative hazard at `age` days."""

    @abstractmethod
    def lower(self, *, clocked: bool) -> HazardTable:
        """The same as a table: exact where the hazard is piecewise constant, else to 1e-6 in F."""

    @abstractmethod
    def describe(self, *, clocked: bool) -> str:
        """The family in words, with its numbers."""

    def errors(self) -> Iterable[Remark]:
        """Values that cannot be, where the error is to name a key deeper than the family's fields."""
        return ()

    def warnings(
        self, *, event: str, clocked: bool, course_days: float, windows: Collection[float | None]
    ) -> Iterable[Remark]:
        """Values that can be and are probably not meant.

        event: whose hazard it is. course_days: the phases together. windows: in which the event is assessed.
        """
        del event, clocked, course_days, windows
        return ()


class Delay(ABC):
    """A delay in days; its fields are its YAML keys. `examples`: as a file has them, for the tests."""

    __slots__ = ()

    examples: ClassVar[tuple[object, ...]] = ()

    @abstractmethod
    def cdf(self, days: float) -> float:
        """Closed form of P(delay <= days), days from 0."""

    @abstractmethod
    def lower(self) -> DelayTable:
        """Quantile table, exact for fixed and uniform delays, else to 1e-6 in F."""

    @abstractmethod
    def describe(self) -> str:
        """The delay in words."""
