"""Rows of records, written where they stay until the block is read."""

from __future__ import annotations

import math

from simulator.engines.compiled import layout as at
from simulator.engines.compiled.jit import kernel
from simulator.engines.compiled.layout import Floats, Ints
from simulator.engines.compiled.outcome import outcome

__all__ = ["new_row", "write_patient"]


@kernel
def new_row(ints: Ints, table: int) -> int:
    """The place of a new row; when the table is full the status says so, and the row after it is lent."""
    n = ints[table + at.IN_ROWS_LENGTH]
    if n == ints[table + at.IN_ROWS_ROOM]:
        ints[at.STATUS], ints[at.SHORT_OF] = at.SHORT, table
    else:
        ints[table + at.IN_ROWS_LENGTH] = n + 1
    return ints[table + at.IN_ROWS_PLACE] + n * ints[table + at.IN_ROWS_WIDTH]


@kernel
def write_patient(ints: Ints, floats: Floats, patient: int) -> None:
    """The rows of a patient whose course is over: one of the patient, the states, the events."""
    row = new_row(ints, at.PATIENT_ROWS)
    ints[row] = ints[at.TRIAL]
    ints[row + 1] = ints[patient + at.NUMBER]
    floats[row + 2] = floats[patient + at.ENTRY]
    floats[row + 3] = floats[patient + at.EXIT]
    ints[row + 4] = ints[patient + at.LEVEL_GIVEN]
    ints[row + 5] = ints[patient + at.GIVEN_IN_VERSION]
    ints[row + 6] = ints[patient + at.COHORT]
    ints[row + 7] = outcome(ints, floats, patient, math.inf) if ints[at.DOSING] >= 0 else -1
    change = ints[patient + at.FIRST_CHANGE]
    while change >= 0:
        row = new_row(ints, at.STATE_ROWS)
        ints[row] = ints[at.TRIAL]
        ints[row + 1] = ints[patient + at.NUMBER]
        floats[row + 2] = floats[change + at.CHANGE_DAY]
        ints[row + 3] = ints[change + at.CHANGE_STATE]
        change = ints[change + at.NEXT_CHANGE]
    occurrence = ints[patient + at.FIRST_OCCURRENCE]
    while occurrence >= 0:
        _write_event(ints, floats, ints[patient + at.NUMBER], occurrence)
        occurrence = ints[occurrence + at.NEXT_OCCURRENCE]


@kernel
def _write_event(ints: Ints, floats: Floats, candidate: int, occurrence: int) -> None:
    row = new_row(ints, at.EVENT_ROWS)
    ints[row] = ints[at.TRIAL]
    ints[row + 1] = candidate
    ints[row + 2] = ints[occurrence + at.OF_EVENT]
    ints[row + 3] = ints[occurrence + at.OF_COMPONENT]
    floats[row + 4] = floats[occurrence + at.OCCURRED]
    floats[row + 5] = floats[occurrence + at.DETECTED_ON]
    floats[row + 6] = floats[occurrence + at.REPORTED]
    ints[row + 7] = ints[ints[occurrence + at.IN_STATE_RECORD] + at.STATE_NUMBER]
    ints[row + 8] = ints[occurrence + at.MARK]
    floats[row + 9] = floats[occurrence + at.COURSE]
    for drug in range(ints[at.DRUGS]):
        floats[row + 10 + drug] = floats[occurrence + at.SINCE + drug]
