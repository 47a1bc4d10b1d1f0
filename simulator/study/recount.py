"""The hazard that replayed trials used up, counted once more: from records, scenario and closed forms.

Neither the clocks of the engines nor the lowered tables are read, so a clock, condition, factor, anchor or
table that is wrong shows: between the records' dates a patient's components use up what the families' own
formulas say. Where a crossing was, the threshold must have been reached there; what is left at the end is
added up and held against the engines' `risks`.

Records do not tell the order of everything on one instant. Where a hazard jumps on the very instant at which
its risk ends, the component is not judged in that trial.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from math import fsum, inf, log
from typing import TYPE_CHECKING, Any

from simulator.contracts import HazardFamily
from simulator.engines.reference.traits import draw_traits
from simulator.formats import TICK
from simulator.model.design import Design
from simulator.model.latents import MOST_AHEAD, BlockLatents, Latents
from simulator.model.records import Records
from simulator.model.scenario import Scenario
from simulator.model.truth import Clock, Component, Truth
from simulator.program.tables import PatientState, Program
from simulator.units import quantise

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["CellKey", "Nature", "natures", "recounted"]

CellKey = tuple[str, str]  # variant, truth

TOLERANCE = 1e-5  # of 1 + A
LOWERED = 4e-6  # of H at the end of a stretch: tables are within 1e-6 of F, so within e times that of H
LARGEST_RISK = 1.0 - 2.0**-53  # a trait's probability of one would be an infinite hazard


@dataclass(frozen=True, slots=True, kw_only=True)
class Nature:
    """What a Program was made of."""

    design: Design
    truth: Truth


def natures(scenario: Scenario, cells: Iterable[CellKey]) -> dict[CellKey, Nature]:
    """Those of cells of a scenario."""
    return {
        (variant, truth): Nature(design=scenario.designs[variant], truth=scenario.truths[truth])
        for variant, truth in cells
    }


@dataclass(slots=True)
class _Clock:
    """One component of one patient. since: the day up to which its hazard is accounted for; fresh: from
    before age 0, where it may jump. own: the patient's factor. used: of its threshold, and earlier: a tick
    before that day. slack: what tables may be off by. doubtful: not to be judged."""

    event: str
    name: str
    component: Component
    own: float
    anchor: float | None = None
    since: float = 0.0
    fresh: bool = True
    used: float = 0.0
    earlier: float = 0.0
    slack: float = 0.0
    risk: float = 0.0
    times: int = 0
    spent: bool = False
    retired: bool = False
    doubtful: bool = False


@dataclass(slots=True)
class _Patient:
    """A patient's course told again. state: None before entry; happened: events so far."""

    nature: Nature
    program: Program
    latents: Latents
    number: int
    clocks: list[_Clock]
    registered: float = 0.0
    state: PatientState | None = None
    happened: set[str] = field(default_factory=set)
    phase_end: float = inf
    problem: str = ""

    # -- what acts --------------------------------------------------------------------------------

    def factor(self, clock: _Clock) -> float:
        """The factor on a component's hazard now; 0 where it does not act."""
        c, state = clock.component, self.state
        if state is None or clock.retired or clock.anchor is None:
            return 0.0
        events = self.nature.design.events
        if (c.only_if in events and c.only_if not in self.happened) or c.unless in self.happened:
            return 0.0
        if c.while_in is not None and self.program.phases[state.phase].name not in c.while_in:
            return 0.0
        doses = self.doses()
        if any(doses[drug] is None for drug in c.while_on):
            return 0.0
        if any(doses[drug] is not None for drug in c.while_off) or self.family(clock) is None:
            return 0.0
        arms = list(self.nature.design.arms)
        arm = arms[state.arm] if state.arm < len(arms) else ""
        if c.arms is not None and arm not in c.arms:
            return 0.0
        factor = clock.own * c.ratio * c.arm_ratio.get(arm, 1.0)
        for drug, ratios in c.dose_ratio.items():
            factor *= ratios.get(doses[drug] or "", 1.0)
        return factor

    def doses(self) -> dict[str, str | None]:
        """Drug -> the dose given now."""
        assert self.state is not None
        named = zip(self.program.drugs, self.program.levels, self.state.levels, strict=True)
        return {drug: levels[level - 1] if level else None for drug, levels, level in named}

    def family(self, clock: _Clock) -> HazardFamily | None:
        """The hazard in force: of the dose that is or was last given, where doses have their own."""
        family = clock.component.family
        if family.doses is None:
            return family
        drug = list(self.program.drugs).index(family.doses[0])
        assert self.state is not None
        last = self.state.last[drug]
        return family.at_dose(self.program.levels[drug][last - 1]) if last else None

    def level(self, clock: _Clock, day: float) -> float:
        """The cumulative hazard by a day, its closed form; 0 before the clock's start."""
        family = self.family(clock)
        assert family is not None
        assert clock.anchor is not None
        age = day - clock.anchor
        return family.cumulative(age, clocked=clock.component.clock is not None) if age >= 0.0 else 0.0

    def rise(self, clock: _Clock, day: float) -> float:
        """By how much it rises from the day accounted for."""
        return self.level(clock, day) - (0.0 if clock.fresh else self.level(clock, clock.since))

    def jumps(self, clock: _Clock, day: float) -> bool:
        """Whether a component that acts has a jump on a day, not the slope around it."""
        one, two, three = (self.level(clock, day - k * TICK) for k in (-1, 2, 5))
        return one - two > 1.001 * (two - three) + 1e-7

    # -- what happens -----------------------------------------------------------------------------

    def advance(self, day: float) -> None:
        """Hazard is used up to a day, of what acts."""
        for clock in self.clocks:
            factor = self.factor(clock)
            if factor and day > clock.since:
                if not clock.spent:
                    clock.slack += LOWERED * factor * self.level(clock, day)
                    clock.earlier = clock.used
                    if day - TICK > clock.since:
                        clock.earlier += factor * self.rise(clock, day - TICK)
                    clock.used += factor * self.rise(clock, day)
                clock.since, clock.fresh = day, False

    def change(self, to: PatientState, day: float) -> None:
        """Another state: what changes at once is doubtful if it had a jump still to come."""
        self.advance(day)
        before, old = {id(c): self.factor(c) for c in self.clocks}, self.state
        for clock in self.clocks:
            if before[id(clock)] and clock.fresh and self.jumps(clock, day):
                clock.doubtful = True  # also where it goes on, it may have been with another factor
        entered = old is None or old.phase != to.phase or day == self.phase_end
        self.state = to
        if entered:
            self.phase_end = quantise(day + self.program.phases[to.phase].days)
        for clock in self.clocks:
            if self.starts(clock.component, old, to, entered):
                self.start(clock, day)
        self.wake(before, day)

    def starts(self, c: Component, old: PatientState | None, new: PatientState, entered: bool) -> bool:
        """Whether a change of state starts a component's clock."""
        kind, of = (c.clock.kind, c.clock.of) if c.clock is not None else ("enrolment", None)
        if kind in {"enrolment", "registration"}:
            return old is None
        if kind == "phase":
            return entered and self.program.phases[new.phase].name == of
        if kind == "event":
            return False
        drug = list(self.program.drugs).index(of or "")
        was, now = (old.levels[drug] if old is not None else 0), new.levels[drug]
        return {"start": not was and now > 0, "stop": was > 0 and not now, "step": was > 0 < now != was}[kind]

    def start(self, clock: _Clock, day: float) -> None:
        """The clock starts; it keeps its first anchor unless it restarts."""
        if clock.anchor is None or clock.component.restarts:
            clock.anchor, clock.since, clock.fresh, clock.spent = day, day, True, False
            if clock.component.clock == Clock(kind="registration"):
                clock.anchor, clock.fresh = self.registered, self.registered == day

    def wake(self, before: Mapping[int, float], day: float) -> None:
        """What acts again: a clock that pauses goes on where it was, another has gone on meanwhile."""
        for clock in self.clocks:
            if not before[id(clock)] and self.factor(clock) and clock.since != day:
                assert clock.anchor is not None
                if clock.component.pauses:
                    clock.anchor += day - clock.since
                else:
                    clock.fresh = False
                clock.since = day

    def occur(self, event: int, component: int, day: float) -> None:
        """An event happens, from a component or as an absence."""
        name = self.program.events[event].name
        before = {id(c): self.factor(c) for c in self.clocks}
        self.advance(day)
        crossing = self.clocks[component] if component >= 0 else None
        if crossing is not None:
            self.cross(crossing, day)
        self.happened.add(name)
        retires = crossing is not None and not self.nature.design.events[name].repeats
        for clock in self.clocks:
            ends = (retires and clock.event == name) or (before[id(clock)] and not self.factor(clock))
            if ends and clock is not crossing and before[id(clock)] and self.jumps(clock, day):
                clock.doubtful = True
            if retires and clock.event == name:
                self.close(clock)
            if not clock.retired and clock.component.clock == Clock(kind="event", of=name):
                self.start(clock, day)
        self.wake(before, day)

    def threshold(self, clock: _Clock) -> float:
        """The threshold that it is to cross next."""
        stream = f"event:{clock.event}/component:{clock.name}/threshold"
        return self.latents.threshold(stream, self.number, clock.times)

    def reached(self, clock: _Clock, day: float) -> tuple[float, float]:
        """What is used of its threshold around a day, less or more what is allowed."""
        factor = self.factor(clock)
        if not factor or clock.spent:
            return clock.used, clock.used
        allowed = TOLERANCE * (1.0 + clock.used) + clock.slack + LOWERED * factor * self.level(clock, day)
        most = clock.used + factor * self.rise(clock, day + TICK) + allowed
        if clock.since == day:
            return clock.earlier - allowed, most
        return clock.used + factor * self.rise(clock, max(day - TICK, clock.since)) - allowed, most

    def due(self, component: int, day: float) -> bool:
        """Whether a component may have crossed on a day as things stand; an absence may."""
        if component < 0:
            return True
        clock = self.clocks[component]
        return self.threshold(clock) <= self.reached(clock, day)[1]

    def cross(self, clock: _Clock, day: float) -> None:
        """A crossing: its threshold must lie in what is used up within a tick of the day."""
        (least, most), threshold = self.reached(clock, day), self.threshold(clock)
        if not least <= threshold <= most and not clock.doubtful:
            self.say(clock, f"crossed on day {day!r} at {most:.9g} of its hazard, threshold {threshold:.9g}")
        clock.times += 1
        clock.risk += threshold
        clock.used = clock.earlier = clock.slack = 0.0
        clock.spent = clock.component.family.once(clocked=clock.component.clock is not None)
        clock.since, clock.fresh = day, False

    def close(self, clock: _Clock) -> None:
        """No more risk."""
        if not clock.retired:
            threshold = self.threshold(clock)
            if clock.used > threshold + TOLERANCE * (1.0 + threshold) + clock.slack and not clock.doubtful:
                self.say(clock, f"not crossed at {clock.used:.9g} of its hazard, threshold {threshold:.9g}")
            clock.risk += clock.used
            clock.retired = True

    def leave(self, day: float) -> None:
        """The course ends."""
        self.advance(day)
        for clock in self.clocks:
            clock.doubtful |= bool(clock.fresh and self.factor(clock) and self.jumps(clock, day))
            self.close(clock)

    def say(self, clock: _Clock, what: str) -> None:
        """Remember the first problem."""
        self.problem = self.problem or f"patient {self.number}, {clock.event} by {clock.name}: {what}"


