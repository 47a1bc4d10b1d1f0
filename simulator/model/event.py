"""Events as the protocol sees them: marks, detection, and what is done about them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Annotated

from simulator.errors import QuantityError, show
from simulator.model.action import ActionValue
from simulator.model.base import OneOrMany, Strict
from simulator.model.phase import PLAIN
from simulator.units import Days, Flag, Name, Parsed, Text

__all__ = ["Event"]

AT_ONCE = "at once"


def _detected(value: object) -> str | None:
    text = str(value).strip() if value is not None else ""
    if text == AT_ONCE:
        return None
    if text == "at visits":
        return PLAIN
    if match := re.fullmatch(r"at ([A-Za-z_][\w-]*)", text):
        return match[1]
    raise QuantityError(
        found=show(value), allowed="`at once`, `at visits`, or `at NAME` of a phase's named visits"
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Event(Strict):
    """What the protocol calls by this name, and does about it.

    marks: kinds an occurrence may have (truths give their shares). grade: the severity that
    makes it this event, in words. repeats: may happen again to the same patient. detected: at
    once, or at the first visit (of that name) at or after it. when_detected: the patient-level
    response. window: days from entry within which it is assessed (both ends count).
    ruled_out_by: events after whose report it can no longer happen: the patient is known without it.
    absence_of, by: the event is that another was not detected by so many days from entry (one detected on
    the day itself is no absence); it is what is counted, known on that day at the earliest, and the
    window is `by`. Who leaves the course before has none.
    """

    marks: tuple[Name, ...] = ()
    grade: Text | None = None
    repeats: Flag = False
    detected: Annotated[str | None, Parsed(_detected)] = None
    when_detected: Annotated[tuple[ActionValue, ...], OneOrMany] = ()
    window: Days | None = None
    ruled_out_by: Annotated[tuple[Name, ...], OneOrMany] = ()
    absence_of: Name | None = None
    by: Days | None = None

    def __post_init__(self) -> None:
        """An absence has its day, and no other window."""
        if (self.absence_of is None) != (self.by is None):
            raise ValueError("`absence_of: EVENT` together with `by: DURATION`")
        if self.absence_of is not None and self.window is not None:
            raise ValueError("no `window` beside `by`, which is the window of an absence")
        if self.absence_of is not None and (self.repeats or self.marks):
            raise ValueError("an absence without `repeats` and `marks`")

    @property
    def assessed_within(self) -> float | None:
        """The window of the event, days from entry."""
        return self.by if self.absence_of is not None else self.window
