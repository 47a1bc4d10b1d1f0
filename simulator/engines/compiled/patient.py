"""A patient's path, played ahead to its end, and again after a directive: `reference.patient` as kernels.

A path depends on nothing but the patient's draws, the entry, and the directives of the trial.  So it is
played whole when the patient enters, and its reports wait in the trial's queue.  A directive comes when all
that the patient does by then has happened: the path is played again up to that day, without the reports
that have arrived, and from there on with the directive.
"""

from __future__ import annotations

import math

from simulator.engines.compiled import clocks, queue
from simulator.engines.compiled import layout as at
from simulator.engines.compiled.chains import append
from simulator.engines.compiled.jit import kernel
from simulator.engines.compiled.layout import Floats, Ints, Words
from simulator.engines.compiled.occurrence import (
    call_back,
    detection,
    draw,
    happen,
    new_occurrence,
    remove_undetected,
    send,
    waits_for_visit,
)
from simulator.engines.compiled.tables import quantise

__all__ = ["begin", "direct_all", "falls_to"]


@kernel
def falls_to(ints: Ints, words: Words, patient: int, share: float, stream: int) -> bool:
    """Whether the patient is among a share of all."""
    return share > 0.0 and draw(ints, words, patient, stream, 0) < share


@kernel
def begin(ints: Ints, floats: Floats, words: Words, patient: int) -> None:
    """The course of a patient who has entered, played to its end."""
    ints[patient + at.STANDING_SEEN] = ints[at.STANDING_LENGTH]
    ints[patient + at.DIRECTIVES_SEEN] = ints[at.DIRECTED_LENGTH]
    _start(ints, floats, words, patient)
    _play(ints, floats, words, patient, math.inf)


@kernel
def direct_all(ints: Ints, floats: Floats, words: Words, operations: int, leave: bool) -> None:
    """A directive of the trial reaches the patients now, in the order of entry."""
    directive = ints[at.DIRECTED] + ints[at.DIRECTED_LENGTH] * at.DIRECTIVE_SIZE
    ints[at.DIRECTED_LENGTH] += 1
    floats[directive + at.DIRECTIVE_DAY] = floats[at.NOW]
    ints[directive + at.DIRECTIVE_OPERATIONS] = operations
    ints[directive + at.DIRECTIVE_LEAVES] = leave
    for i in range(ints[at.TREATED]):
        _direct(ints, floats, words, ints[at.PATIENTS] + i * ints[at.PATIENT_SIZE])


@kernel
def _direct(ints: Ints, floats: Floats, words: Words, patient: int) -> None:
    """The newest directive reaches a patient: the path up to its day again, and then with it."""
    newest = ints[at.DIRECTED] + (ints[at.DIRECTED_LENGTH] - 1) * at.DIRECTIVE_SIZE
    now = floats[newest + at.DIRECTIVE_DAY]
    if floats[patient + at.EXIT] <= now:
        return
    call_back(ints, floats, patient, now)
    _start(ints, floats, words, patient)
    floats[at.ARRIVED_UNTIL] = now
    directive = ints[at.DIRECTED] + ints[patient + at.DIRECTIVES_SEEN] * at.DIRECTIVE_SIZE
    while directive <= newest:
        day = floats[directive + at.DIRECTIVE_DAY]
        _play(ints, floats, words, patient, day)
        if directive == newest:
            floats[at.ARRIVED_UNTIL] = at.NEVER_YET
            floats[patient + at.LATEST_DAY], ints[patient + at.LATEST_ORDER] = now, ints[at.ORDER]
        _apply(ints, floats, words, patient, ints[directive + at.DIRECTIVE_OPERATIONS], day)
        if ints[directive + at.DIRECTIVE_LEAVES] != 0:
            _leave(ints, floats, words, patient, day)
        directive += at.DIRECTIVE_SIZE
    left = floats[patient + at.EXIT]
    _play(ints, floats, words, patient, math.inf)
    if floats[patient + at.EXIT] == now and left != now:  # what it brings about today comes after this entry
        ints[patient + at.EXIT_ORDER], ints[patient + at.EXIT_COUNT] = 0, ints[at.ENTRY_COUNT] + 1


