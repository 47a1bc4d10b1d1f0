"""A patient's path, played ahead to its end, and again after a directive: `reference.patient` as kernels.

A path depends on nothing but the patient's draws, the entry, and the directives of the trial.  So it is
played whole when the patient enters, and its reports wait in the trial's queue.  A directive comes when all
that the patient does by then has happened: the path is played again up to that day, without the reports
that have arrived, and from there on with the directive.
"""

from __future__ import annotations

import math

from simulator.engines.compiled import clocks, codes, interruptions, queue
from simulator.engines.compiled.chains import append
from simulator.engines.compiled.conditions import allows
from simulator.engines.compiled.described import NEVER_YET, NONE, Items
from simulator.engines.compiled.jit import kernel
from simulator.engines.compiled.occurrence import (
    call_back,
    detection,
    falls_to,
    happen,
    next_absence,
    next_detection,
    remove_undetected,
    same_as,
    send,
    waits_for_visit,
)
from simulator.engines.compiled.places import place_of
from simulator.engines.compiled.records.course import Occurrence, Patient, occurrence_at
from simulator.engines.compiled.records.program import Phase, Step, state_at
from simulator.engines.compiled.records.trial import Trial
from simulator.engines.compiled.tables import quantise

__all__ = ["begin", "direct_all"]


@kernel
def begin(trial: Trial, patient: Patient) -> None:
    """The course of a patient who has entered, played to its end."""
    patient.standing_seen = trial.n_standing
    patient.directives_seen = trial.n_directives
    _start(trial, patient)
    _play(trial, patient, math.inf)


@kernel
def direct_all(trial: Trial) -> None:
    """The directive that was drawn up reaches the patients now, in the order of entry."""
    trial.n_directives += 1
    for i in range(trial.treated):
        _direct(trial, trial.patients[i])


@kernel
def _direct(trial: Trial, patient: Patient) -> None:
    """The newest directive reaches a patient: the path up to its day again, and then with it."""
    newest = trial.n_directives - 1
    now = trial.directives[newest].day
    if patient.exit <= now:
        return
    call_back(trial, patient, now)
    _start(trial, patient)
    trial.arrived_until = now
    for i in range(patient.directives_seen, newest + 1):
        directive = trial.directives[i]
        _play(trial, patient, directive.day)
        if i == newest:
            trial.arrived_until = NEVER_YET
            patient.latest_day, patient.latest_order = now, trial.order
        if directive.leaves != 0:
            clocks.close(trial, patient, directive.day)
        for k in range(directive.first, directive.first + directive.n):
            _change(trial, patient, trial.given[k], directive.day)
        if directive.leaves != 0:
            _leave(trial, patient, directive.day)
    left = patient.exit
    _play(trial, patient, math.inf)
    if patient.exit == now and left != now:  # what it brings about today comes after this entry
        patient.exit_order, patient.exit_count = 0, trial.entry_count + 1


@kernel
def _start(trial: Trial, patient: Patient) -> None:
    """The day of entry: the first state, phase and clocks; nothing has happened yet."""
    now, state = patient.entry, patient.first_state
    interruptions.forget(trial, patient)
    for i in range(patient.standing_seen):
        if trial.standing_until[i] > now:
            state = state.operations[trial.standing[i]].after
            interruptions.begin(trial, patient, trial.standing[i], trial.standing_until[i], state)
    patient.exit = math.inf
    patient.latest_day = NEVER_YET
    patient.latest_order = patient.exit_order = patient.exit_count = 0
    patient.state = state
    patient.undetected.first = NONE
    patient.occurrences.first = NONE
    patient.changes.first = NONE
    patient.stays.first = NONE
    patient.dlts = 0
    patient.dlt_due = NEVER_YET
    for drug in range(trial.n_drugs):
        patient.last_dose[drug] = -math.inf
    for event in range(trial.n_events):
        history = patient.history[event]
        history.happened = history.detected = history.found_absent = 0
        history.responded = NEVER_YET
    for transition in range(trial.n_transitions):
        patient.taken[transition] = 0
    clocks.reset(trial, patient, now)
    _record_state(trial, patient, now)
    _begin_phase(trial, patient, now)
    clocks.change_state(trial, patient, state_at(trial, NONE), state, state.entry_touched, now)


