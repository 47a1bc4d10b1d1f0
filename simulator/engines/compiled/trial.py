"""Trials played one after the other: `reference.trial` as kernels."""

from __future__ import annotations

import math

from simulator.engines.compiled import codes, escalation, queue, screening
from simulator.engines.compiled.accrual import (
    full,
    last_day_is_over,
    lift,
    lose,
    open_accrual,
    over,
    schedule_arrival,
    stagger,
    wait,
)
from simulator.engines.compiled.allocation import allocate, open_lists
from simulator.engines.compiled.amendments import amend, ask_to_amend, await_days
from simulator.engines.compiled.clocks import take_traits
from simulator.engines.compiled.corrections import await_corrections, corrected
from simulator.engines.compiled.denominator import open_counter
from simulator.engines.compiled.described import NEVER_YET, NONE, Ints
from simulator.engines.compiled.directives import demand, draw_up
from simulator.engines.compiled.holds import close_accrual, hold_and_release, hold_ends
from simulator.engines.compiled.interruptions import until
from simulator.engines.compiled.jit import kernel, unchecked
from simulator.engines.compiled.monitor import (
    closing_look,
    look,
    on_calendar,
    on_progress,
    on_report,
    schedule_calendar,
    waited,
    watch_windows,
)
from simulator.engines.compiled.outcome import ask
from simulator.engines.compiled.patient import begin, direct_all
from simulator.engines.compiled.records.course import Occurrence, Patient, occurrence_at, patient_at
from simulator.engines.compiled.records.program import state_at
from simulator.engines.compiled.records.rows import trial_row_at
from simulator.engines.compiled.records.rules import Monitor, monitor_at
from simulator.engines.compiled.records.trial import Trial, trial_of
from simulator.engines.compiled.rows import new_row, write_patient, write_risks
from simulator.engines.compiled.tables import quantise
from simulator.engines.compiled.traits import draw_traits

__all__ = ["play_trials"]


@kernel
def play_trials(ints: object, floats: object, words: object, numbers: Ints, turn: int, stop: Ints) -> int:
    """Play the trials numbers[turn], ...; returns the turn of the first that was not completed.

    stop: 0, until another thread asks that this end, with whatever turn it has come to.

    A trial that meets a standing without answer is given up, noted, and passed over.  When there is no
    room for a trial's rows it is given up and this returns, with what was too small in `short_of`; also when
    an event happens without end (`endless`).
    """
    trial, end = trial_of(ints, floats, words), len(numbers)  # type: ignore[arg-type]
    return _play(trial, unchecked(numbers), turn, end, unchecked(stop))


@kernel
def _play(trial: Trial, numbers: Ints, turn: int, end: int, stop: Ints) -> int:
    while turn < end and stop[0] == 0:
        trial.number, trial.turn = numbers[turn], turn
        for table in range(codes.N_TABLES):
            trial.rows[table].kept = trial.rows[table].length
        _open(trial)
        while trial.queued > 0 and trial.status == codes.FINE and stop[0] == 0:
            queue.pop(trial)
            _go_on(trial)
            _begin_courses(trial)
        if trial.status == codes.FINE:
            _close(trial)
        if trial.asking != 0 and trial.status != codes.SHORT:
            trial.status = codes.ASKING
        if trial.status != codes.FINE:
            for table in range(codes.N_TABLES):
                trial.rows[table].length = trial.rows[table].kept
        if trial.status in (codes.SHORT, codes.RUNAWAY):
            return turn
        if trial.status == codes.ASKING:
            trial.abandoned[trial.n_abandoned] = numbers[turn]
            trial.n_abandoned += 1
        turn += 1
    return turn


@kernel
def _open(trial: Trial) -> None:
    """Everything as before the first patient; then what is known to come."""
    trial.status = codes.FINE
    trial.asking = trial.registered = trial.in_screening = 0
    trial.now = trial.last_report = trial.arrival = trial.came = trial.coming = 0.0
    trial.arrived_until = NEVER_YET
    trial.entry_count = trial.treated = trial.under_way = trial.version = 0
    trial.open, trial.stopped = 1, 0
    trial.holds = trial.lost = trial.admitting = trial.candidate = trial.all_came = trial.awaited = 0
    trial.first_waiting = trial.end_waiting = trial.at_hand = 0
    trial.n_standing = trial.n_directives = trial.n_given = trial.n_beginners = 0
    trial.queued = trial.top_is_free = trial.serial = 0
    trial.n_links = trial.n_stays = trial.n_occurrences = trial.n_changes = 0
    for name in range(trial.n_names):
        trial.held[name] = 0
    for event in range(trial.n_events):
        trial.logged[event] = 0
    if trial.dosing:
        escalation.start(trial.dosing)
    if trial.arms:
        open_lists(trial.arms)
    open_accrual(trial)
    await_days(trial)
    for i in range(trial.n_monitors):
        _open_monitor(trial, trial.monitors[i])
    for i in range(trial.n_counters):
        open_counter(trial.counters[i])


