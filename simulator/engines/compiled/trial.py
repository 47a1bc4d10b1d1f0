"""Trials played one after the other: `reference.trial` as kernels."""

from __future__ import annotations

import math

from simulator.engines.compiled import escalation, queue
from simulator.engines.compiled import layout as at
from simulator.engines.compiled.accrual import full, lift, open_accrual, schedule_arrival
from simulator.engines.compiled.clocks import take_traits
from simulator.engines.compiled.jit import kernel, unchecked
from simulator.engines.compiled.layout import Floats, Ints, Words
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
from simulator.engines.compiled.occurrence import draw
from simulator.engines.compiled.outcome import ask
from simulator.engines.compiled.patient import begin, direct_all, falls_to
from simulator.engines.compiled.rows import new_row, write_patient
from simulator.engines.compiled.tables import quantise

__all__ = ["play_trials"]


@kernel
def play_trials(ints: Ints, floats: Floats, words: Words, trials: Ints, turn: int) -> int:
    """Play trials[turn], trials[turn + 1], ...; returns the turn of the first that was not completed.

    A trial that meets a standing without answer is given up, noted, and passed over.  When there is no
    room for a trial's rows it is given up and this returns, with what was too small in SHORT_OF; also when an
    event happens without end (ENDLESS).
    """
    places = unchecked(ints), unchecked(floats), unchecked(words)
    return _play(places[0], places[1], places[2], unchecked(trials), turn, len(trials))


@kernel
def _play(ints: Ints, floats: Floats, words: Words, trials: Ints, turn: int, end: int) -> int:
    while turn < end:
        ints[at.TRIAL], ints[at.TURN] = trials[turn], turn
        for table in range(at.ROWS, at.HEAD_SIZE, at.ROWS_SIZE):
            ints[table + at.IN_ROWS_KEPT] = ints[table + at.IN_ROWS_LENGTH]
        _open(ints, floats, words)
        while ints[at.QUEUED] > 0 and ints[at.STATUS] == at.FINE:
            queue.pop(ints, floats)
            _go_on(ints, floats, words)
            _begin_courses(ints, floats, words)
        if ints[at.STATUS] == at.FINE:
            _close(ints, floats)
        if ints[at.STATUS] != at.FINE:
            for table in range(at.ROWS, at.HEAD_SIZE, at.ROWS_SIZE):
                ints[table + at.IN_ROWS_LENGTH] = ints[table + at.IN_ROWS_KEPT]
        if ints[at.STATUS] in (at.SHORT, at.RUNAWAY):
            return turn
        if ints[at.STATUS] == at.ASKING:
            ints[ints[at.ABANDONED] + ints[at.ABANDONED_LENGTH]] = trials[turn]
            ints[at.ABANDONED_LENGTH] += 1
        turn += 1
    return turn


@kernel
def _open(ints: Ints, floats: Floats, words: Words) -> None:
    """Everything as before the first patient; then what is known to come."""
    for single in range(at.NOW, at.END_OF_SINGLES):
        ints[single] = 0
    floats[at.NOW] = floats[at.LAST_REPORT] = floats[at.ARRIVAL] = 0.0
    floats[at.ARRIVED_UNTIL] = at.NEVER_YET
    ints[at.OPEN] = 1
    for name in range(ints[at.NAMES]):
        ints[ints[at.HELD] + name] = 0
    for event in range(ints[at.EVENTS]):
        ints[ints[at.LOGGED] + event] = 0
    if ints[at.DOSING] >= 0:
        escalation.start(ints, ints[at.DOSING])
    open_accrual(ints, floats, words)
    for i in range(ints[at.MONITORS]):
        monitor = ints[ints[at.MONITOR] + i]
        ints[monitor + at.LOOKS] = ints[monitor + at.FIRED] = ints[monitor + at.WAITING] = 0
        floats[monitor + at.ASKED_AT] = at.NEVER_YET
        first, end = ints[monitor + at.MILESTONES], ints[monitor + at.MILESTONES_END]
        for milestone in range(first, end, at.PASSED + ints[at.READINGS]):
            for reading in range(ints[at.READINGS]):
                ints[milestone + at.PASSED + reading] = 0
        schedule_calendar(ints, floats, monitor)
    for i in range(ints[at.COUNTERS_LENGTH]):
        counter = ints[at.COUNTERS] + i * at.COUNTER_SIZE
        ints[counter + at.FIRST_LINK] = at.NONE
        ints[counter + at.ASSESSED] = 0


