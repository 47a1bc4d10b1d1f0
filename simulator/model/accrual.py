"""How candidates turn up."""

from __future__ import annotations

import re
from dataclasses import dataclass
from math import inf
from typing import Annotated, NoReturn

from simulator.errors import QuantityError, show
from simulator.formats import DAYS_PER_MONTH, format_days
from simulator.limits import MOST_COUNT
from simulator.units import Parsed, parse_duration, parse_interval, parse_rate

__all__ = ["AccrualLaw", "AccrualValue", "Piece", "parse_accrual"]

ALLOWED = (
    "`0.5 per month` (Poisson), `every 2 months` (fixed, first entry on day 0), `45 uniform over 730 days`, "
    "one after another, or {pieces: [{to: 6 months, rate: 0.25 per month}, {rate: 1 per month}]}"
)
ONE_AFTER_ANOTHER = "one after another"


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """`per_day` candidates a day, at random, until day `to` of the trial (inf: from then on)."""

    to: float
    per_day: float

    def text(self) -> str:
        """In words."""
        until = f"until {format_days(self.to)}" if self.to < inf else "from then on"
        return f"{_monthly(self.per_day)} {until}"


@dataclass(frozen=True, slots=True, kw_only=True)
class AccrualLaw:
    """How candidates turn up, in one of five ways.

    per_day: Poisson. every_days: one every so many days from day 0. candidates, within: so many in all, each
    on a day of its own between day 0 and `within`, all days alike. pieces: Poisson with a rate that changes.
    one_by_one: each when the one before is assessed.
    """

    per_day: float | None = None
    every_days: float | None = None
    candidates: int | None = None
    within: float = inf
    pieces: tuple[Piece, ...] = ()
    one_by_one: bool = False

    def text(self) -> str:
        """In words."""
        if self.one_by_one:
            return "one after another: each candidate comes when the one before is assessed"
        if self.every_days is not None:
            return f"one candidate every {self.every_days:g} days, the first on day 0"
        if self.candidates is not None:
            over = format_days(self.within)
            return f"{self.candidates} candidates in all, each on a day of its own, all days of {over} alike"
        if self.pieces:
            return f"Poisson, {', '.join(piece.text() for piece in self.pieces)}"
        return f"Poisson, {_monthly(self.per_day or 0.0)}"


def _monthly(per_day: float) -> str:
    return f"{per_day * DAYS_PER_MONTH:g} per month" if per_day else "nobody"


def parse_accrual(value: object) -> AccrualLaw:
    """Any of the ways that `ALLOWED` shows -> AccrualLaw."""
    if isinstance(value, AccrualLaw):
        return value
    if isinstance(value, dict):
        return AccrualLaw(pieces=_pieces(value))
    text = " ".join(str(value).split())
    if text == ONE_AFTER_ANOTHER:
        return AccrualLaw(one_by_one=True)
    try:
        if text.startswith("every "):
            return AccrualLaw(every_days=parse_interval(text))
        if match := re.fullmatch(r"([0-9]+) uniform over (.+)", text):
            within = parse_duration(match[2])
            if not 1 <= int(match[1]) <= MOST_COUNT:
                _refuse(text, f"from 1 to {MOST_COUNT:,} candidates")
            return AccrualLaw(candidates=int(match[1]), within=within)
        return AccrualLaw(per_day=parse_rate(text))
    except QuantityError as error:
        bounded = any(word in error.allowed for word in ("at most", "from "))
        _refuse(text, error.allowed if bounded else ALLOWED, error.hint)


def _pieces(value: dict[object, object]) -> tuple[Piece, ...]:
    """`{pieces: [{to: ..., rate: ...}, ..., {rate: ...}]}`, the times rising, the last without `to`."""
    listed = value.get("pieces")
    if set(value) != {"pieces"} or not isinstance(listed, list) or not listed:
        _refuse(value, ALLOWED)
    pieces, before = [], 0.0
    for number, piece in enumerate(listed, start=1):
        keys = {"rate"} if number == len(listed) else {"to", "rate"}
        if not isinstance(piece, dict) or set(piece) != keys:
            last = "the last piece has `rate` alone, and no other has"
            _refuse(piece, "{to: DURATION, rate: RATE}", last)
        to = parse_duration(piece["to"]) if "to" in piece else inf
        if to <= before:
            _refuse(str(piece["to"]), f"a day after {format_days(before)}, when the piece before ends")
        pieces.append(Piece(to=to, per_day=_rate(piece["rate"], last=number == len(listed))))
        before = to
    return tuple(pieces)


def _rate(value: object, *, last: bool) -> float:
    """A rate per day; 0, nobody, in any piece but the last."""
    if str(value).strip() == "0" and not last:
        return 0.0
    return parse_rate(value)


def _refuse(found: object, allowed: str, hint: str = "") -> NoReturn:
    raise QuantityError(found=show(found), allowed=allowed, hint=hint)


AccrualValue = Annotated[AccrualLaw, Parsed(parse_accrual, "string object")]