@kernel
def _open_monitor(trial: Trial, monitor: Monitor) -> None:
    """A rule before its first look."""
    monitor.looks = monitor.done = monitor.waiting = monitor.called = monitor.happens = monitor.n_holds = 0
    monitor.fired = 0
    monitor.asked_at = monitor.takes_effect = monitor.busy_until = monitor.seen_at = NEVER_YET
    monitor.hold_row = NONE
    for i in range(monitor.n_milestones):
        for endpoint in range(trial.n_readings):
            monitor.milestones[i].passed[endpoint] = monitor.skipped
    schedule_calendar(trial, monitor)


@kernel
def _go_on(trial: Trial) -> None:
    """What was popped happens."""
    tag, subject = trial.tag, trial.subject
    if tag == codes.REPORT_ARRIVES:
        if occurrence_at(trial, subject).event >= 0:  # else it was called back
            _arrive(trial, occurrence_at(trial, subject))
    elif tag == codes.COURSE_ENDED:
        if patient_at(trial, subject).exit == trial.now:  # else it was played again
            ask(trial)
    elif tag == codes.CANDIDATE_ARRIVES:
        _turn_up(trial, subject)
    elif tag <= codes.CALENDAR:
        _let_time_pass(trial, tag, subject)
    elif tag == codes.LOOK:
        look(trial, monitor_at(trial, subject), trial.now, False)
    elif tag == codes.EFFECT:
        _take_effect(trial, monitor_at(trial, subject))
    elif tag == codes.WAITED:
        waited(trial, monitor_at(trial, subject))
    elif tag == codes.GATE:
        escalation.gate(trial)
    elif tag == codes.CORRECTED:
        corrected(trial, occurrence_at(trial, subject))
    else:
        _let_go_on(trial, tag, subject)


@kernel
def _let_go_on(trial: Trial, tag: int, subject: int) -> None:
    """A hold of accrual ends, or the protocol is amended."""
    if tag == codes.FIRED:
        monitor_at(trial, subject).fired = 1
        ask_to_amend(trial, trial.now)
    elif tag == codes.AMENDING:
        amend(trial)
    elif tag == codes.STAGGER_ENDS:
        lift(trial, trial.stagger_hold)
    elif tag == codes.RELEASE:
        lift(trial, monitor_at(trial, subject).number)
    else:
        hold_ends(trial, monitor_at(trial, subject))


