"""Courses of treatment that a look counts, begun or over, and those with a report.

Patients who have left have all the courses they will: they are counted once (see `denominator`).
"""

from __future__ import annotations

import math

from simulator.engines.compiled.chains import append
from simulator.engines.compiled.described import NEVER_YET
from simulator.engines.compiled.jit import kernel
from simulator.engines.compiled.outcome import about, is_among
from simulator.engines.compiled.places import place_of
from simulator.engines.compiled.records.course import Patient
from simulator.engines.compiled.records.rules import Counter, Link, link_at
from simulator.engines.compiled.records.trial import Trial
from simulator.engines.compiled.tables import quantise

__all__ = ["courses_of", "courses_with_report", "courses_within", "note_course"]


@kernel
def note_course(trial: Trial, counter: Counter, link: Link) -> None:
    """A report that counts is the first one of its course, or not."""
    occurrence = link.occurrence
    known = occurrence.patient.counted[counter.number]
    other = link_at(trial, known.last_course)
    while other:
        if other.occurrence.course == occurrence.course:
            return
        other = other.course_before
    link.course_before = link_at(trial, known.last_course)
    known.last_course = place_of(link)
    append(counter.courses, link)


@kernel
def courses_within(trial: Trial, counter: Counter, entered: int, finished: bool, cut: float) -> int:
    """Courses of the first `entered` patients begun by the cut, or over by it."""
    n, first, may_change = 0, 0, counter.at_mtd != 0 or counter.judged != 0  # of whom it is about
    if not may_change and cut >= counter.cut:
        first = counter.left
        while first < entered and trial.patients[first].exit <= cut:
            patient = trial.patients[first]
            if is_among(counter.members, patient):
                counter.courses_left += courses_of(counter, patient, cut, finished, NEVER_YET)
            first += 1
        counter.cut, counter.left = cut, first
        n = counter.courses_left
    for i in range(first, entered):
        patient = trial.patients[i]
        if is_among(counter.members, patient) and about(trial, counter, patient, cut):
            n += courses_of(counter, patient, cut, finished, NEVER_YET)
    return n


@kernel
def courses_with_report(trial: Trial, counter: Counter, finished: bool, cut: float) -> int:
    """Those of them with a report that has arrived by the cut, after `courses_within` of this cut."""
    x, link = 0, counter.courses.first
    kept = counter.at_mtd == 0 and counter.judged == 0 and counter.corrected == 0
    if kept and cut == counter.cut:
        if counter.course_read:
            link = counter.course_read.next_course
        while link and link.since <= cut and link.occurrence.patient.rank < counter.left:
            counter.courses_read += _counts(counter, link, finished, cut)
            counter.course_read = link
            link = link.next_course
        x = counter.courses_read
    while link and link.since <= cut:
        if about(trial, counter, link.occurrence.patient, cut) and _stands(link, cut):
            x += _counts(counter, link, finished, cut)
        link = link.next_course
    return x


@kernel
def _stands(first: Link, cut: float) -> bool:
    """Whether at a data cut a report of a course stands, of which the first is given."""
    occurrence, link = first.occurrence, first
    while link and link.since <= cut:
        other = link.occurrence
        same = other.patient == occurrence.patient and other.course == occurrence.course
        if same and cut < link.until:
            return True
        link = link.next
    return False


@kernel
def _counts(counter: Counter, link: Link, finished: bool, cut: float) -> int:
    """1 if the course of a report is one that counts, else 0."""
    occurrence = link.occurrence
    return courses_of(counter, occurrence.patient, cut, finished, occurrence.course)


@kernel
def courses_of(counter: Counter, patient: Patient, cut: float, finished: bool, wanted: float) -> int:
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
