"""A decision table as a protocol prints it, whatever made it (ji2010)."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Annotated, ClassVar

from simulator.dose_finding._by_table import DOWN, STAY, UP, ByTable
from simulator.errors import QuantityError, show
from simulator.limits import MOST_PATIENTS
from simulator.scalars import refuse, whole_number, words
from simulator.units import Parsed, format_probability

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Ints = NDArray[np.int64]
    Bools = NDArray[np.bool_]

__all__ = ["DECISIONS", "UserTable", "parse_table"]

DECISIONS = {"E": UP, "S": STAY, "D": DOWN, "DU": DOWN}
ELIMINATES = "DU"
TABLE = "each n with a decision for 0, 1, ... n DLTs, of E, S, D and DU, such as {3: E S D DU}"
Row = tuple[int, tuple[str, ...]]  # n, decisions by DLTs


def parse_table(value: object) -> tuple[Row, ...]:
    """`{3: E S D DU}` -> ((3, ("E", "S", "D", "DU")),), by rising n; every count of DLTs has one decision."""
    if not isinstance(value, Mapping) or not value:
        refuse(value, TABLE)
    found = []
    for key, decisions in value.items():
        n = whole_number(words(key), 1, MOST_PATIENTS)
        row = (
            tuple(decisions)
            if isinstance(decisions, list)
            else tuple(re.findall(r"[^\s,]+", words(decisions)))
        )
        if strange := [each for each in row if each not in DECISIONS]:
            raise QuantityError(f"{show(strange[0])} at n = {n}", "E, S, D or DU")
        if len(row) != n + 1:
            raise QuantityError(f"{len(row)} decisions at n = {n}", f"{n + 1}: for 0 to {n} DLTs")
        found.append((n, row))
    found.sort()
    for (n, _), (following, _) in pairwise(found):
        if n == following:
            raise QuantityError(f"n = {n} twice", "each n once")
    return tuple(found)


@dataclass(frozen=True, slots=True, kw_only=True)
class UserTable(ByTable):
    """By n and DLTs at the dose last given: E up, S stay, D down, DU down and eliminated (ji2010).

    table: n -> decisions for 0 ... n DLTs; in a file `table`, or a CSV file of n, dlt, decision that `csv`
    names. A dose whose n is not listed is filled to the next n that is. Recommended is as in BOIN (liu2015).
    """

    kind: ClassVar[str] = "user_table"
    sources: ClassVar[tuple[str, ...]] = ("ji2010", "liu2015")
    examples: ClassVar[tuple[dict[str, object], ...]] = (
        {"target": "30%", "n_max": 9, "table": {"3": "E S D DU", "6": "E E S D DU DU DU"}},
        {
            "target": "25%",
            "n_max": 6,
            "cohort": 2,
            "enough": 4,
            "table": {"1": "E D", "2": "E S DU", "4": ["E", "S", "D", "DU", "DU"]},
        },
    )

    table: Annotated[tuple[Row, ...], Parsed(parse_table, "object")]

    def __post_init__(self) -> None:
        """Refuse a table with a hole: cohorts must come to an n that is listed until all are treated."""
        ByTable.__post_init__(self)
        numbers = (0, *self.numbers, self.n_max)
        for n, following in pairwise(numbers):
            if following - n > self.cohort:
                raise QuantityError(
                    f"table without n = {n + 1} to {following - 1}",
                    f"one at least every {self.cohort} patients (the cohort) up to n_max, {self.n_max}",
                )

    @property
    def numbers(self) -> tuple[int, ...]:
        """Every n listed, rising."""
        return tuple(n for n, _ in self.table)

    def moves(self, n: int) -> tuple[int, ...]:
        """As listed; STAY where n is not."""
        return tuple(DECISIONS[each] for each in self._row(n)) or (STAY,) * (n + 1)

    def _row(self, n: int) -> tuple[str, ...]:
        return dict(self.table).get(n, ())

    def eliminated(self, n: Ints, dlt: Ints) -> Bools:
        """DU."""
        import numpy as np

        rows = {number: self._row(number) for number in np.unique(n).tolist()}
        pairs = zip(n.ravel().tolist(), dlt.ravel().tolist(), strict=True)
        found: Bools = np.array([rows[a][b : b + 1] == (ELIMINATES,) for a, b in pairs], dtype=bool)
        return found.reshape(n.shape)

    def elimination(self) -> str:
        """As listed."""
        return f"where the table says {ELIMINATES}"

    def wanted(self, n: Ints) -> Ints:
        """A cohort, or what is missing to the next n that is listed."""
        import numpy as np

        ends = (*self.numbers, self.n_max)
        missing = [next((end - k for end in ends[bisect_right(ends, k) :]), self.cohort) for k in n.tolist()]
        return np.minimum(np.array(missing, dtype=np.int64), self.cohort)

    def rule(self) -> tuple[str, ...]:
        """Every row."""
        rows = "; ".join(f"{n} patients: {' '.join(row)}" for n, row in self.table)
        return (
            f"A decision table, target {format_probability(self.target)}, for 0, 1, 2, ... DLTs at the dose, "
            f"E up, S stay, D down, DU down and eliminated: {rows}. A dose whose number of patients is not "
            "listed is filled to the next that is.",
        )
