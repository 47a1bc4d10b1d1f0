"""Dose finding in calendar time: `reference.escalation` as kernels.

Where a standing has no answer yet the kernels return early, and the trial is given up (see `answers`).
"""

from __future__ import annotations

import math
from typing import Any

from simulator.engines.compiled import codes, described, queue
from simulator.engines.compiled.accrual import hold, lift
from simulator.engines.compiled.amendments import ask_to_amend, bring, come_with_dose, due_with_dose
from simulator.engines.compiled.answers import find
from simulator.engines.compiled.directives import demand, draw_up
from simulator.engines.compiled.holds import end_accrual
from simulator.engines.compiled.jit import kernel
from simulator.engines.compiled.monitor import on_progress
from simulator.engines.compiled.outcome import NOT_EVALUABLE, PENDING, ask, outcome
from simulator.engines.compiled.patient import direct_all
from simulator.engines.compiled.records.course import Occurrence, Patient
from simulator.engines.compiled.records.rows import decision_row_at
from simulator.engines.compiled.records.rules import Choice, Dosing, choice_at
from simulator.engines.compiled.records.trial import Trial
from simulator.engines.compiled.rows import new_row
from simulator.engines.compiled.standing import expect, members, next_way, stand, version_in_force

__all__ = ["enrolled", "gate", "recommend", "reported", "start", "version_in_force"]

NOWHERE: int = described.NONE


@kernel
def start(dosing: Dosing) -> None:
    """Before the first patient."""
    dosing.stage = codes.ESCALATION
    dosing.version = 0
    version = version_in_force(dosing)
    dosing.dose = version.start
    dosing.wanted = version.cohort
    dosing.n_cohort = 0
    dosing.decisions = 0
    dosing.gate_asked = 0
    dosing.mtd = dosing.concluded = 0
    dosing.latest = 0.0


@kernel
def enrolled(trial: Trial, patient: Patient) -> None:
    """A patient has entered at the level in force; no more do when the cohort is complete."""
    dosing = trial.dosing
    expanding = dosing.stage == codes.EXPANDING
    patient.cohort = -1 if expanding else dosing.decisions
    trial.cohort[dosing.n_cohort] = patient.rank
    dosing.n_cohort += 1
    _places(trial, dosing)
    if not expanding:
        order = queue.pack(queue.WINDOW, patient.number, dosing.dlt)
        queue.schedule(trial, patient.dlt_until, order, codes.COHORT_WINDOW_OVER, 0)


@kernel
def reported(trial: Trial, occurrence: Occurrence) -> None:
    """A report arrived."""
    dosing, patient, event = trial.dosing, occurrence.patient, occurrence.event
    if event not in (dosing.dlt, dosing.moderate) and dosing.settles[event] == 0:
        return
    if occurrence.occurred <= patient.dlt_until:
        if event == dosing.dlt:
            patient.dlt_known = min(patient.dlt_known, occurrence.reported)
            patient.dlt_withdrawn = occurrence.withdrawn  # where it may be there is one
        elif event == dosing.moderate:
            patient.moderate_known = min(patient.moderate_known, occurrence.reported)
        else:
            patient.settled_known = min(patient.settled_known, occurrence.reported)
    ask(trial)


@kernel
def _places(trial: Trial, dosing: Dosing) -> int:
    """Places still to fill in the cohort; accrual is held when there are none."""
    free, stage = dosing.wanted - dosing.n_cohort, dosing.stage
    if stage == codes.ESCALATION and version_in_force(dosing).replaces != 0:
        free += members(trial, dosing, NOT_EVALUABLE)
    if free > 0:
        lift(trial, trial.cohort_hold)
        return free
    if stage == codes.EXPANDING:
        end_accrual(trial)
    else:
        hold(trial, trial.cohort_hold)
    return 0


# ---------------------------------------------------------------- decisions


@kernel
def gate(trial: Trial) -> None:
    """Fill places that became free; choose the next dose if it can be chosen."""
    dosing = trial.dosing
    dosing.gate_asked = 0
    if dosing.stage != codes.ESCALATION:
        return
    free = _places(trial, dosing)
    pending = members(trial, dosing, PENDING)
    decide, answer = version_in_force(dosing).decide, choice_at(trial, NOWHERE)
    if decide == codes.WHEN_DECIDED:
        answer = _settled(trial, dosing, free, pending)
        if not answer:
            return
    elif free > 0 or pending > 0:
        return
    elif decide == codes.WINDOW_COMPLETE:
        for i in range(dosing.n_cohort):
            patient = trial.patients[trial.cohort[i]]
            judged = outcome(trial, patient, trial.now) != NOT_EVALUABLE
            if judged and trial.now < patient.dlt_until:
                return
    stand(trial, dosing)
    while due_with_dose(trial):
        if trial.amendments[trial.version].restarts != 0:
            _restart(trial, dosing)
            return
        come_with_dose(trial)
        stand(trial, dosing)
    if trial.status == codes.FINE:
        _follow(trial, dosing, answer if answer else find(trial))


