"""Events as the protocol sees them: marks, detection, and what is done about them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from simulator.model.action import ActionValue
from simulator.model.base import OneOrMany, Strict
from simulator.errors import QuantityError
from simulator.units import Days, Flag, Name, Parsed, Text

__all__ = ["Detected", "Event"]

Detected = Literal["at once", "at visits"]


def _detected(value: object) -> str:
    if value not in ("at once", "at visits"):
        raise QuantityError(found=repr(value), allowed="`at once` or `at visits`")
    return str(value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Event(Strict):
    """What the protocol calls by this name, and does about it.

    marks: kinds an occurrence may have (truths give their shares). grade: the severity that
    makes it this event, in words. repeats: may happen again to the same patient. detected: at
    once, or at the first visit at or after it. when_detected: the patient-level response.
    window: days from entry within which it counts as assessed (both ends count).
    """

    marks: tuple[Name, ...] = ()
    grade: Text | None = None
    repeats: Flag = False
    detected: Annotated[Detected, Parsed(_detected, "string")] = "at once"
    when_detected: Annotated[tuple[ActionValue, ...], OneOrMany] = ()
    window: Days | None = None
