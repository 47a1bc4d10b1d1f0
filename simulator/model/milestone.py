"""Milestones: one grammar for `until`, `look` and `when`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Annotated, Literal

from simulator.errors import QuantityError, show
from simulator.limits import MOST_COUNT
from simulator.units import Parsed, parse_duration

__all__ = ["EACH_ARM", "Milestone", "MilestoneValue", "parse_milestone"]

MILESTONE_WORDS = "`20 treated`, `19 completed`, `50 EVENT events` or `12 months`"
EACH_ARM = "each arm"
PATIENTS = rf"([0-9]+) (?:registered|(treated|completed|known|randomised)(?: in ({EACH_ARM}|[\w-]+))?)"
Unit = Literal["treated", "completed", "known", "events", "days", "randomised", "registered"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Milestone:
    """A point in a trial: a count of patients or events, or a time since opening.

    `unit` "days": `amount` days since the trial opened; "events": `amount` reports of `event`;
    "registered": candidates who have turned up; otherwise `amount` patients treated, with their window
    completed, known, or randomised. arm: of that arm alone; `each arm`: in every one of them.
    """

    amount: float
    unit: Unit
    event: str | None = None
    arm: str | None = None

    def text(self) -> str:
        """As it is written in a scenario."""
        if self.unit == "days":
            return f"{self.amount:g} days"
        if self.unit == "events":
            return f"{self.amount:.0f} {self.event} events"
        return f"{self.amount:.0f} {self.unit}" + (f" in {self.arm}" if self.arm is not None else "")


def parse_milestone(value: object) -> Milestone:
    """`20 treated`, `19 completed`, `50 thrombosis events`, `12 months` -> Milestone."""
    if isinstance(value, Milestone):
        return value
    text = str(value).strip()
    if match := re.fullmatch(PATIENTS, text):
        amount, unit, arm = float(match[1]), match[2] or "registered", match[3]
        return _positive(Milestone(amount=amount, unit=unit, arm=arm), text)  # type: ignore[arg-type]
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


MilestoneValue = Annotated[Milestone, Parsed(parse_milestone, "string")]
