"""What engines, exact calculation and metrics read: a frozen Program of numbers.

Indices count from 0 in the order of the scenario file. Times are days; the level of a drug is 0
when it is not given and k for the k-th level listed.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from math import inf
from typing import TYPE_CHECKING

from simulator.contracts import (
    DelayTable,
    HazardTable,
)
from simulator.program.arms import ArmsTable, ScreeningTable
from simulator.program.arrivals import ArrivalTable
from simulator.program.course import Assignment, PatientState, PhaseTable
from simulator.program.dosing import DoseFindingTable
from simulator.program.interruptions import Interruption
from simulator.program.rule_tables import MonitorTable
from simulator.program.triggers import AmendmentTable
from simulator.program.words import NONE, ClockKind, WhileHeld

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Bools = NDArray[np.bool_]
    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

__all__ = [
    "ComponentTable",
    "EventTable",
    "PlannedPiece",
    "Program",
    "TraitTable",
    "UpgradeTable",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class ComponentTable:
    """One part of an event's hazard. `multiplier[state]` is 0 where its conditions are false.

    tables: one, or one per dose that has its own; which[state]: the one in force.
    once: crosses once per start of its clock. only_if, unless: yes-or-no traits; risk: the trait whose
    probability scales the hazard; NONE without. asks: events of which it matters whether they have happened.
    """

    event: int
    name: str
    stream: str
    clock: ClockKind
    of: int
    restarts: bool
    pauses: bool
    once: bool
    tables: tuple[HazardTable, ...]
    which: tuple[int, ...]
    multiplier: tuple[float, ...]
    only_if: int
    unless: int
    risk: int
    asks: tuple[int, ...] = ()

    def table(self, state: int) -> HazardTable:
        """The hazard in force in a state."""
        return self.tables[self.which[state]]


@dataclass(frozen=True, slots=True, kw_only=True)
class TraitTable:
    """A trait: yes with `probability`, or Beta(a, b) when `beta` is given.

    after: an earlier trait it goes with (or NONE); `probability` holds where that is no, `if_so` where yes.
    """

    name: str
    stream: str
    probability: float
    if_so: float
    after: int
    beta: tuple[float, float] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class UpgradeTable:
    """Of reports with a mark a share gets the mark `to`, `after` so long."""

    to: int
    share: float
    after: DelayTable


@dataclass(frozen=True, slots=True, kw_only=True)
class EventTable:
    """An event: what happens between occurrence and report, and the patient-level response.

    visit: the kind of visit that finds it, NONE at once. mark_shares: cumulative shares of `marks`.
    responses: per plan the operations of the response; ends: whether it ends the patient's course.
    counted: a rule, or dose finding, reads its reports.
    watched: a step, a transition or an absence depends on whether it was detected.
    absence_of: the event whose absence by day `absence_by` from entry this one is; NONE for any other.
    happens: the operation by which a patient's state keeps it, where a hazard depends on that; else NONE.
    never: the share that is never reported. counts_as: the event that a committee may make of it (or NONE):
    of a share `adjudged` of its reports, `decided` after them. as_adjudged: it may come of another event so.
    withdrawn: the share of its own reports that is withdrawn, `withdrawn_after` so long. upgrades: of each
    mark what becomes of it, None where it stays; empty where all do.
    """

    name: str
    repeats: bool
    visit: int
    detection: DelayTable | None
    report: DelayTable | None
    marks: tuple[str, ...]
    mark_shares: tuple[float, ...]
    responses: tuple[tuple[int, ...], ...]
    ends: tuple[bool, ...]
    watched: bool
    counted: bool
    absence_of: int = NONE
    absence_by: float = 0.0
    happens: int = NONE
    never: float = 0.0
    counts_as: int = NONE
    adjudged: float = 0.0
    decided: DelayTable | None = None
    as_adjudged: bool = False
    withdrawn: float = 0.0
    withdrawn_after: DelayTable | None = None
    upgrades: tuple[UpgradeTable | None, ...] = ()

    @property
    def response(self) -> tuple[int, ...]:
        """What is done about it while no amendment has changed that."""
        return self.responses[0]

    @property
    def ends_course(self) -> bool:
        """Whether it may end a patient's course."""
        return any(self.ends)

    @property
    def detection_stream(self) -> str:
        """How long after its occurrence, or the visit that finds it, it is detected."""
        return f"event:{self.name}/detection"

    @property
    def report_stream(self) -> str:
        """How long after its detection it is reported."""
        return f"event:{self.name}/report"

    @property
    def mark_stream(self) -> str:
        """Which mark an occurrence has."""
        return f"event:{self.name}/mark"

    @property
    def never_stream(self) -> str:
        """Whether an occurrence is never reported."""
        return f"event:{self.name}/never"

    @property
    def adjudged_stream(self) -> str:
        """What a committee makes of a report."""
        return f"event:{self.name}/adjudged"

    @property
    def decided_stream(self) -> str:
        """How long it takes."""
        return f"event:{self.name}/decided"

    @property
    def withdrawn_stream(self) -> str:
        """Whether a report is withdrawn."""
        return f"event:{self.name}/withdrawn"

    @property
    def withdrawn_after_stream(self) -> str:
        """How long after its arrival."""
        return f"event:{self.name}/withdrawn after"

    @property
    def upgraded_stream(self) -> str:
        """Whether a report gets another mark."""
        return f"event:{self.name}/upgraded"

    @property
    def upgraded_after_stream(self) -> str:
        """How long after its arrival."""
        return f"event:{self.name}/upgraded after"

    @property
    def corrected(self) -> bool:
        """Whether its reports may be withdrawn or upgraded."""
        return self.withdrawn > 0.0 or bool(self.upgrades)

    @property
    def reported_as_it_is(self) -> bool:
        """Whether every occurrence is reported, and no report comes of another event."""
        return self.never == 0.0 and not self.as_adjudged