@kernel
def _settled(trial: Trial, dosing: Dosing, free: int, pending: int) -> Choice:
    """The choice that is the same however everything pending turns out; none while there is none.

    A choice to stay is not made before the cohort is known.
    """
    stand(trial, dosing)
    expect(trial, dosing, free)
    first = find(trial)
    while next_way(trial, dosing):
        answer = find(trial)
        if answer and first and not _alike(answer, first):
            return choice_at(trial, NOWHERE)
    if trial.status != codes.FINE:
        return choice_at(trial, NOWHERE)
    stays = first.dose == dosing.dose
    return choice_at(trial, NOWHERE) if stays and free + pending > 0 else first


@kernel
def _alike(a: Choice, b: Choice) -> bool:
    """Whether two answers say the same, whatever their reasons."""
    return a.dose == b.dose and a.patients == b.patients and a.selected == b.selected


@kernel
def _restart(trial: Trial, dosing: Dosing) -> None:
    """The next version is in force: its start, with a new cohort or what its own counts say."""
    number, before = trial.version, _level(dosing, dosing.dose)
    bring(trial)
    version = version_in_force(dosing)
    dosing.dose = version.start
    dosing.n_cohort = 0
    stand(trial, dosing)
    operations = trial.amendments[number].operations
    if operations.length > 0:
        demand(trial, draw_up(trial), operations)
        direct_all(trial)
    ask_to_amend(trial, trial.now)
    fresh = trial.asked.counts[dosing.dose] == 0
    wanted = version.cohort if fresh else 0
    row = _record(trial, dosing, before, _level(dosing, dosing.dose), wanted)
    row.selected = 0
    row.reason = -1
    row.amendment = number
    if fresh:
        dosing.wanted = wanted
        _places(trial, dosing)
    else:
        _follow(trial, dosing, find(trial))


@kernel
def _follow(trial: Trial, dosing: Dosing, answer: Choice) -> None:
    """What the design has answered (none: nothing yet)."""
    if not answer:
        return
    dose, patients = answer.dose, answer.patients
    mtd = _level(dosing, answer.selected) if answer.selected >= 0 else 0
    following = _level(dosing, dose) if dose >= 0 else 0
    row = _record(trial, dosing, _level(dosing, dosing.dose), following, patients)
    row.selected = mtd
    row.reason = answer.reason
    row.amendment = -1
    dosing.n_cohort = 0
    if dose >= 0:
        dosing.dose, dosing.wanted = dose, patients
        _places(trial, dosing)
        return
    dosing.mtd, dosing.concluded = mtd, 1
    if mtd == 0 or dosing.expansion == 0:
        dosing.stage = codes.OVER
        end_accrual(trial)
    else:
        dosing.stage, dosing.wanted = codes.EXPANDING, dosing.expansion
        _places(trial, dosing)
    for i in range(trial.n_monitors):
        on_progress(trial, trial.monitors[i])


@kernel
def recommend(trial: Trial, dosing: Dosing) -> None:
    """When nothing is open any more: the dose that stands where the trial has ended before its design did."""
    if dosing.concluded != 0 or version_in_force(dosing).recommends == 0:
        return
    day = dosing.latest
    for i in range(trial.treated):
        patient = trial.patients[i]
        day = max(day, patient.dlt_until)
        if patient.dlt_withdrawn < math.inf:
            day = max(day, patient.dlt_withdrawn)
        elif patient.dlt_known < math.inf:
            day = max(day, patient.dlt_known)
    stand(trial, dosing)
    trial.asked.kind = codes.ASK_RECOMMEND
    answer = find(trial)
    if answer:
        dosing.mtd = _level(dosing, answer.dose) if answer.dose >= 0 else 0
        row = _record(trial, dosing, _level(dosing, dosing.dose), 0, 0)
        row.time = day
        row.selected = dosing.mtd
        row.reason = row.amendment = -1


@kernel
def _level(dosing: Dosing, dose: int) -> int:
    """The level of a dose on the ladder in force."""
    return version_in_force(dosing).ladder[dose]


@kernel
def _record(trial: Trial, dosing: Dosing, level: int, following: int, patients: int) -> Any:
    """The row of a decision, with its columns up to `patients`; the rest is the caller's."""
    row = decision_row_at(trial, new_row(trial, codes.DECISIONS))
    row.trial = trial.number
    row.number = dosing.decisions
    row.time = trial.now
    row.version = dosing.version
    dosing.latest = trial.now
    row.level = level
    row.next = following
    row.patients = patients
    dosing.decisions += 1
    return row
