"""A rule as data: what a look reads, and the boundaries that it compares with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Bools = NDArray[np.bool_]
    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

__all__ = ["NOT_READ", "Boundary", "Observed", "Quantity", "RuleTable", "Verdict"]


@dataclass(frozen=True, slots=True)
class Observed:
    """One reading, an endpoint as a look sees it: `x` counted events among `n` (the rule's denominator).

    n is a whole number, except where follow-up is weighted. A look that does not read an endpoint sees
    `NOT_READ` of it: endpoints with windows of their own have looks of their own.
    """

    n: float
    x: int

    @property
    def read(self) -> bool:
        """Whether the look read this endpoint."""
        return self.n >= 0


NOT_READ = Observed(n=-1, x=-1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What a rule says of one look: the outcome's name (None: go on) and why, as a sentence."""

    outcome: str | None
    why: str

    @property
    def stop(self) -> bool:
        """Whether any outcome fired."""
        return self.outcome is not None


class Quantity(IntEnum):
    """The two numbers of a reading."""

    COUNT = 0  # x, the events counted
    WEIGHTED_N = 1  # n, the denominator, which need not be whole


@dataclass(frozen=True, slots=True, kw_only=True)
class Boundary:
    """One outcome of a rule on one reading: it holds iff the statistic is at or beyond the bound.

    statistic: what is compared, the other quantity saying with which bound. COUNT: x with `bound[n]`, n
    rounded down, for every n there is. WEIGHTED_N: n with `bound[x]`; beyond the last x the last bound holds.
    reading: which endpoint of the rule, from 0. direction: it holds iff the statistic >= bound (`at_least`)
    or <= bound (`at_most`); None means never. minimum_n: it holds for no n below.
    """

    outcome: str
    reading: int = 0
    statistic: Quantity = Quantity.COUNT
    direction: Literal["at_least", "at_most"]
    bound: tuple[float | None, ...]
    minimum_n: float = 0.0

    @property
    def along(self) -> Quantity:
        """What says which bound: the quantity that is not compared."""
        return Quantity(1 - self.statistic)

    @property
    def for_many(self) -> bool:
        """Whether many events bring the outcome about (in whatever n, or in so little n), and not few."""
        return (self.direction == "at_least") is (self.statistic is Quantity.COUNT)

    def holds(self, n: float, x: int) -> bool:
        """Whether x events among n are at or beyond the boundary; IndexError for an n it does not cover."""
        value: float
        if self.statistic is Quantity.COUNT:
            value, at = x, self.bound[int(n)]
        else:
            value, at = n, self.bound[min(x, len(self.bound) - 1)]
        if at is None or n < self.minimum_n:
            return False
        return value >= at if self.direction == "at_least" else value <= at

    def holds_each(self, n: Floats | Ints, x: Ints) -> Bools:
        """`holds` for many readings at once. (readings,), (readings,) -> (readings,)."""
        import numpy as np

        never = np.inf if self.direction == "at_least" else -np.inf
        bound = np.array([never if at is None else at for at in self.bound], dtype=np.float64)
        value: Floats | Ints
        if self.statistic is Quantity.COUNT:
            value, at = x, bound[n.astype(np.int64)]
        else:
            value, at = n, bound[np.minimum(x, len(bound) - 1)]
        beyond: Bools = value >= at if self.direction == "at_least" else value <= at
        return beyond & (n >= self.minimum_n)


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleTable:
    """A rule as boundaries; the first that holds gives the outcome.

    Outcome codes count from 1 in the order of `boundaries`; 0 means go on.
    """

    boundaries: tuple[Boundary, ...]

    @property
    def by_n(self) -> bool:
        """Whether counts are compared with a bound for each n, which a protocol can print as a table."""
        return all(boundary.statistic is Quantity.COUNT for boundary in self.boundaries)

    def code(self, observed: Sequence[Observed]) -> int:
        """Code of the first outcome that holds at these readings, one `Observed` per endpoint."""
        for code, boundary in enumerate(self.boundaries, start=1):
            seen = observed[boundary.reading]
            if seen.read and boundary.holds(seen.n, seen.x):
                return code
        return 0

    def outcome(self, code: int) -> str | None:
        """Name of the outcome behind a code."""
        return self.boundaries[code - 1].outcome if code else None
