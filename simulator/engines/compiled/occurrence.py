"""One event of one patient, from occurrence to report: `reference.occurrence` and parts of `patient`."""

from __future__ import annotations

import math

from simulator.engines.compiled import layout as at
from simulator.engines.compiled import philox, queue
from simulator.engines.compiled.chains import append
from simulator.engines.compiled.jit import kernel
from simulator.engines.compiled.layout import Floats, Ints, Words
from simulator.engines.compiled.tables import delay_at, quantise
from simulator.engines.runaway import MOST_TIMES

__all__ = [
    "call_back",
    "detection",
    "draw",
    "happen",
    "new_occurrence",
    "remove_undetected",
    "send",
    "waits_for_visit",
]


@kernel
def draw(ints: Ints, words: Words, patient: int, stream: int, k: int) -> float:
    """The k-th draw of a patient in the stream whose id is at a place."""
    return philox.draw(words[at.SEED], words[stream], ints[at.TRIAL], ints[patient + at.NUMBER], k)


@kernel
def happen(
    ints: Ints, floats: Floats, words: Words, patient: int, event: int, component: int, now: float
) -> None:
    """An event happens now, from a component or (NONE) as an absence."""
    record = ints[at.EVENT] + event * at.EVENT_SIZE
    history = patient + ints[at.IN_PATIENT_HISTORY] + event * at.HISTORY_SIZE
    times = ints[history + at.HAPPENED]
    if times >= MOST_TIMES:
        ints[at.STATUS], ints[at.ENDLESS] = at.RUNAWAY, event
        return
    ints[history + at.HAPPENED] = times + 1
    occurrence = new_occurrence(ints, patient, event)
    ints[occurrence + at.HOW_OFTEN] = times
    floats[occurrence + at.VISIT_DAY] = math.inf
    ints[occurrence + at.OF_COMPONENT] = component
    floats[occurrence + at.OCCURRED] = now
    floats[occurrence + at.REPORTED] = math.inf
    ints[occurrence + at.IN_STATE_RECORD] = ints[patient + at.STATE]
    ints[occurrence + at.MARK] = _mark(ints, floats, words, patient, record, times)
    floats[occurrence + at.COURSE] = _course_start(ints, floats, patient, now)
    levels = ints[patient + at.STATE] + at.LEVELS
    for drug in range(ints[at.DRUGS]):
        since = 0.0 if ints[levels + drug] != 0 else now - floats[patient + at.LAST_DOSE + drug]
        floats[occurrence + at.SINCE + drug] = since
    floats[occurrence + at.DETECTED_ON] = detection(ints, floats, words, occurrence, now)
    append(ints, patient + at.FIRST_UNDETECTED, patient + at.LAST_UNDETECTED, occurrence, at.NEXT_UNDETECTED)


@kernel
def new_occurrence(ints: Ints, patient: int, event: int) -> int:
    """The place of a new occurrence, the last one of the patient."""
    occurrence = ints[at.OCCURRENCES] + ints[at.OCCURRED_SO_FAR] * ints[at.OCCURRENCE_SIZE]
    if ints[at.OCCURRED_SO_FAR] == ints[at.OCCURRENCE_ROOM]:  # the place after the last one is lent
        ints[at.STATUS], ints[at.SHORT_OF] = at.SHORT, at.OCCURRENCES
    else:
        ints[at.OCCURRED_SO_FAR] += 1
    ints[occurrence + at.OF_PATIENT] = patient
    ints[occurrence + at.OF_EVENT] = event
    append(ints, patient + at.FIRST_OCCURRENCE, patient + at.LAST_OCCURRENCE, occurrence, at.NEXT_OCCURRENCE)
    if ints[at.DOSING] >= 0 and event == ints[ints[at.DOSING] + at.DLT]:
        ints[patient + at.DLTS] += 1
    return occurrence


@kernel
def _mark(ints: Ints, floats: Floats, words: Words, patient: int, event: int, times: int) -> int:
    marks, shares = ints[event + at.MARKS], ints[event + at.SHARES]
    if marks == 0:
        return -1
    u = draw(ints, words, patient, event + at.MARK_STREAM, times)
    for i in range(marks):
        if u < floats[shares + i]:
            return i
    return marks - 1


@kernel
def _course_start(ints: Ints, floats: Floats, patient: int, now: float) -> float:
    """Day on which the course began in which `now` falls; a course's last instant belongs to it."""
    entry = floats[patient + at.PHASE_ENTRY]
    days = floats[ints[ints[patient + at.STATE] + at.STATE_PHASE] + at.COURSE_DAYS]
    if days == math.inf:
        return entry
    k = math.floor((now - entry) / days)
    while k > 0 and quantise(entry + k * days) >= now:
        k -= 1
    while quantise(entry + (k + 1) * days) < now:
        k += 1
    return quantise(entry + k * days)