@kernel
def _go_on(ints: Ints, floats: Floats, words: Words) -> None:
    """What was popped happens."""
    tag, subject = ints[at.TAG], ints[at.SUBJECT]
    if tag == at.REPORT_ARRIVES:
        if ints[subject + at.OF_EVENT] >= 0:  # else it was called back
            _arrive(ints, floats, subject)
    elif tag == at.COURSE_ENDED:
        if floats[subject + at.EXIT] == floats[at.NOW]:  # else it was played again
            ask(ints, floats)
    elif tag == at.CANDIDATE_ARRIVES:
        _turn_up(ints, floats, words, subject)
    elif tag <= at.CALENDAR:
        _let_time_pass(ints, floats, words, tag, subject)
    elif tag == at.LOOK:
        look(ints, floats, subject, floats[at.NOW], False)
    elif tag == at.EFFECT:
        _take_effect(ints, floats, words, subject)
    elif tag == at.RELEASE:
        lift(ints, floats, ints[subject + at.HOLD])
    elif tag == at.WAITED:
        waited(ints, floats, subject)
    else:
        escalation.gate(ints, floats, words)


@kernel
def _let_time_pass(ints: Ints, floats: Floats, words: Words, tag: int, subject: int) -> None:
    if tag == at.WINDOW_OVER:
        on_progress(ints, floats, subject)
    elif tag == at.COHORT_WINDOW_OVER:
        ask(ints, floats)
    elif tag == at.CALENDAR:
        on_calendar(ints, floats, subject)
    elif tag == at.ADMISSION:
        _admit(ints, floats, words)
    else:
        ints[at.OPEN] = 0  # the last day of accrual on demand


@kernel
def _begin_courses(ints: Ints, floats: Floats, words: Words) -> None:
    """The courses of those who have just entered."""
    for i in range(ints[at.BEGINNERS_LENGTH]):
        begin(ints, floats, words, ints[ints[at.BEGINNERS] + i])
    ints[at.BEGINNERS_LENGTH] = 0


# ---------------------------------------------------------------- accrual


@kernel
def _turn_up(ints: Ints, floats: Floats, words: Words, candidate: int) -> None:
    """A candidate turns up; then the next one is awaited."""
    if ints[at.OPEN] == 0:
        return
    ints[at.CANDIDATE] = candidate + 1
    if ints[at.HOLDS] == 0:
        _enrol(ints, floats, words, candidate)
    elif ints[at.WHILE_HELD] == at.QUEUED_WHILE_HELD:
        if ints[at.FIRST_WAITING] == ints[at.END_WAITING]:
            ints[at.FIRST_WAITING] = candidate
        ints[at.END_WAITING] = candidate + 1
    else:
        ints[at.LOST] += 1
    schedule_arrival(ints, floats, words)


@kernel
def _admit(ints: Ints, floats: Floats, words: Words) -> None:
    """Those at hand enter, while there are places for them."""
    ints[at.ADMITTING] = 0
    on_demand = ints[at.WHILE_HELD] == at.ON_DEMAND
    while ints[at.OPEN] != 0 and ints[at.HOLDS] == 0 and not full(ints) and ints[at.STATUS] == at.FINE:
        if on_demand:
            candidate = ints[at.AT_HAND]
            ints[at.AT_HAND] += 1
        elif ints[at.FIRST_WAITING] < ints[at.END_WAITING]:
            candidate = ints[at.FIRST_WAITING]
            ints[at.FIRST_WAITING] += 1
        else:
            break
        _enrol(ints, floats, words, candidate)
    if full(ints):
        ints[at.OPEN] = 0


@kernel
def _enrol(ints: Ints, floats: Floats, words: Words, candidate: int) -> None:
    """A candidate becomes a patient and starts the course."""
    if ints[at.BETA_COLUMNS] > 0 and candidate >= ints[at.BETA_CANDIDATES]:
        ints[at.STATUS], ints[at.SHORT_OF] = at.SHORT, at.BETAS
        return
    patient = ints[at.PATIENTS] + ints[at.TREATED] * ints[at.PATIENT_SIZE]
    _set_up(ints, floats, patient, candidate)
    _draw(ints, floats, words, patient, candidate)
    take_traits(ints, floats, patient)
    ints[at.TREATED] += 1
    ints[ints[at.BEGINNERS] + ints[at.BEGINNERS_LENGTH]] = patient
    ints[at.BEGINNERS_LENGTH] += 1
    if ints[at.DOSING] >= 0:
        escalation.enrolled(ints, floats, patient)
    for i in range(ints[at.MONITORS]):
        monitor = ints[ints[at.MONITOR] + i]
        on_progress(ints, floats, monitor)
        watch_windows(ints, floats, monitor, patient)


