"""What boards share: who sits on them, as a file has it, and how long a verdict holds."""

from __future__ import annotations

from collections.abc import Mapping
from math import inf
from typing import TYPE_CHECKING, Annotated

from simulator.contracts import BoardRule, Seat
from simulator.errors import QuantityError, show
from simulator.repairs import close_match
from simulator.scalars import refuse
from simulator.units import Parsed, parse_name, parse_positive_count

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


class Board(BoardRule):
    """A board whose members stand under `of`, and whose verdicts hold for `valid`."""

    __slots__ = ()

    if TYPE_CHECKING:

        @property
        def of(self) -> tuple[tuple[str, Seat], ...]: ...

        @property
        def valid(self) -> float | None: ...

    @property
    def seats(self) -> Mapping[str, Seat]:
        """The members by the names of their rules."""
        return dict(self.of)

    @property
    def holds_for(self) -> float:
        """Days that a verdict holds unless the member looks again."""
        return inf if self.valid is None else self.valid

    @property
    def weight(self) -> int:
        """Of all votes together."""
        return sum(seat.weight for _, seat in self.of)