@kernel
def _play(trial: Trial, patient: Patient, until: float) -> None:
    """What happens by a day, that day included, instant by instant."""
    while patient.exit == math.inf and trial.status == codes.FINE:
        now, what, subject = _next(trial, patient)
        clocks.look(trial, patient)
        if now > until or now == math.inf:
            return
        if trial.dosing:
            _reach(trial, patient, now, what, subject)
        if what == codes.OCCUR:
            clocks.crossed(trial, patient, subject, now)
            _happen(trial, patient, trial.components[subject].event, subject, now)
        elif what == codes.DETECT:
            _detect(trial, patient, occurrence_at(trial, subject), now)
        elif what == codes.STEP:
            _step(trial, patient, patient.state.phase.steps[subject], now)
        elif what == codes.END_PHASE:
            _end_phase(trial, patient, now)
        elif what == codes.RESUME:
            _change(trial, patient, subject, now)
        else:
            _find_absent(trial, patient, subject, now)


@kernel
def _reach(trial: Trial, patient: Patient, now: float, what: int, subject: int) -> None:
    """Keep how far in its instant the path has come: an act that another brings about happens after that."""
    kind, stream = queue.TRANSITION, 0
    if what == codes.OCCUR:
        kind, stream = queue.OCCURRENCE, subject
    elif what == codes.DETECT:
        kind, stream = queue.DETECTION, occurrence_at(trial, subject).event
    elif what == codes.FIND_ABSENT:
        kind, stream = queue.WINDOW, subject
    order = queue.pack(kind, patient.number, stream)
    if patient.latest_day == now:
        order = max(order, patient.latest_order)
    patient.latest_day, patient.latest_order = now, order


@kernel
def _next(trial: Trial, patient: Patient) -> tuple[float, int, int]:
    """The next instant: when, what, and of which component, occurrence (its place), step, event or operation.

    Of one day: an occurrence, a detection, an absence, a step, the end of the phase, of a stop for a time.
    """
    day, what, subject = math.inf, codes.OCCUR, 0
    for c in range(trial.n_components):
        if patient.clocks[c].crossing < day:
            day, subject = patient.clocks[c].crossing, c
    if patient.undetected.first:
        seen, occurrence = next_detection(patient)
        if seen < day:
            day, what, subject = seen, codes.DETECT, place_of(occurrence)
    if trial.absences.length > 0:
        judged, event = next_absence(trial, patient)
        if judged < day:
            day, what, subject = judged, codes.FIND_ABSENT, event
    step, phase = patient.next_step, patient.state.phase
    if step < phase.n_steps:
        due = quantise(patient.phase_entry + phase.steps[step].after)
        if due < day:
            day, what, subject = due, codes.STEP, step
    if patient.phase_end < day:
        day, what, subject = patient.phase_end, codes.END_PHASE, 0
    if trial.interruptible.length > 0:
        end, operation = interruptions.next_end(trial, patient)
        if end < day:
            day, what, subject = end, codes.RESUME, operation
    return day, what, subject


# ---------------------------------------------------------------- acts


@kernel
def _find_absent(trial: Trial, patient: Patient, event: int, now: float) -> None:
    """The day of an absence: it happens unless the event it waits for was detected by now."""
    patient.history[event].found_absent = 1
    if patient.history[trial.events[event].absence_of].detected == 0:
        clocks.happened(trial, patient, event, now)
        _happen(trial, patient, event, NONE, now)


@kernel
def _happen(trial: Trial, patient: Patient, event: int, component: int, now: float) -> None:
    """An event happens now; the state keeps it in mind where a hazard depends on it."""
    happen(trial, patient, event, component, now)
    if trial.events[event].happens >= 0:
        _change(trial, patient, trial.events[event].happens, now)


@kernel
def _detect(trial: Trial, patient: Patient, occurrence: Occurrence, now: float) -> None:
    """The event is seen: the report sets out, and the protocol's patient-level response follows."""
    event, history = trial.events[occurrence.event], patient.history[occurrence.event]
    remove_undetected(patient, occurrence)
    history.detected = 1
    send(trial, occurrence)
    if trial.dosing:
        _count_death(trial, patient, occurrence)
    if history.responded != now:  # once to all that one visit finds
        history.responded = now
        response = event.responses[patient.state.plan]
        if response.ends_course != 0:
            clocks.close(trial, patient, now)
        _apply(trial, patient, response.operations, now)
        if response.ends_course != 0:
            _leave(trial, patient, now)


@kernel
def _count_death(trial: Trial, patient: Patient, death: Occurrence) -> None:
    """A death in the DLT window whose DLT is open may itself count as one."""
    dosing = trial.dosing
    if death.event != dosing.death or patient.dlts > 0:
        return
    if death.occurred > patient.dlt_until:
        return
    for event in range(trial.n_events):
        if dosing.settles[event] != 0 and patient.history[event].detected != 0:
            return
    if falls_to(trial, patient, dosing.death_as_dlt, dosing.death_stream):
        dlt = same_as(trial, death, dosing.dlt)
        dlt.times = 0
        send(trial, dlt)


