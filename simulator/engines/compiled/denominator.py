"""What a look sees: `reference.denominator` as kernels, from a chain of the reports that count.

A chain holds an endpoint's counted reports as they arrived, so those by a data cut come first.  Patients
stand in order of entry, so those who had entered, or whose window was over, are the first ones.
"""

from __future__ import annotations

import math

from simulator.engines.compiled import codes
from simulator.engines.compiled.chains import append
from simulator.engines.compiled.described import NEVER_YET
from simulator.engines.compiled.jit import kernel
from simulator.engines.compiled.outcome import assigned_mtd, not_evaluable
from simulator.engines.compiled.records.course import Occurrence, Patient
from simulator.engines.compiled.records.program import LEVELS_ALLOWED, PHASE_ALLOWED
from simulator.engines.compiled.records.rules import Counter
from simulator.engines.compiled.records.trial import Trial
from simulator.engines.compiled.tables import quantise

__all__ = ["assessed", "enter", "entered_by", "last_report", "observe", "treated"]


@kernel
def enter(trial: Trial, counter: Counter, occurrence: Occurrence) -> bool:
    """Take a report in; returns whether it counts."""
    known, day = occurrence.patient.counted[counter.number], occurrence.reported
    if counter.rules_out[occurrence.event] != 0:
        known.ruled_out_on = min(known.ruled_out_on, day)
    if occurrence.event != counter.event or not _counts(counter, occurrence):
        return False
    if trial.n_links == trial.link_room:
        trial.status, trial.short_of = codes.SHORT, codes.LINKS
        return False
    link = trial.links[trial.n_links]
    trial.n_links += 1
    link.occurrence = occurrence
    link.first_of_patient = 1 if known.seen_on == math.inf else 0
    link.first_of_course = 1
    if counter.unit == codes.BY_COURSES:
        link.first_of_course = _new_course(counter, occurrence)
    known.seen_on = min(known.seen_on, day)
    append(counter.links, link)
    return True


@kernel
def _counts(counter: Counter, occurrence: Occurrence) -> bool:
    """Whether an occurrence of the counted event is in the window (both ends count) and the scope."""
    if occurrence.occurred > occurrence.patient.counted[counter.number].window_ends:
        return False
    allowed = occurrence.state.allowed[counter.number]
    if allowed & PHASE_ALLOWED == 0:
        drug = counter.within_drug
        if drug < 0 or occurrence.since[drug] > counter.within_days:
            return False
    if counter.marks_allowed and counter.marks_allowed[occurrence.mark] == 0:
        return False
    return allowed & LEVELS_ALLOWED != 0


@kernel
def _new_course(counter: Counter, occurrence: Occurrence) -> int:
    """1 if no report in the chain is of the same course of the same patient, else 0."""
    link = counter.links.first
    while link:
        other = link.occurrence
        if other.patient == occurrence.patient and other.course == occurrence.course:
            return 0
        link = link.next
    return 1


@kernel
def entered_by(trial: Trial, day: float) -> int:
    """How many patients had entered by a day."""
    n = trial.treated
    while n > 0 and trial.patients[n - 1].entry > day:
        n -= 1
    return n


@kernel
def _assessed_by(trial: Trial, counter: Counter, day: float) -> int:
    """How many patients' windows were over by a day, counted on from when it was last asked."""
    n, end, number = counter.assessed, trial.treated, counter.number
    while n < end and trial.patients[n].counted[number].window_ends <= day:
        n += 1
    while n > 0 and trial.patients[n - 1].counted[number].window_ends > day:
        n -= 1
    counter.assessed = n
    return n


@kernel
def _about(trial: Trial, counter: Counter, patient: Patient, day: float) -> bool:
    """Whether the counter is about a patient: at the selected dose, and evaluable, where that is asked."""
    if counter.at_mtd != 0 and not assigned_mtd(trial, patient):
        return False
    return counter.judged == 0 or not not_evaluable(trial, patient, day)


@kernel
def _any_mtd(trial: Trial) -> bool:
    """Whether a dose is selected."""
    return bool(trial.dosing) and trial.dosing.mtd > 0


@kernel
def treated(trial: Trial, counter: Counter, day: float) -> int:
    """How many the counter is about: entered by a day, and at the selected dose where that is asked."""
    entered = entered_by(trial, day)
    if counter.at_mtd == 0:
        return entered
    if not _any_mtd(trial):
        return 0
    n = 0
    for i in range(entered):
        if assigned_mtd(trial, trial.patients[i]):
            n += 1
    return n


@kernel
def assessed(trial: Trial, counter: Counter, day: float) -> int:
    """Of those, how many windows were over by a day, less those known not to be evaluable."""
    if counter.at_mtd != 0 and not _any_mtd(trial):
        return 0
    over = _assessed_by(trial, counter, day)
    if counter.at_mtd == 0 and counter.judged == 0:
        return over
    n = 0
    for i in range(over):
        if _about(trial, counter, trial.patients[i], day):
            n += 1
    return n


