"""A trial's dose finding as one line: `2NTN 2NTN 1NNN | 1NNN 2NNN ... + 4NNNNNNNNNN`."""

from __future__ import annotations

from itertools import accumulate, groupby
from math import inf

import numpy as np
from numpy.typing import NDArray

from simulator.model.records import DltOutcome, Records
from simulator.program.dosing import DoseFindingTable
from simulator.program.tables import Program
from simulator.units import TICK

__all__ = ["LETTERS", "outcome_strings", "with_moderate"]

LETTERS = {
    DltOutcome.NONE: "N",
    DltOutcome.DLT: "T",
    DltOutcome.NOT_EVALUABLE: "X",
    DltOutcome.PENDING: "?",
}
MODERATE = "M"


def outcome_strings(program: Program, records: Records) -> list[str]:
    """Per trial of the block its cohorts in order: the dose's number on its ladder, a letter per patient.

    Letters in the order of entry: N no DLT, T a DLT, X not evaluable; M no DLT but the milder event, where a
    design counts that. ` | ` stands where an amendment had dose finding start again, ` + ` before the
    expansion. Empty without dose finding or patients.
    """
    first, size = int(records.trials["trial"][0]), len(records.trials)
    out = [""] * size
    if program.dosing is None:
        return out
    ladders = [version.ladder for version in program.dosing.versions]
    marks = [0, *accumulate(int(amendment.restarts) for amendment in program.amendments)]
    columns = ("trial", "cohort", "version", "level")
    letters = _letters(program.dosing, records)
    rows = list(zip(*(records.patients[name].tolist() for name in columns), letters, strict=True))
    for (trial, cohort), cohort_rows in groupby(rows, key=lambda row: row[:2]):
        members = list(cohort_rows)
        _, _, version, level, _ = members[0]
        ladder = ladders[version]
        number = ladder.index(level) + 1 if level in ladder else 0
        word = f"{number}{''.join(letter for *_, letter in members)}"
        said = out[trial - first]
        before = " + " if cohort < 0 else " | " if said.count("|") < marks[version] else " "
        out[trial - first] = f"{said}{before}{word}" if said else word
    return out


def _letters(dosing: DoseFindingTable, records: Records) -> list[str]:
    """One per patient."""
    letters = [LETTERS[outcome] for outcome in records.patients["outcome"].tolist()]
    for i in np.flatnonzero(with_moderate(dosing, records)).tolist():
        letters[i] = MODERATE
    return letters


def with_moderate(dosing: DoseFindingTable, records: Records, day: float = inf) -> NDArray[np.bool_]:
    """(patients,) who has no DLT, and of whom the milder event in the window of the DLT is known on a day."""
    patients, events = records.patients, records.events
    events = events[(events["event"] == dosing.moderate) & (events["reported"] <= day)]
    whose = records.patient_of(events)
    window_ends = np.floor((patients["entry"] + dosing.window) / TICK + 0.5) * TICK  # `quantise`
    found: NDArray[np.bool_] = np.zeros(len(patients), dtype=bool)
    found[whose[events["occurred"] <= window_ends[whose]]] = True
    found &= patients["outcome"] == DltOutcome.NONE
    return found