def recounted(nature: Nature, program: Program, records: Records, seed: int) -> str:
    """The first trial, patient and component whose used-up hazard is not what it should be; "" if none."""
    for trial in records.trials["trial"].tolist():
        mine = records.only(trial)
        ahead = min(int(mine.patients["candidate"].max(initial=0)) + 1, MOST_AHEAD)
        found = _trial(nature, program, mine, BlockLatents(seed, trial, 1, ahead).trial(trial))
        if found:
            return f"trial {trial}: {found}"
    return ""


def _trial(nature: Nature, program: Program, records: Records, latents: Latents) -> str:
    names = [(program.events[c.event].name, c.name) for c in program.components]
    changes = _of_candidates(records.states, "time", "state")
    events = _of_candidates(records.events, "occurred", "event", "component", "state")
    patients = []
    registered = "registered" if program.two_clocks else "entry"
    for number, ((entry, leaves, day),) in _of_candidates(
        records.patients, "entry", "exit", registered
    ).items():
        told = _patient(nature, program, latents, number, day)
        _tell(told, entry, deque(changes[number]), events[number])
        told.leave(leaves)
        patients.append(told)
    for patient in patients:
        if patient.problem:
            return patient.problem
    for c, used in enumerate(records.risks["a"].tolist()):
        clocks = [patient.clocks[c] for patient in patients]
        mine = fsum(clock.risk for clock in clocks)
        allowed = TOLERANCE * (1.0 + mine) + fsum(clock.slack for clock in clocks)
        if abs(used - mine) > allowed and not any(clock.doubtful for clock in clocks):
            return f"{' by '.join(names[c])}: {used:.9g} of its hazard used up, {mine:.9g} by the records"
    return ""


