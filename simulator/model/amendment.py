"""Amendments: when a protocol changes, in what, and for whom."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from simulator.errors import QuantityError, show
from simulator.model.base import Strict
from simulator.scalars import one_word
from simulator.units import Parsed, Text, parse_duration

__all__ = ["Amendment", "Trigger", "TriggerList", "parse_triggers"]

CountsAfter = Literal["start again", "keep"]
AppliesTo = Literal["new", "on_study"]

OF_FINDING = "design.dose_finding."  # where paths of a dose finding begin
TRIGGERS = "`DOSE toxic`, `RULE fired`, `9 treated` or `12 months`"


@dataclass(frozen=True, slots=True, kw_only=True)
class Trigger:
    """`dose` is toxic, or `rule` has fired, or `amount` patients treated, or `amount` days since opening."""

    unit: Literal["toxic", "fired", "treated", "days"]
    dose: str | None = None
    rule: str | None = None
    amount: float = 0.0

    def text(self) -> str:
        """As it is written in a scenario."""
        if self.unit == "toxic":
            return f"{self.dose} toxic"
        if self.unit == "fired":
            return f"{self.rule} fired"
        return f"{self.amount:g} {self.unit}"


@dataclass(frozen=True, slots=True, kw_only=True)
class TriggerList:
    """Triggers of which any one, or `every` one, must hold."""

    triggers: tuple[Trigger, ...]
    every: bool = False

    def text(self) -> str:
        """In words."""
        return (" and " if self.every else " or ").join(t.text() for t in self.triggers)


def _trigger(value: object) -> Trigger:
    text = " ".join(str(value).split()) if isinstance(value, str | int | float) else ""
    if match := re.fullmatch(r"(\d+) treated", text):
        if int(match[1]) < 1:
            raise QuantityError(found=show(text), allowed="at least 1 treated")
        return Trigger(unit="treated", amount=float(match[1]))
    if match := re.fullmatch(r"(.+) toxic", text):
        return Trigger(unit="toxic", dose=match[1])
    if match := re.fullmatch(r"(.+) fired", text):
        return Trigger(unit="fired", rule=match[1])
    try:
        return Trigger(unit="days", amount=parse_duration(text))
    except QuantityError:
        raise QuantityError(found=show(value), allowed=TRIGGERS) from None


def parse_triggers(value: object) -> TriggerList:
    """`9 treated`, `[10 mg toxic, 9 treated]` (whichever first) or `{all: [...]}` -> TriggerList."""
    if isinstance(value, TriggerList):
        return value
    every = isinstance(value, dict)
    listed: Any = value
    if isinstance(value, dict):
        if set(value) != {"all"}:
            raise QuantityError(found=show(value), allowed=f"{TRIGGERS}, a list of them, or {{all: [...]}}")
        listed = value["all"]
    items = listed if isinstance(listed, list | tuple) else [listed]
    if not items:
        raise QuantityError(found=show(value), allowed=f"{TRIGGERS}, or a list of them")
    return TriggerList(triggers=tuple(_trigger(item) for item in items), every=every)


@dataclass(frozen=True, slots=True, kw_only=True)
class Amendment(Strict):
    """A new version of the protocol.

    when: whichever of a list is first, or {all: [...]}. change: paths of the design and what is there from
    then on. counts: whether patients of earlier versions still count. applies_to: new patients, or also those
    on study.
    It comes as soon as its triggers hold. One that changes the dose finding, or waits for a dose to be toxic,
    is looked for whenever a dose is due to be chosen. After a change of it dose finding goes on at `start`,
    patients who count count at doses that stay on the ladder, and those on study change to the new start.
    """

    when: Annotated[TriggerList, Parsed(parse_triggers, "string array object")]
    change: dict[Text, Any]
    counts: Annotated[CountsAfter, one_word("start again", "keep")] = "start again"
    applies_to: Annotated[AppliesTo, one_word("new", "on_study")] = "new"

    @property
    def restarts(self) -> bool:
        """Whether it changes the dose finding, which then goes on at its start."""
        return any(f"{path}.".replace('"', "").startswith(OF_FINDING) for path in self.change)

    @property
    def waits(self) -> bool:
        """Whether it is looked for only when a dose is due to be chosen."""
        return self.restarts or any(trigger.unit == "toxic" for trigger in self.when.triggers)
