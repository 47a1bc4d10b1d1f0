"""A patient's plan and acts: `reference.patient` as kernels, and its entry into the trial's queue."""

from __future__ import annotations

import math

from simulator.engines.compiled import clocks, queue
from simulator.engines.compiled import layout as at
from simulator.engines.compiled.jit import kernel
from simulator.engines.compiled.layout import Floats, Ints, Words
from simulator.engines.compiled.occurrence import (
    detection,
    draw,
    happen,
    new_occurrence,
    remove_undetected,
    send,
    waits_for_visit,
)
from simulator.engines.compiled.outcome import ask
from simulator.engines.compiled.tables import quantise

__all__ = ["act", "begin", "direct", "falls_to", "plan"]


@kernel
def falls_to(ints: Ints, words: Words, patient: int, share: float, stream: int) -> bool:
    """Whether the patient is among a share of all."""
    return share > 0.0 and draw(ints, words, patient, stream, 0) < share


@kernel
def begin(ints: Ints, floats: Floats, words: Words, patient: int) -> None:
    """The course begins: the first state, phase and clocks."""
    now, state = floats[patient + at.ENTRY], ints[patient + at.STATE]
    for i in range(ints[at.STANDING_LENGTH]):
        state = ints[_after(ints, state, ints[ints[at.STANDING] + i]) + at.AFTER]
    ints[patient + at.STATE] = state
    ints[patient + at.BEGUN] = 1
    _record_state(ints, floats, patient, now)
    _begin_phase(ints, floats, words, patient, now)
    clocks.change_state(ints, floats, words, patient, at.NONE, state, ints[state + at.ENTRY_TOUCHED], now)


@kernel
def plan(ints: Ints, floats: Floats, patient: int) -> None:
    """Put the next instant of this patient into the queue: when, in which place of the instant, and what."""
    ints[patient + at.PLANNED_SERIAL] = at.NONE
    if floats[patient + at.EXIT] != math.inf:
        return
    candidate = ints[patient + at.NUMBER]
    time, subject = math.inf, 0
    clock = patient + ints[at.IN_PATIENT_CLOCKS]
    for c in range(ints[at.COMPONENTS]):
        if floats[clock + at.CROSSING] < time:
            time, subject = floats[clock + at.CROSSING], c
        clock += at.CLOCK_SIZE
    order, what = queue.pack(queue.OCCURRENCE, candidate, subject), at.OCCUR
    occurrence = ints[patient + at.FIRST_UNDETECTED]
    while occurrence >= 0:
        day = floats[occurrence + at.DETECTED_ON]
        place = queue.pack(queue.DETECTION, candidate, ints[occurrence + at.OF_EVENT])
        if day < time or (day == time and place < order):
            time, order, what, subject = day, place, at.DETECT, occurrence
        occurrence = ints[occurrence + at.NEXT_UNDETECTED]
    place = queue.pack(queue.TRANSITION, candidate, 0)
    step = ints[patient + at.NEXT_STEP]
    if step < ints[ints[ints[patient + at.STATE] + at.STATE_PHASE] + at.STEPS_END]:
        day = quantise(floats[patient + at.PHASE_ENTRY] + floats[step + at.STEP_AFTER])
        if day < time or (day == time and place < order):
            time, order, what, subject = day, place, at.STEP, step
    day = floats[patient + at.PHASE_END]
    if day < time or (day == time and place < order):
        time, order, what, subject = day, place, at.END_PHASE, 0
    absences = ints[at.ABSENCES]
    for i in range(absences + 1, absences + 1 + ints[absences]):
        event = ints[i]
        history = patient + ints[at.IN_PATIENT_HISTORY] + event * at.HISTORY_SIZE
        if ints[history + at.FOUND_ABSENT] == 0:
            by = floats[ints[at.EVENT] + event * at.EVENT_SIZE + at.ABSENCE_BY]
            day, place = quantise(floats[patient + at.ENTRY] + by), queue.pack(queue.WINDOW, candidate, event)
            if day < time or (day == time and place < order):
                time, order, what, subject = day, place, at.FIND_ABSENT, event
    ints[patient + at.PLANNED_ACT] = what
    ints[patient + at.PLANNED_SUBJECT] = subject
    serial = queue.schedule(ints, floats, time, order, at.PATIENT_ACTS, patient)
    ints[patient + at.PLANNED_SERIAL] = serial