@kernel
def _start(ints: Ints, floats: Floats, words: Words, patient: int) -> None:
    """The day of entry: the first state, phase and clocks; nothing has happened yet."""
    now, state = floats[patient + at.ENTRY], ints[ints[at.ENTRIES] + ints[patient + at.LEVEL_GIVEN]]
    for i in range(ints[patient + at.STANDING_SEEN]):
        state = ints[_after(ints, state, ints[ints[at.STANDING] + i]) + at.AFTER]
    floats[patient + at.EXIT] = math.inf
    floats[patient + at.LATEST_DAY] = at.NEVER_YET
    ints[patient + at.LATEST_ORDER] = ints[patient + at.EXIT_ORDER] = ints[patient + at.EXIT_COUNT] = 0
    ints[patient + at.STATE] = state
    ints[patient + at.FIRST_UNDETECTED] = ints[patient + at.LAST_UNDETECTED] = at.NONE
    ints[patient + at.FIRST_OCCURRENCE] = ints[patient + at.FIRST_CHANGE] = at.NONE
    ints[patient + at.FIRST_STAY] = ints[patient + at.LAST_STAY] = at.NONE
    ints[patient + at.DLTS] = 0
    floats[patient + at.DLT_DUE] = at.NEVER_YET
    for place in range(patient + at.LAST_DOSE, patient + ints[at.IN_PATIENT_CLOCKS]):
        floats[place] = -math.inf
    history = patient + ints[at.IN_PATIENT_HISTORY]
    while history < patient + ints[at.IN_PATIENT_TAKEN]:
        ints[history + at.HAPPENED] = ints[history + at.DETECTED] = ints[history + at.FOUND_ABSENT] = 0
        floats[history + at.RESPONDED] = at.NEVER_YET
        history += at.HISTORY_SIZE
    for place in range(patient + ints[at.IN_PATIENT_TAKEN], patient + ints[at.IN_PATIENT_COUNTED]):
        ints[place] = 0
    clocks.reset(ints, floats, patient, now)
    _record_state(ints, floats, patient, now)
    _begin_phase(ints, floats, words, patient, now)
    clocks.change_state(ints, floats, words, patient, at.NONE, state, ints[state + at.ENTRY_TOUCHED], now)


@kernel
def _play(ints: Ints, floats: Floats, words: Words, patient: int, until: float) -> None:
    """What happens by a day, that day included, instant by instant."""
    while floats[patient + at.EXIT] == math.inf and ints[at.STATUS] == at.FINE:
        now, what, subject = _next(ints, floats, patient)
        if now > until or now == math.inf:
            return
        if ints[at.DOSING] >= 0:
            _reach(ints, floats, patient, now, what, subject)
        if what == at.OCCUR:
            event = ints[ints[at.COMPONENT] + subject * at.COMPONENT_SIZE + at.COMPONENT_EVENT]
            clocks.crossed(ints, floats, words, patient, subject, now)
            happen(ints, floats, words, patient, event, subject, now)
        elif what == at.DETECT:
            _detect(ints, floats, words, patient, subject, now)
        elif what == at.STEP:
            _step(ints, floats, words, patient, subject, now)
        elif what == at.END_PHASE:
            _end_phase(ints, floats, words, patient, now)
        else:
            _find_absent(ints, floats, words, patient, subject, now)


@kernel
def _reach(ints: Ints, floats: Floats, patient: int, now: float, what: int, subject: int) -> None:
    """Keep how far in its instant the path has come: an act that another brings about happens after that."""
    kind, stream = queue.TRANSITION, 0
    if what == at.OCCUR:
        kind, stream = queue.OCCURRENCE, subject
    elif what == at.DETECT:
        kind, stream = queue.DETECTION, ints[subject + at.OF_EVENT]
    elif what == at.FIND_ABSENT:
        kind, stream = queue.WINDOW, subject
    order = queue.pack(kind, ints[patient + at.NUMBER], stream)
    if floats[patient + at.LATEST_DAY] == now:
        order = max(order, ints[patient + at.LATEST_ORDER])
    floats[patient + at.LATEST_DAY], ints[patient + at.LATEST_ORDER] = now, order


@kernel
def _next(ints: Ints, floats: Floats, patient: int) -> tuple[float, int, int]:
    """The next instant: when, what, and of which component, occurrence, step or event.

    Of one day: an occurrence, a detection, an absence, a step, the end of the phase.
    """
    day, what, subject = math.inf, at.OCCUR, 0
    clock = patient + ints[at.IN_PATIENT_CLOCKS]
    for c in range(ints[at.COMPONENTS]):
        if floats[clock + at.CROSSING] < day:
            day, subject = floats[clock + at.CROSSING], c
        clock += at.CLOCK_SIZE
    if ints[patient + at.FIRST_UNDETECTED] >= 0:
        seen, occurrence = _next_detection(ints, floats, patient)
        if seen < day:
            day, what, subject = seen, at.DETECT, occurrence
    if ints[ints[at.ABSENCES]] > 0:
        judged, event = _next_absence(ints, floats, patient)
        if judged < day:
            day, what, subject = judged, at.FIND_ABSENT, event
    step = ints[patient + at.NEXT_STEP]
    if step < ints[ints[ints[patient + at.STATE] + at.STATE_PHASE] + at.STEPS_END]:
        due = quantise(floats[patient + at.PHASE_ENTRY] + floats[step + at.STEP_AFTER])
        if due < day:
            day, what, subject = due, at.STEP, step
    if floats[patient + at.PHASE_END] < day:
        day, what, subject = floats[patient + at.PHASE_END], at.END_PHASE, 0
    return day, what, subject


