"""Monitoring: what is counted, among whom, when it is looked at, and what follows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from simulator.contracts import Rule
from simulator.model.action import ActionValue
from simulator.model.base import OneOrMany, Strict
from simulator.model.milestone import LookSchedule, LookValue
from simulator.model.registered import Registered
from simulator.errors import QuantityError
from simulator.units import Count, DelayDays, Name, Parsed, Text

__all__ = ["Among", "Counted", "Counts", "Monitor", "OrWithin", "Scope"]

Among = Literal["treated"]
AMONG: tuple[str, ...] = ("treated",)
Unit = Literal["patients", "events"]
UNITS: tuple[str, ...] = ("patients", "events")


def _among(value: object) -> str:
    if value not in AMONG:
        raise QuantityError(found=repr(value), allowed=" or ".join(f"`{word}`" for word in AMONG))
    return str(value)


def _unit(value: object) -> str:
    if value not in UNITS:
        raise QuantityError(found=repr(value), allowed=" or ".join(f"`{word}`" for word in UNITS))
    return str(value)


@dataclass(frozen=True, slots=True, kw_only=True)
class OrWithin(Strict):
    """Also counts, in any phase, up to `days` days after the last dose of a drug (both ends count)."""

    days: Count
    of_last: Name


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope(Strict):
    """Where an event counts, judged at its occurrence. What is not named does not restrict.

    phases: an event on a phase's last instant belongs to that phase. or_within: widens `phases`.
    marks: kinds that count. doses: levels of a drug that count.
    """

    phases: Annotated[tuple[Name, ...] | None, OneOrMany] = None
    or_within: OrWithin | None = None
    marks: Annotated[tuple[Name, ...] | None, OneOrMany] = None
    doses: dict[Name, Annotated[tuple[Text, ...], OneOrMany]] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts(Strict):
    """What one endpoint of a rule counts: patients with a first event, or every event."""

    event: Name
    unit: Annotated[Unit, Parsed(_unit, "string")] = "patients"


Counted = Counts


@dataclass(frozen=True, slots=True, kw_only=True)
class Monitor(Strict):
    """One stopping rule at work.

    among: the denominator; `treated` takes everyone treated, a pending patient as without event.
    look: when it is read. data_cut: days before the look at which the data are cut.
    decision_lag: days from the look to the effect. then: what is done; empty = it only reports.
    """

    counts: Counts
    rule: Annotated[Rule, Registered("rule")]
    scope: Scope = Scope()
    among: Annotated[Among, Parsed(_among, "string")] = "treated"
    look: LookValue = LookSchedule(kind="report")
    data_cut: DelayDays = 0.0
    decision_lag: DelayDays = 0.0
    then: Annotated[tuple[ActionValue, ...], OneOrMany] = ()
