"""The hazard that replayed trials used up, counted once more: from records, scenario and closed forms.

Neither the clocks of the engines nor the lowered tables are read, so a clock, condition, factor, anchor or
table that is wrong shows: between the records' dates a patient's components use up what the families' own
formulas say. Where a crossing was, the threshold must have been reached there; what is left at the end is
added up and held against the engines' `risks`.

Records do not tell the order of everything on one instant. Where a hazard jumps on the very instant at which
its risk ends, or its clock starts once more, the component is not judged in that trial.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import fsum, inf, log
from typing import TYPE_CHECKING, Any

from simulator.contracts import HazardFamily
from simulator.engines.reference.traits import draw_traits
from simulator.formats import TICK
from simulator.model.latents import MOST_AHEAD, BlockLatents, Latents
from simulator.model.records import Records
from simulator.model.scenario import Scenario
from simulator.model.truth import Clock, Component
from simulator.program.tables import Program
from simulator.study.acting import Nature, Part, parts_of
from simulator.units import quantise

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["CellKey", "Nature", "natures", "recounted"]

CellKey = tuple[str, str]  # variant, truth

TOLERANCE = 1e-5  # of 1 + A
LOWERED = 4e-6  # of H at the end of a stretch: tables are within 1e-6 of F, so within e times that of H
LARGEST_RISK = 1.0 - 2.0**-53  # a trait's probability of one would be an infinite hazard


def natures(scenario: Scenario, cells: Iterable[CellKey]) -> dict[CellKey, Nature]:
    """Those of cells of a scenario."""
    return {
        (variant, truth): Nature(design=scenario.designs[variant], truth=scenario.truths[truth])
        for variant, truth in cells
    }


@dataclass(slots=True)
class _Clock:
    """One component of one patient. since: the day up to which its hazard is accounted for; fresh: from
    before age 0, where it may jump. own: the patient's factor. used: of its threshold, and before: until the
    last step to that day. slack: what tables may be off by. doubtful: not to be judged. factor: on its hazard
    now, None until it is asked for."""

    part: Part
    own: float
    anchor: float | None = None
    since: float = 0.0
    fresh: bool = True
    used: float = 0.0
    before: float = 0.0
    step: _Step | None = None
    slack: float = 0.0
    risk: float = 0.0
    times: int = 0
    spent: bool = False
    retired: bool = False
    doubtful: bool = False
    factor: float | None = None


@dataclass(slots=True)
class _Step:
    """The last stretch in which a clock used up hazard: from a level on a day to a level at an age."""

    family: HazardFamily
    factor: float
    anchor: float
    start: float
    since: float
    day: float
    level: float


@dataclass(slots=True)
class _Patient:
    """A patient's course told again. state: -1 before entry; happened: events so far."""

    nature: Nature
    program: Program
    latents: Latents
    number: int
    clocks: list[_Clock]
    registered: float = 0.0
    state: int = -1
    happened: set[str] = field(default_factory=set)
    phase_began: float = 0.0
    phase_end: float = inf
    problem: str = ""

    # -- what acts --------------------------------------------------------------------------------

    def factors(self) -> list[float]:
        """The factor on each component's hazard now."""
        return [self.factor(clock) if clock.factor is None else clock.factor for clock in self.clocks]

    def factor(self, clock: _Clock) -> float:
        """The factor on a component's hazard now; 0 where it does not act."""
        if clock.factor is None:
            clock.factor = self._factor(clock)
        return clock.factor

    def _factor(self, clock: _Clock) -> float:
        part = clock.part
        if self.state < 0 or clock.retired or clock.anchor is None or part.bars in self.happened:
            return 0.0
        acting = part.acting(self.state)
        if acting is None or (part.needs is not None and part.needs not in self.happened):
            return 0.0
        factor = clock.own
        for ratio in acting.ratios:
            factor *= ratio
        return factor

    def forget(self) -> None:
        """What the factors were: they are asked for anew."""
        for clock in self.clocks:
            clock.factor = None

    def level(self, clock: _Clock, day: float) -> float:
        """The cumulative hazard by a day, its closed form; 0 before the clock's start."""
        acting, anchor, step = clock.part.acting(self.state), clock.anchor, clock.step
        assert acting is not None
        assert anchor is not None
        if step is not None and step.day == day and step.anchor == anchor and step.family is acting.family:
            return step.level
        return _level(clock.part, acting.family, day - anchor)

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
        for clock, factor in zip(self.clocks, self.factors(), strict=True):
            if factor and day > clock.since:
                if not clock.spent:
                    self.use(clock, factor, day)
                clock.since, clock.fresh = day, False

    def use(self, clock: _Clock, factor: float, day: float) -> None:
        """A component's hazard is used up to a day."""
        acting, anchor = clock.part.acting(self.state), clock.anchor
        assert acting is not None
        assert anchor is not None
        start = 0.0 if clock.fresh else self.level(clock, clock.since)
        level = self.level(clock, day)
        clock.slack += LOWERED * factor * level
        clock.before = clock.used
        clock.used += factor * (level - start)
        clock.step = _Step(acting.family, factor, anchor, start, clock.since, day, level)

    def change(self, to: int, day: float) -> None:
        """Another state: what changes at once is doubtful if it had a jump still to come."""
        self.advance(day)
        before, old = self.factors(), self.state
        for clock, factor in zip(self.clocks, before, strict=True):
            if factor and clock.fresh and self.jumps(clock, day):
                clock.doubtful = True  # also where it goes on, it may have been with another factor
        phase = self.program.states[to].phase
        entered = old < 0 or self.program.states[old].phase != phase or day == self.phase_end
        self.state = to
        self.forget()
        if entered:
            self.phase_began, self.phase_end = day, quantise(day + self.program.phase(to).days)
        elif self.program.states[old].plan != self.program.states[to].plan:
            self.phase_end = max(quantise(self.phase_began + self.program.phase(to).days), day)
        for clock in self.clocks:
            if clock.part.starts(old, to, entered=entered):
                self.start(clock, day)
        self.wake(before, day)

    def start(self, clock: _Clock, day: float) -> None:
        """The clock starts; it keeps its first anchor unless it restarts."""
        if clock.anchor is None or clock.part.component.restarts:
            again = clock.fresh and clock.anchor == day  # its jump at the start may have come in between
            if again and self.factor(clock) and self.jumps(clock, day):
                clock.doubtful = True
            clock.anchor, clock.since, clock.fresh, clock.spent = day, day, True, False
            if clock.part.component.clock == Clock(kind="registration"):
                clock.anchor, clock.fresh = self.registered, self.registered == day
            clock.factor = None

    def wake(self, before: Sequence[float], day: float) -> None:
        """What acts again: a clock that pauses goes on where it was, another has gone on meanwhile."""
        for clock, factor in zip(self.clocks, before, strict=True):
            if not factor and self.factor(clock) and clock.since != day:
                assert clock.anchor is not None
                if clock.part.component.pauses:
                    clock.anchor += day - clock.since
                else:
                    clock.fresh = False
                clock.since = day

    def occur(self, event: int, component: int, day: float) -> None:
        """An event happens, from a component or as an absence."""
        name = self.program.events[event].name
        before = self.factors()
        self.advance(day)
        crossing = self.clocks[component] if component >= 0 else None
        if crossing is not None:
            self.cross(crossing, day)
        self.happened.add(name)
        self.forget()
        retires = crossing is not None and not self.nature.design.events[name].repeats
        for clock, factor in zip(self.clocks, before, strict=True):
            of_event = retires and clock.part.event == name
            ends = of_event or (factor and not self.factor(clock))
            if ends and clock is not crossing and factor and self.jumps(clock, day):
                clock.doubtful = True
            if of_event:
                self.close(clock)
            if not clock.retired and clock.part.component.clock == Clock(kind="event", of=name):
                self.start(clock, day)
        self.wake(before, day)

    def threshold(self, clock: _Clock) -> float:
        """The threshold that it is to cross next."""
        return self.latents.threshold(clock.part.stream, self.number, clock.times)

    def reached(self, clock: _Clock, day: float) -> tuple[float, float]:
        """What is used of its threshold around a day, less or more what is allowed."""
        factor = self.factor(clock)
        if not factor or clock.spent:
            return clock.used, clock.used
        allowed = TOLERANCE * (1.0 + clock.used) + clock.slack + LOWERED * factor * self.level(clock, day)
        most = clock.used + factor * self.rise(clock, day + TICK) + allowed
        if clock.since == day:
            return self.earlier(clock) - allowed, most
        return clock.used + factor * self.rise(clock, max(day - TICK, clock.since)) - allowed, most

    def earlier(self, clock: _Clock) -> float:
        """What was used of its threshold a tick before the day accounted for."""
        step = clock.step
        if step is None or step.day - TICK <= step.since:
            return clock.before
        level = _level(clock.part, step.family, step.day - TICK - step.anchor)
        return clock.before + step.factor * (level - step.start)

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
        clock.used = clock.before = clock.slack = 0.0
        clock.step, clock.spent = None, clock.part.once
        clock.since, clock.fresh = day, False

    def close(self, clock: _Clock) -> None:
        """No more risk."""
        if not clock.retired:
            threshold = self.threshold(clock)
            if clock.used > threshold + TOLERANCE * (1.0 + threshold) + clock.slack and not clock.doubtful:
                self.say(clock, f"not crossed at {clock.used:.9g} of its hazard, threshold {threshold:.9g}")
            clock.risk += clock.used
            clock.retired, clock.factor = True, 0.0

    def leave(self, day: float) -> None:
        """The course ends."""
        self.advance(day)
        for clock in self.clocks:
            clock.doubtful |= bool(clock.fresh and self.factor(clock) and self.jumps(clock, day))
            self.close(clock)

    def say(self, clock: _Clock, what: str) -> None:
        """Remember the first problem."""
        self.problem = (
            self.problem or f"patient {self.number}, {clock.part.event} by {clock.part.name}: {what}"
        )


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
    parts = parts_of(nature, program)
    changes = _of_candidates(records.states, "time", "state")
    events = _of_candidates(records.events, "occurred", "event", "component", "state")
    patients = []
    registered = "registered" if program.two_clocks else "entry"
    rows = _of_candidates(records.patients, "entry", "exit", registered)
    for number, ((entry, leaves, day),) in rows.items():
        told = _patient(nature, program, latents, parts, number, day)
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
            name = f"{parts[c].event} by {parts[c].name}"
            return f"{name}: {used:.9g} of its hazard used up, {mine:.9g} by the records"
    return ""