@kernel
def _let_time_pass(trial: Trial, tag: int, subject: int) -> None:
    if tag == codes.WINDOW_OVER:
        on_progress(trial, monitor_at(trial, subject))
    elif tag == codes.COHORT_WINDOW_OVER:
        ask(trial)
    elif tag == codes.CALENDAR:
        on_calendar(trial, monitor_at(trial, subject))
    elif tag == codes.ADMISSION:
        _admit(trial)
    elif tag == codes.SCREENED:
        _screened(trial, subject // (trial.n_amendments + 1), subject % (trial.n_amendments + 1))
    elif last_day_is_over(trial):
        trial.open = 0


@kernel
def _begin_courses(trial: Trial) -> None:
    """The courses of those who have just entered."""
    for i in range(trial.n_beginners):
        begin(trial, trial.patients[trial.beginners[i]])
    trial.n_beginners = 0


# ---------------------------------------------------------------- accrual


@kernel
def _turn_up(trial: Trial, candidate: int) -> None:
    """A candidate turns up; then the next one is awaited."""
    if trial.open == 0:
        return
    trial.candidate = candidate + 1
    if trial.screening:
        screening.register(trial, candidate)
        for i in range(trial.n_monitors):
            on_progress(trial, trial.monitors[i])
    elif trial.holds == 0:
        _enrol(trial, candidate)
    elif trial.while_held == codes.QUEUED:
        wait(trial, candidate)
    else:
        lose(trial)
    schedule_arrival(trial)


@kernel
def _screened(trial: Trial, candidate: int, version: int) -> None:
    """Screening is over: who is eligible may enter while accrual is open. version: at registration."""
    trial.in_screening -= 1
    if not screening.eligible(trial, candidate, version):
        screening.found(trial, candidate, codes.INELIGIBLE)
    elif trial.open != 0:
        if trial.holds == 0:
            _enrol(trial, candidate)
        elif trial.while_held == codes.QUEUED:
            screening.found(trial, candidate, codes.PUT_ON_LIST)
            wait(trial, candidate)
        else:
            screening.found(trial, candidate, codes.LOST)
            trial.lost += 1
    if full(trial) or over(trial):
        trial.open = 0


@kernel
def _admit(trial: Trial) -> None:
    """Those at hand enter, while there are places for them."""
    trial.admitting = 0
    on_demand = trial.while_held == codes.ON_DEMAND
    while trial.open != 0 and trial.holds == 0 and not full(trial) and trial.status == codes.FINE:
        if on_demand:
            candidate = trial.at_hand
            trial.at_hand += 1
        elif trial.first_waiting < trial.end_waiting:
            candidate = trial.first_waiting
            if trial.screening:
                candidate = trial.waiting[trial.first_waiting]
            trial.first_waiting += 1
        else:
            break
        _enrol(trial, candidate)
    if full(trial) or over(trial):
        trial.open = 0


@kernel
def _enrol(trial: Trial, candidate: int) -> None:
    """A candidate becomes a patient and starts the course."""
    if trial.n_betas > 0 and candidate >= trial.beta_candidates:
        trial.status, trial.short_of = codes.SHORT, codes.BETAS
        return
    patient = trial.patients[trial.treated]
    patient.rank = trial.treated
    _set_up(trial, patient, candidate)
    draw_traits(trial, patient, candidate)
    _give(trial, patient, candidate)
    take_traits(trial, patient)
    trial.treated += 1
    trial.beginners[trial.n_beginners] = patient.rank
    trial.n_beginners += 1
    stagger(trial)
    ask_to_amend(trial, trial.now)
    if trial.dosing:
        escalation.enrolled(trial, patient)
    for i in range(trial.n_monitors):
        on_progress(trial, trial.monitors[i])
        watch_windows(trial, trial.monitors[i], patient)


@kernel
def _set_up(trial: Trial, patient: Patient, candidate: int) -> None:
    """The record of a patient who enters now."""
    now, dosing, level = trial.now, trial.dosing, 0
    patient.dlt_until = math.inf
    if dosing:
        expanding = dosing.stage == codes.EXPANDING
        level = dosing.mtd if expanding else escalation.version_in_force(dosing).ladder[dosing.dose]
        patient.dlt_until = quantise(now + dosing.dlt_window)
    patient.number = candidate
    patient.entry = now
    patient.exit = math.inf
    patient.level_given = level
    patient.version = patient.group = trial.version
    patient.cohort = 0
    patient.dlt_known = patient.dlt_withdrawn = math.inf
    patient.settled_known = patient.moderate_known = math.inf
    for i in range(trial.n_counters):
        counted = patient.counted[i]
        counted.seen_on = counted.ruled_out_on = math.inf
        counted.read, counted.last_course = 0, NONE
        counted.window_ends = quantise(now + trial.counters[i].window)


@kernel
def _give(trial: Trial, patient: Patient, candidate: int) -> None:
    """What a patient is given at entry; arm and registration are set where there are such."""
    given = patient.level_given + trial.version * trial.n_treatments * trial.n_entries
    if trial.two_clocks != 0:
        patient.registered = patient.entry
        patient.arm = patient.received = patient.stratum = 0
        if trial.screening:
            patient.registered = screening.registered_on(trial, candidate)
            screening.found(trial, candidate, codes.ENTERED)
        if trial.arms:
            allocate(trial, patient)
        given += patient.received * trial.n_entries
    patient.first_state = state_at(trial, trial.entries[given])


# ---------------------------------------------------------------- reports and effects


@kernel
def _arrive(trial: Trial, occurrence: Occurrence) -> None:
    """A report is due."""
    trial.under_way -= 1
    trial.last_report = max(trial.last_report, occurrence.reported)
    if occurrence.withdrawn > trial.now:
        trial.logged[occurrence.event] += 1
    if trial.dosing:
        escalation.reported(trial, occurrence)
    for i in range(trial.n_monitors):
        on_report(trial, trial.monitors[i], occurrence)
    await_corrections(trial, occurrence)


@kernel
def _take_effect(trial: Trial, monitor: Monitor) -> None:
    """What all rules decided for now: accrual closes, then it reaches patients in the order of entry."""
    now = trial.now
    if monitor.takes_effect != now:  # it has, with the first of them
        return
    directive = draw_up(trial)
    for i in range(trial.n_monitors):
        other = trial.monitors[i]
        if other.takes_effect == now:
            other.takes_effect = NEVER_YET
            demand(trial, directive, other.directives)
            if other.ends != 0:
                directive.leaves = 1
            if other.closes != 0:
                close_accrual(trial)
            other.happens = 1
    hold_and_release(trial)
    for k in range(directive.first, directive.first + directive.n):
        if trial.operations[trial.given[k]].enters == 0:  # it also holds for later patients
            trial.standing[trial.n_standing] = trial.given[k]
            trial.standing_until[trial.n_standing] = until(trial, trial.given[k], now)
            trial.n_standing += 1
    if directive.n > 0 or directive.leaves != 0:
        direct_all(trial)


@kernel
def _close(trial: Trial) -> None:
    """The closing looks, and the rows of the trial and its patients."""
    trial.order = queue.pack(queue.ARRIVAL + 1, 0, 0)
    trial.entry_count += 1
    trial.awaited = 0
    if trial.dosing:
        escalation.recommend(trial, trial.dosing)
    for i in range(trial.look_order.length):
        closing_look(trial, trial.monitors[trial.look_order[i]])
    end = 0.0
    for i in range(trial.treated):
        patient = trial.patients[i]
        end = max(end, patient.exit)
        write_patient(trial, patient)
    write_risks(trial)
    row = trial_row_at(trial, new_row(trial, codes.TRIALS))
    row.trial = trial.number
    row.enrolled = trial.treated
    row.end = end
    row.lost = trial.lost
