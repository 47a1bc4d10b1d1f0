"""What a look sees: `reference.denominator` as kernels, from a chain of the reports that count.

A chain holds an endpoint's counted reports as they arrived, so those by a data cut come first.  Patients
stand in order of entry, so those who had entered, or whose window was over, are the first ones.
"""

from __future__ import annotations

import math

from simulator.engines.compiled import layout as at
from simulator.engines.compiled.chains import append
from simulator.engines.compiled.jit import kernel
from simulator.engines.compiled.layout import Floats, Ints
from simulator.engines.compiled.outcome import assigned_mtd, not_evaluable
from simulator.engines.compiled.tables import quantise

__all__ = ["assessed", "enter", "entered_by", "last_report", "observe", "treated"]


@kernel
def enter(ints: Ints, floats: Floats, counter: int, occurrence: int) -> bool:
    """Take a report in; returns whether it counts."""
    patient, number = ints[occurrence + at.OF_PATIENT], ints[occurrence + at.OF_EVENT]
    known, day = patient + ints[counter + at.IN_PATIENT], floats[occurrence + at.REPORTED]
    if ints[ints[counter + at.RULES_OUT] + number] != 0:
        floats[known + at.RULED_OUT_ON] = min(floats[known + at.RULED_OUT_ON], day)
    if number != ints[counter + at.COUNTER_EVENT] or not _counts(ints, floats, counter, occurrence):
        return False
    if ints[at.LINKED] == ints[at.LINK_ROOM]:
        ints[at.STATUS], ints[at.SHORT_OF] = at.SHORT, at.LINKS
        return False
    link = ints[at.LINKS] + ints[at.LINKED] * at.LINK_SIZE
    ints[at.LINKED] += 1
    ints[link + at.LINK_OCCURRENCE] = occurrence
    ints[link + at.FIRST_OF_PATIENT] = 1 if floats[known + at.SEEN_ON] == math.inf else 0
    ints[link + at.FIRST_OF_COURSE] = 1
    if ints[counter + at.UNIT] == at.BY_COURSES:
        ints[link + at.FIRST_OF_COURSE] = _new_course(ints, floats, counter, occurrence)
    floats[known + at.SEEN_ON] = min(floats[known + at.SEEN_ON], day)
    append(ints, counter + at.FIRST_LINK, counter + at.LAST_LINK, link, at.LINK_NEXT)
    return True


@kernel
def _counts(ints: Ints, floats: Floats, counter: int, occurrence: int) -> bool:
    """Whether an occurrence of the counted event is in the window (both ends count) and the scope."""
    patient = ints[occurrence + at.OF_PATIENT]
    if floats[occurrence + at.OCCURRED] > floats[patient + ints[counter + at.IN_PATIENT] + at.WINDOW_ENDS]:
        return False
    allowed = ints[occurrence + at.IN_STATE_RECORD] + ints[counter + at.IN_STATE]
    if ints[allowed] & at.PHASE_ALLOWED == 0:
        drug = ints[counter + at.WITHIN_DRUG]
        if drug < 0 or floats[occurrence + at.SINCE + drug] > floats[counter + at.WITHIN_DAYS]:
            return False
    marks = ints[counter + at.MARKS_ALLOWED]
    if marks >= 0 and ints[marks + ints[occurrence + at.MARK]] == 0:
        return False
    return ints[allowed] & at.LEVELS_ALLOWED != 0


@kernel
def _new_course(ints: Ints, floats: Floats, counter: int, occurrence: int) -> int:
    """1 if no report in the chain is of the same course of the same patient, else 0."""
    link = ints[counter + at.FIRST_LINK]
    while link >= 0:
        other = ints[link + at.LINK_OCCURRENCE]
        same_patient = ints[other + at.OF_PATIENT] == ints[occurrence + at.OF_PATIENT]
        if same_patient and floats[other + at.COURSE] == floats[occurrence + at.COURSE]:
            return 0
        link = ints[link + at.LINK_NEXT]
    return 1


@kernel
def entered_by(ints: Ints, floats: Floats, day: float) -> int:
    """How many patients had entered by a day."""
    n = ints[at.TREATED]
    entry = ints[at.PATIENTS] + at.ENTRY
    while n > 0 and floats[entry + (n - 1) * ints[at.PATIENT_SIZE]] > day:
        n -= 1
    return n


