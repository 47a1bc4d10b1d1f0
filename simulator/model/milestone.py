"""Milestones and look schedules: one grammar for `until`, `look` and `when`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Annotated, Literal

from simulator.errors import QuantityError, show
from simulator.limits import MOST_COUNT
from simulator.units import Parsed, parse_duration

__all__ = [
    "EVERY_REPORT",
    "LookSchedule",
    "LookValue",
    "Milestone",
    "MilestoneValue",
    "parse_look",
    "parse_milestone",
]

MILESTONE_WORDS = "`20 treated`, `19 completed`, `50 EVENT events` or `12 months`"
LOOK_WORDS = (
    "`every report`, `every 5 treated`, `every 3 months`, `at the end` or {at: [10 treated, 20 treated]}"
)
Unit = Literal["treated", "completed", "known", "events", "days"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Milestone:
    """A point in a trial: a count of patients or events, or a time since opening.

    `unit` "days": `amount` days since the trial opened; "events": `amount` reports of `event`;
    otherwise `amount` patients treated, with their window completed, or known.
    """

    amount: float
    unit: Unit
    event: str | None = None

    def text(self) -> str:
        """As it is written in a scenario."""
        if self.unit == "days":
            return f"{self.amount:g} days"
        if self.unit == "events":
            return f"{self.amount:.0f} {self.event} events"
        return f"{self.amount:.0f} {self.unit}"


@dataclass(frozen=True, slots=True, kw_only=True)
class LookSchedule:
    """When a rule looks.

    `report`: at every report of a counted event, and once more when no report can arrive;
    `end`: only then; `every`: at each multiple of the milestone; `at`: at each listed milestone.
    """

    kind: Literal["report", "end", "every", "at"]
    milestones: tuple[Milestone, ...] = ()

    def patients(self, most: int) -> tuple[int, ...]:
        """Patients at each look of a schedule by numbers of patients, up to `most`."""
        amounts = [int(milestone.amount) for milestone in self.milestones]
        if self.kind == "every":
            return tuple(range(amounts[0], most + 1, amounts[0]))
        return tuple(sorted({amount for amount in amounts if amount <= most}))

    def text(self) -> str:
        """The schedule in words."""
        if self.kind == "report":
            return "at every report of a counted event, and when no report can still arrive"
        if self.kind == "end":
            return "once, when no report can still arrive"
        if self.kind == "every":
            return f"every {self.milestones[0].text()}"
        return "at " + ", ".join(m.text() for m in self.milestones)


def parse_milestone(value: object) -> Milestone:
    """`20 treated`, `19 completed`, `50 thrombosis events`, `12 months` -> Milestone."""
    if isinstance(value, Milestone):
        return value
    text = str(value).strip()
    if match := re.fullmatch(r"([0-9]+) (treated|completed|known)", text):
        return _positive(Milestone(amount=float(match[1]), unit=match[2]), text)  # type: ignore[arg-type]
    if match := re.fullmatch(r"([0-9]+) ([\w-]+) events", text):
        return _positive(Milestone(amount=float(match[1]), unit="events", event=match[2]), text)
    try:
        return Milestone(amount=parse_duration(text), unit="days")
    except QuantityError as error:
        allowed = error.allowed if "at most" in error.allowed else MILESTONE_WORDS
        raise QuantityError(found=show(text), allowed=allowed) from None


def _positive(milestone: Milestone, text: str) -> Milestone:
    if not 1 <= milestone.amount <= MOST_COUNT:
        raise QuantityError(found=show(text), allowed=f"a milestone of at least 1 and at most {MOST_COUNT:,}")
    return milestone


def parse_look(value: object) -> LookSchedule:
    """The words of `look` -> LookSchedule."""
    if isinstance(value, LookSchedule):
        return value
    if isinstance(value, dict):
        listed = value.get("at")
        if set(value) != {"at"} or not isinstance(listed, list) or not listed:
            raise QuantityError(found=show(value), allowed=LOOK_WORDS)
        return LookSchedule(kind="at", milestones=tuple(parse_milestone(item) for item in listed))
    text = str(value).strip()
    if text == "every report":
        return LookSchedule(kind="report")
    if text == "at the end":
        return LookSchedule(kind="end")
    kind, _, rest = text.partition(" ")
    if kind not in {"every", "at"} or not rest:
        raise QuantityError(found=show(text), allowed=LOOK_WORDS)
    try:
        milestone = parse_milestone(rest)
    except QuantityError as error:
        allowed = error.allowed if "at most" in error.allowed else LOOK_WORDS
        raise QuantityError(found=show(text), allowed=allowed, hint=error.hint) from None
    return LookSchedule(kind="every" if kind == "every" else "at", milestones=(milestone,))


EVERY_REPORT = LookSchedule(kind="report")
MilestoneValue = Annotated[Milestone, Parsed(parse_milestone, "string")]
LookValue = Annotated[LookSchedule, Parsed(parse_look, "string")]
