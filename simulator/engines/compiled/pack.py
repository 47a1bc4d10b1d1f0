"""A Program -> the memory that kernels read: patients' part here, rules and dose finding in `pack_rules`."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simulator import streams
from simulator.contracts import ComparingTable, DoseDesign
from simulator.engines.compiled import codes
from simulator.engines.compiled.described import NONE
from simulator.engines.compiled.jit import COMPILING
from simulator.engines.compiled.pack_arms import allocated_by, pack_arms
from simulator.engines.compiled.pack_delay import pack_delay
from simulator.engines.compiled.pack_hazard import pack_hazard
from simulator.engines.compiled.pack_rules import pack_amendments, pack_counters, pack_dosing, pack_monitors
from simulator.engines.compiled.records.course import Clock, Counted, History, Occurrence, Patient
from simulator.engines.compiled.records.program import (
    LEVELS_ALLOWED,
    PHASE_ALLOWED,
    Component,
    Event,
    Hazard,
    Next,
    Operation,
    Phase,
    Response,
    State,
    StateOperation,
    Step,
    Stretch,
    Trait,
    Upgrade,
    Visit,
)
from simulator.engines.compiled.records.rows import EventRow
from simulator.engines.compiled.writing import Writer
from simulator.program.course import PhaseTable
from simulator.program.interruptions import interrupted
from simulator.program.planned import steering_traits
from simulator.program.tables import EventTable, Program
from simulator.program.words import ClockKind

__all__ = ["Packed", "pack", "supported"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Packed:
    """A Program as memory: one array, or (plain) three lists where nothing is compiled.

    given, directives: operations that may be directed in one trial, and directives that they may come in.
    betas: (stream id, a, b) of each column of drawn Beta traits.
    methods, doses: of each version of the dose finding, the design and how many doses its ladder has.
    versus: the tables of rules that compare two arms, by the rule's number.
    """

    program: Program
    merged: NDArray[np.int64]
    plain: Writer | None
    patient_size: int
    occurrence_size: int
    names: int
    given: int
    directives: int
    keeps_stays: bool
    betas: tuple[tuple[int, float, float], ...]
    methods: tuple[DoseDesign, ...]
    doses: tuple[int, ...]
    versus: dict[int, ComparingTable]

    @property
    def asks(self) -> bool:
        """Whether kernels ask what they cannot work out."""
        return bool(self.methods or self.versus)


def supported(program: Program) -> str:
    """Why the kernels cannot play a Program; "" when they can."""
    versions = program.dosing.versions if program.dosing else ()
    if any(len(version.ladder) > codes.MOST_DOSES for version in versions):
        return f"a ladder has more than {codes.MOST_DOSES} doses"
    return ""


def pack(program: Program) -> Packed:
    """Everything that kernels know of a Program.  Raises ValueError if it is not `supported`."""
    if reason := supported(program):
        raise ValueError(reason)
    writer, names = Writer(), streams.StreamNames()
    _pack_singles(writer, program)
    writer.head.gap_stream = names.register("accrual/gap")
    pack_arms(writer, program, names)
    _pack_traits(writer, program, names)
    _pack_components(writer, program, names)
    _pack_events(writer, program, names)
    phases = _pack_phases(writer, (program.phases, *program.later))
    _pack_operations(writer, program)
    pack_counters(writer, program)
    _pack_states(writer, program, phases)
    pack_monitors(writer, program, names)
    pack_amendments(writer, program)
    methods, doses = pack_dosing(writer, program, names)
    _lay_out_patients(writer, program)
    needed = _needed_traits(program)
    return Packed(
        program=program,
        merged=writer.merged(),
        plain=None if COMPILING else writer,
        patient_size=writer.head.patient_size,
        occurrence_size=writer.head.occurrence_size,
        names=writer.head.n_names,
        given=sum(len(monitor.operations) for monitor in program.monitors)
        + sum(len(amendment.operations) for amendment in program.amendments),
        directives=len(program.monitors) + len(program.amendments),
        keeps_stays=bool(writer.head.keeps_stays),
        betas=tuple(
            (names.register(trait.stream), *trait.beta)
            for i, trait in enumerate(program.traits)
            if trait.beta is not None and i in needed
        ),
        methods=methods,
        doses=doses,
        versus={i: m.versus for i, m in enumerate(program.monitors) if m.versus is not None},
    )


def _pack_arrivals(writer: Writer, program: Program) -> None:
    head, law = writer.head, program.accrual
    head.arrivals = law.kind
    head.every_days = float(law.every_days)
    head.per_day = float(law.per_day)
    head.candidates = float(law.candidates)
    head.within = float(law.within)
    head.n_pieces = len(law.starts)
    head.starts = writer.floating(law.starts)
    head.rates = writer.floating(law.rates)
    head.reached = writer.floating(law.reached)
    head.stagger = float(program.stagger)


def _pack_singles(writer: Writer, program: Program) -> None:
    head = writer.head
    head.limits = writer.run([program.limit(version) for version in range(len(program.entries))])
    head.n_drugs = len(program.drugs)
    head.n_events = len(program.events)
    head.n_components = len(program.components)
    head.n_monitors = len(program.monitors)
    head.n_traits = len(program.traits)
    head.n_transitions = len({of.number for phase in program.every_phase for of in phase.next})
    head.n_course_traits = len(program.traits) if steering_traits(program) else 0
    head.while_held = program.while_held
    _pack_arrivals(writer, program)
    head.accrual_days = float(program.accrual_days)
    head.last_days = writer.floating([program.last_day(version) for version in range(len(program.entries))])
    head.moves_last_day = len(program.last_days) > 0
    head.absences = writer.listed(i for i, event in enumerate(program.events) if event.absence_of >= 0)


def _lay_out_patients(writer: Writer, program: Program) -> None:
    """Lengths of records that a trial makes, and distances in them."""
    head, drugs = writer.head, len(program.drugs)
    head.occurrence_size = Occurrence.size + drugs
    head.corrects = program.corrects
    head.events_withdrawn = EventRow.size + drugs
    head.events_upgraded = head.events_withdrawn + 1
    head.events_later = head.events_upgraded + 1
    head.patient_clocks = Patient.size + drugs
    head.patient_history = head.patient_clocks + Clock.size * len(program.components)
    head.patient_taken = head.patient_history + History.size * len(program.events)
    head.patient_counted = head.patient_taken + head.n_transitions
    head.patient_traits = head.patient_counted + Counted.size * head.n_counters
    head.patient_back_on = head.patient_traits + head.n_course_traits
    head.patient_size = head.patient_back_on + drugs


def _needed_traits(program: Program) -> set[int]:
    """Traits on which hazards, courses or allocation depend, also through others, which stand before them."""
    needed = {i for c in program.components for i in (c.only_if, c.unless, c.risk)}
    needed |= set(steering_traits(program)) | allocated_by(program)
    for i in reversed(range(len(program.traits))):
        if i in needed:
            needed.add(program.traits[i].after)
    return needed


def _pack_traits(writer: Writer, program: Program, names: streams.StreamNames) -> None:
    traits, needed, column = writer.rows(Trait, len(program.traits)), _needed_traits(program), 0
    writer.head.traits = traits
    for i, given in enumerate(program.traits):
        trait, drawn = traits[i], given.beta is not None and i in needed
        trait.stream = names.register(given.stream)
        trait.share = float(given.probability)
        trait.if_so = float(given.if_so)
        trait.after = traits[given.after] if given.after >= 0 else NONE
        trait.beta = column if drawn else NONE
        trait.needed = i in needed
        column += drawn


def _pack_components(writer: Writer, program: Program, names: streams.StreamNames) -> None:
    components = writer.head.components = writer.rows(Component, len(program.components))
    screened = program.screening is not None  # else it began at entry
    for i, given in enumerate(program.components):
        component = components[i]
        component.event = given.event
        component.threshold_stream = names.register(given.stream)
        component.since_registration = screened and given.clock == ClockKind.REGISTRATION
        component.restarts = given.restarts and not component.since_registration
        component.pauses = given.pauses
        component.once = given.once
        component.by_dose = len(given.tables) > 1
        component.only_if = given.only_if
        component.unless = given.unless
        component.risk = given.risk


def _pack_events(writer: Writer, program: Program, names: streams.StreamNames) -> None:
    events = writer.head.events = writer.rows(Event, len(program.events))
    for number, given in enumerate(program.events):
        event = events[number]
        event.detection_stream = names.register(given.detection_stream)
        event.report_stream = names.register(given.report_stream)
        event.mark_stream = names.register(given.mark_stream)
        event.never_stream = names.register(given.never_stream)
        event.adjudged_stream = names.register(given.adjudged_stream)
        event.decided_stream = names.register(given.decided_stream)
        event.withdrawn_stream = names.register(given.withdrawn_stream)
        event.withdrawn_after_stream = names.register(given.withdrawn_after_stream)
        event.upgraded_stream = names.register(given.upgraded_stream)
        event.upgraded_after_stream = names.register(given.upgraded_after_stream)
        event.started_clocks = writer.listed(
            c
            for c, component in enumerate(program.components)
            if component.clock == ClockKind.EVENT and component.of == number
        )
        event.own_components = writer.listed(program.components_of(number))
        _pack_event(writer, event, given)


def _pack_event(writer: Writer, event: Event, given: EventTable) -> None:
    event.repeats = given.repeats
    event.visit = given.visit
    event.detection = pack_delay(writer, given.detection)
    event.report = pack_delay(writer, given.report)
    event.n_marks = len(given.marks)
    event.mark_shares = writer.floating(given.mark_shares)
    event.responses = writer.rows(Response, len(given.responses))
    for plan, operations in enumerate(given.responses):
        event.responses[plan].operations = writer.listed(operations)
        event.responses[plan].ends_course = given.ends[plan]
    event.counted = given.counted
    event.absence_of = given.absence_of
    event.absence_by = float(given.absence_by)
    event.happens = given.happens
    event.never = float(given.never)
    event.counts_as = given.counts_as
    event.adjudged = float(given.adjudged)
    event.decided = pack_delay(writer, given.decided)
    event.withdrawn = float(given.withdrawn)
    event.withdrawn_after = pack_delay(writer, given.withdrawn_after)
    event.upgrades = writer.rows(Upgrade, len(given.upgrades)) if given.upgrades else NONE
    for mark, upgrade in enumerate(given.upgrades):
        event.upgrades[mark].to = NONE if upgrade is None else upgrade.to
        if upgrade is not None:
            event.upgrades[mark].share = float(upgrade.share)
            event.upgrades[mark].after = pack_delay(writer, upgrade.after)


def _pack_phases(writer: Writer, plans: Sequence[Sequence[PhaseTable]]) -> list[list[Phase]]:
    """Of each plan its phases."""
    found = []
    for given in plans:
        phases = writer.rows(Phase, len(given))
        for number, of in enumerate(given):
            phase = phases[number]
            phase.number = number
            phase.days = float(of.days)
            phase.course_days = float(of.course_days)
            _pack_steps(writer, phase, of)
            _pack_nexts(writer, phase, of)
            _pack_visits(writer, phase, of)
        found.append([phases[number] for number in range(len(given))])
    return found


def _pack_steps(writer: Writer, phase: Phase, of: PhaseTable) -> None:
    phase.n_steps, phase.steps = len(of.steps), writer.rows(Step, len(of.steps))
    for i, given in enumerate(of.steps):
        step = phase.steps[i]
        step.after = float(given.after)
        step.unless = given.unless
        step.only_if = given.only_if
        step.unless_trait = given.unless_trait
        step.only_if_trait = given.only_if_trait
        step.operations = writer.listed(given.operations)


def _pack_nexts(writer: Writer, phase: Phase, of: PhaseTable) -> None:
    phase.n_nexts, phase.nexts = len(of.next), writer.rows(Next, len(of.next))
    for i, given in enumerate(of.next):
        following = phase.nexts[i]
        following.operation = given.operation
        following.unless = given.unless
        following.only_if = given.only_if
        following.unless_trait = given.unless_trait
        following.only_if_trait = given.only_if_trait
        following.at_most = given.at_most
        following.number = given.number


def _pack_visits(writer: Writer, phase: Phase, of: PhaseTable) -> None:
    """Per kind of visit its stretches."""
    phase.visits = writer.rows(Visit, len(of.visits))
    for kind, stretches in enumerate(of.visits):
        visit = phase.visits[kind]
        visit.n_stretches, visit.stretches = len(stretches), writer.rows(Stretch, len(stretches))
        for i, (start, end, every) in enumerate(stretches):
            stretch = visit.stretches[i]
            stretch.start, stretch.end, stretch.every = float(start), float(end), float(every)


def _pack_operations(writer: Writer, program: Program) -> None:
    operations = writer.head.operations = writer.rows(Operation, len(program.enters))
    for i, (phase, transition) in enumerate(zip(program.enters, program.transitions, strict=True)):
        operations[i].enters = phase >= 0
        operations[i].transition = transition
        operations[i].precedence = program.precedence[i]
        stops = program.interrupts[i]
        operations[i].interrupts = NONE if stops is None else stops.drug
        operations[i].days = 0.0 if stops is None else float(stops.days)
    writer.head.resumes = writer.run(program.resumes)
    writer.head.interruptible = writer.listed(i for i, o in enumerate(program.resumes) if o >= 0)


def _touched(touched: Sequence[int], starts: Sequence[int]) -> list[int]:
    """What a change of state touches: twice a component, plus 1 if its clock starts."""
    return [2 * c + (c in starts) for c in touched]


def _pack_states(writer: Writer, program: Program, phases: Sequence[Sequence[Phase]]) -> None:
    """States, and what each component, operation and scope is in them; after `pack_counters`."""
    head = writer.head
    head.state_hazards = State.size + len(program.drugs)
    head.state_operations = head.state_hazards + Hazard.size * len(program.components)
    head.state_allowed = head.state_operations + StateOperation.size * len(program.enters)
    head.state_interrupted = head.state_allowed + head.n_counters
    head.state_size = head.state_interrupted + len(program.drugs)
    tables = [[pack_hazard(writer, table) for table in component.tables] for component in program.components]
    states = writer.rows(State, len(program.states))
    for number, given in enumerate(program.states):
        state = states[number]
        state.number = number
        state.plan = given.plan
        state.phase = phases[given.plan][given.phase]
        begun = _touched(program.entry_touched[number], program.entry_anchors[number])
        state.entry_touched = writer.listed(begun)
        state.levels.put(array("q", given.levels))
        hazards, operations = state.hazards, state.operations
        for c, component in enumerate(program.components):
            hazard = hazards[c]
            hazard.table = tables[c][component.which[number]]
            hazard.multiplier = component.multiplier[number]
        changes = zip(program.after[number], program.touched[number], program.anchors[number], strict=True)
        for o, (after, touched, started) in enumerate(changes):
            operation = operations[o]
            operation.after = states[after] if after >= 0 else NONE
            operation.touched = writer.listed(_touched(touched, started))
        state.allowed.put(array("q", _allowed(program, number)))
        hidden = interrupted(given)
        state.interrupted.put(array("q", (drug in hidden for drug in range(len(program.drugs)))))
    head.n_entries, head.n_treatments = len(program.entries[0][0]), len(program.entries[0])
    rows = (levels for rows in program.entries for levels in rows)
    head.entries = writer.run([states[state].place for levels in rows for state in levels])


def _allowed(program: Program, number: int) -> list[int]:
    """For each counter, what its scope says of a state."""
    state, found = program.states[number], []
    for scope in (counter.scope for monitor in program.monitors for counter in monitor.counters):
        phase = scope.phases is None or state.phase in scope.phases
        levels = all(state.levels[drug] in levels for drug, levels in scope.levels)
        found.append(PHASE_ALLOWED * phase + LEVELS_ALLOWED * levels)
    return found