@kernel
def act(ints: Ints, floats: Floats, words: Words, patient: int) -> None:
    """The planned instant has come: do it, and plan again."""
    what, subject = ints[patient + at.PLANNED_ACT], ints[patient + at.PLANNED_SUBJECT]
    if what == at.OCCUR:
        event = ints[ints[at.COMPONENT] + subject * at.COMPONENT_SIZE + at.COMPONENT_EVENT]
        clocks.crossed(ints, floats, words, patient, subject, floats[at.NOW])
        happen(ints, floats, words, patient, event, subject)
    elif what == at.DETECT:
        _detect(ints, floats, words, patient, subject)
    elif what == at.STEP:
        _step(ints, floats, words, patient, subject)
    elif what == at.END_PHASE:
        _end_phase(ints, floats, words, patient)
    else:
        _find_absent(ints, floats, words, patient, subject)
    plan(ints, floats, patient)


@kernel
def direct(
    ints: Ints, floats: Floats, words: Words, patient: int, operations: int, leave: bool, now: float
) -> None:
    """A directive of the trial: applied at once; the plan is made again when the instant's effect is over."""
    if floats[patient + at.EXIT] != math.inf:
        return
    _apply(ints, floats, words, patient, operations, now)
    if leave:
        _leave(ints, floats, words, patient, now)
    ints[ints[at.PLANLESS] + ints[at.PLANLESS_LENGTH]] = patient
    ints[at.PLANLESS_LENGTH] += 1


# ---------------------------------------------------------------- acts


@kernel
def _find_absent(ints: Ints, floats: Floats, words: Words, patient: int, event: int) -> None:
    """The day of an absence: it happens unless the event it waits for was detected by now."""
    histories = patient + ints[at.IN_PATIENT_HISTORY]
    ints[histories + event * at.HISTORY_SIZE + at.FOUND_ABSENT] = 1
    awaited = ints[ints[at.EVENT] + event * at.EVENT_SIZE + at.ABSENCE_OF]
    if ints[histories + awaited * at.HISTORY_SIZE + at.DETECTED] == 0:
        clocks.happened(ints, floats, words, patient, event, floats[at.NOW])
        happen(ints, floats, words, patient, event, at.NONE)


@kernel
def _detect(ints: Ints, floats: Floats, words: Words, patient: int, occurrence: int) -> None:
    """The event is seen: the report sets out, and the protocol's patient-level response follows."""
    now, number = floats[at.NOW], ints[occurrence + at.OF_EVENT]
    event = ints[at.EVENT] + number * at.EVENT_SIZE
    history = patient + ints[at.IN_PATIENT_HISTORY] + number * at.HISTORY_SIZE
    remove_undetected(ints, patient, occurrence)
    ints[history + at.DETECTED] = 1
    send(ints, floats, words, occurrence)
    if ints[at.DOSING] >= 0:
        _count_death(ints, floats, words, patient, occurrence)
    if floats[history + at.RESPONDED] != now:  # once to all that one visit finds
        floats[history + at.RESPONDED] = now
        _apply(ints, floats, words, patient, ints[event + at.RESPONSE], now)
        if ints[event + at.ENDS_COURSE] != 0:
            _leave(ints, floats, words, patient, now)


