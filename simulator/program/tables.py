"""What engines, exact calculation and metrics read: a frozen Program of numbers.

Indices count from 0 in the order of the scenario file. Times are days; the level of a drug is 0
when it is not given and k for the k-th level listed.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from math import inf
from typing import TYPE_CHECKING

from simulator.contracts import (
    ComparingTable,
    DelayTable,
    HazardTable,
    Observed,
    Plan,
    RuleTable,
    ShareTable,
)
from simulator.program.arms import ArmsTable, ScreeningTable
from simulator.program.arrivals import ArrivalTable
from simulator.program.course import Assignment, PatientState, PhaseTable
from simulator.program.dosing import DoseFindingTable
from simulator.program.looks import LookTable
from simulator.program.words import NONE, Among, ClockKind, Population, Unit, Wait, WhileHeld

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Bools = NDArray[np.bool_]
    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

__all__ = [
    "ComponentTable",
    "CounterTable",
    "EventTable",
    "MonitorTable",
    "PlannedPiece",
    "Program",
    "ScopeTable",
    "TraitTable",
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
class EventTable:
    """An event: what happens between occurrence and report, and the patient-level response.

    visit: the kind of visit that finds it, NONE at once. mark_shares: cumulative shares of `marks`.
    ends_course: a response ends the patient's course. counted: a rule, or dose finding, reads its reports.
    watched: a step, a transition or an absence depends on whether it was detected.
    absence_of: the event whose absence by day `absence_by` from entry this one is; NONE for any other.
    happens: the operation by which a patient's state keeps it, where a hazard depends on that; else NONE.
    """

    name: str
    repeats: bool
    visit: int
    detection: DelayTable | None
    report: DelayTable | None
    marks: tuple[str, ...]
    mark_shares: tuple[float, ...]
    response: tuple[int, ...]
    ends_course: bool
    watched: bool
    counted: bool
    absence_of: int = NONE
    absence_by: float = 0.0
    happens: int = NONE


@dataclass(frozen=True, slots=True, kw_only=True)
class ScopeTable:
    """Where an event counts, judged at its occurrence; a set that is None does not restrict.

    within_days: after the last dose of `within_drug` (NONE without) it counts in any phase.
    at_mtd: only patients who were assigned the dose selected; before there is one, nobody.
    """

    phases: frozenset[int] | None
    within_days: float
    within_drug: int
    marks: frozenset[int] | None
    levels: tuple[tuple[int, frozenset[int]], ...]
    at_mtd: bool = False

    def counts(self, state: PatientState, mark: int, since_last_dose: tuple[float, ...]) -> bool:
        """Whether an occurrence in this state, with this mark, counts.

        since_last_dose: per drug, 0 while on it, inf if it was never given.
        """
        near_last_dose = self.within_drug >= 0 and since_last_dose[self.within_drug] <= self.within_days
        if self.phases is not None and state.phase not in self.phases and not near_last_dose:
            return False
        if self.marks is not None and mark not in self.marks:
            return False
        return all(state.levels[drug] in levels for drug, levels in self.levels)

    def counts_each(
        self, states: Sequence[PatientState], state: Ints, mark: Ints, since_last_dose: Floats
    ) -> Bools:
        """`counts` for many occurrences at once. state, mark: (E,); since_last_dose: (E, drugs) -> (E,).

        states: what the indices in `state` stand for.
        """
        import numpy as np

        keep = np.ones(len(state), dtype=np.bool_)
        if self.phases is not None:
            in_phase = np.array([s.phase in self.phases for s in states])[state]
            if self.within_drug >= 0:
                in_phase |= since_last_dose[:, self.within_drug] <= self.within_days
            keep &= in_phase
        if self.marks is not None:
            keep &= np.isin(mark, list(self.marks))
        for drug, levels in self.levels:
            keep &= np.array([s.levels[drug] in levels for s in states])[state]
        return keep


@dataclass(frozen=True, slots=True, kw_only=True)
class CounterTable:
    """One endpoint of a rule: the event, what is counted, in what scope, and among whom.

    window: days from entry in which events count and patients are assessed; inf without one.
    ruled_out_by: events that settle that it will not happen. harmful: whether many are bad.
    judged: patients who cannot be evaluated for it are left out. arms: whose patients are read, None for all
    together; population: which patients are whose. once: with the event a patient leaves those at risk.
    """

    event: int
    unit: Unit
    among: Among
    window: float
    ruled_out_by: tuple[int, ...]
    harmful: bool
    scope: ScopeTable
    judged: bool = False
    arms: frozenset[int] | None = None
    population: Population = Population.RANDOMISED
    n_arms: int = 0
    once: bool = True

    @property
    def of_members(self) -> bool:
        """Whether patients are left out by their arm, as drawn or as received."""
        return self.arms is not None or (self.n_arms > 0 and self.population is not Population.RANDOMISED)

    def concerns(self, arm: int, received: int) -> bool:
        """Whether a patient of this arm is read who received that one's treatment."""
        if self.population is Population.RANDOMISED:
            return self.arms is None or arm in self.arms
        if self.population is Population.TREATED_AS_RANDOMISED and arm != received:
            return False
        return received < self.n_arms and (self.arms is None or received in self.arms)

    def read_in(self, arms: Iterable[int], *, everyone: bool = False) -> CounterTable:
        """The same count in other arms; of everyone, as randomised."""
        population = Population.RANDOMISED if everyone else self.population
        return replace(self, arms=frozenset(arms), population=population)

    def read_among(self, among: Among) -> CounterTable:
        """The same count among others."""
        return self if among == self.among else replace(self, among=among, unit=Unit.PATIENTS)


