"""What is known of a patient's DLT, and asking for a decision: parts of `reference.escalation`."""

from __future__ import annotations

from simulator.engines.compiled import layout as at
from simulator.engines.compiled import queue
from simulator.engines.compiled.jit import kernel
from simulator.engines.compiled.layout import Floats, Ints

__all__ = ["DLT", "NONE", "NOT_EVALUABLE", "PENDING", "ask", "assigned_mtd", "not_evaluable", "outcome"]

NONE, DLT, NOT_EVALUABLE, PENDING = range(4)  # as reference.escalation.Outcome
LATEST = 1e300  # before inf, which is the day of a report that has not arrived


@kernel
def outcome(ints: Ints, floats: Floats, patient: int, day: float) -> int:
    """What is known of a patient's DLT on a day; a DLT not reported by then is not known."""
    end, left = floats[patient + at.DLT_UNTIL], _left(ints, floats, patient, day)
    if ints[patient + at.NOT_EVALUABLE] != 0:
        return NOT_EVALUABLE if day >= end or left else PENDING
    if floats[patient + at.DLT_KNOWN] <= min(day, LATEST):
        return DLT
    if floats[patient + at.SETTLED_KNOWN] <= min(day, LATEST):
        return NONE
    if left and (floats[patient + at.EXIT] < end or _unseen(ints, patient)):
        return PENDING if day < floats[patient + at.DLT_DUE] else NOT_EVALUABLE
    return NONE if day >= end else PENDING


@kernel
def _left(ints: Ints, floats: Floats, patient: int, day: float) -> bool:
    """Whether the course had ended by a day; of today, whether that has happened yet: it was played ahead."""
    if floats[patient + at.EXIT] != day or floats[at.NOW] != day:
        return floats[patient + at.EXIT] <= day
    there = ints[patient + at.EXIT_ORDER] <= ints[at.ORDER]
    return there and ints[patient + at.EXIT_COUNT] <= ints[at.ENTRY_COUNT]


@kernel
def _unseen(ints: Ints, patient: int) -> bool:
    """Whether one who left on the day of an absence did so before it was judged, and not settled."""
    dosing, histories = ints[at.DOSING], patient + ints[at.IN_PATIENT_HISTORY]
    if ints[dosing + at.DLT_IS_ABSENCE] == 0:
        return False
    if ints[histories + ints[dosing + at.DLT] * at.HISTORY_SIZE + at.FOUND_ABSENT] != 0:
        return False
    for event in range(ints[at.EVENTS]):
        detected = ints[histories + event * at.HISTORY_SIZE + at.DETECTED] != 0
        if detected and ints[ints[dosing + at.SETTLES] + event] != 0:
            return False
    return True


@kernel
def not_evaluable(ints: Ints, floats: Floats, patient: int, day: float) -> bool:
    """Whether it is known on a day that the patient's DLT cannot be judged; never without dose finding."""
    return ints[at.DOSING] >= 0 and outcome(ints, floats, patient, day) == NOT_EVALUABLE


@kernel
def assigned_mtd(ints: Ints, patient: int) -> bool:
    """Whether the patient was assigned the dose that dose finding selected."""
    if ints[at.DOSING] < 0:
        return False
    mtd = ints[ints[at.DOSING] + at.MTD]
    return mtd > 0 and ints[patient + at.LEVEL_GIVEN] == mtd


@kernel
def ask(ints: Ints, floats: Floats) -> None:
    """See at the end of this instant whether a dose can be chosen."""
    dosing = ints[at.DOSING]
    if dosing < 0 or ints[dosing + at.GATE_ASKED] != 0 or ints[dosing + at.STAGE] != at.ESCALATION:
        return
    ints[dosing + at.GATE_ASKED] = 1
    queue.schedule(ints, floats, floats[at.NOW], queue.pack(queue.GATE, 0, 0), at.GATE, 0)