@kernel
def _assessed_by(ints: Ints, floats: Floats, counter: int, day: float) -> int:
    """How many patients' windows were over by a day, counted on from when it was last asked."""
    n, end, size = ints[counter + at.ASSESSED], ints[at.TREATED], ints[at.PATIENT_SIZE]
    first = ints[at.PATIENTS] + ints[counter + at.IN_PATIENT] + at.WINDOW_ENDS
    while n < end and floats[first + n * size] <= day:
        n += 1
    while n > 0 and floats[first + (n - 1) * size] > day:
        n -= 1
    ints[counter + at.ASSESSED] = n
    return n


@kernel
def _about(ints: Ints, floats: Floats, counter: int, patient: int, day: float) -> bool:
    """Whether the counter is about a patient: at the selected dose, and evaluable, where that is asked."""
    if ints[counter + at.AT_MTD] != 0 and not assigned_mtd(ints, patient):
        return False
    return ints[counter + at.JUDGED] == 0 or not not_evaluable(ints, floats, patient, day)


@kernel
def _any_mtd(ints: Ints) -> bool:
    """Whether a dose is selected."""
    return ints[at.DOSING] >= 0 and ints[ints[at.DOSING] + at.MTD] > 0


@kernel
def treated(ints: Ints, floats: Floats, counter: int, day: float) -> int:
    """How many the counter is about: entered by a day, and at the selected dose where that is asked."""
    entered = entered_by(ints, floats, day)
    if ints[counter + at.AT_MTD] == 0:
        return entered
    if not _any_mtd(ints):
        return 0
    n = 0
    for i in range(entered):
        if assigned_mtd(ints, ints[at.PATIENTS] + i * ints[at.PATIENT_SIZE]):
            n += 1
    return n


@kernel
def assessed(ints: Ints, floats: Floats, counter: int, day: float) -> int:
    """Of those, how many windows were over by a day, less those known not to be evaluable."""
    if ints[counter + at.AT_MTD] != 0 and not _any_mtd(ints):
        return 0
    over = _assessed_by(ints, floats, counter, day)
    if ints[counter + at.AT_MTD] == 0 and ints[counter + at.JUDGED] == 0:
        return over
    n = 0
    for i in range(over):
        if _about(ints, floats, counter, ints[at.PATIENTS] + i * ints[at.PATIENT_SIZE], day):
            n += 1
    return n


@kernel
def observe(ints: Ints, floats: Floats, counter: int, among: int, unit: int, cut: float) -> tuple[float, int]:
    """n and x of one endpoint at a data cut, from what was reported by then."""
    if unit == at.BY_COURSES:
        return _observe_courses(ints, floats, counter, among == at.COMPLETED_AMONG, cut)
    x = _count(ints, floats, counter, among, unit, cut)
    if among == at.TREATED_AMONG:
        return float(treated(ints, floats, counter, cut)), x
    if among == at.COMPLETED_AMONG:
        return float(assessed(ints, floats, counter, cut)), x
    known, pending, weight = _follow_up(ints, floats, counter, cut)
    if among == at.KNOWN_AMONG:
        return float(known), x
    if among == at.FAIL_AMONG:
        return float(known + pending), x + pending if ints[counter + at.HARMFUL] != 0 else x
    return float(known) + weight, x


@kernel
def _follow_up(ints: Ints, floats: Floats, counter: int, cut: float) -> tuple[int, int, float]:
    """Patients whose outcome is known, the others, and their follow-up as shares of the window."""
    window = floats[counter + at.WINDOW]
    over = _assessed_by(ints, floats, counter, cut)
    everyone = ints[counter + at.AT_MTD] == 0 and ints[counter + at.JUDGED] == 0
    first = over if everyone else 0
    known, pending, weight = first, 0, 0.0
    for i in range(first, entered_by(ints, floats, cut)):
        patient = ints[at.PATIENTS] + i * ints[at.PATIENT_SIZE]
        if _about(ints, floats, counter, patient, cut):
            reports = patient + ints[counter + at.IN_PATIENT]
            if i < over or min(floats[reports + at.SEEN_ON], floats[reports + at.RULED_OUT_ON]) <= cut:
                known += 1
            else:
                pending += 1
                weight += (cut - floats[patient + at.ENTRY]) / window
    return known, pending, weight


