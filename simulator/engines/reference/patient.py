"""A patient: a path through states, and events on the way.

The path is a pure function of the latents, the entry and the directives received. Patient and
trial talk through two things: reports of events (patient to trial) and directives (trial to
patient, applied at once; the plan is then made again).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Generator
from math import inf
from typing import Any, Protocol

import simpy

from simulator.contracts import DelayTable, InstantOrder
from simulator.engines.reference.environment import TrialEnvironment, pack
from simulator.engines.reference.hazards import HazardClocks
from simulator.engines.reference.interruptions import Interruptions, until
from simulator.engines.reference.occurrence import Occurrence
from simulator.engines.reference.stays import Stay, course_start, next_visit
from simulator.engines.reference.traits import draw_traits
from simulator.engines.runaway import MOST_TIMES, runaway
from simulator.model.latents import Latents
from simulator.model.records import RecordLists
from simulator.program.course import Assignment, NextTable, StepTable
from simulator.program.tables import EventTable, Program
from simulator.program.words import NONE
from simulator.units import quantise

__all__ = ["Patient", "TrialForPatient"]

Act = Callable[[], None]


class TrialForPatient(Protocol):
    """What a patient needs of the trial: its clock and program, and where events are told."""

    env: TrialEnvironment
    program: Program
    latents: Latents
    number: int
    rows: RecordLists
    standing: list[tuple[int, float]]
    occurrences: list[Occurrence]

    def assign(self, candidate: int, traits: tuple[float, ...]) -> Assignment:
        """What a candidate who enters now is given."""
        ...

    def expect(self, occurrence: Occurrence) -> None:
        """A report is under way."""
        ...

    def course_ended(self, now: float) -> None:
        """The patient's course is over."""
        ...


