"""A rule as data: what a look reads, and the boundaries that it compares with."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from functools import partial
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Bools = NDArray[np.bool_]
    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

__all__ = [
    "NOT_READ",
    "SHARES",
    "Boundary",
    "ComparingTable",
    "Observed",
    "Quantity",
    "RuleTable",
    "ShareTable",
    "TwoArmTable",
    "Verdict",
]

SHARES = 2**53  # parts in which critical shares are counted: whole numbers that floats hold exactly

Row = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Observed:
    """One reading, an endpoint as a look sees it: `x` counted events among `n` (the rule's denominator).

    n is a whole number, except where follow-up is weighted. A look that does not read an endpoint sees
    `NOT_READ` of it: endpoints with windows of their own have looks of their own.
    days: follow-up of these patients, for rules that go by it; else 0.
    """

    n: float
    x: int
    days: float = 0.0

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


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparingTable(ABC):
    """A rule that compares two arms, as rows that are worked out when asked for, and kept.

    named: the outcome. rows: what answers, (k, 2) pairs of whole numbers -> k rows; a value (frozen, equal by
    content), since a table equals another iff both parts do, and travels to other processes with them.
    """

    named: str = "stop"
    rows: Callable[[Ints], list[Row]]
    kept: dict[tuple[int, int], Row] = field(default_factory=dict, init=False, repr=False, compare=False)

    def __reduce__(self) -> tuple[object, ...]:
        """Without the rows that were asked for: the same bytes whatever was."""
        return partial(type(self), named=self.named, rows=self.rows), ()

    @property
    def outcomes(self) -> tuple[str, ...]:
        """Names of the outcomes behind the codes from 1 on."""
        return (self.named,)

    def outcome(self, code: int) -> str | None:
        """Name of the outcome behind a code."""
        return self.named if code else None

    @abstractmethod
    def code(self, observed: Sequence[Observed]) -> int:
        """1 if the outcome holds at these readings, of the first and the second arm compared; else 0."""

    def row_each(self, pairs: Ints | Sequence[tuple[int, int]]) -> list[Row]:
        """Rows for a block of questions at once. (k, 2) whole numbers -> k rows."""
        import numpy as np

        asked = [(int(n1), int(n2)) for n1, n2 in pairs]
        new = [pair for pair in dict.fromkeys(asked) if pair not in self.kept]
        if new:
            self.kept.update(zip(new, self.rows(np.array(new, dtype=np.int64)), strict=True))
        return [self.kept[pair] for pair in asked]


@dataclass(frozen=True, slots=True, kw_only=True)
class TwoArmTable(ComparingTable):
    """The outcome comes iff x1 >= the least x1 for (n1, n2, x2).

    A full cube for 200 patients a side would not fit. A row, of (n1, n2), has the least x1 for x2 = 0 ... n2,
    n1 + 1 where no x1 does.

    A rule of events, which needs no n, reads n1 and n2 as the largest counts there are; its least x1 is the
    same for every n that is large enough. So events may outnumber patients: `code` asks accordingly.
    """

    def row(self, n1: int, n2: int) -> Row:
        """The least x1 for x2 = 0 ... n2; n1 + 1 where no x1 does."""
        return self.row_each([(n1, n2)])[0]

    def least(self, n1: int, n2: int, x2: int) -> int:
        """The least x1 with which the outcome comes; n1 + 1 where none does."""
        return self.row(n1, n2)[x2]

    def code(self, observed: Sequence[Observed]) -> int:
        """1 if the outcome holds at these readings, of the first and the second arm compared; else 0.

        0 where an arm is not read, or has nobody.
        """
        first, second = observed[0], observed[1]
        if not (first.read and second.read and first.n >= 1 and second.n >= 1):
            return 0
        n1, n2 = max(int(first.n), first.x), max(int(second.n), second.x)
        return int(first.x >= self.least(n1, n2, second.x))


@dataclass(frozen=True, slots=True, kw_only=True)
class ShareTable(ComparingTable):
    """The outcome comes iff the first arm's share of the follow-up is at most critical for (x1 + x2, x1).

    Follow-up never is the same twice, so what can be tabled is the largest share at which the counts still
    bring the outcome. A row, of (events, 0), has it for x1 = 0 ... events, in parts of `SHARES`, below all
    of them; 0: no share does.
    """

    def row(self, events: int) -> Row:
        """The critical shares of so many events in both arms, for x1 = 0 ... events, in parts of SHARES."""
        return self.row_each([(events, 0)])[0]

    def critical(self, events: int, x1: int) -> float:
        """The largest share of the follow-up with which x1 of the events bring the outcome; 0: none does."""
        return self.row(events)[x1] / SHARES

    def code(self, observed: Sequence[Observed]) -> int:
        """1 if the outcome holds; 0 where an arm is not read, or nobody in it has been followed."""
        first, second = observed[0], observed[1]
        if not (first.read and second.read and first.days > 0.0 and second.days > 0.0):
            return 0
        return int(first.days / (first.days + second.days) <= self.critical(first.x + second.x, first.x))
