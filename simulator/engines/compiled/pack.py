"""A Program -> the memory that kernels read: patients' part here, rules and dose finding in `pack_rules`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simulator import streams
from simulator.contracts import DelayTable, DoseDesign
from simulator.engines.compiled import layout as at
from simulator.engines.compiled.jit import COMPILING
from simulator.engines.compiled.pack_hazard import pack_hazard
from simulator.engines.compiled.pack_rules import pack_counters, pack_dosing, pack_monitors
from simulator.engines.compiled.tape import Tape
from simulator.program.tables import ClockKind, EventTable, PhaseTable, Program

__all__ = ["Packed", "pack", "supported"]

WHILE_HELD = {"lost": at.LOST_WHILE_HELD, "queued": at.QUEUED_WHILE_HELD, "on_demand": at.ON_DEMAND}


@dataclass(frozen=True, slots=True, kw_only=True)
class Packed:
    """A Program as memory: one array, or (plain) three lists where nothing is compiled.

    lasting, directives: operations that may come to stand, and directives that may be given.
    betas: (stream id, a, b) of each column of drawn Beta traits.
    methods, doses: of each version of the dose finding, the design and how many doses its ladder has.
    """

    program: Program
    merged: NDArray[np.int64]
    plain: Tape | None
    drugs: int
    max_treated: int
    patient_size: int
    names: int
    lasting: int
    directives: int
    keeps_stays: bool
    betas: tuple[tuple[int, float, float], ...]
    methods: tuple[DoseDesign, ...]
    doses: tuple[int, ...]


def supported(program: Program) -> str:
    """Why the kernels cannot play a Program; "" when they can."""
    versions = program.dosing.versions if program.dosing else ()
    if any(len(version.ladder) > at.MOST_DOSES for version in versions):
        return f"a ladder has more than {at.MOST_DOSES} doses"
    return ""


def pack(program: Program) -> Packed:
    """Everything that kernels know of a Program.  Raises ValueError if it is not `supported`."""
    if reason := supported(program):
        raise ValueError(reason)
    tape, names = Tape(), streams.StreamNames()
    tape.fill(
        0,
        MAX_TREATED=program.max_treated,
        DRUGS=len(program.drugs),
        EVENTS=len(program.events),
        COMPONENTS=len(program.components),
        MONITORS=len(program.monitors),
        TRAITS=len(program.traits),
        READINGS=program.readings,
        WHILE_HELD=WHILE_HELD[program.while_held],
        EVERY_DAYS=at.NEVER_YET if program.accrual.every_days is None else float(program.accrual.every_days),
        PER_DAY=float(program.accrual.per_day or 0.0),
        ACCRUAL_DAYS=float(program.accrual_days),
        ABSENCES=tape.listed(i for i, event in enumerate(program.events) if event.absence_of >= 0),
    )
    tape.words[at.GAP_STREAM] = names.register("accrual/gap")
    _pack_traits(tape, program, names)
    _pack_components(tape, program, names)
    _pack_events(tape, program, names)
    phases, transitions = _pack_phases(tape, program.phases)
    _pack_operations(tape, program)
    counters = pack_counters(tape, program)
    _pack_states(tape, program, phases)
    pack_monitors(tape, program, counters)
    methods, doses = pack_dosing(tape, program, names)
    size = at.LAST_DOSE + len(program.drugs)
    parts = (
        ("IN_PATIENT_CLOCKS", at.CLOCK_SIZE * len(program.components)),
        ("IN_PATIENT_HISTORY", at.HISTORY_SIZE * len(program.events)),
        ("IN_PATIENT_TAKEN", transitions),
        ("IN_PATIENT_COUNTED", at.COUNTED_SIZE * len(counters)),
    )
    for name, length in parts:
        tape.fill(0, **{name: size})
        size += length
    for i, counter in enumerate(counters):
        tape.put(counter + at.IN_PATIENT, tape.ints[at.IN_PATIENT_COUNTED] + i * at.COUNTED_SIZE)
    tape.fill(0, PATIENT_SIZE=size)
    needed = _needed_traits(program)
    return Packed(
        program=program,
        merged=tape.merged(),
        plain=None if COMPILING else tape,
        drugs=len(program.drugs),
        max_treated=program.max_treated,
        patient_size=size,
        names=tape.ints[at.NAMES],
        lasting=sum(len(monitor.operations) for monitor in program.monitors),
        directives=len(program.monitors) + (len(program.dosing.amendments) if program.dosing else 0),
        keeps_stays=bool(tape.ints[at.KEEPS_STAYS]),
        betas=tuple(
            (names.register(trait.stream), *trait.beta)
            for i, trait in enumerate(program.traits)
            if trait.beta is not None and i in needed
        ),
        methods=methods,
        doses=doses,
    )


def _needed_traits(program: Program) -> set[int]:
    """Traits on which a hazard depends, by themselves or through others, which stand before them."""
    needed = {i for c in program.components for i in (c.only_if, c.unless, c.risk)}
    for i in reversed(range(len(program.traits))):
        if i in needed:
            needed.add(program.traits[i].after)
    return needed


def _pack_traits(tape: Tape, program: Program, names: streams.StreamNames) -> None:
    first, needed, column = tape.room(at.TRAIT_SIZE * len(program.traits)), _needed_traits(program), 0
    tape.fill(0, TRAIT=first)
    for i, trait in enumerate(program.traits):
        here, drawn = first + i * at.TRAIT_SIZE, trait.beta is not None and i in needed
        tape.words[here + at.TRAIT_STREAM] = names.register(trait.stream)
        tape.fill(
            here,
            TRAIT_SHARE=float(trait.probability),
            TRAIT_IF_SO=float(trait.if_so),
            TRAIT_AFTER=first + trait.after * at.TRAIT_SIZE if trait.after >= 0 else None,
            TRAIT_BETA=column if drawn else None,
            TRAIT_NEEDED=i in needed,
        )
        column += drawn


def _pack_components(tape: Tape, program: Program, names: streams.StreamNames) -> None:
    first = tape.room(at.COMPONENT_SIZE * len(program.components))
    tape.fill(0, COMPONENT=first)
    for i, component in enumerate(program.components):
        here = first + i * at.COMPONENT_SIZE
        tape.words[here + at.THRESHOLD_STREAM] = names.register(component.stream)
        tape.fill(
            here,
            COMPONENT_EVENT=component.event,
            RESTARTS=component.restarts,
            PAUSES=component.pauses,
            ONCE=component.once,
            BY_DOSE=len(component.tables) > 1,
            ONLY_IF=component.only_if,
            UNLESS=component.unless,
            RISK=component.risk,
        )


def _pack_events(tape: Tape, program: Program, names: streams.StreamNames) -> None:
    first = tape.room(at.EVENT_SIZE * len(program.events))
    tape.fill(0, EVENT=first)
    for number, event in enumerate(program.events):
        here = first + number * at.EVENT_SIZE
        for place, part in (("DETECTION", "detection"), ("REPORT", "report"), ("MARK", "mark")):
            stream = names.register(f"event:{event.name}/{part}")
            tape.words[here + getattr(at, f"{place}_STREAM")] = stream
        started = [
            c
            for c, component in enumerate(program.components)
            if component.clock == ClockKind.EVENT and component.of == number
        ]
        _pack_event(tape, here, event, started, program.components_of(number))


def _pack_event(tape: Tape, here: int, event: EventTable, started: Sequence[int], own: Sequence[int]) -> None:
    tape.fill(
        here,
        REPEATS=event.repeats,
        VISIT=event.visit,
        DETECTION=_delay(tape, event.detection),
        REPORT=_delay(tape, event.report),
        MARKS=len(event.marks),
        SHARES=tape.run([float(share) for share in event.mark_shares]),
        RESPONSE=tape.listed(event.response),
        ENDS_COURSE=event.ends_course,
        COUNTED=event.counted,
        ABSENCE_OF=event.absence_of,
        ABSENCE_BY=float(event.absence_by),
        STARTED_CLOCKS=tape.listed(started),
        OWN_COMPONENTS=tape.listed(own),
    )


def _delay(tape: Tape, table: DelayTable | None) -> int:
    """The record of a delay; none is one of 0 days."""
    here = tape.room(at.DELAY_SIZE)
    constant = 0.0 if table is None else table.constant
    if table is None or constant is not None:
        tape.fill(here, DELAY_DAYS=float(constant or 0.0))
        return here
    size = len(table.probabilities)
    shares = tape.run([float(value) for value in (*table.probabilities, *table.days)])
    tape.fill(here, SHARES_FROM=shares, SHARES_TO=shares + size)
    return here


def _pack_phases(tape: Tape, phases: Sequence[PhaseTable]) -> tuple[list[int], int]:
    """Records of the phases, and how many transitions there are in all."""
    records, transitions = [], 0
    for number, phase in enumerate(phases):
        steps = tape.room(at.STEP_SIZE * len(phase.steps))
        for i, step in enumerate(phase.steps):
            tape.fill(
                steps + i * at.STEP_SIZE,
                STEP_AFTER=float(step.after),
                STEP_UNLESS=step.unless,
                STEP_ONLY_IF=step.only_if,
                STEP_OPERATIONS=tape.listed(step.operations),
            )
        nexts = tape.room(at.NEXT_SIZE * len(phase.next))
        for i, following in enumerate(phase.next):
            tape.fill(
                nexts + i * at.NEXT_SIZE,
                NEXT_OPERATION=following.operation,
                NEXT_UNLESS=following.unless,
                NEXT_ONLY_IF=following.only_if,
                NEXT_AT_MOST=following.at_most,
                NEXT_NUMBER=transitions + i,
            )
        transitions += len(phase.next)
        records.append(tape.room(at.PHASE_SIZE))
        tape.fill(
            records[-1],
            PHASE_NUMBER=number,
            PHASE_DAYS=float(phase.days),
            COURSE_DAYS=float(phase.course_days),
            STEPS=steps,
            STEPS_END=steps + at.STEP_SIZE * len(phase.steps),
            NEXTS=nexts,
            NEXTS_END=nexts + at.NEXT_SIZE * len(phase.next),
            VISITS=_visits(tape, phase),
        )
    return records, transitions


def _visits(tape: Tape, phase: PhaseTable) -> int:
    """Per kind of visit the run of its stretches."""
    visits = tape.room(at.VISIT_SIZE * len(phase.visits))
    for kind, stretches in enumerate(phase.visits):
        run = tape.run([float(value) for stretch in stretches for value in stretch])
        end = run + at.STRETCH_SIZE * len(stretches)
        tape.fill(visits + kind * at.VISIT_SIZE, STRETCHES=run, STRETCHES_END=end)
    return visits


def _pack_operations(tape: Tape, program: Program) -> None:
    first = tape.room(at.OPERATION_SIZE * len(program.enters))
    tape.fill(0, OPERATION=first)
    for i, (phase, transition) in enumerate(zip(program.enters, program.transitions, strict=True)):
        tape.fill(first + i * at.OPERATION_SIZE, ENTERS=phase >= 0, TRANSITION=transition)


def _touched(tape: Tape, touched: Sequence[int], starts: Sequence[int]) -> int:
    """The list of what a change of state touches: twice a component, plus 1 if its clock starts."""
    return tape.listed(2 * c + (c in starts) for c in touched)


def _pack_states(tape: Tape, program: Program, phases: Sequence[int]) -> None:
    """States, and what each component, operation and scope is in them; after `pack_counters`."""
    components = at.LEVELS + len(program.drugs)
    operations = components + at.STATE_COMPONENT_SIZE * len(program.components)
    scopes = operations + at.STATE_OPERATION_SIZE * len(program.enters)
    counters = [counter for monitor in program.monitors for counter in monitor.counters]
    tape.fill(0, IN_STATE_COMPONENTS=components, IN_STATE_OPERATIONS=operations)
    records = [tape.room(scopes + len(counters)) for _ in program.states]
    hazards = [[pack_hazard(tape, table) for table in component.tables] for component in program.components]
    for number, (here, state) in enumerate(zip(records, program.states, strict=True)):
        begun = _touched(tape, program.entry_touched[number], program.entry_anchors[number])
        tape.fill(here, STATE_NUMBER=number, STATE_PHASE=phases[state.phase], ENTRY_TOUCHED=begun)
        for drug, level in enumerate(state.levels):
            tape.put(here + at.LEVELS + drug, level)
        for c, component in enumerate(program.components):
            cell = here + components + c * at.STATE_COMPONENT_SIZE
            tape.fill(cell, HAZARD=hazards[c][component.which[number]])
            tape.fill(cell, MULTIPLIER=float(component.multiplier[number]))
        changes = zip(program.after[number], program.touched[number], program.anchors[number], strict=True)
        for o, (after, touched, started) in enumerate(changes):
            cell = here + operations + o * at.STATE_OPERATION_SIZE
            tape.fill(cell, AFTER=records[after] if after >= 0 else None)
            tape.fill(cell, TOUCHED=_touched(tape, touched, started))
        for i, counter in enumerate(counters):
            scope = counter.scope
            phase_allowed = scope.phases is None or state.phase in scope.phases
            levels_allowed = all(state.levels[drug] in levels for drug, levels in scope.levels)
            flags = at.PHASE_ALLOWED * phase_allowed + at.LEVELS_ALLOWED * levels_allowed
            tape.put(here + scopes + i, flags)
            tape.put(tape.ints[at.COUNTERS] + i * at.COUNTER_SIZE + at.IN_STATE, scopes + i)
    tape.fill(0, ENTRIES=tape.run([records[state] for state in program.entries]))
