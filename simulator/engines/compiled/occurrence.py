"""One event of one patient, from occurrence to report: `reference.occurrence` and parts of `patient`."""

from __future__ import annotations

import math

from simulator.engines.compiled import codes, philox, queue
from simulator.engines.compiled.chains import append
from simulator.engines.compiled.described import NONE
from simulator.engines.compiled.jit import kernel
from simulator.engines.compiled.places import place_of
from simulator.engines.compiled.records.course import Occurrence, Patient
from simulator.engines.compiled.records.program import Delay, Event
from simulator.engines.compiled.records.trial import Trial
from simulator.engines.compiled.tables import delayed, quantise
from simulator.engines.runaway import MOST_TIMES

__all__ = [
    "call_back",
    "detection",
    "draw",
    "falls_to",
    "happen",
    "new_occurrence",
    "next_absence",
    "next_detection",
    "remove_undetected",
    "same_as",
    "send",
    "waits_for_visit",
]


@kernel
def draw(trial: Trial, patient: Patient, stream: int, k: int) -> float:
    """The k-th draw of a patient in a stream."""
    return philox.draw(trial.seed, stream, trial.number, patient.number, k)


@kernel
def falls_to(trial: Trial, patient: Patient, share: float, stream: int) -> bool:
    """Whether the patient is among a share of all."""
    return share > 0.0 and draw(trial, patient, stream, 0) < share


@kernel
def happen(trial: Trial, patient: Patient, event: int, component: int, now: float) -> None:
    """An event happens now, from a component or (NONE) as an absence."""
    history = patient.history[event]
    times = history.happened
    if times >= MOST_TIMES:
        trial.status, trial.endless = codes.RUNAWAY, event
        return
    history.happened = times + 1
    occurrence = new_occurrence(trial, patient, event)
    occurrence.times = times
    occurrence.visit_day = math.inf
    occurrence.component = component
    occurrence.occurred = now
    occurrence.reported = occurrence.withdrawn = occurrence.upgraded = math.inf
    occurrence.later = NONE
    occurrence.state = patient.state
    occurrence.mark = _mark(trial, patient, trial.events[event], times)
    occurrence.course = _course_start(patient, now)
    for drug in range(trial.n_drugs):
        on_it = patient.state.levels[drug] != 0
        occurrence.since[drug] = 0.0 if on_it else now - patient.last_dose[drug]
    occurrence.detected = detection(trial, occurrence, now)
    append(patient.undetected, occurrence)


@kernel
def new_occurrence(trial: Trial, patient: Patient, event: int) -> Occurrence:
    """A new occurrence, the last one of the patient."""
    occurrence = trial.occurrences[trial.n_occurrences]
    if trial.n_occurrences == trial.occurrence_room:  # the place after the last one is lent
        trial.status, trial.short_of = codes.SHORT, codes.OCCURRENCES
    else:
        trial.n_occurrences += 1
    occurrence.patient = patient
    occurrence.event = event
    append(patient.occurrences, occurrence)
    if trial.dosing and event == trial.dosing.dlt:
        patient.dlts += 1
    return occurrence


@kernel
def _mark(trial: Trial, patient: Patient, event: Event, times: int) -> int:
    if event.n_marks == 0:
        return -1
    u = draw(trial, patient, event.mark_stream, times)
    for i in range(event.n_marks):
        if u < event.mark_shares[i]:
            return i
    return event.n_marks - 1


@kernel
def _course_start(patient: Patient, now: float) -> float:
    """Day on which the course began in which `now` falls; a course's last instant belongs to it."""
    entry, days = patient.phase_entry, patient.state.phase.course_days
    if days == math.inf:
        return entry
    k = math.floor((now - entry) / days)
    while k > 0 and quantise(entry + k * days) >= now:
        k -= 1
    while quantise(entry + (k + 1) * days) < now:
        k += 1
    return quantise(entry + k * days)


@kernel
def _delay(trial: Trial, occurrence: Occurrence, stream: int, delay: Delay) -> float:
    """Days of a delay for an occurrence, drawn from a stream."""
    return delayed(trial, delay, stream, occurrence.patient.number, occurrence.times)


@kernel
def detection(trial: Trial, occurrence: Occurrence, now: float) -> float:
    """When it will be seen as things stand: at once or at the next visit, and after the delay.

    Without a visit left in the phase it waits (inf) until the next phase begins.
    """
    event = trial.events[occurrence.event]
    seen = now
    if event.visit >= 0:
        seen = _next_visit(occurrence.patient, event.visit, now)
        occurrence.visit_day = seen
        if seen == math.inf:
            return math.inf
    return quantise(seen + _delay(trial, occurrence, event.detection_stream, event.detection))


@kernel
def _next_visit(patient: Patient, kind: int, now: float) -> float:
    """First visit of a kind at or after `now` in this phase: start of a stretch + k x step, k from 1."""
    entry, visit = patient.phase_entry, patient.state.phase.visits[kind]
    for i in range(visit.n_stretches):
        stretch = visit.stretches[i]
        first, every = entry + stretch.start, stretch.every
        k = max(math.floor((now - first) / every), 1)
        while quantise(first + k * every) < now:
            k += 1
        day = quantise(first + k * every)
        if day <= quantise(entry + stretch.end):
            return day
    return math.inf