@dataclass(frozen=True, slots=True)
class PlannedPiece:
    """A stretch of the planned course: from day `start` in `state`; `starts`: clocks started then."""

    start: float
    state: int
    starts: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """A variant of a design under a truth.

    after[state][operation]: the state that follows, NONE where it cannot come. enters[operation]: the
    phase entered, NONE if none. transitions[operation]: enters even the phase the patient is in.
    precedence[operation]: its place among the directives of one instant. interrupts[operation]: the drug that
    it stops for a time. resumes[drug]: the operation that ends such a stop, NONE where none can be.
    anchors[state][operation]: components whose clock the change starts; entry_anchors[state]: at
    entry in that state. touched[state][operation]: these, and those whose hazard the change alters; all
    others go on as if nothing had happened. entry_touched[state]: those whose clock or hazard begins.
    active[state]: components that act in the state.
    later: the phases of each later plan, in the order of `phases`, which are those of the first; `phase`
    finds the one that a patient is in. amendments: of the protocol, one after another;
    limits: by version the most patients, if any has another; max_treated is the largest, `limit` finds one.
    last_days: also so, the last day of accrual; accrual_days is the latest, `last_day` finds one.
    allocations: by version how arms are filled, if it changes; arms is the first, `allocation` finds one.
    screenings: also so, how candidates are screened; `screened` finds one.
    entries: the states in which patients enter, by version of the protocol, arm received and level assigned;
    `entry` finds the one of an assignment. arms, screening: None where everyone is treated alike, or enters
    on the day of arrival; max_registered: candidates who are taken into screening, at most.
    planned: the course of a patient to whom nothing happens (with dose finding: at the first start),
    which ends on day planned_days. while_held: what becomes of those who turn up while accrual is held.
    stagger: days from an entry on which nobody else enters, the last one apart.
    """

    variant: str
    truth: str
    drugs: tuple[str, ...]
    levels: tuple[tuple[str, ...], ...]
    phases: tuple[PhaseTable, ...]
    events: tuple[EventTable, ...]
    traits: tuple[TraitTable, ...]
    components: tuple[ComponentTable, ...]
    monitors: tuple[MonitorTable, ...]
    accrual: ArrivalTable
    max_treated: int
    accrual_days: float
    states: tuple[PatientState, ...]
    after: tuple[tuple[int, ...], ...]
    enters: tuple[int, ...]
    transitions: tuple[bool, ...]
    precedence: tuple[int, ...]
    interrupts: tuple[Interruption | None, ...]
    resumes: tuple[int, ...]
    anchors: tuple[tuple[tuple[int, ...], ...], ...]
    entries: tuple[tuple[tuple[int, ...], ...], ...]
    entry_anchors: tuple[tuple[int, ...], ...]
    touched: tuple[tuple[tuple[int, ...], ...], ...]
    entry_touched: tuple[tuple[int, ...], ...]
    active: tuple[tuple[int, ...], ...]
    planned: tuple[PlannedPiece, ...] = ()
    planned_days: float = 0.0
    dosing: DoseFindingTable | None = None
    later: tuple[tuple[PhaseTable, ...], ...] = ()
    amendments: tuple[AmendmentTable, ...] = ()
    limits: tuple[int, ...] = ()
    last_days: tuple[float, ...] = ()
    while_held: WhileHeld = WhileHeld.LOST
    stagger: float = 0.0
    arms: ArmsTable | None = None
    allocations: tuple[ArmsTable, ...] = ()
    screening: ScreeningTable | None = None
    screenings: tuple[ScreeningTable, ...] = ()
    max_registered: float = inf

    def entry(self, given: Assignment) -> int:
        """The state in which a patient enters who is given this."""
        return self.entries[given.version][given.received][given.level]

    def limit(self, version: int) -> int:
        """The most patients who may enter in a version of the protocol, those of before included."""
        return self.limits[version] if self.limits else self.max_treated

    def last_day(self, version: int) -> float:
        """The last day of accrual in a version of the protocol; inf without one."""
        return self.last_days[version] if self.last_days else self.accrual_days

    def allocation(self, version: int) -> ArmsTable | None:
        """How a version of the protocol fills the arms; None without arms."""
        return self.allocations[version] if self.allocations else self.arms

    def screened(self, version: int) -> ScreeningTable | None:
        """The screening of who is registered in a version of the protocol; None without."""
        return self.screenings[version] if self.screenings else self.screening

    def limited(self, version: int) -> Program:
        """The same with whom a version takes, for what is calculated of its rules alone."""
        most, last, arms = self.limit(version), self.last_day(version), self.allocation(version)
        whom = replace(self, max_treated=most, accrual_days=last, arms=arms, screening=self.screened(version))
        return replace(whom, limits=(), last_days=(), allocations=(), screenings=())

    @property
    def every_phase(self) -> tuple[PhaseTable, ...]:
        """The phases of all plans."""
        return tuple(phase for plan in (self.phases, *self.later) for phase in plan)

    def phase(self, state: int) -> PhaseTable:
        """The phase that a patient in a state is in, as the patient's plan has it."""
        of = self.states[state]
        return (self.later[of.plan - 1] if of.plan else self.phases)[of.phase]

    @property
    def entry_states(self) -> tuple[int, ...]:
        """Every state in which a patient may enter."""
        rows = (levels for rows in self.entries for levels in rows)
        return tuple(dict.fromkeys(state for levels in rows for state in levels))

    @property
    def two_clocks(self) -> bool:
        """Whether records tell a patient's registration, arm and stratum."""
        return self.arms is not None or self.screening is not None

    @property
    def corrects(self) -> bool:
        """Whether reports may be withdrawn or upgraded: records then tell of each event when."""
        return any(event.corrected for event in self.events)

    @property
    def readings(self) -> int:
        """Endpoints of the widest rule: how many readings a row of looks has room for."""
        return max((monitor.readings for monitor in self.monitors), default=0)

    @property
    def look_order(self) -> tuple[int, ...]:
        """Rules in the order in which they look at one instant: members before their board."""
        return tuple(sorted(range(len(self.monitors)), key=lambda i: (self.monitors[i].rank, i)))

    def planned_dosing_days(self) -> float:
        """Days from entry to the last planned dose of any drug, if nothing happens to the patient.

        A design that names no drugs treats for the whole course.
        """
        if not self.drugs:
            return self.planned_days
        last = 0.0
        ends = [piece.start for piece in self.planned[1:]] + [self.planned_days]
        for piece, end in zip(self.planned, ends, strict=True):
            if any(self.states[piece.state].levels):
                last = end
        return last

    def reachable(self, states: Iterable[int]) -> set[int]:
        """These states and all that can follow them."""
        todo = list(states)
        seen = set(todo)
        while todo:
            for state in self.after[todo.pop()]:
                if state >= 0 and state not in seen:
                    seen.add(state)
                    todo.append(state)
        return seen

    def after_all(self, state: int, operations: Iterable[int]) -> int:
        """The state that follows several operations."""
        for operation in operations:
            state = self.after[state][operation]
        return state

    def components_of(self, event: int) -> tuple[int, ...]:
        """Indices of an event's components."""
        return tuple(i for i, c in enumerate(self.components) if c.event == event)

    def event_index(self, name: str) -> int:
        """Index of an event by name."""
        return next(i for i, event in enumerate(self.events) if event.name == name)