def _of_candidates(table: NDArray[np.void], *columns: str) -> defaultdict[int, list[Any]]:
    """Candidate -> the values of these columns in each of its rows, in order."""
    found = defaultdict[int, list[Any]](list)
    rows = zip(*(table[column].tolist() for column in columns), strict=True)
    for candidate, row in zip(table["candidate"].tolist(), rows, strict=True):
        found[candidate].append(row)
    return found


def _patient(
    nature: Nature, program: Program, latents: Latents, parts: Sequence[Part], number: int, registered: float
) -> _Patient:
    """One patient before entry."""
    values = draw_traits(program, latents, number)
    traits = {trait.name: value for trait, value in zip(program.traits, values, strict=True)}
    clocks = [_Clock(part, _own(part.component, traits)) for part in parts]
    for clock in clocks:
        clock.retired = clock.own == 0.0
    return _Patient(nature, program, latents, number, clocks, registered)


def _tell(
    told: _Patient, entry: float, changes: deque[tuple[float, int]], rows: list[tuple[float, int, int, int]]
) -> None:
    """Everything from entry on, in order. Of one instant an event comes in its own state, and after the same
    phase was entered again if it was not due before. A death that counts as a DLT is no event of nature."""
    events = told.program.events
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
            told.change(state, at)
        told.occur(event, component, day)
    for at, state in changes:
        told.change(state, at)


def _own(component: Component, traits: Mapping[str, float]) -> float:
    """The patient's factor on a component: 0 where a trait rules it out."""
    if not traits.get(component.only_if or "", 1.0) or traits.get(component.unless or "", 0.0):
        return 0.0
    trait = component.family.trait
    return 1.0 if trait is None else -log(1.0 - min(traits[trait], LARGEST_RISK))


def _level(part: Part, family: HazardFamily, age: float) -> float:
    """The cumulative hazard by an age; 0 before it begins."""
    return family.cumulative(age, clocked=part.component.clock is not None) if age >= 0.0 else 0.0