@kernel
def _count(ints: Ints, floats: Floats, counter: int, among: int, unit: int, cut: float) -> int:
    """Reports that count at a data cut, or patients with one; among completed, of those whose window is over.

    A patient whose window is over stands, in memory, before all whose window is not.
    """
    end = ints[at.PATIENTS] + ints[at.TREATED] * ints[at.PATIENT_SIZE]
    if among == at.COMPLETED_AMONG:
        over = _assessed_by(ints, floats, counter, cut)
        end = ints[at.PATIENTS] + over * ints[at.PATIENT_SIZE]
    x, link = 0, ints[counter + at.FIRST_LINK]
    while link >= 0:
        occurrence = ints[link + at.LINK_OCCURRENCE]
        if floats[occurrence + at.REPORTED] > cut:
            break
        patient = ints[occurrence + at.OF_PATIENT]
        counted = patient < end and (unit == at.BY_EVENTS or ints[link + at.FIRST_OF_PATIENT] != 0)
        if counted and _about(ints, floats, counter, patient, cut):
            x += 1
        link = ints[link + at.LINK_NEXT]
    return x


@kernel
def _observe_courses(
    ints: Ints, floats: Floats, counter: int, finished: bool, cut: float
) -> tuple[float, int]:
    """Courses begun by the cut, or over by it, and those of them with a report."""
    n, x, mtd_only = 0, 0, ints[counter + at.AT_MTD] != 0
    for i in range(entered_by(ints, floats, cut)):
        patient = ints[at.PATIENTS] + i * ints[at.PATIENT_SIZE]
        if not mtd_only or assigned_mtd(ints, patient):
            n += _courses(ints, floats, counter, patient, cut, finished, at.NEVER_YET)
    link = ints[counter + at.FIRST_LINK]
    while link >= 0:
        occurrence = ints[link + at.LINK_OCCURRENCE]
        if floats[occurrence + at.REPORTED] > cut:
            break
        patient = ints[occurrence + at.OF_PATIENT]
        if ints[link + at.FIRST_OF_COURSE] != 0 and _about(ints, floats, counter, patient, cut):
            x += _courses(ints, floats, counter, patient, cut, finished, floats[occurrence + at.COURSE])
        link = ints[link + at.LINK_NEXT]
    return float(n), x


@kernel
def _courses(
    ints: Ints, floats: Floats, counter: int, patient: int, cut: float, finished: bool, wanted: float
) -> int:
    """Courses begun by the cut, within the window, in phases in scope; the `wanted` one alone if it is a day.

    finished: only those over by the cut; a course ends early with its phase or the patient's exit.
    """
    over = floats[patient + ints[counter + at.IN_PATIENT] + at.WINDOW_ENDS]
    n, stay = 0, ints[patient + at.FIRST_STAY]
    while stay >= 0:
        following = ints[stay + at.STAY_NEXT]
        left = floats[patient + at.EXIT] if following < 0 else floats[following + at.STAY_ENTRY]
        entry, days = floats[stay + at.STAY_ENTRY], floats[stay + at.STAY_DAYS]
        if days != math.inf and ints[ints[counter + at.PHASES_ALLOWED] + ints[stay + at.STAY_PHASE]] != 0:
            k, start = 0, quantise(entry)
            while start < min(left, over) and start <= cut:
                k += 1
                end = quantise(entry + k * days)
                if (not finished or min(end, left) <= cut) and (wanted < 0.0 or start == wanted):
                    n += 1
                start = end
        stay = following
    return n


@kernel
def last_report(ints: Ints, floats: Floats, counter: int, cut: float) -> float:
    """When the last report arrived that counts at a data cut; the cut itself without one."""
    by_courses = ints[counter + at.UNIT] == at.BY_COURSES
    completed = ints[counter + at.AMONG] == at.COMPLETED_AMONG
    end = ints[at.PATIENTS] + ints[at.TREATED] * ints[at.PATIENT_SIZE]
    if completed and not by_courses:
        over = _assessed_by(ints, floats, counter, cut)
        end = ints[at.PATIENTS] + over * ints[at.PATIENT_SIZE]
    last, link = at.NEVER_YET, ints[counter + at.FIRST_LINK]
    while link >= 0:
        occurrence = ints[link + at.LINK_OCCURRENCE]
        if floats[occurrence + at.REPORTED] > cut:
            break
        patient = ints[occurrence + at.OF_PATIENT]
        if patient < end and _about(ints, floats, counter, patient, cut):
            course = floats[occurrence + at.COURSE]
            if not (completed and by_courses) or (
                _courses(ints, floats, counter, patient, cut, True, course) > 0
            ):
                last = floats[occurrence + at.REPORTED]
        link = ints[link + at.LINK_NEXT]
    return cut if last < 0.0 else last