def _of_candidates(table: NDArray[np.void], *columns: str) -> defaultdict[int, list[Any]]:
    """Candidate -> the values of these columns in each of its rows, in order."""
    found = defaultdict[int, list[Any]](list)
    rows = zip(*(table[column].tolist() for column in columns), strict=True)
    for candidate, row in zip(table["candidate"].tolist(), rows, strict=True):
        found[candidate].append(row)
    return found


def _patient(nature: Nature, program: Program, latents: Latents, number: int, registered: float) -> _Patient:
    """One patient before entry."""
    values = draw_traits(program, latents, number)
    traits = {trait.name: value for trait, value in zip(program.traits, values, strict=True)}
    clocks = []
    for table in program.components:
        event = program.events[table.event].name
        component = nature.truth.events[event].components[table.name]
        clocks.append(_Clock(event, table.name, component, _own(component, traits)))
    for clock in clocks:
        clock.retired = clock.own == 0.0
    return _Patient(nature, program, latents, number, clocks, registered)


def _tell(
    told: _Patient, entry: float, changes: deque[tuple[float, int]], rows: list[tuple[float, int, int, int]]
) -> None:
    """Everything from entry on, in order. Of one instant an event comes in its own state, and after the same
    phase was entered again if it was not due before. A death that counts as a DLT is no event of nature."""
    states, events = told.program.states, told.program.events
    state = -1
    for day, event, component, in_state in rows:
        absence_day = quantise(entry + events[event].absence_by)
        if component < 0 and not (events[event].absence_of >= 0 and day == absence_day):
            continue
        while changes and (
            changes[0][0] < day
            or (changes[0][0] == day and (state != in_state or not told.due(component, day)))
        ):
            at, state = changes.popleft()
            told.change(states[state], at)
        told.occur(event, component, day)
    for at, state in changes:
        told.change(states[state], at)


def _own(component: Component, traits: Mapping[str, float]) -> float:
    """The patient's factor on a component: 0 where a trait rules it out."""
    if not traits.get(component.only_if or "", 1.0) or traits.get(component.unless or "", 0.0):
        return 0.0
    trait = component.family.trait
    return 1.0 if trait is None else -log(1.0 - min(traits[trait], LARGEST_RISK))