@kernel
def _step(trial: Trial, patient: Patient, step: Step, now: float) -> None:
    """A planned dose change, unless its condition forbids it."""
    patient.next_step += 1
    if allows(patient, step):
        _apply(trial, patient, step.operations, now)


@kernel
def _end_phase(trial: Trial, patient: Patient, now: float) -> None:
    """The phase is over: the first transition that holds is taken, else the course ends."""
    phase = patient.state.phase
    for i in range(phase.n_nexts):
        following = phase.nexts[i]
        times = patient.taken[following.number]
        may = following.at_most < 0 or times < following.at_most
        if may and allows(patient, following):
            patient.taken[following.number] = times + 1
            _change(trial, patient, following.operation, now)
            return
    _leave(trial, patient, now)


# ---------------------------------------------------------------- parts


@kernel
def _apply(trial: Trial, patient: Patient, operations: Items, now: float) -> None:
    """Change state by each operation of a list in turn."""
    for i in range(operations.length):
        _change(trial, patient, operations[i], now)


@kernel
def _change(trial: Trial, patient: Patient, operation: int, now: float) -> None:
    """Follow one operation to the state it leads to."""
    old, kind = patient.state, trial.operations[operation]
    change = old.operations[operation]
    new = change.after
    if trial.interruptible.length > 0:
        end = interruptions.until(trial, operation, now)
        interruptions.begin(trial, patient, operation, end, new)
    if new == old and kind.transition == 0:
        return  # also a `go_to` of the phase the patient is in
    for drug in range(trial.n_drugs):
        if old.levels[drug] != 0 and new.levels[drug] == 0:
            patient.last_dose[drug] = now
    patient.state = new
    _record_state(trial, patient, now)
    clocks.change_state(trial, patient, old, new, change.touched, now)
    if kind.enters != 0:
        _begin_phase(trial, patient, now)
    elif new.plan != old.plan:
        _go_on(trial, patient, now)


@kernel
def _begin_phase(trial: Trial, patient: Patient, now: float) -> None:
    phase = patient.state.phase
    patient.phase_entry = now
    patient.phase_end = quantise(now + phase.days)
    patient.next_step = 0
    if trial.keeps_stays != 0:
        _stay(trial, patient, phase, now)
    _await_visits(trial, patient, now)


@kernel
def _go_on(trial: Trial, patient: Patient, now: float) -> None:
    """The phase is as another plan has it: what of it should have happened by now does not any more."""
    phase, passed = patient.state.phase, 0
    patient.phase_end = max(quantise(patient.phase_entry + phase.days), now)
    while passed < phase.n_steps and quantise(patient.phase_entry + phase.steps[passed].after) <= now:
        passed += 1
    patient.next_step = passed
    _await_visits(trial, patient, now)


@kernel
def _await_visits(trial: Trial, patient: Patient, now: float) -> None:
    """When what waits for a visit is seen, now that visits are others."""
    occurrence = patient.undetected.first
    while occurrence:
        if waits_for_visit(trial, occurrence, now):
            occurrence.detected = detection(trial, occurrence, now)
        occurrence = occurrence.next_undetected


@kernel
def _stay(trial: Trial, patient: Patient, phase: Phase, now: float) -> None:
    """Remember that a phase was entered."""
    if trial.n_stays == trial.stay_room:
        trial.status, trial.short_of = codes.SHORT, codes.STAYS
        return
    stay = trial.stays[trial.n_stays]
    trial.n_stays += 1
    stay.phase = phase.number
    stay.entry = now
    stay.course_days = phase.course_days
    append(patient.stays, stay)


@kernel
def _leave(trial: Trial, patient: Patient, now: float) -> None:
    """The course ends. A detection under way is completed and reported; a wait for a visit is lost."""
    patient.exit = now
    clocks.close(trial, patient, now)
    occurrence = patient.undetected.first
    while occurrence:
        if waits_for_visit(trial, occurrence, now):
            occurrence.detected = math.inf
        else:
            send(trial, occurrence)
        occurrence = occurrence.next_undetected
    patient.undetected.first = NONE
    if trial.dosing:
        if patient.latest_day == now:
            patient.exit_order = patient.latest_order
        order = queue.pack(queue.TRANSITION, patient.number, 0)
        queue.schedule(trial, now, order, codes.COURSE_ENDED, place_of(patient))


@kernel
def _record_state(trial: Trial, patient: Patient, now: float) -> None:
    if trial.n_changes == trial.change_room:
        trial.status, trial.short_of = codes.SHORT, codes.CHANGES
        return
    change = trial.changes[trial.n_changes]
    trial.n_changes += 1
    change.day = now
    change.state = patient.state.number
    append(patient.changes, change)