@kernel
def _set_up(ints: Ints, floats: Floats, patient: int, candidate: int) -> None:
    """The record of a patient who enters now."""
    now, dosing, level = floats[at.NOW], ints[at.DOSING], 0
    floats[patient + at.DLT_UNTIL] = math.inf
    if dosing >= 0:
        ladder = ints[escalation.version_in_force(ints, dosing) + at.LADDER]
        expanding = ints[dosing + at.STAGE] == at.EXPANDING
        level = ints[dosing + at.MTD] if expanding else ints[ladder + ints[dosing + at.DOSE]]
        floats[patient + at.DLT_UNTIL] = quantise(now + floats[dosing + at.DLT_WINDOW])
    ints[patient + at.NUMBER] = candidate
    floats[patient + at.ENTRY] = now
    floats[patient + at.EXIT] = math.inf
    ints[patient + at.LEVEL_GIVEN] = level
    ints[patient + at.GIVEN_IN_VERSION] = ints[patient + at.COHORT] = 0
    floats[patient + at.DLT_KNOWN] = floats[patient + at.SETTLED_KNOWN] = math.inf
    counter = ints[at.COUNTERS]
    for counted in range(
        patient + ints[at.IN_PATIENT_COUNTED], patient + ints[at.PATIENT_SIZE], at.COUNTED_SIZE
    ):
        floats[counted + at.SEEN_ON] = floats[counted + at.RULED_OUT_ON] = math.inf
        floats[counted + at.WINDOW_ENDS] = quantise(now + floats[counter + at.WINDOW])
        counter += at.COUNTER_SIZE


@kernel
def _draw(ints: Ints, floats: Floats, words: Words, patient: int, candidate: int) -> None:
    """What a patient is: traits that matter, and whether the DLT can be judged."""
    dosing, trait = ints[at.DOSING], ints[at.TRAIT]
    ints[patient + at.NOT_EVALUABLE] = 0
    if dosing >= 0 and falls_to(
        ints, words, patient, floats[dosing + at.NOT_EVALUABLE_SHARE], dosing + at.EVALUABLE_STREAM
    ):
        ints[patient + at.NOT_EVALUABLE] = 1
    for _ in range(ints[at.TRAITS]):
        column, before = ints[trait + at.TRAIT_BETA], ints[trait + at.TRAIT_AFTER]
        if ints[trait + at.TRAIT_NEEDED] != 0 and column >= 0:
            row = ints[at.TURN] * ints[at.BETA_CANDIDATES] + candidate
            value = floats[ints[at.BETAS] + row * ints[at.BETA_COLUMNS] + column]
            floats[trait + at.TRAIT_VALUE] = value
        elif ints[trait + at.TRAIT_NEEDED] != 0:
            share = floats[trait + at.TRAIT_SHARE]
            if before >= 0 and floats[before + at.TRAIT_VALUE] != 0.0:
                share = floats[trait + at.TRAIT_IF_SO]
            yes = draw(ints, words, patient, trait + at.TRAIT_STREAM, 0) < share
            floats[trait + at.TRAIT_VALUE] = 1.0 if yes else 0.0
        trait += at.TRAIT_SIZE


# ---------------------------------------------------------------- reports and effects


@kernel
def _arrive(ints: Ints, floats: Floats, occurrence: int) -> None:
    """A report is due."""
    ints[at.UNDER_WAY] -= 1
    floats[at.LAST_REPORT] = max(floats[at.LAST_REPORT], floats[occurrence + at.REPORTED])
    ints[ints[at.LOGGED] + ints[occurrence + at.OF_EVENT]] += 1
    if ints[at.DOSING] >= 0:
        escalation.reported(ints, floats, occurrence)
    for i in range(ints[at.MONITORS]):
        on_report(ints, floats, ints[ints[at.MONITOR] + i], occurrence)


@kernel
def _take_effect(ints: Ints, floats: Floats, words: Words, monitor: int) -> None:
    """Accrual closes first, then the directives reach patients in the order of entry."""
    if ints[monitor + at.CLOSES] != 0:
        ints[at.OPEN] = 0
        if ints[at.DOSING] >= 0:
            ints[ints[at.DOSING] + at.STAGE] = at.OVER
    lasting = ints[monitor + at.LASTING]
    for i in range(lasting + 1, lasting + 1 + ints[lasting]):
        ints[ints[at.STANDING] + ints[at.STANDING_LENGTH]] = ints[i]
        ints[at.STANDING_LENGTH] += 1
    direct_all(ints, floats, words, ints[monitor + at.DIRECTIVES], ints[monitor + at.ENDS] != 0)


@kernel
def _close(ints: Ints, floats: Floats) -> None:
    """The closing looks, and the rows of the trial and its patients."""
    ints[at.ORDER] = queue.pack(queue.ARRIVAL + 1, 0, 0)
    ints[at.ENTRY_COUNT] += 1
    for i in range(ints[at.MONITORS]):
        closing_look(ints, floats, ints[ints[at.MONITOR] + i])
    end = 0.0
    for i in range(ints[at.TREATED]):
        patient = ints[at.PATIENTS] + i * ints[at.PATIENT_SIZE]
        end = max(end, floats[patient + at.EXIT])
        write_patient(ints, floats, patient)
    row = new_row(ints, at.TRIAL_ROWS)
    ints[row] = ints[at.TRIAL]
    ints[row + 1] = ints[at.TREATED]
    floats[row + 2] = end
    ints[row + 3] = ints[at.LOST]
