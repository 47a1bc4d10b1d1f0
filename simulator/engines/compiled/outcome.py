"""What is known of a patient's DLT, and asking for a decision: parts of `reference.escalation`."""

from __future__ import annotations

from simulator.engines.compiled import codes, queue
from simulator.engines.compiled.described import Ints
from simulator.engines.compiled.jit import kernel
from simulator.engines.compiled.records.course import Patient
from simulator.engines.compiled.records.rules import Counter
from simulator.engines.compiled.records.trial import Trial
from simulator.model.records import DltOutcome

__all__ = [
    "DLT",
    "NONE",
    "NOT_EVALUABLE",
    "PENDING",
    "about",
    "ask",
    "assigned_mtd",
    "is_among",
    "not_evaluable",
    "outcome",
]

NONE, DLT = int(DltOutcome.NONE), int(DltOutcome.DLT)
NOT_EVALUABLE, PENDING = int(DltOutcome.NOT_EVALUABLE), int(DltOutcome.PENDING)
LATEST = 1e300  # before inf, which is the day of a report that has not arrived


@kernel
def outcome(trial: Trial, patient: Patient, day: float) -> int:
    """What is known of a patient's DLT on a day; a DLT not reported by then is not known."""
    end, left = patient.dlt_until, _left(trial, patient, day)
    if patient.not_evaluable != 0:
        return NOT_EVALUABLE if day >= end or left else PENDING
    if patient.dlt_known <= min(day, LATEST) < patient.dlt_withdrawn:
        return DLT
    if patient.settled_known <= min(day, LATEST):
        return NONE
    if left and (patient.exit < end or _unseen(trial, patient)):
        return PENDING if day < patient.dlt_due else NOT_EVALUABLE
    return NONE if day >= end else PENDING


@kernel
def _left(trial: Trial, patient: Patient, day: float) -> bool:
    """Whether the course had ended by a day; of today, whether that has happened yet: it was played ahead."""
    if patient.exit != day or trial.now != day:
        return patient.exit <= day
    return patient.exit_order <= trial.order and patient.exit_count <= trial.entry_count


@kernel
def _unseen(trial: Trial, patient: Patient) -> bool:
    """Whether one who left on the day of an absence did so before it was judged, and not settled."""
    dosing = trial.dosing
    if dosing.dlt_is_absence == 0:
        return False
    if patient.history[dosing.dlt].found_absent != 0:
        return False
    for event in range(trial.n_events):
        if patient.history[event].detected != 0 and dosing.settles[event] != 0:
            return False
    return True


@kernel
def not_evaluable(trial: Trial, patient: Patient, day: float) -> bool:
    """Whether it is known on a day that the patient's DLT cannot be judged; never without dose finding."""
    return bool(trial.dosing) and outcome(trial, patient, day) == NOT_EVALUABLE


@kernel
def assigned_mtd(trial: Trial, patient: Patient) -> bool:
    """Whether the patient was assigned the dose that dose finding selected."""
    if not trial.dosing:
        return False
    return trial.dosing.mtd > 0 and patient.level_given == trial.dosing.mtd


@kernel
def about(trial: Trial, counter: Counter, patient: Patient, day: float) -> bool:
    """Whether the counter is about a patient: at the selected dose, and evaluable, where that is asked."""
    if counter.at_mtd != 0 and not assigned_mtd(trial, patient):
        return False
    return counter.judged == 0 or not not_evaluable(trial, patient, day)


@kernel
def is_among(members: Ints, patient: Patient) -> bool:
    """Whether a patient is of groups that are read; NONE: all are."""
    return not members or members[patient.group] != 0


@kernel
def ask(trial: Trial) -> None:
    """See at the end of this instant whether a dose can be chosen."""
    dosing = trial.dosing
    if not dosing or dosing.gate_asked != 0 or dosing.stage != codes.ESCALATION:
        return
    dosing.gate_asked = 1
    queue.schedule(trial, trial.now, queue.pack(queue.GATE, 0, 0), codes.GATE, 0)
