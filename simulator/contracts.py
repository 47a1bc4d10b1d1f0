"""What rules, hazard families and delays promise, and the data they lower to.

Engines, exact calculation, reports and commands know only the forms in this file: tables, never a
rule, a family or a delay by name (docs/decisions.md, "Everything lowers to data").
Nothing heavy is imported here, so that reading and checking a scenario stays quick.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from math import inf
from typing import TYPE_CHECKING, ClassVar, Literal, Protocol, runtime_checkable

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Ints = NDArray[np.int64]

__all__ = [
    "NO_DOSE",
    "Boundary",
    "CountTable",
    "Delay",
    "DelayTable",
    "DoseChoices",
    "DoseCounts",
    "DoseDesign",
    "ExposureBoundary",
    "ExposureTable",
    "HazardFamily",
    "HazardTable",
    "InstantOrder",
    "Observed",
    "Rule",
    "Verdict",
]


NO_DOSE = -1  # in place of a dose: finished, or none recommended


class InstantOrder(IntEnum):
    """What happens first when several things fall on one instant; both engines use these numbers.

    First inside patients, then the trial. A candidate who arrives at the moment of a stop finds
    accrual closed, because the effect of an action comes before an arrival.
    """

    OCCURRENCE = 1
    DETECTION = 2
    WINDOW = 3
    TRANSITION = 4
    REPORT = 5
    LOOK = 6
    EFFECT = 7
    GATE = 8
    ARRIVAL = 9


@dataclass(frozen=True, slots=True)
class Observed:
    """One endpoint as a look reads it: `x` counted events among `n` (the rule's denominator).

    n is a whole number, except where follow-up is weighted.
    """

    n: float
    x: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What a rule says of one look: the outcome's name (None: go on) and why, as a sentence."""

    outcome: str | None
    why: str

    @property
    def stop(self) -> bool:
        """Whether any outcome fired."""
        return self.outcome is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Boundary:
    """One outcome of a rule on one endpoint, as integers.

    `bound[n]` is the count at which the outcome holds with n in the denominator: it holds iff
    x >= bound[n] (`at_least`) or x <= bound[n] (`at_most`); None means never at this n.
    """

    outcome: str
    endpoint: int = 0
    direction: Literal["at_least", "at_most"]
    bound: tuple[int | None, ...]

    def holds(self, n: float, x: int) -> bool:
        """Whether x events among n are at or beyond the boundary."""
        at = self.bound[int(n)]
        if at is None:
            return False
        return x >= at if self.direction == "at_least" else x <= at


class _OutcomeBoundary(Protocol):
    """What both kinds of boundary answer."""

    @property
    def outcome(self) -> str: ...

    @property
    def endpoint(self) -> int: ...

    def holds(self, n: float, x: int) -> bool: ...


class _Outcomes:
    """Boundaries in order: the first that holds gives the outcome's code."""

    __slots__ = ()

    if TYPE_CHECKING:

        @property
        def boundaries(self) -> Sequence[_OutcomeBoundary]: ...

    def code(self, observed: Sequence[Observed]) -> int:
        """Code of the first outcome that holds at these counts (one `Observed` per endpoint)."""
        for code, boundary in enumerate(self.boundaries, start=1):
            seen = observed[boundary.endpoint]
            if boundary.holds(seen.n, seen.x):
                return code
        return 0

    def outcome(self, code: int) -> str | None:
        """Name of the outcome behind a code."""
        return self.boundaries[code - 1].outcome if code else None


@dataclass(frozen=True, slots=True, kw_only=True)
class CountTable(_Outcomes):
    """A rule as integer boundaries; the first boundary that holds gives the outcome.

    Outcome codes count from 1 in the order of `boundaries`; 0 means go on.
    """

    boundaries: tuple[Boundary, ...]

    @property
    def max_n(self) -> int:
        """Largest denominator the table covers."""
        return len(self.boundaries[0].bound) - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class ExposureBoundary:
    """One outcome of a rule on one endpoint, for a denominator that need not be whole.

    `bound[x]` is the denominator at which the outcome holds with x events: it holds iff
    n <= bound[x] (`at_most`: many events for so little follow-up) or n >= bound[x] (`at_least`:
    few events for so much); None means never. Beyond the last x the last bound holds. It holds for
    no n below `minimum_n`.
    """

    outcome: str
    endpoint: int = 0
    direction: Literal["at_least", "at_most"]
    bound: tuple[float | None, ...]
    minimum_n: float = 0.0

    def holds(self, n: float, x: int) -> bool:
        """Whether x events in a denominator of n are at or beyond the boundary."""
        at = self.bound[min(x, len(self.bound) - 1)]
        if at is None or n < self.minimum_n:
            return False
        return n >= at if self.direction == "at_least" else n <= at


@dataclass(frozen=True, slots=True, kw_only=True)
class ExposureTable(_Outcomes):
    """A rule whose denominator is weighted by follow-up; as `CountTable` otherwise."""

    boundaries: tuple[ExposureBoundary, ...]


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

    def at(self, u: float) -> float:
        """Delay of the patient whose draw is u."""
        i = min(max(bisect_right(self.probabilities, u), 1), len(self.days) - 1)
        low, high = self.probabilities[i - 1], self.probabilities[i]
        share = (u - low) / (high - low)
        return self.days[i - 1] + share * (self.days[i] - self.days[i - 1])


@runtime_checkable
class Rule(Protocol):
    """A stopping rule: a frozen dataclass whose fields are its YAML keys.

    `assess` explains one look to people; `lower` gives the same rule as integers. Conformance
    tests hold the two together on every (n, x). A rule may also have `posterior(n, x, outcome)`, the
    probability behind an outcome, `used_endpoints` when it can leave endpoints out, `good`, the
    endpoints of which many events are wanted, and `examples` as a file has them, for the tests.
    """

    kind: ClassVar[str]
    sources: ClassVar[tuple[str, ...]]
    endpoints: ClassVar[tuple[str, ...]]

    def formula(self) -> str:
        """The rule as one line of mathematics, with its numbers."""
        ...

    def assess(self, observed: Sequence[Observed]) -> Verdict:
        """The verdict at these counts, one `Observed` per endpoint."""
        ...

    def lower(self, max_n: int) -> CountTable:
        """The rule as integer boundaries for n = 0 ... max_n."""
        ...

    def lower_exposure(self, max_n: int) -> ExposureTable:
        """The rule for a denominator weighted by follow-up, at x = 0 ... max_n events."""
        ...


@runtime_checkable
class HazardFamily(Protocol):
    """A hazard over the age of a clock; its fields are the family's YAML keys.

    With a clock (`clocked`) the age runs from the anchor; without one it runs from enrolment.
    `examples`: as a file has them, for the tests.
    """

    sources: ClassVar[tuple[str, ...]]
    needs_clock: ClassVar[bool]

    @property
    def doses(self) -> tuple[str, tuple[str, ...]] | None:
        """The drug and the levels of it that have a hazard of their own; None when doses are alike."""
        ...

    def at_dose(self, level: str) -> HazardFamily:
        """The family of patients at a level of `doses`; itself when doses are alike."""
        ...

    @property
    def trait(self) -> str | None:
        """The patient's trait whose probability p scales the hazard by -ln(1 - p), if there is one."""
        ...

    def once(self, *, clocked: bool) -> bool:
        """Whether it can cross only once per start of its clock: a share of patients, not a rate."""
        ...

    def cumulative(self, age: float, *, clocked: bool) -> float:
        """Closed form of the cumulative hazard at `age` days."""
        ...

    def lower(self, *, clocked: bool) -> HazardTable:
        """The same as a table: exact where the hazard is piecewise constant, else to 1e-6 in F."""
        ...

    def describe(self, *, clocked: bool) -> str:
        """The family in words, with its numbers."""
        ...


@runtime_checkable
class Delay(Protocol):
    """A delay in days; its fields are its YAML keys. `examples`: as a file has them, for the tests."""

    def cdf(self, days: float) -> float:
        """Closed form of P(delay <= days), days from 0."""
        ...

    def lower(self) -> DelayTable:
        """Quantile table, exact for fixed and uniform delays, else to 1e-6 in F."""
        ...

    def describe(self) -> str:
        """The delay in words."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class DoseCounts:
    """Where the dose finding of a batch of trials stands: one row per trial, one column per dose.

    n, dlt: (B, D) evaluable patients, and those of them with a dose-limiting toxicity; doses in the
    order of the ladder, lowest first. current: (B,) the dose last given, as a column.
    """

    n: Ints
    dlt: Ints
    current: Ints


@dataclass(frozen=True, slots=True, kw_only=True)
class DoseChoices:
    """What a design says of each trial of a batch, all (B,).

    dose: the column to treat next, NO_DOSE when the dose finding is over. patients: evaluable patients
    to add there before it is asked again. selected: the dose recommended when over, else NO_DOSE.
    reason: index into the design's `reasons`.
    """

    dose: Ints
    patients: Ints
    selected: Ints
    reason: Ints


@runtime_checkable
class DoseDesign(Protocol):
    """A dose-finding design: a frozen dataclass whose fields are its YAML keys.

    `decide` is a pure function of counts, row by row: row i of a batch equals a batch of that row alone.
    Engines and exact calculation ask it for many trials at once and keep the answers.
    """

    kind: ClassVar[str]
    sources: ClassVar[tuple[str, ...]]
    reasons: ClassVar[tuple[str, ...]]

    @property
    def cohort(self) -> int:
        """Patients at a new dose before the first decision there."""
        ...

    def describe(self) -> tuple[str, ...]:
        """The design in sentences, with its numbers."""
        ...

    def decide(self, counts: DoseCounts) -> DoseChoices:
        """What follows from the counts, for every trial of the batch."""
        ...

    def __hash__(self) -> int:
        """Frozen: answers are kept per design."""
        ...

    def toxic(self, counts: DoseCounts) -> NDArray[np.bool_]:
        """(B, D) whether the counts at a dose alone say that it is too toxic."""
        ...
