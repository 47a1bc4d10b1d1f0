"""Stop at the counts that a protocol's table lists, whatever made them (goldman1987)."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Annotated, Any, ClassVar

from simulator.contracts import Boundary, Observed, Plan, Rule, RuleTable, Verdict
from simulator.errors import show
from simulator.limits import MOST_COUNT
from simulator.rules import _shared
from simulator.scalars import whole_number, words
from simulator.units import Name, Parsed, PositiveCount

__all__ = ["Bounds", "Listed"]

RANGE = re.compile(r"(?P<first>[0-9]{1,9})(?: ?- ?(?P<last>[0-9]{1,9}))?")
RANGES = "ranges of n with a count each, such as {4-14: 4, 15-29: 5}"
Range = tuple[int, int, int]  # first n, last n, count


def parse_ranges(value: object) -> tuple[Range, ...]:
    """`{4-14: 4, 15: 5}` -> ((4, 14, 4), (15, 15, 5)), in rising order, none overlapping."""
    if not isinstance(value, Mapping) or not value:
        _shared.refuse(show(value), RANGES)
    found = []
    for key, count in value.items():
        match = RANGE.fullmatch(words(key))
        if match is None:
            _shared.refuse(f"the range {show(key)}", RANGES)
        first, last = int(match["first"]), int(match["last"] or match["first"])
        if not 1 <= first <= last <= MOST_COUNT:
            _shared.refuse(f"the range {show(key)}", f"FIRST-LAST, from 1 to {MOST_COUNT:,}")
        found.append((first, last, whole_number(count, 0, MOST_COUNT)))
    found.sort()
    for (_, last, _), (first, _, _) in pairwise(found):
        if first <= last:
            _shared.refuse(f"n = {first} in two ranges", "each n in one range")
    return tuple(found)


Ranges = Annotated[tuple[Range, ...], Parsed(parse_ranges, "object")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """One outcome: it holds at `at_least` or `at_most` so many events, by ranges of n; never elsewhere."""

    at_least: Ranges | None = None
    at_most: Ranges | None = None

    def __post_init__(self) -> None:
        """Refuse both or neither, and counts that fall where n rises."""
        if (self.at_least is None) is (self.at_most is None):
            _shared.refuse(
                "both at_least and at_most" if self.at_least else "neither at_least nor at_most",
                "one of the two",
            )
        for (_, before, low), (first, _, high) in pairwise(self.ranges):
            if high < low:
                _shared.refuse(
                    f"{low} up to n = {before}, but {high} from n = {first} on",
                    "counts that do not fall as n rises",
                )

    @property
    def ranges(self) -> tuple[Range, ...]:
        """In rising order."""
        return self.at_least or self.at_most or ()

    @property
    def many(self) -> bool:
        """Whether many events bring it about."""
        return self.at_least is not None

    def text(self) -> str:
        """`x >= 4 (n 4-14), 5 (n 15-29)`."""
        spans = (
            f"{x} (n {first}-{last})" if last > first else f"{x} (n {first})"
            for first, last, x in self.ranges
        )
        return f"x {'>=' if self.many else '<='} " + ", ".join(spans)

    def bound(self, max_n: int) -> tuple[int | None, ...]:
        """For n = 0 ... max_n."""
        found: list[int | None] = [None] * (max_n + 1)
        for first, last, x in self.ranges:
            found[first : last + 1] = [x] * len(found[first : last + 1])
        return tuple(found)


def _by_outcome(value: object) -> object:
    """Outcomes as a file lists them, beside `minimum_n`, under one key."""
    if not isinstance(value, dict) or "outcomes" in value:
        return value
    named = {key: body for key, body in value.items() if isinstance(body, dict)}
    rest = {key: body for key, body in value.items() if key not in named}
    return {**rest, "outcomes": named}


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds(Rule):
    """Stop iff x is at or beyond the count listed for n: every rule is a bound for each n (goldman1987).

    outcomes: under each name `at_least` or `at_most` with a count by ranges of n; in a file they stand beside
    `kind`, or in a CSV file that `csv` names. Asked in their order. Where no range has n, an outcome cannot
    come. minimum_n: nothing holds with fewer patients. Weak: the count itself stops.
    """

    kind: ClassVar[str] = "bounds"
    sources: ClassVar[tuple[str, ...]] = ("goldman1987",)
    endpoints: ClassVar[tuple[str, ...]] = ("event",)
    monotone_in_n: ClassVar[bool] = False
    examples: ClassVar[tuple[dict[str, object], ...]] = (
        {"too_toxic": {"at_least": {"4-14": 4, "15-40": 5}}, "cleared": {"at_most": {"25-40": 0}}},
        {"stop": {"at_least": {"10": 5, "20": 8, "40": 13}}, "minimum_n": 3},
    )

    beside: ClassVar[str] = "outcomes"  # whose keys stand beside the others in a file

    outcomes: dict[Name, Listed]
    minimum_n: PositiveCount = 1

    def __post_init__(self) -> None:
        """Refuse a rule without outcomes."""
        if not self.outcomes:
            _shared.refuse("no outcome", "at least one, such as too_toxic: {at_least: {4-14: 4, 15-29: 5}}")

    def __hash__(self) -> int:
        """A value."""
        return hash((*self.outcomes.items(), self.minimum_n))

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: Callable[[Any], Any]) -> dict[str, Any]:
        """The class's own behind `_by_outcome`."""
        before = {"type": "no-info", "function": _by_outcome}
        return {"type": "function-before", "function": before, "schema": handler(source)}

    def formula(self) -> str:
        """The rule as one line of mathematics."""
        parts = (f"{name} iff {listed.text()}" for name, listed in self.outcomes.items())
        return "; ".join(parts) + (f"; n >= {self.minimum_n}" if self.minimum_n > 1 else "")

    def assess(self, observed: Sequence[Observed], plan: Plan) -> Verdict:
        """The first outcome whose count is reached."""
        n, x = observed[0].n, observed[0].x
        code = self.lower(plan).code(observed)
        begin = f"{x} counted among {n:g}"
        if n < self.minimum_n:
            return Verdict(outcome=None, why=f"{begin}; the rule begins at {self.minimum_n}")
        names = list(self.outcomes)
        if not code:
            return Verdict(outcome=None, why=f"{begin}: as listed, neither {' nor '.join(names)}")
        return Verdict(outcome=names[code - 1], why=f"{begin}: as listed, {names[code - 1]}")

    def lower(self, plan: Plan) -> RuleTable:
        """The ranges written out; a weighted n is rounded down."""
        return RuleTable(
            boundaries=tuple(
                Boundary(
                    outcome=name,
                    direction="at_least" if listed.many else "at_most",
                    bound=listed.bound(plan.max_n),
                    minimum_n=self.minimum_n,
                )
                for name, listed in self.outcomes.items()
            )
        )
