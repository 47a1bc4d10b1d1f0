"""What rules share that compare two arms: a number for every pair of counts, a cut-off, rows of least counts.

Nothing here imports numpy before a number is asked for, so that checking a file stays quick.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from functools import lru_cache
from math import isnan
from typing import TYPE_CHECKING, Any, ClassVar

from simulator.contracts import ComparingRule, Observed, Plan, Verdict
from simulator.rules._shared import beyond, digits, tie_of
from simulator.units import Comparison

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Bools = NDArray[Any]
    Floats = NDArray[Any]
    Ints = NDArray[Any]

__all__ = ["ARM_UNREAD", "ComparedRule", "counts_in_words", "kept_matrix", "least_counts"]

ARM_UNREAD = "one arm was not read, so nothing is compared"


class ComparedRule(ComparingRule):
    """A rule that compares a number with a cut-off: beyond it at x1, it is so at every larger x1.

    A subclass has a field `minimum_n`, fewer patients than which in an arm give no verdict.
    percent: whether the number is a probability. accuracy: how far off it may be beyond its last bits.
    """

    __slots__ = ()

    percent: ClassVar[bool] = True
    accuracy: ClassVar[float] = 0.0

    if TYPE_CHECKING:

        @property
        def minimum_n(self) -> int: ...

    @property
    @abstractmethod
    def cutoff(self) -> Comparison:
        """What the number is compared with."""

    @abstractmethod
    def named(self) -> str:
        """The number in symbols, `P(p1 > p2)`."""

    @abstractmethod
    def matrix(self, n1: int, n2: int) -> Floats:
        """The number at every pair of counts, nan where there is none. (n1 + 1, n2 + 1)"""

    def begin(self) -> str:
        """` and n1, n2 >= 4`, for a formula; "" where it begins with one patient."""
        return f" and n1, n2 >= {self.minimum_n}" if self.minimum_n > 1 else ""

    @property
    def tie(self) -> float:
        """How far from the cut-off a number equals it."""
        return tie_of(self.cutoff, self.percent, self.accuracy)

    def crossed(self, values: Floats) -> Bools:
        """Whether numbers are beyond the cut-off; nan never is."""
        return beyond(values, self.cutoff.word, self.cutoff.value, self.tie)

    def rows_for(self, pairs: Ints, plan: Plan) -> list[tuple[int, ...]]:
        """Rows from the matrix of each pair."""
        del plan
        return [self._row(n1, n2) for n1, n2 in pairs.tolist()]

    def _row(self, n1: int, n2: int) -> tuple[int, ...]:
        if min(n1, n2) < self.minimum_n:
            return (n1 + 1,) * (n2 + 1)
        return least_counts(self.crossed(kept_matrix(self, n1, n2)))

    def evidence_two(self, n1: int, x1: int, n2: int, x2: int, plan: Plan | None = None) -> float | None:
        """The number behind the outcome; None below `minimum_n` and where the counts give none.

        ValueError if more patients had the event than were counted.
        """
        del plan
        for n, x in ((n1, x1), (n2, x2)):
            if x > n:
                raise ValueError(f"{x} of {n}: this rule counts patients, so at most n can have the event")
        if min(n1, n2) < self.minimum_n or min(x1, x2) < 0:
            return None
        value = float(kept_matrix(self, n1, n2)[x1, x2])
        return None if isnan(value) else value

    def assess(self, observed: Sequence[Observed], plan: Plan) -> Verdict:
        """`stop` where the number is beyond the cut-off, with the number."""
        import numpy as np

        first, second = observed
        if not (first.read and second.read):
            return Verdict(outcome=None, why=ARM_UNREAD)
        n1, n2 = int(first.n), int(second.n)
        begin = counts_in_words(n1, first.x, n2, second.x)
        if min(n1, n2) < self.minimum_n:
            return Verdict(outcome=None, why=f"{begin}; the rule begins at {self.minimum_n} in each arm")
        value = self.evidence_two(n1, first.x, n2, second.x, plan)
        if value is None:
            return Verdict(outcome=None, why=f"{begin}; {self.named()} has no value")
        held = bool(self.crossed(np.array([value]))[0])
        shown = digits(value, self.cutoff, self.tie, self.percent)
        word = "" if held else "not "
        why = f"{begin}; {self.named()} = {shown}, {word}{self.cutoff.text(self.percent)}"
        return Verdict(outcome="stop" if held else None, why=why)


@lru_cache(maxsize=64)  # verdicts and evidence are asked for beside rows
def kept_matrix(rule: ComparedRule, n1: int, n2: int) -> Floats:
    """`rule.matrix`, worked out once."""
    found = rule.matrix(n1, n2)
    found.setflags(write=False)
    return found


def least_counts(held: Bools) -> tuple[int, ...]:
    """Per column the first row that holds, the number of rows where none does. (n1 + 1, n2 + 1) bool."""
    import numpy as np

    found: list[int] = np.where(held.any(axis=0), held.argmax(axis=0), held.shape[0]).tolist()
    return tuple(found)


def counts_in_words(n1: int, x1: int, n2: int, x2: int) -> str:
    """`3 of 7 in the first arm and 1 of 9 in the second had the event`."""
    return f"{x1} of {n1} in the first arm and {x2} of {n2} in the second had the event"