@kernel
def _next_detection(ints: Ints, floats: Floats, patient: int) -> tuple[float, int]:
    """When something is detected next, and which occurrence: of one day by event, then as they occurred."""
    day, first, occurrence = math.inf, at.NONE, ints[patient + at.FIRST_UNDETECTED]
    while occurrence >= 0:
        seen, event = floats[occurrence + at.DETECTED_ON], ints[occurrence + at.OF_EVENT]
        if seen < day or (seen == day and first >= 0 and event < ints[first + at.OF_EVENT]):
            day, first = seen, occurrence
        occurrence = ints[occurrence + at.NEXT_UNDETECTED]
    return day, first


@kernel
def _next_absence(ints: Ints, floats: Floats, patient: int) -> tuple[float, int]:
    """When an absence is judged next, and of which event: of one day the first event."""
    day, first, absences = math.inf, at.NONE, ints[at.ABSENCES]
    for i in range(absences + 1, absences + 1 + ints[absences]):
        history = patient + ints[at.IN_PATIENT_HISTORY] + ints[i] * at.HISTORY_SIZE
        by = floats[ints[at.EVENT] + ints[i] * at.EVENT_SIZE + at.ABSENCE_BY]
        judged = quantise(floats[patient + at.ENTRY] + by)
        if ints[history + at.FOUND_ABSENT] == 0 and judged < day:
            day, first = judged, ints[i]
    return day, first


# ---------------------------------------------------------------- acts


@kernel
def _find_absent(ints: Ints, floats: Floats, words: Words, patient: int, event: int, now: float) -> None:
    """The day of an absence: it happens unless the event it waits for was detected by now."""
    histories = patient + ints[at.IN_PATIENT_HISTORY]
    ints[histories + event * at.HISTORY_SIZE + at.FOUND_ABSENT] = 1
    awaited = ints[ints[at.EVENT] + event * at.EVENT_SIZE + at.ABSENCE_OF]
    if ints[histories + awaited * at.HISTORY_SIZE + at.DETECTED] == 0:
        clocks.happened(ints, floats, words, patient, event, now)
        happen(ints, floats, words, patient, event, at.NONE, now)


@kernel
def _detect(ints: Ints, floats: Floats, words: Words, patient: int, occurrence: int, now: float) -> None:
    """The event is seen: the report sets out, and the protocol's patient-level response follows."""
    number = ints[occurrence + at.OF_EVENT]
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
def _step(ints: Ints, floats: Floats, words: Words, patient: int, step: int, now: float) -> None:
    """A planned dose change, unless its condition forbids it."""
    ints[patient + at.NEXT_STEP] = step + at.STEP_SIZE
    if _holds(ints, patient, ints[step + at.STEP_UNLESS], ints[step + at.STEP_ONLY_IF]):
        _apply(ints, floats, words, patient, ints[step + at.STEP_OPERATIONS], now)


@kernel
def _end_phase(ints: Ints, floats: Floats, words: Words, patient: int, now: float) -> None:
    """The phase is over: the first transition that holds is taken, else the course ends."""
    phase = ints[ints[patient + at.STATE] + at.STATE_PHASE]
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
    append(ints, patient + at.FIRST_STAY, patient + at.LAST_STAY, stay, at.STAY_NEXT)


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
    if ints[at.DOSING] >= 0:
        if floats[patient + at.LATEST_DAY] == now:
            ints[patient + at.EXIT_ORDER] = ints[patient + at.LATEST_ORDER]
        order = queue.pack(queue.TRANSITION, ints[patient + at.NUMBER], 0)
        queue.schedule(ints, floats, now, order, at.COURSE_ENDED, patient)


@kernel
def _record_state(ints: Ints, floats: Floats, patient: int, now: float) -> None:
    if ints[at.CHANGED] == ints[at.CHANGE_ROOM]:
        ints[at.STATUS], ints[at.SHORT_OF] = at.SHORT, at.CHANGES
        return
    change = ints[at.CHANGES] + ints[at.CHANGED] * at.CHANGE_SIZE
    ints[at.CHANGED] += 1
    floats[change + at.CHANGE_DAY] = now
    ints[change + at.CHANGE_STATE] = ints[ints[patient + at.STATE] + at.STATE_NUMBER]
    append(ints, patient + at.FIRST_CHANGE, patient + at.LAST_CHANGE, change, at.NEXT_CHANGE)
