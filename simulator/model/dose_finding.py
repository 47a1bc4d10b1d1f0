"""Dose finding: the design's rule, the ladder, how cohorts are conducted, expansion and amendments."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Literal

from simulator.contracts import DoseDesign
from simulator.errors import QuantityError, show
from simulator.model.base import OneOrMany, Strict, apart
from simulator.model.registered import Registered
from simulator.scalars import one_word
from simulator.units import (
    Name,
    Parsed,
    PositiveCount,
    Text,
    parse_duration,
    parse_probability,
)

__all__ = [
    "ASSIGNED", "MTD", "Amendment", "Decide", "DoseFinding", "Expansion", "Trigger", "TriggerList",
    "method_apart", "parse_triggers",
]  # fmt: skip

ASSIGNED = "assigned"  # in `gives`: the level that dose finding gave the patient
MTD = "mtd"

Decide = Literal["when_window_complete", "when_known", "when_decided"]
NotEvaluable = Literal["replace", "leave"]
CountsAfter = Literal["start again", "keep"]
AppliesTo = Literal["new", "on_study"]


def _death(value: object) -> float:
    """`not_evaluable` -> 0, `dlt` -> 1, `{dlt_if_related: 30%}` -> 0.3: the share counted as a DLT."""
    if isinstance(value, float):
        return value
    words = {"not_evaluable": 0.0, "dlt": 1.0}
    if isinstance(value, str) and value in words:
        return words[value]
    if isinstance(value, dict) and set(value) == {"dlt_if_related"}:
        return parse_probability(value["dlt_if_related"])
    raise QuantityError(
        found=show(value), allowed="`not_evaluable`, `dlt` or {dlt_if_related: SHARE} of the deaths"
    )


def method_apart(value: object) -> object:
    """`kind` and the keys of the design itself (written beside the others) -> under `method`."""
    return apart(DoseFinding, value)


@dataclass(frozen=True, slots=True, kw_only=True)
class DoseFinding(Strict):
    """Which dose each cohort is given, and what is found out.

    method: the design, its keys written beside these. drug: whose levels are given as `assigned`
    (needed when several drugs are). ladder: levels in rising order; default all of the drug's. start:
    default the lowest. event: the DLT; its window is the DLT window. decide: the next dose is chosen
    when every window of the cohort is over, when every outcome is known, or as soon as no pending
    outcome can change the choice. not_evaluable: whether such a patient is replaced, or leaves the
    cohort smaller. death: the event; death_in_window: what it is for a patient whose DLT is open: not
    evaluable, a DLT, or a DLT in a share of the deaths.
    """

    beside: ClassVar[str] = "method"  # whose keys stand beside the others in a file

    method: Annotated[DoseDesign, Registered("design")]
    drug: Name | None = None
    ladder: Annotated[tuple[Text, ...], OneOrMany] = ()
    start: Text | None = None
    event: Name = "dlt"
    decide: Annotated[Decide, one_word("when_window_complete", "when_known", "when_decided")] = (
        "when_window_complete"
    )
    not_evaluable: Annotated[NotEvaluable, one_word("replace", "leave")] = "replace"
    death: Name = "death"
    death_in_window: Annotated[float, Parsed(_death, "string object")] = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Expansion(Strict):
    """After dose finding, so many more patients at the dose it selected, entering without cohorts."""

    at: Annotated[Literal["mtd"], one_word(MTD)] = "mtd"
    patients: PositiveCount


TRIGGERS = "`DOSE toxic`, `9 treated` or `12 months`"


@dataclass(frozen=True, slots=True, kw_only=True)
class Trigger:
    """`dose` is toxic, or `amount` patients treated, or `amount` days since opening."""

    unit: Literal["toxic", "treated", "days"]
    dose: str | None = None
    amount: float = 0.0

    def text(self) -> str:
        """As it is written in a scenario."""
        if self.unit == "toxic":
            return f"{self.dose} toxic"
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
    """A new version of the dose finding, looked for whenever a dose is due to be chosen.

    when: whichever of a list is first, or {all: [...]}. change: paths under design.dose_finding and
    what is there from then on; dose finding goes on at `start`. counts: whether patients of earlier
    versions still count at doses that stay on the ladder. applies_to: new patients, or also those on
    study, who change to the new start.
    """

    when: Annotated[TriggerList, Parsed(parse_triggers, "string array object")]
    change: dict[Text, Any]
    counts: Annotated[CountsAfter, one_word("start again", "keep")] = "start again"
    applies_to: Annotated[AppliesTo, one_word("new", "on_study")] = "new"