@kernel
def send(trial: Trial, occurrence: Occurrence) -> None:
    """The report sets out at detection, unless it never does; a committee may make another event of it."""
    patient, event = occurrence.patient, trial.events[occurrence.event]
    if event.never > 0.0 and draw(trial, patient, event.never_stream, occurrence.times) < event.never:
        return
    due = quantise(occurrence.detected + _delay(trial, occurrence, event.report_stream, event.report))
    if event.withdrawn > 0.0 or event.upgrades:
        _correct(trial, occurrence, event, due)
    _expect(trial, occurrence, due)
    if event.counts_as < 0:
        return
    if draw(trial, patient, event.adjudged_stream, occurrence.times) < event.adjudged:
        found = same_as(trial, occurrence, event.counts_as)
        takes = _delay(trial, occurrence, event.decided_stream, event.decided)
        _expect(trial, found, quantise(due + takes))


@kernel
def _correct(trial: Trial, occurrence: Occurrence, event: Event, due: float) -> None:
    """What will become of a report that arrives when it is due, if it does not stay as it is."""
    patient, times = occurrence.patient, occurrence.times
    if event.withdrawn > 0.0 and draw(trial, patient, event.withdrawn_stream, times) < event.withdrawn:
        days = _delay(trial, occurrence, event.withdrawn_after_stream, event.withdrawn_after)
        occurrence.withdrawn = quantise(due + days)
    if event.upgrades and occurrence.mark >= 0:
        upgrade = event.upgrades[occurrence.mark]
        if upgrade.to >= 0 and draw(trial, patient, event.upgraded_stream, times) < upgrade.share:
            days = _delay(trial, occurrence, event.upgraded_after_stream, upgrade.after)
            occurrence.upgraded, occurrence.later = quantise(due + days), upgrade.to


@kernel
def same_as(trial: Trial, occurrence: Occurrence, event: int) -> Occurrence:
    """Another event of the patient, by no component, with the day and state of an occurrence."""
    other = new_occurrence(trial, occurrence.patient, event)
    other.times = occurrence.times
    other.component = NONE
    other.occurred = occurrence.occurred
    other.detected = occurrence.detected
    other.withdrawn = other.upgraded = math.inf
    other.later = NONE
    other.state = occurrence.state
    other.mark = -1
    other.course = occurrence.course
    for drug in range(trial.n_drugs):
        other.since[drug] = occurrence.since[drug]
    return other


@kernel
def _expect(trial: Trial, occurrence: Occurrence, due: float) -> None:
    """A report is dated, and awaited where somebody counts it and it has not arrived before."""
    number, patient, dosing = occurrence.event, occurrence.patient, trial.dosing
    event = trial.events[number]
    occurrence.reported = due
    in_window = bool(dosing) and occurrence.occurred <= patient.dlt_until
    if in_window and (number == dosing.dlt or dosing.settles[number] != 0):
        patient.dlt_due = max(patient.dlt_due, due)
    if event.counted != 0 and due > trial.arrived_until:
        trial.under_way += 1
        order = queue.pack(queue.REPORT, patient.number, number)
        queue.schedule(trial, due, order, codes.REPORT_ARRIVES, place_of(occurrence))


@kernel
def call_back(trial: Trial, patient: Patient, now: float) -> None:
    """Reports of the patient that have not arrived by now will not: the path is about to be played again."""
    occurrence = patient.occurrences.first
    while occurrence:
        if now < occurrence.reported < math.inf and trial.events[occurrence.event].counted != 0:
            occurrence.event = NONE
            trial.under_way -= 1
        occurrence = occurrence.next


@kernel
def waits_for_visit(trial: Trial, occurrence: Occurrence, now: float) -> bool:
    """Whether the visit that will find it is still to come."""
    return trial.events[occurrence.event].visit >= 0 and occurrence.visit_day > now


@kernel
def remove_undetected(patient: Patient, occurrence: Occurrence) -> None:
    """Out of the chain."""
    chain, after = patient.undetected, occurrence.next_undetected
    if chain.first == occurrence:
        chain.first = after
        if not after:
            chain.last = after
        return
    before = chain.first
    while before.next_undetected != occurrence:
        before = before.next_undetected
    before.next_undetected = after
    if not after:
        chain.last = before


@kernel
def next_detection(patient: Patient) -> tuple[float, Occurrence]:
    """When something is detected next, and which occurrence: of one day by event, then as they occurred."""
    first = occurrence = patient.undetected.first
    day = math.inf
    while occurrence:
        seen = occurrence.detected
        if seen < day or (day < math.inf and seen == day and occurrence.event < first.event):
            day, first = seen, occurrence
        occurrence = occurrence.next_undetected
    return day, first


@kernel
def next_absence(trial: Trial, patient: Patient) -> tuple[float, int]:
    """When an absence is judged next, and of which event: of one day the first event."""
    day, first = math.inf, NONE
    for i in range(trial.absences.length):
        event = trial.absences[i]
        judged = quantise(patient.entry + trial.events[event].absence_by)
        if patient.history[event].found_absent == 0 and judged < day:
            day, first = judged, event
    return day, first
