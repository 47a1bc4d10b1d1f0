"""What boards share: who sits on them, as a file has it, how long a verdict holds, and how they decide."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import inf
from typing import Annotated

from simulator.contracts import BoardRule, Observed, Plan, RuleTable, Seat, Verdict
from simulator.errors import QuantityError, show
from simulator.repairs import close_match
from simulator.rules._shared import count_boundary
from simulator.scalars import refuse
from simulator.units import Days, Parsed, parse_name, parse_positive_count

__all__ = ["Board", "Seats"]

KEYS = ("outcome", "weight")
SEATS_WORDS = "names of other rules: [RULE, RULE], {RULE: OUTCOME} or {RULE: {outcome: ..., weight: 2}}"


def read_seats(value: object) -> tuple[tuple[str, Seat], ...]:
    """`[a, b]`, `{a: stop}` or `{a: {outcome: stop, weight: 2}}` -> who sits on a board, in that order."""
    if isinstance(value, tuple):
        return value
    if isinstance(value, list):
        names = [parse_name(name) for name in value]
        if twice := [name for i, name in enumerate(names) if name in names[:i]]:
            raise QuantityError(
                f"{show(twice[0])} twice", "each rule once; a vote that counts twice has `weight: 2`"
            )
        found = tuple((name, Seat()) for name in names)
    elif isinstance(value, dict):
        found = tuple((parse_name(name), _seat(body)) for name, body in value.items())
    else:
        refuse(value, SEATS_WORDS)
    if not found:
        raise QuantityError("nobody", SEATS_WORDS)
    return found


def _seat(body: object) -> Seat:
    if isinstance(body, str) and not body.isdecimal():
        return Seat(outcome=parse_name(body))
    if not isinstance(body, dict):
        refuse(body, SEATS_WORDS)
    for key in body:
        if key not in KEYS:
            raise QuantityError(f"the key {show(key)}", "`outcome` or `weight`", close_match(str(key), KEYS))
    outcome = parse_name(body["outcome"]) if "outcome" in body else None
    try:
        weight = parse_positive_count(body.get("weight", "1"))
    except QuantityError as error:
        raise QuantityError(show(body), f"`weight` with {error.allowed}", error.hint) from None
    return Seat(outcome=outcome, weight=weight)


Seats = Annotated[tuple[tuple[str, Seat], ...], Parsed(read_seats, "array object")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Board(BoardRule):
    """A board whose members stand under `of`, and whose verdicts hold for `valid`."""

    of: Seats
    valid: Days | None = None

    @property
    def seats(self) -> Mapping[str, Seat]:
        """The members by the names of their rules."""
        return dict(self.of)

    @property
    def holds_for(self) -> float:
        """Days that a verdict holds unless the member looks again; inf: always."""
        return inf if self.valid is None else self.valid

    @property
    def weight(self) -> int:
        """Of all votes together."""
        return sum(seat.weight for _, seat in self.of)

    def formula(self) -> str:
        """The rule as one line."""
        weights = {seat.weight for _, seat in self.of}
        of = ", ".join(
            name + ("" if seat.outcome is None else f" ({seat.outcome})") + _times(seat, weights)
            for name, seat in self.of
        )
        read = f" and at least {self.least_read} were read" if self.least_read > 1 else ""
        return f"stop iff votes >= {self.needed}{read}; votes of {of}"

    def assess(self, observed: Sequence[Observed], plan: Plan) -> Verdict:
        """`stop` with enough votes; one `Observed`: members read, weight of votes."""
        del plan
        n, votes = observed[0].n, observed[0].x
        begin = f"votes {votes}, {n:g} of {len(self.of)} members read"
        if n < self.least_read:
            return Verdict(outcome=None, why=f"{begin}; at least {self.least_read} must be")
        if votes >= self.needed:
            return Verdict(outcome="stop", why=f"{begin}; {self.needed} decide")
        return Verdict(outcome=None, why=f"{begin}; it takes {self.needed}")

    def lower(self, plan: Plan) -> RuleTable:
        """The same bound for every number of members read, from the quorum on."""
        return RuleTable(boundaries=(count_boundary("stop", "at_least", self.needed, self.least_read, plan),))


def _times(seat: Seat, weights: set[int]) -> str:
    """The weight of a seat where not all weigh 1."""
    return "" if weights == {1} else f" x {seat.weight}"
