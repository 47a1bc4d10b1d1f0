"""Rows of records, written where they stay until the block is read."""

from __future__ import annotations

import math

from simulator.engines.compiled import codes
from simulator.engines.compiled.jit import kernel
from simulator.engines.compiled.outcome import outcome
from simulator.engines.compiled.places import place_of
from simulator.engines.compiled.records.course import Occurrence, Patient
from simulator.engines.compiled.records.rows import event_row_at, patient_row_at, risk_row_at, state_row_at
from simulator.engines.compiled.records.trial import Trial

__all__ = ["new_row", "write_patient", "write_risks"]


@kernel
def new_row(trial: Trial, table: int) -> int:
    """The place of a new row; when the table is full the status says so, and the row after it is lent."""
    rows = trial.rows[table]
    n = rows.length
    if n == rows.room:
        trial.status, trial.short_of = codes.SHORT, table
    else:
        rows.length = n + 1
    return place_of(rows.numbers) + n * rows.width


@kernel
def write_patient(trial: Trial, patient: Patient) -> None:
    """The rows of a patient whose course is over: one of the patient, the states, the events."""
    row = patient_row_at(trial, new_row(trial, codes.PATIENTS))
    row.trial = trial.number
    row.candidate = patient.number
    row.entry = patient.entry
    row.exit = patient.exit
    row.level = patient.level_given
    row.version = patient.version
    row.cohort = patient.cohort
    row.outcome = outcome(trial, patient, math.inf) if trial.dosing else -1
    if trial.two_clocks != 0:
        row.registered = patient.registered
        row.arm = patient.arm
        row.received = patient.received
        row.stratum = patient.stratum
    change = patient.changes.first
    while change:
        state = state_row_at(trial, new_row(trial, codes.STATES))
        state.trial = trial.number
        state.candidate = patient.number
        state.time = change.day
        state.state = change.state
        change = change.next
    occurrence = patient.occurrences.first
    while occurrence:
        _write_event(trial, patient, occurrence)
        occurrence = occurrence.next


@kernel
def write_risks(trial: Trial) -> None:
    """A row per component, over all patients in the order of entry."""
    for c in range(trial.n_components):
        crossings, risk = 0, 0.0
        for i in range(trial.treated):
            clock = trial.patients[i].clocks[c]
            crossings += clock.times
            risk += clock.risk
        row = risk_row_at(trial, new_row(trial, codes.RISKS))
        row.trial = trial.number
        row.component = c
        row.n = crossings
        row.a = risk


@kernel
def _write_event(trial: Trial, patient: Patient, occurrence: Occurrence) -> None:
    row = event_row_at(trial, new_row(trial, codes.EVENTS))
    row.trial = trial.number
    row.candidate = patient.number
    row.event = occurrence.event
    row.component = occurrence.component
    row.occurred = occurrence.occurred
    row.detected = occurrence.detected
    row.reported = occurrence.reported
    row.state = occurrence.state.number
    row.mark = occurrence.mark
    row.course = occurrence.course
    for drug in range(trial.n_drugs):
        row.since[drug] = occurrence.since[drug]
    if trial.corrects != 0:
        row.withdrawn[0] = occurrence.withdrawn
        row.upgraded[0] = occurrence.upgraded
        row.later[0] = occurrence.later