@kernel
def _count_death(ints: Ints, floats: Floats, words: Words, patient: int, death: int) -> None:
    """A death in the DLT window whose DLT is open may itself count as one."""
    dosing = ints[at.DOSING]
    if ints[death + at.OF_EVENT] != ints[dosing + at.DEATH] or ints[patient + at.DLTS] > 0:
        return
    if floats[death + at.OCCURRED] > floats[patient + at.DLT_UNTIL]:
        return
    for event in range(ints[at.EVENTS]):
        history = patient + ints[at.IN_PATIENT_HISTORY] + event * at.HISTORY_SIZE
        if ints[ints[dosing + at.SETTLES] + event] != 0 and ints[history + at.DETECTED] != 0:
            return
    share = floats[dosing + at.DEATH_AS_DLT]
    if falls_to(ints, words, patient, share, dosing + at.DEATH_STREAM):
        dlt = new_occurrence(ints, patient, ints[dosing + at.DLT])
        ints[dlt + at.HOW_OFTEN] = 0
        ints[dlt + at.OF_COMPONENT] = at.NONE
        floats[dlt + at.OCCURRED] = floats[death + at.OCCURRED]
        floats[dlt + at.DETECTED_ON] = floats[death + at.DETECTED_ON]
        ints[dlt + at.IN_STATE_RECORD] = ints[death + at.IN_STATE_RECORD]
        ints[dlt + at.MARK] = -1
        floats[dlt + at.COURSE] = floats[death + at.COURSE]
        for drug in range(ints[at.DRUGS]):
            floats[dlt + at.SINCE + drug] = floats[death + at.SINCE + drug]
        send(ints, floats, words, dlt)


@kernel
def _step(ints: Ints, floats: Floats, words: Words, patient: int, step: int) -> None:
    """A planned dose change, unless its condition forbids it."""
    ints[patient + at.NEXT_STEP] = step + at.STEP_SIZE
    if _holds(ints, patient, ints[step + at.STEP_UNLESS], ints[step + at.STEP_ONLY_IF]):
        _apply(ints, floats, words, patient, ints[step + at.STEP_OPERATIONS], floats[at.NOW])


@kernel
def _end_phase(ints: Ints, floats: Floats, words: Words, patient: int) -> None:
    """The phase is over: the first transition that holds is taken, else the course ends."""
    now, phase = floats[patient + at.PHASE_END], ints[ints[patient + at.STATE] + at.STATE_PHASE]
    for following in range(ints[phase + at.NEXTS], ints[phase + at.NEXTS_END], at.NEXT_SIZE):
        taken = patient + ints[at.IN_PATIENT_TAKEN] + ints[following + at.NEXT_NUMBER]
        most = ints[following + at.NEXT_AT_MOST]
        if (most < 0 or ints[taken] < most) and _holds(
            ints, patient, ints[following + at.NEXT_UNLESS], ints[following + at.NEXT_ONLY_IF]
        ):
            ints[taken] += 1
            _change(ints, floats, words, patient, ints[following + at.NEXT_OPERATION], now)
            return
    _leave(ints, floats, words, patient, now)


# ---------------------------------------------------------------- parts


@kernel
def _holds(ints: Ints, patient: int, unless: int, only_if: int) -> bool:
    detected = patient + ints[at.IN_PATIENT_HISTORY] + at.DETECTED
    if unless >= 0 and ints[detected + unless * at.HISTORY_SIZE] != 0:
        return False
    return only_if < 0 or ints[detected + only_if * at.HISTORY_SIZE] != 0


@kernel
def _apply(ints: Ints, floats: Floats, words: Words, patient: int, operations: int, now: float) -> None:
    """Change state by each operation of a list in turn."""
    for i in range(operations + 1, operations + 1 + ints[operations]):
        _change(ints, floats, words, patient, ints[i], now)


@kernel
def _after(ints: Ints, state: int, operation: int) -> int:
    return state + ints[at.IN_STATE_OPERATIONS] + operation * at.STATE_OPERATION_SIZE


@kernel
def _change(ints: Ints, floats: Floats, words: Words, patient: int, operation: int, now: float) -> None:
    """Follow one operation to the state it leads to."""
    old = ints[patient + at.STATE]
    change = _after(ints, old, operation)
    new = ints[change + at.AFTER]
    kind = ints[at.OPERATION] + operation * at.OPERATION_SIZE
    if new == old and ints[kind + at.TRANSITION] == 0:
        return  # also a `go_to` of the phase the patient is in
    for drug in range(ints[at.DRUGS]):
        if ints[old + at.LEVELS + drug] != 0 and ints[new + at.LEVELS + drug] == 0:
            floats[patient + at.LAST_DOSE + drug] = now
    ints[patient + at.STATE] = new
    _record_state(ints, floats, patient, now)
    clocks.change_state(ints, floats, words, patient, old, new, ints[change + at.TOUCHED], now)
    if ints[kind + at.ENTERS] != 0:
        _begin_phase(ints, floats, words, patient, now)


