"""Outcomes of dose finding as people write them: `1NNN 2NTN`, or rows of cohort, patient, dose, tox.

The columns are those of `escalation`, the R package, which has the letters N and T too.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from simulator.errors import TrialstopError, show
from simulator.limits import MOST_PATIENTS

__all__ = [
    "COLUMNS",
    "DLT",
    "KNOWN",
    "MODERATE",
    "NOT_EVALUABLE",
    "NO_DLT",
    "OPEN",
    "Outcomes",
    "Word",
    "outcome_csv",
    "outcome_text",
    "parse_outcome_csv",
    "parse_outcomes",
    "refused",
]

NO_DLT, DLT, MODERATE, NOT_EVALUABLE, OPEN = "N", "T", "M", "X", "?"
KNOWN = (NO_DLT, DLT, MODERATE)  # of who is evaluable
MEANS = {
    NO_DLT: "no DLT",
    DLT: "a DLT",
    MODERATE: "a milder event",
    NOT_EVALUABLE: "not evaluable",
    OPEN: "not known yet",
}
AMENDED, EXPANSION = "|", "+"  # before the cohorts of a new start, before those of the expansion
COLUMNS = ("cohort", "patient", "dose", "tox")
TOX = {
    "0": NO_DLT,
    "1": DLT,
    "M": MODERATE,
    "FALSE": NO_DLT,
    "TRUE": DLT,
    "NA": NOT_EVALUABLE,
    "": NOT_EVALUABLE,
    "?": OPEN,
}

_DOSE = re.compile(r"([0-9]+)|\"([^\"]*)\"|'([^']*)'")
_LETTERS = re.compile(r"[^\s|+\"'0-9]*")


class Word(NamedTuple):
    """A cohort as written.

    dose: its number on the ladder, from 1, or its name. letters: one a patient. place: where it stands, for
    messages. amended: how many amendments are marked before it. expansion: whether it is of the expansion.
    """

    dose: int | str
    letters: str
    place: str
    amended: int = 0
    expansion: bool = False


class Outcomes(NamedTuple):
    """Cohorts in order; amended: how many amendments are marked in all, also behind the last."""

    words: tuple[Word, ...]
    amended: int = 0


def refused(place: str, found: str, allowed: str, hint: str = "") -> TrialstopError:
    """The one form of what is wrong with outcomes."""
    return TrialstopError(f"{place}: found {found}, allowed {allowed}" + f"\n    hint: {hint}" * bool(hint))


def parse_outcomes(text: str) -> Outcomes:
    """`1NNN 2NTN` -> cohorts: the dose, by number or quoted name, then a letter per patient.

    N no DLT, T a DLT, M no DLT but a milder event that counts, X not evaluable, ? not known yet; `|` where an
    amendment came, `+` before the expansion, as in `trace`. TrialstopError with the position, from 1, of what
    is none of these.
    """
    words, at, amended, expansion = list[Word](), 0, 0, False
    while at < len(text):
        place = f"outcomes, position {at + 1}"
        if text[at].isspace():
            at += 1
        elif text[at] == AMENDED:
            at, amended = at + 1, amended + 1
        elif text[at] == EXPANSION:
            at, expansion = at + 1, True
        elif dose := _DOSE.match(text, at):
            at = dose.end() + (len(text[dose.end() :]) - len(text[dose.end() :].lstrip()))
            letters = _LETTERS.match(text, at)
            assert letters is not None  # it may be empty
            _check(text, letters)
            number, *names = dose.groups()
            if number is not None and len(number) > 9:
                raise refused(place, f"dose {show(number)}", "the number of a dose on the ladder")
            called = int(number) if number is not None else next(name for name in names if name is not None)
            words.append(Word(called, letters[0], place, amended, expansion))
            at = letters.end()
        else:
            raise refused(
                place, show(text[at]), "the dose of a cohort, by number or quoted name, such as 1NNN 2NTN"
            )
    _not_too_many(words)
    return Outcomes(tuple(words), amended)


def outcome_text(words: Sequence[Word], amended: int = 0) -> str:
    """`1NNN 2NTN`, which `parse_outcomes` reads again. amended: amendments in all, also behind the last."""
    told, before = "", Word(0, "", "")
    for word in words:
        marks = [AMENDED] * (word.amended - before.amended)
        marks += [EXPANSION] * (word.expansion and not before.expansion)
        told += " ".join(["", *marks, f"{word.dose}{word.letters}"])
        before = word
    return (told + f" {AMENDED}" * (amended - before.amended)).removeprefix(" ")


def _check(text: str, letters: re.Match[str]) -> None:
    """Every letter is one of an outcome, and there is one."""
    means = ", ".join(f"{letter} ({meaning})" for letter, meaning in MEANS.items())
    for at in range(letters.start(), letters.end()):
        if text[at] not in MEANS:
            hint = "capital letters" if text[at].upper() in MEANS else ""
            raise refused(f"outcomes, position {at + 1}", show(text[at]), f"of each patient {means}", hint)
    if letters.start() == letters.end():
        found = "the end" if letters.end() == len(text) else show(text[letters.end()])
        raise refused(f"outcomes, position {letters.end() + 1}", found, f"of each patient {means}")


def _not_too_many(words: Sequence[Word]) -> None:
    if (patients := sum(len(word.letters) for word in words)) > MOST_PATIENTS:
        raise TrialstopError(f"outcomes: found {patients:,} patients, allowed up to {MOST_PATIENTS:,}")


# ---------------------------------------------------------------- CSV


def outcome_csv(words: Sequence[Word]) -> str:
    """A row per patient under `COLUMNS`, the expansion left out; `parse_outcome_csv` reads it again.

    Amendments have no mark there; a dose is a number on the ladder of its day.
    """
    tox = {letter: cell for cell, letter in reversed(TOX.items()) if cell}
    escalated = [word for word in words if not word.expansion]
    patients = (
        (cohort, word.dose, tox[letter])
        for cohort, word in enumerate(escalated, 1)
        for letter in word.letters
    )
    rows = ((cohort, patient, dose, cell) for patient, (cohort, dose, cell) in enumerate(patients, 1))
    return "".join(",".join(map(str, row)) + "\n" for row in (COLUMNS, *rows))


def parse_outcome_csv(text: str, file: str) -> Outcomes:
    """Rows of cohort, patient, dose, tox, in order; tox 0 or 1, NA not evaluable, ? not known yet.

    tox M: no DLT, but a milder event that counts. dose: a number on the ladder, from 1, or a name. Other
    columns are left alone. TrialstopError with the line of what is wrong.
    """
    words, patients = list[Word](), set[str]()
    for line, row in _rows(text, file):
        cohort, patient, dose, tox = row
        place = f"{file}:{line}"
        if patient in patients:
            raise refused(f"{place}  patient", f"{show(patient)} twice", "each patient once")
        patients.add(patient)
        if tox not in TOX:
            allowed = "0 (no DLT), 1 (a DLT), M (a milder event), NA (not evaluable) or ? (not known yet)"
            raise refused(f"{place}  tox", show(tox), allowed)
        called = int(dose) if re.fullmatch("[0-9]{1,9}", dose) else dose
        if cohort == str(len(words) + 1):
            words.append(Word(called, TOX[tox], place))
        elif words and cohort == str(len(words)):
            if words[-1].dose != called:
                allowed = f"{words[-1].dose}, as before in cohort {cohort}: a cohort has one dose"
                raise refused(f"{place}  dose", show(dose), allowed)
            words[-1] = words[-1]._replace(letters=words[-1].letters + TOX[tox])
        else:
            which = f"{len(words)} or {len(words) + 1}" if words else "1"
            raise refused(f"{place}  cohort", show(cohort), f"{which}: cohorts in order, without a hole")
    _not_too_many(words)
    return Outcomes(tuple(words))


def _rows(text: str, file: str) -> Iterator[tuple[int, list[str]]]:
    """(line, the four cells) of each row."""
    reader = csv.reader(io.StringIO(text.removeprefix("\ufeff")), strict=True)
    try:
        head = [cell.strip() for cell in next(reader, [])]
        missing = [name for name in COLUMNS if head.count(name) != 1]
        if missing:
            found = "twice" if missing[0] in head else "nothing"
            raise refused(f"{file}:1  {missing[0]}", found, f"a column for each of {', '.join(COLUMNS)}")
        places = [head.index(name) for name in COLUMNS]
        for row in reader:
            if not any(cell.strip() for cell in row):
                continue
            if len(row) != len(head):
                raise refused(f"{file}:{reader.line_num}", f"{len(row)} cells", f"{len(head)}, as in line 1")
            yield reader.line_num, [row[place].strip() for place in places]
    except csv.Error as error:
        raise TrialstopError(f"{file}:{reader.line_num}: no CSV ({error})") from None
