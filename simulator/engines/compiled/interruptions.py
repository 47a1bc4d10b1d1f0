"""Until when a patient's drugs are stopped for a time: `reference.interruptions` as kernels."""

from __future__ import annotations

import math

from simulator.engines.compiled.described import NONE
from simulator.engines.compiled.jit import kernel
from simulator.engines.compiled.records.course import Patient
from simulator.engines.compiled.records.program import State
from simulator.engines.compiled.records.trial import Trial
from simulator.engines.compiled.tables import quantise

__all__ = ["begin", "forget", "next_end", "until"]


@kernel
def until(trial: Trial, operation: int, now: float) -> float:
    """The day until which an operation is in force that is directed now: inf of one that is for good."""
    if trial.operations[operation].interrupts < 0:
        return math.inf
    return quantise(now + trial.operations[operation].days)


@kernel
def forget(trial: Trial, patient: Patient) -> None:
    """No drug is interrupted."""
    for i in range(trial.interruptible.length):
        patient.back_on[trial.interruptible[i]] = math.inf


@kernel
def begin(trial: Trial, patient: Patient, operation: int, end: float, after: State) -> None:
    """An operation leads to a state: a stop for a time is to this day or a later one known; of drugs that the
    state does not say are interrupted no end is to come.
    """
    stops = trial.operations[operation].interrupts
    if stops >= 0 and (patient.back_on[stops] == math.inf or patient.back_on[stops] < end):
        patient.back_on[stops] = end
    for i in range(trial.interruptible.length):
        drug = trial.interruptible[i]
        if after.interrupted[drug] == 0:
            patient.back_on[drug] = math.inf


@kernel
def next_end(trial: Trial, patient: Patient) -> tuple[float, int]:
    """The next end of a stop for a time, and the operation that it is: of one day the first drug."""
    day, operation = math.inf, NONE
    for i in range(trial.interruptible.length):
        drug = trial.interruptible[i]
        if patient.back_on[drug] < day:
            day, operation = patient.back_on[drug], trial.resumes[drug]
    return day, operation