@kernel
def observe(trial: Trial, counter: Counter, among: int, unit: int, cut: float) -> tuple[float, int]:
    """n and x of one endpoint at a data cut, from what was reported by then."""
    if unit == codes.BY_COURSES:
        return _observe_courses(trial, counter, among == codes.AMONG_COMPLETED, cut)
    x = _count(trial, counter, among, unit, cut)
    if among == codes.AMONG_TREATED:
        return float(treated(trial, counter, cut)), x
    if among == codes.AMONG_COMPLETED:
        return float(assessed(trial, counter, cut)), x
    known, pending, weight = _follow_up(trial, counter, cut)
    if among == codes.AMONG_KNOWN:
        return float(known), x
    if among == codes.AMONG_FAIL:
        return float(known + pending), x + pending if counter.harmful != 0 else x
    return float(known) + weight, x


@kernel
def _follow_up(trial: Trial, counter: Counter, cut: float) -> tuple[int, int, float]:
    """Patients whose outcome is known, the others, and their follow-up as shares of the window."""
    over = _assessed_by(trial, counter, cut)
    everyone = counter.at_mtd == 0 and counter.judged == 0
    first = over if everyone else 0
    known, pending, weight = first, 0, 0.0
    for i in range(first, entered_by(trial, cut)):
        patient = trial.patients[i]
        if _about(trial, counter, patient, cut):
            reports = patient.counted[counter.number]
            if i < over or min(reports.seen_on, reports.ruled_out_on) <= cut:
                known += 1
            else:
                pending += 1
                weight += (cut - patient.entry) / counter.window
    return known, pending, weight


@kernel
def _count(trial: Trial, counter: Counter, among: int, unit: int, cut: float) -> int:
    """Reports that count at a data cut, or patients with one; among completed, of those with windows over."""
    end = _assessed_by(trial, counter, cut) if among == codes.AMONG_COMPLETED else trial.treated
    x, link = 0, counter.links.first
    while link and link.occurrence.reported <= cut:
        patient = link.occurrence.patient
        counted = patient.rank < end and (unit == codes.BY_EVENTS or link.first_of_patient != 0)
        if counted and _about(trial, counter, patient, cut):
            x += 1
        link = link.next
    return x


@kernel
def _observe_courses(trial: Trial, counter: Counter, finished: bool, cut: float) -> tuple[float, int]:
    """Courses begun by the cut, or over by it, and those of them with a report."""
    n, x, mtd_only = 0, 0, counter.at_mtd != 0
    for i in range(entered_by(trial, cut)):
        patient = trial.patients[i]
        if not mtd_only or assigned_mtd(trial, patient):
            n += _courses(counter, patient, cut, finished, NEVER_YET)
    link = counter.links.first
    while link and link.occurrence.reported <= cut:
        occurrence = link.occurrence
        if link.first_of_course != 0 and _about(trial, counter, occurrence.patient, cut):
            x += _courses(counter, occurrence.patient, cut, finished, occurrence.course)
        link = link.next
    return float(n), x


@kernel
def _courses(counter: Counter, patient: Patient, cut: float, finished: bool, wanted: float) -> int:
    """Courses begun by the cut, within the window, in phases in scope; the `wanted` one alone if it is a day.

    finished: only those over by the cut; a course ends early with its phase or the patient's exit.
    """
    over = patient.counted[counter.number].window_ends
    n, stay = 0, patient.stays.first
    while stay:
        left = stay.next.entry if stay.next else patient.exit
        days = stay.course_days
        if days != math.inf and counter.phases_allowed[stay.phase] != 0:
            k, start = 0, quantise(stay.entry)
            while start < min(left, over) and start <= cut:
                k += 1
                end = quantise(stay.entry + k * days)
                if (not finished or min(end, left) <= cut) and (wanted < 0.0 or start == wanted):
                    n += 1
                start = end
        stay = stay.next
    return n


@kernel
def last_report(trial: Trial, counter: Counter, cut: float) -> float:
    """When the last report arrived that counts at a data cut; the cut itself without one."""
    by_courses, completed = counter.unit == codes.BY_COURSES, counter.among == codes.AMONG_COMPLETED
    end = _assessed_by(trial, counter, cut) if completed and not by_courses else trial.treated
    last, link = NEVER_YET, counter.links.first
    while link and link.occurrence.reported <= cut:
        occurrence = link.occurrence
        patient = occurrence.patient
        counted = patient.rank < end and _about(trial, counter, patient, cut)
        if counted and completed and by_courses:
            counted = _courses(counter, patient, cut, True, occurrence.course) > 0
        if counted:
            last = occurrence.reported
        link = link.next
    return cut if last < 0.0 else last