@dataclass(frozen=True, slots=True, kw_only=True)
class MonitorTable:
    """A rule at work. `operations` are applied to every patient when the decision takes effect.

    plan: what the rule knew when it was lowered to `table`. known_rates: per endpoint of the rule, in its
    order, the one it is compared with, if any; counters: also so. used: those that the scenario counts.
    versus: of a rule that compares two arms, in place of boundaries; its readings are of one and the other.
    """

    name: str
    plan: Plan
    table: RuleTable
    endpoints: tuple[str, ...]
    known_rates: tuple[float | None, ...]
    counters: tuple[CounterTable, ...]
    used: tuple[int, ...]
    look: LookTable
    wait: Wait
    data_cut: float
    decision_lag: float
    acts: bool
    closes_accrual: bool
    ends_trial: bool
    operations: tuple[int, ...]
    concludes: str | None
    versus: ComparingTable | None = None

    @property
    def outcomes(self) -> tuple[str, ...]:
        """Names of its outcomes, in the order of their codes from 1 on."""
        return self.versus.outcomes if self.versus else tuple(b.outcome for b in self.table.boundaries)

    def outcome(self, code: int) -> str | None:
        """Name of the outcome behind a code, which counts from 1; 0: none."""
        return self.outcomes[code - 1] if code else None

    def code(self, observed: Sequence[Observed]) -> int:
        """Code of the first outcome that holds at these readings, one per endpoint; 0: none does."""
        return self.versus.code(observed) if self.versus else self.table.code(observed)

    def deciding(self, code: int) -> int:
        """The reading behind an outcome: of two arms the first."""
        return 0 if self.versus else self.table.boundaries[code - 1].reading

    @property
    def by_time(self) -> bool:
        """Whether it reads the follow-up of both arms."""
        return isinstance(self.versus, ShareTable)

    @property
    def among_completed(self) -> bool:
        """Whether every endpoint counts patients whose window is over."""
        return all(self.counters[i].among is Among.COMPLETED for i in self.used)

    @property
    def window(self) -> float:
        """Days after which a patient is assessed for every endpoint; 0 where none has a window."""
        windows = [self.counters[i].window for i in self.used if self.counters[i].window < inf]
        return max(windows, default=0.0)


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
    precedence[operation]: its place among the directives of one instant.
    anchors[state][operation]: components whose clock the change starts; entry_anchors[state]: at
    entry in that state. touched[state][operation]: these, and those whose hazard the change alters; all
    others go on as if nothing had happened. entry_touched[state]: those whose clock or hazard begins.
    active[state]: components that act in the state.
    entries: the states in which patients enter, by arm received and level assigned; `entry` finds the one of
    an assignment. arms, screening: None where everyone is treated alike, or enters on the day of arrival;
    max_registered: candidates who are taken into screening, at most.
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
    anchors: tuple[tuple[tuple[int, ...], ...], ...]
    entries: tuple[tuple[int, ...], ...]
    entry_anchors: tuple[tuple[int, ...], ...]
    touched: tuple[tuple[tuple[int, ...], ...], ...]
    entry_touched: tuple[tuple[int, ...], ...]
    active: tuple[tuple[int, ...], ...]
    planned: tuple[PlannedPiece, ...]
    planned_days: float
    dosing: DoseFindingTable | None = None
    while_held: WhileHeld = WhileHeld.LOST
    stagger: float = 0.0
    arms: ArmsTable | None = None
    screening: ScreeningTable | None = None
    max_registered: float = inf

    def entry(self, given: Assignment) -> int:
        """The state in which a patient enters who is given this."""
        return self.entries[given.received][given.level]

    @property
    def entry_states(self) -> tuple[int, ...]:
        """Every state in which a patient may enter."""
        return tuple(dict.fromkeys(state for levels in self.entries for state in levels))

    @property
    def two_clocks(self) -> bool:
        """Whether records tell a patient's registration, arm and stratum."""
        return self.arms is not None or self.screening is not None

    @property
    def readings(self) -> int:
        """Endpoints of the widest rule: how many readings a row of looks has room for."""
        return max((len(monitor.counters) for monitor in self.monitors), default=0)

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
