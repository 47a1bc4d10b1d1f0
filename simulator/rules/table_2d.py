"""Stop at the counts that a protocol's table of two arms lists, whatever made them (jennison2000)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise
from math import inf
from typing import TYPE_CHECKING, Annotated, ClassVar, NoReturn

from simulator.contracts import ComparingRule, Observed, Plan, Verdict
from simulator.errors import QuantityError, show
from simulator.limits import MOST_PATIENTS
from simulator.rules import _shared
from simulator.rules._comparing import ARM_UNREAD, counts_in_words
from simulator.scalars import whole_number, words
from simulator.units import Parsed, PositiveCount

if TYPE_CHECKING:
    from simulator.rules._comparing import Ints

__all__ = ["Listed2d", "Table2d"]

NEVER = "never"
PLACE = re.compile(r"([0-9]{1,9})(?: ?- ?([0-9]{1,9}))? ?/ ?([0-9]{1,9})(?: ?- ?([0-9]{1,9}))?")
PLACES = (
    "N1/N2 with the least count for 0, 1, 2, ... events of N2, such as {8/9: [2, 4, 5], 9-12/9-12: [3, 5]}"
)
COUNTS = f"whole numbers from 1 to {MOST_PATIENTS:,}, or `{NEVER}`, such as [2, 4, 5, {NEVER}]"


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed2d:
    """One row: where n1 and n2 are in these ranges (first, last), least[x2] stops; beyond its end nothing."""

    n1: tuple[int, int]
    n2: tuple[int, int]
    least: tuple[int | None, ...]

    def has(self, n1: int, n2: int) -> bool:
        """Whether the row is for so many patients."""
        return self.n1[0] <= n1 <= self.n1[1] and self.n2[0] <= n2 <= self.n2[1]

    def place(self) -> str:
        """`8/9`, `9-12/9-12`."""
        return "/".join(str(a) if a == b else f"{a}-{b}" for a, b in (self.n1, self.n2))

    def text(self) -> str:
        """`8/9: 2, 4, 5`."""
        return f"{self.place()}: {', '.join(NEVER if x is None else str(x) for x in self.least)}"


def parse_rows(value: object) -> tuple[Listed2d, ...]:
    """`{8/9: [2, 4, 5]}` -> rows as listed, none for the same patients as another."""
    if not isinstance(value, Mapping) or not value:
        _shared.refuse(show(value), PLACES)
    found = tuple(_listed(words(key), body) for key, body in value.items())
    for row, other in combinations(found, 2):
        if all(a[0] <= b[1] and b[0] <= a[1] for a, b in ((row.n1, other.n1), (row.n2, other.n2))):
            _refuse(f"{row.place()} beside {other.place()}", "each n1 and n2 in one row")
    return found


def _refuse(found: str, allowed: str) -> NoReturn:
    """As a hint too: what is shown as found is all of `rows`."""
    _shared.refuse(found, allowed, found)


def _listed(key: str, body: object) -> Listed2d:
    match = PLACE.fullmatch(key)
    if match is None:
        _refuse(f"the row {show(key)}", PLACES)
    n1, n2 = ((int(match[i]), int(match[i + 1] or match[i])) for i in (1, 3))
    if not all(1 <= first <= last <= MOST_PATIENTS for first, last in (n1, n2)):
        _refuse(f"the row {key}", f"patients from 1 to {MOST_PATIENTS:,}, the last not before the first")
    items = body.split(",") if isinstance(body, str) else body if isinstance(body, list | tuple) else [body]
    least = tuple(_count(item, key) for item in items)
    if len(least) > n2[1] + 1:
        _refuse(f"{len(least)} counts in the row {key}", f"at most {n2[1] + 1}, for 0 to {n2[1]} events")
    row = Listed2d(n1=n1, n2=n2, least=least)
    for x2, (before, after) in enumerate(pairwise(inf if x is None else x for x in least)):
        if after < before:
            found = f"{NEVER if before == inf else before} at {x2}, but {after} at {x2 + 1} in the row {key}"
            _refuse(found, "counts that do not fall as events in the second arm rise")
    if least[0] is None or least[0] > n1[1]:
        _refuse(row.text(), "a first count that n1 patients can reach; a row that never stops is left out")
    return row


def _count(item: object, key: str) -> int | None:
    if (text := words(item)) == NEVER:
        return None
    try:
        return whole_number(text, 1, MOST_PATIENTS)
    except QuantityError:
        _refuse(f"{show(item)} in the row {key}", COUNTS)


Rows2d = Annotated[tuple[Listed2d, ...], Parsed(parse_rows, "object")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Table2d(ComparingRule):
    """Stop iff x1 is at or beyond the count listed for n1, n2, x2: every rule is such a table (jennison2000).

    rows: `N1/N2` (each a number or FIRST-LAST) with the least x1 for x2 = 0, 1, 2, ...; `never`, or past the
    end of the list, no x1 stops. Where no row has n1 and n2 nothing stops. minimum_n: no stop with fewer
    patients in an arm. Weak: the count itself stops.
    """

    kind: ClassVar[str] = "table_2d"
    sources: ClassVar[tuple[str, ...]] = ("jennison2000",)
    examples: ClassVar[tuple[dict[str, object], ...]] = (
        {"rows": {"8/9": [2, 4, 5, "never"], "10-40/10-40": "3, 5, 6, 7"}},
        {"rows": {"1-40/1-40": [4]}, "minimum_n": 5},
    )

    rows: Rows2d
    minimum_n: PositiveCount = 1

    def formula(self) -> str:
        """The rule as one line of mathematics."""
        rows = "; ".join(row.text() for row in self.rows)
        begin = f"; n1, n2 >= {self.minimum_n}" if self.minimum_n > 1 else ""
        return f"stop iff x1 >= the count listed for x2 = 0, 1, 2, ... at n1/n2: {rows}{begin}"

    def rows_for(self, pairs: Ints, plan: Plan) -> list[tuple[int, ...]]:
        """The counts as listed."""
        del plan
        return [self._row(n1, n2) for n1, n2 in pairs.tolist()]

    def _row(self, n1: int, n2: int) -> tuple[int, ...]:
        row = next((row for row in self.rows if row.has(n1, n2)), None)
        if row is None or min(n1, n2) < self.minimum_n:
            return (n1 + 1,) * (n2 + 1)
        least = [n1 + 1 if x is None else min(x, n1 + 1) for x in row.least[: n2 + 1]]
        return (*least, *[n1 + 1] * (n2 + 1 - len(least)))

    def evidence_two(self, n1: int, x1: int, n2: int, x2: int, plan: Plan | None = None) -> None:
        """None: a table does not say what made it."""
        del n1, x1, n2, x2, plan

    def assess(self, observed: Sequence[Observed], plan: Plan) -> Verdict:
        """`stop` once the listed count is reached."""
        del plan
        first, second = observed
        if not (first.read and second.read):
            return Verdict(outcome=None, why=ARM_UNREAD)
        n1, n2 = int(first.n), int(second.n)
        begin = counts_in_words(n1, first.x, n2, second.x)
        least = self._row(n1, n2)[second.x]
        if least > n1:
            return Verdict(outcome=None, why=f"{begin}; as listed, no count stops there")
        held = first.x >= least
        why = f"{begin}; as listed, {'' if held else 'not '}at least {least}"
        return Verdict(outcome="stop" if held else None, why=why)
