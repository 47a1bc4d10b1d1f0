"""The design: what people do."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated

from simulator.model.base import OneOrMany, Strict
from simulator.model.event import Event
from simulator.model.milestone import MilestoneValue
from simulator.model.monitoring import Monitor
from simulator.model.phase import Phase
from simulator.units import Name, Text

__all__ = ["AccrualLimit", "Design"]


@dataclass(frozen=True, slots=True, kw_only=True)
class AccrualLimit(Strict):
    """Until when candidates are taken: whichever milestone comes first."""

    until: Annotated[tuple[MilestoneValue, ...], OneOrMany]


@dataclass(frozen=True, slots=True, kw_only=True)
class Design(Strict):
    """A protocol. The first phase listed is the one patients enter.

    drugs: dose levels of each drug, lowest first, as written. Without drugs and phases a patient
    is on one `study_drug` for one phase `treatment`, as long as the longest event window.
    """

    accrual: AccrualLimit
    drugs: dict[Name, Annotated[tuple[Text, ...], OneOrMany]] = field(default_factory=dict)
    phases: dict[Name, Phase] = field(default_factory=dict)
    events: dict[Name, Event] = field(default_factory=dict)
    monitoring: dict[Name, Monitor] = field(default_factory=dict)
