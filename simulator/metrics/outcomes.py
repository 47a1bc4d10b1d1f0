"""A trial's dose finding as one line: `2NTN 2NTN 1NNN | 1NNN 2NNN ... + 4NNNNNNNNNN`."""

from __future__ import annotations

from itertools import accumulate, groupby

from simulator.model.records import DltOutcome, Records
from simulator.program.tables import Program

__all__ = ["LETTERS", "outcome_strings"]

LETTERS = {
    DltOutcome.NONE: "N",
    DltOutcome.DLT: "T",
    DltOutcome.NOT_EVALUABLE: "X",
    DltOutcome.PENDING: "?",
}


def outcome_strings(program: Program, records: Records) -> list[str]:
    """Per trial of the block its cohorts in order: the dose's number on its ladder, a letter per patient.

    Letters in the order of entry: N no DLT, T a DLT, X not evaluable. ` | ` stands where an amendment
    had dose finding start again, ` + ` before the expansion. Empty without dose finding or patients.
    """
    first, size = int(records.trials["trial"][0]), len(records.trials)
    out = [""] * size
    if program.dosing is None:
        return out
    ladders = [version.ladder for version in program.dosing.versions]
    marks = [0, *accumulate(int(amendment.restarts) for amendment in program.amendments)]
    columns = ("trial", "cohort", "version", "level", "outcome")
    rows = list(zip(*(records.patients[name].tolist() for name in columns), strict=True))
    for (trial, cohort), cohort_rows in groupby(rows, key=lambda row: row[:2]):
        members = list(cohort_rows)
        _, _, version, level, _ = members[0]
        ladder = ladders[version]
        number = ladder.index(level) + 1 if level in ladder else 0
        word = f"{number}{''.join(LETTERS[outcome] for *_, outcome in members)}"
        said = out[trial - first]
        before = " + " if cohort < 0 else " | " if said.count("|") < marks[version] else " "
        out[trial - first] = f"{said}{before}{word}" if said else word
    return out