class Patient:
    """One enrolled candidate, from entry to the end of the course."""

    def __init__(
        self, trial: TrialForPatient, candidate: int, entry: float, registered: float | None = None
    ) -> None:
        program = trial.program
        self.trial = trial
        self.program = program
        self.candidate = candidate
        self.entry = entry
        self.exit = inf
        self.registered = entry if registered is None else registered
        self.traits = draw_traits(program, trial.latents, candidate)
        self.given = given = trial.assign(candidate, self.traits)
        self.level = given.level
        self.version, self.cohort = given.version, 0
        self.state = program.entry(given)
        self.interruptions = Interruptions(program)
        self.phase_entry = entry
        self.phase_end = inf
        self.next_step = 0
        self.detected: set[int] = set()
        self.responded: dict[int, float] = {}  # event -> when the protocol last responded to it
        self.taken: Counter[int] = Counter()  # by the number of a transition
        self.happened: Counter[int] = Counter()  # event -> occurrences so far
        self.last_dose = [-inf] * len(program.drugs)
        self.undetected: list[Occurrence] = []
        self.clocks = HazardClocks(program, trial.latents, candidate, entry, self.registered, self.traits)
        self.stays: list[Stay] = []
        self.process: simpy.Process | None = None
        self.dlts: list[Occurrence] = []
        self.ruled_out: list[Occurrence] = []  # what rules a DLT out
        self.absences = [i for i, event in enumerate(program.events) if event.absence_of >= 0]
        dosing = program.dosing
        self.dlt_until = quantise(entry + dosing.window) if dosing is not None else inf
        self.not_evaluable = dosing is not None and self._falls_to(
            dosing.not_evaluable, dosing.evaluable_stream
        )

    @property
    def on_study(self) -> bool:
        """Whether the course goes on."""
        return self.exit == inf

    def course(self) -> Generator[simpy.Event, Any, None]:
        """The patient's process: wait for the next instant of the plan, act, plan again."""
        env = self.trial.env
        for operation, end in self.trial.standing:
            if end > self.entry:
                self._move(operation, end)
        self._record_state(self.entry)
        self._begin_phase(self.entry)
        first = self.state
        self.clocks.change_state(
            first, self.program.entry_touched[first], self.program.entry_anchors[first], self.entry
        )
        while self.on_study:
            time, order, act = self._next()
            try:
                yield env.at(time, order)
            except simpy.Interrupt:
                continue  # a directive changed the plan
            act()

    def direct(self, operations: tuple[int, ...], now: float, *, leave: bool = False) -> None:
        """A directive of the trial: applied at once, then the plan is made again."""
        if not self.on_study:
            return
        if leave:
            self.clocks.close(now)
        self.apply(operations, now)
        if leave:
            self._leave(now)
        if self.process is not None and self.process.is_alive:
            self.process.interrupt()

    def apply(self, operations: tuple[int, ...], now: float) -> None:
        """Change state by each operation in turn."""
        for operation in operations:
            self._change(operation, now)

    def since_last_dose(self, now: float) -> tuple[float, ...]:
        """Per drug, days since its last dose: 0 while on it, inf if never given."""
        levels = self.program.states[self.state].levels
        return tuple(0.0 if on else now - last for on, last in zip(levels, self.last_dose, strict=True))

    # -- the plan ---------------------------------------------------------------------------------

    def _next(self) -> tuple[float, int, Act]:
        """The next instant of this patient: when, in which place of the instant, and what."""
        candidate = self.candidate
        component, time = self.clocks.next_crossing()
        best: tuple[float, int, Act] = (
            time,
            pack(InstantOrder.OCCURRENCE, candidate, component),
            lambda: self._occur(component, time),
        )
        for occurrence in self.undetected:
            order = pack(InstantOrder.DETECTION, candidate, occurrence.event)
            if (occurrence.detected, order) < best[:2]:
                best = (occurrence.detected, order, lambda seen=occurrence: self._detect(seen))  # type: ignore[misc]
        order = pack(InstantOrder.TRANSITION, candidate)
        steps = self.program.phase(self.state).steps
        if self.next_step < len(steps):
            at = quantise(self.phase_entry + steps[self.next_step].after)
            if (at, order) < best[:2]:
                best = (at, order, self._step)
        if (self.phase_end, order) < best[:2]:
            best = (self.phase_end, order, self._end_phase)
        end, resume = self.interruptions.next()
        if (end, order) < best[:2]:
            best = (end, order, lambda: self._change(resume, end))
        for event in self.absences:
            at = quantise(self.entry + self.program.events[event].absence_by)
            order = pack(InstantOrder.WINDOW, candidate, event)
            if (at, order) < best[:2]:
                best = (at, order, lambda absent=event, day=at: self._find_absent(absent, day))  # type: ignore[misc]
        return best

    def _occur(self, component: int, now: float) -> None:
        """The event behind a component happens."""
        self.clocks.crossed(component, now)
        self._happen(self.program.components[component].event, component, now)

    def _find_absent(self, event: int, now: float) -> None:
        """The day of an absence: it happens unless the event it waits for was detected by now."""
        self.absences.remove(event)
        if self.program.events[event].absence_of not in self.detected:
            self.clocks.happened(event, now)
            self._happen(event, -1, now)

    def _happen(self, event: int, component: int, now: float) -> None:
        """An event happens, from a component or (-1) as an absence."""
        times = self.happened[event]
        if times >= MOST_TIMES:
            raise runaway(self.program, self.trial.number, event)
        self.happened[event] += 1
        occurrence = Occurrence(
            candidate=self.candidate,
            event=event,
            component=component,
            times=times,
            occurred=now,
            state=self.state,
            mark=self._mark(event, times),
            course=course_start(self.stays[-1], now),
            since=self.since_last_dose(now),
        )
        self._note(occurrence)
        occurrence.detected = self._detection(occurrence, now)
        self.undetected.append(occurrence)
        if (remembered := self.program.events[event].happens) != NONE:
            self._change(remembered, now)

    def _note(self, occurrence: Occurrence) -> None:
        self.trial.occurrences.append(occurrence)
        dosing = self.program.dosing
        if dosing is not None and occurrence.event == dosing.event:
            self.dlts.append(occurrence)
        elif dosing is not None and occurrence.event in dosing.ruled_out_by:
            self.ruled_out.append(occurrence)

    def _detect(self, occurrence: Occurrence) -> None:
        """The event is seen: the report sets out, and the protocol's patient-level response follows."""
        now = occurrence.detected
        event = self.program.events[occurrence.event]
        self.undetected.remove(occurrence)
        self.detected.add(occurrence.event)
        self._send(occurrence)
        self._count_death(occurrence)
        if self.responded.get(occurrence.event) != now:  # once to all that one visit finds
            self.responded[occurrence.event] = now
            plan = self.program.states[self.state].plan
            if event.ends[plan]:
                self.clocks.close(now)
            self.apply(event.responses[plan], now)
            if event.ends[plan]:
                self._leave(now)

    def _count_death(self, death: Occurrence) -> None:
        """A death in the DLT window whose DLT is open may itself count as one."""
        dosing = self.program.dosing
        if dosing is None or death.event != dosing.death or death.occurred > self.dlt_until:
            return
        settled = self.dlts or any(event in self.detected for event in dosing.ruled_out_by)
        if not settled and self._falls_to(dosing.death_as_dlt, dosing.death_stream):
            dlt = death.seen_as(dosing.event)
            dlt.times = 0
            self._note(dlt)
            self._send(dlt)

    def _falls_to(self, share: float, stream: str, times: int = 0) -> bool:
        """Whether the patient, or an occurrence, is among a share of all."""
        return share > 0.0 and self._uniform(stream, times) < share

    def _step(self) -> None:
        """A planned dose change, unless its condition forbids it."""
        step = self.program.phase(self.state).steps[self.next_step]
        self.next_step += 1
        if self._holds(step):
            self.apply(step.operations, self.trial.env.now)

    def _end_phase(self) -> None:
        """The phase is over: the first transition that holds is taken, else the course ends."""
        now = self.phase_end
        for transition in self.program.phase(self.state).next:
            allowed = transition.at_most == NONE or self.taken[transition.number] < transition.at_most
            if allowed and self._holds(transition):
                self.taken[transition.number] += 1
                self._change(transition.operation, now)
                return
        self._leave(now)

    # -- parts ------------------------------------------------------------------------------------

    def _holds(self, part: StepTable | NextTable) -> bool:
        """Whether what was detected by now, and the patient's traits, let a step or a transition be."""
        if part.unless in self.detected or (part.only_if != NONE and part.only_if not in self.detected):
            return False
        if part.unless_trait != NONE and self.traits[part.unless_trait]:
            return False
        return part.only_if_trait == NONE or bool(self.traits[part.only_if_trait])

    def _change(self, operation: int, now: float) -> None:
        """Follow one operation to the state it leads to."""
        program, old = self.program, self.state
        new, entered = self._move(operation, until(program, operation, now)), program.enters[operation] >= 0
        if new == old and not program.transitions[operation]:
            return  # also a `go_to` of the phase the patient is in
        for drug, level in enumerate(program.states[old].levels):
            if level and not program.states[new].levels[drug]:
                self.last_dose[drug] = now
        self._record_state(now)
        self.clocks.change_state(new, program.touched[old][operation], program.anchors[old][operation], now)
        if entered:
            self._begin_phase(now)
        elif program.states[new].plan != program.states[old].plan:
            self._go_on(now)

    def _move(self, operation: int, end: float) -> int:
        """The state to which an operation leads, in force until a day."""
        self.state = self.program.after[self.state][operation]
        self.interruptions.begin(operation, end)
        self.interruptions.keep(self.state)
        return self.state

    def _begin_phase(self, now: float) -> None:
        phase = self.program.phase(self.state)
        self.phase_entry, self.phase_end, self.next_step = now, quantise(now + phase.days), 0
        self.stays.append((self.program.states[self.state].phase, now, phase.course_days))
        self._await_visits(now)

    def _go_on(self, now: float) -> None:
        """The phase is as another plan has it: what of it should have happened by now does not any more."""
        phase = self.program.phase(self.state)
        self.phase_end = max(quantise(self.phase_entry + phase.days), now)
        self.next_step = sum(quantise(self.phase_entry + step.after) <= now for step in phase.steps)
        self._await_visits(now)

    def _await_visits(self, now: float) -> None:
        """When what waits for a visit is seen, now that visits are others."""
        for occurrence in self.undetected:
            if self._waits_for_visit(occurrence, now):
                occurrence.detected = self._detection(occurrence, now)

    def _detection(self, occurrence: Occurrence, now: float) -> float:
        """When it will be seen as things stand: at once or at the next visit, and after the delay.

        Without a visit left in the phase it waits (inf) until the next phase begins.
        """
        table = self.program.events[occurrence.event]
        seen = now
        if table.visit >= 0:
            seen = next_visit(self.program.phase(self.state).visits[table.visit], self.phase_entry, now)
            occurrence.visit = seen
        late = self._delay(table.detection, table.detection_stream, occurrence.times)
        return quantise(seen + late) if seen < inf else inf

    def _mark(self, event: int, times: int) -> int:
        table = self.program.events[event]
        if not table.marks:
            return -1
        u = self._uniform(table.mark_stream, times)
        return next((i for i, share in enumerate(table.mark_shares) if u < share), len(table.marks) - 1)

    def _delay(self, table: DelayTable | None, stream: str, times: int) -> float:
        """Days of a delay, drawn for an occurrence."""
        return 0.0 if table is None else table.drawn(lambda: self._uniform(stream, times))

    def _uniform(self, stream: str, times: int) -> float:
        """The draw of a stream for an occurrence."""
        return self.trial.latents.uniform(stream, self.candidate, times)

    def _send(self, occurrence: Occurrence) -> None:
        """The report sets out at detection, unless it never does; what nobody counts is only dated."""
        event = self.program.events[occurrence.event]
        if self._falls_to(event.never, event.never_stream, occurrence.times):
            return
        days = self._delay(event.report, event.report_stream, occurrence.times)
        occurrence.reported = quantise(occurrence.detected + days)
        occurrence.correct(event, lambda stream: self._uniform(stream, occurrence.times))
        self._expect(occurrence)
        self._adjudicate(occurrence, event)

    def _expect(self, occurrence: Occurrence) -> None:
        if self.program.events[occurrence.event].counted:
            self.trial.expect(occurrence)

    def _adjudicate(self, occurrence: Occurrence, event: EventTable) -> None:
        """A committee may find that what was reported is another event too."""
        times = occurrence.times
        if event.counts_as < 0 or self._uniform(event.adjudged_stream, times) >= event.adjudged:
            return
        found = occurrence.seen_as(event.counts_as)
        takes = self._delay(event.decided, event.decided_stream, times)
        found.reported = quantise(occurrence.reported + takes)
        self._note(found)
        self._expect(found)

    def _leave(self, now: float) -> None:
        """The course ends. A detection under way is completed and reported; a wait for a visit is lost."""
        self.exit = now
        self.clocks.close(now)
        for occurrence in self.undetected:
            if self._waits_for_visit(occurrence, now):
                occurrence.detected = inf
            else:
                self._send(occurrence)
        self.undetected = []
        self.trial.course_ended(now)

    def _waits_for_visit(self, occurrence: Occurrence, now: float) -> bool:
        return self.program.events[occurrence.event].visit >= 0 and occurrence.visit > now

    def _record_state(self, now: float) -> None:
        self.trial.rows.states.append((self.trial.number, self.candidate, now, self.state))