@kernel
def _delay(ints: Ints, floats: Floats, words: Words, occurrence: int, stream: int, delay: int) -> float:
    """Days of a delay for an occurrence; drawn from the stream whose id is at a place."""
    lo, hi = ints[delay + at.SHARES_FROM], ints[delay + at.SHARES_TO]
    if hi == lo:
        return floats[delay + at.DELAY_DAYS]
    patient = ints[occurrence + at.OF_PATIENT]
    return delay_at(floats, lo, hi, draw(ints, words, patient, stream, ints[occurrence + at.HOW_OFTEN]))


@kernel
def detection(ints: Ints, floats: Floats, words: Words, occurrence: int, now: float) -> float:
    """When it will be seen as things stand: at once or at the next visit, and after the delay.

    Without a visit left in the phase it waits (inf) until the next phase begins.
    """
    event = ints[at.EVENT] + ints[occurrence + at.OF_EVENT] * at.EVENT_SIZE
    seen = now
    if ints[event + at.VISIT] >= 0:
        seen = _next_visit(ints, floats, ints[occurrence + at.OF_PATIENT], ints[event + at.VISIT], now)
        floats[occurrence + at.VISIT_DAY] = seen
        if seen == math.inf:
            return math.inf
    days = _delay(ints, floats, words, occurrence, event + at.DETECTION_STREAM, ints[event + at.DETECTION])
    return quantise(seen + days)


@kernel
def _next_visit(ints: Ints, floats: Floats, patient: int, kind: int, now: float) -> float:
    """First visit of a kind at or after `now` in this phase: start of a stretch + k x step, k from 1."""
    phase, entry = ints[ints[patient + at.STATE] + at.STATE_PHASE], floats[patient + at.PHASE_ENTRY]
    visits = ints[phase + at.VISITS] + kind * at.VISIT_SIZE
    for stretch in range(ints[visits + at.STRETCHES], ints[visits + at.STRETCHES_END], at.STRETCH_SIZE):
        first, every = entry + floats[stretch + at.STRETCH_START], floats[stretch + at.STRETCH_EVERY]
        k = max(math.floor((now - first) / every), 1)
        while quantise(first + k * every) < now:
            k += 1
        visit = quantise(first + k * every)
        if visit <= quantise(entry + floats[stretch + at.STRETCH_END]):
            return visit
    return math.inf


@kernel
def send(ints: Ints, floats: Floats, words: Words, occurrence: int) -> None:
    """The report sets out at detection; what nobody counts, or has arrived before, is only dated."""
    number = ints[occurrence + at.OF_EVENT]
    event = ints[at.EVENT] + number * at.EVENT_SIZE
    days = _delay(ints, floats, words, occurrence, event + at.REPORT_STREAM, ints[event + at.REPORT])
    due = quantise(floats[occurrence + at.DETECTED_ON] + days)
    floats[occurrence + at.REPORTED] = due
    patient = ints[occurrence + at.OF_PATIENT]
    dosing = ints[at.DOSING]
    in_window = dosing >= 0 and floats[occurrence + at.OCCURRED] <= floats[patient + at.DLT_UNTIL]
    if in_window and (number == ints[dosing + at.DLT] or ints[ints[dosing + at.SETTLES] + number] != 0):
        floats[patient + at.DLT_DUE] = max(floats[patient + at.DLT_DUE], due)
    if ints[event + at.COUNTED] != 0 and due > floats[at.ARRIVED_UNTIL]:
        ints[at.UNDER_WAY] += 1
        order = queue.pack(queue.REPORT, ints[patient + at.NUMBER], number)
        queue.schedule(ints, floats, due, order, at.REPORT_ARRIVES, occurrence)


@kernel
def call_back(ints: Ints, floats: Floats, patient: int, now: float) -> None:
    """Reports of the patient that have not arrived by now will not: the path is about to be played again."""
    occurrence = ints[patient + at.FIRST_OCCURRENCE]
    while occurrence >= 0:
        event = ints[at.EVENT] + ints[occurrence + at.OF_EVENT] * at.EVENT_SIZE
        if now < floats[occurrence + at.REPORTED] < math.inf and ints[event + at.COUNTED] != 0:
            ints[occurrence + at.OF_EVENT] = at.NONE
            ints[at.UNDER_WAY] -= 1
        occurrence = ints[occurrence + at.NEXT_OCCURRENCE]


@kernel
def waits_for_visit(ints: Ints, floats: Floats, occurrence: int, now: float) -> bool:
    """Whether the visit that will find it is still to come."""
    event = ints[at.EVENT] + ints[occurrence + at.OF_EVENT] * at.EVENT_SIZE
    return ints[event + at.VISIT] >= 0 and floats[occurrence + at.VISIT_DAY] > now


@kernel
def remove_undetected(ints: Ints, patient: int, occurrence: int) -> None:
    """Out of the chain."""
    before, here = at.NONE, ints[patient + at.FIRST_UNDETECTED]
    while here != occurrence:
        before, here = here, ints[here + at.NEXT_UNDETECTED]
    after = ints[occurrence + at.NEXT_UNDETECTED]
    if before < 0:
        ints[patient + at.FIRST_UNDETECTED] = after
    else:
        ints[before + at.NEXT_UNDETECTED] = after
    if after < 0:
        ints[patient + at.LAST_UNDETECTED] = before