@kernel
def _begin_phase(ints: Ints, floats: Floats, words: Words, patient: int, now: float) -> None:
    phase = ints[ints[patient + at.STATE] + at.STATE_PHASE]
    floats[patient + at.PHASE_ENTRY] = now
    floats[patient + at.PHASE_END] = quantise(now + floats[phase + at.PHASE_DAYS])
    ints[patient + at.NEXT_STEP] = ints[phase + at.STEPS]
    if ints[at.KEEPS_STAYS] != 0:
        _stay(ints, floats, patient, phase, now)
    occurrence = ints[patient + at.FIRST_UNDETECTED]
    while occurrence >= 0:
        if waits_for_visit(ints, floats, occurrence, now):
            floats[occurrence + at.DETECTED_ON] = detection(ints, floats, words, occurrence, now)
        occurrence = ints[occurrence + at.NEXT_UNDETECTED]


@kernel
def _stay(ints: Ints, floats: Floats, patient: int, phase: int, now: float) -> None:
    """Remember that a phase was entered."""
    if ints[at.STAYED] == ints[at.STAY_ROOM]:
        ints[at.STATUS], ints[at.SHORT_OF] = at.SHORT, at.STAYS
        return
    stay = ints[at.STAYS] + ints[at.STAYED] * at.STAY_SIZE
    ints[at.STAYED] += 1
    ints[stay + at.STAY_PHASE] = ints[phase + at.PHASE_NUMBER]
    floats[stay + at.STAY_ENTRY] = now
    floats[stay + at.STAY_DAYS] = floats[phase + at.COURSE_DAYS]
    ints[stay + at.STAY_NEXT] = at.NONE
    if ints[patient + at.FIRST_STAY] < 0:
        ints[patient + at.FIRST_STAY] = stay
    else:
        ints[ints[patient + at.LAST_STAY] + at.STAY_NEXT] = stay
    ints[patient + at.LAST_STAY] = stay


@kernel
def _leave(ints: Ints, floats: Floats, words: Words, patient: int, now: float) -> None:
    """The course ends. A detection under way is completed and reported; a wait for a visit is lost."""
    floats[patient + at.EXIT] = now
    occurrence = ints[patient + at.FIRST_UNDETECTED]
    while occurrence >= 0:
        if waits_for_visit(ints, floats, occurrence, now):
            floats[occurrence + at.DETECTED_ON] = math.inf
        else:
            send(ints, floats, words, occurrence)
        occurrence = ints[occurrence + at.NEXT_UNDETECTED]
    ints[patient + at.FIRST_UNDETECTED] = at.NONE
    ints[at.ON_STUDY] -= 1
    floats[at.LAST_MOMENT] = max(floats[at.LAST_MOMENT], now)
    ask(ints, floats)


@kernel
def _record_state(ints: Ints, floats: Floats, patient: int, now: float) -> None:
    if ints[at.CHANGED] == ints[at.CHANGE_ROOM]:
        ints[at.STATUS], ints[at.SHORT_OF] = at.SHORT, at.CHANGES
        return
    change = ints[at.CHANGES] + ints[at.CHANGED] * at.CHANGE_SIZE
    ints[at.CHANGED] += 1
    floats[change + at.CHANGE_DAY] = now
    ints[change + at.CHANGE_STATE] = ints[ints[patient + at.STATE] + at.STATE_NUMBER]
    ints[change + at.NEXT_CHANGE] = at.NONE
    if ints[patient + at.FIRST_CHANGE] < 0:
        ints[patient + at.FIRST_CHANGE] = change
    else:
        ints[ints[patient + at.LAST_CHANGE] + at.NEXT_CHANGE] = change
    ints[patient + at.LAST_CHANGE] = change
