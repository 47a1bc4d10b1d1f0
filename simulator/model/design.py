"""The design: what people do."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import inf
from typing import Annotated, Literal

from simulator.model.action import HOLD_VERBS
from simulator.model.amendment import Amendment
from simulator.model.arms import Arm, Randomisation, Refusal, Screening, refusers_apart
from simulator.model.base import OneOrMany, Strict
from simulator.model.dose_finding import DoseFinding, Expansion, method_apart
from simulator.model.event import Event
from simulator.model.milestone import MilestoneValue
from simulator.model.monitoring import Counts, Monitor
from simulator.model.phase import Phase
from simulator.scalars import one_word
from simulator.units import Days, Name, Shorthand, Text

__all__ = ["AccrualLimit", "Design"]

WhileHeld = Literal["lost", "queued", "on_demand"]


@dataclass(frozen=True, slots=True, kw_only=True)
class AccrualLimit(Strict):
    """Until when candidates are taken: whichever milestone comes first.

    while_held: who turns up while accrual is held is lost, or queued and enrolled, in order, when
    it opens again; on_demand: a candidate is at hand whenever a place is open, whatever the accrual.
    stagger: the least time from one entry to the next; accrual is held until it is over.
    """

    until: Annotated[tuple[MilestoneValue, ...], OneOrMany]
    while_held: Annotated[WhileHeld, one_word("lost", "queued", "on_demand")] = "lost"
    stagger: Days | None = None

    def limit(self, *units: str) -> float:
        """The least milestone in one of these units; inf without one."""
        return min((m.amount for m in self.until if m.unit in units), default=inf)


@dataclass(frozen=True, slots=True, kw_only=True)
class Design(Strict):
    """A protocol. The first phase listed is the one patients enter.

    drugs: dose levels of each drug, lowest first, as written. Without drugs and phases a patient
    is on one `study_drug` for one phase `treatment`, as long as the longest event window. arms: two or more,
    or none; randomisation: how patients are allocated to them.
    """

    accrual: AccrualLimit
    drugs: dict[Name, Annotated[tuple[Text, ...], OneOrMany]] = field(default_factory=dict)
    phases: dict[Name, Phase] = field(default_factory=dict)
    events: dict[Name, Event] = field(default_factory=dict)
    arms: dict[Name, Arm] = field(default_factory=dict)
    randomisation: Randomisation = field(default_factory=Randomisation)
    refusal: Annotated[Refusal, Shorthand(refusers_apart)] | None = None
    screening: Screening | None = None
    dose_finding: Annotated[DoseFinding, Shorthand(method_apart)] | None = None
    expansion: Expansion | None = None
    monitoring: dict[Name, Monitor] = field(default_factory=dict)
    amendments: dict[Name, Amendment] = field(default_factory=dict)

    def window_of(self, counts: Counts) -> float | None:
        """Days from entry within which an endpoint counts: its own window, or its event's; None for none."""
        return counts.window or self.events[counts.event].assessed_within

    @property
    def cap(self) -> float:
        """The most patients who may enter; inf where no limit counts patients."""
        return self.accrual.limit("treated", "randomised")

    @property
    def open_arms(self) -> tuple[str, ...]:
        """Arms that patients are allocated to."""
        return tuple(name for name, arm in self.arms.items() if arm.share)

    @property
    def conducted(self) -> bool:
        """Whether rules concern each other: one reads or calls another, or holds accrual."""
        return any(m.reads or any(a.verb in HOLD_VERBS for a in m.then) for m in self.monitoring.values())
