"""What a look sees: `reference.denominator` as kernels, from a chain of the reports that count.

A chain holds an endpoint's counted reports as they arrived, so those by a data cut come first.  Patients
stand in order of entry, so those who had entered, or whose window was over, are the first ones.  Cuts come
one after the other: what a look has counted stays counted, and the next one goes on from there.
"""

from __future__ import annotations

import math

from simulator.engines.compiled import codes
from simulator.engines.compiled.chains import append
from simulator.engines.compiled.courses import courses_of, courses_with_report, courses_within, note_course
from simulator.engines.compiled.described import NEVER_YET, NONE, Ints
from simulator.engines.compiled.jit import kernel
from simulator.engines.compiled.outcome import about, assigned_mtd, is_among
from simulator.engines.compiled.records.course import Occurrence, Patient
from simulator.engines.compiled.records.program import LEVELS_ALLOWED, PHASE_ALLOWED
from simulator.engines.compiled.records.rules import Counter
from simulator.engines.compiled.records.trial import Trial

__all__ = [
    "assessed",
    "entered_by",
    "follow_up",
    "known",
    "last_report",
    "observe",
    "open_counter",
    "take",
    "treated",
]


@kernel
def open_counter(counter: Counter) -> None:
    """Before the first report and look."""
    counter.links.first = counter.courses.first = NONE
    counter.link_read = counter.course_read = NONE
    counter.cut = NEVER_YET
    counter.reports_read = counter.patients_read = 0
    counter.over = counter.reports_over = counter.patients_over = 0
    counter.left = counter.courses_left = counter.courses_read = 0
    counter.assessed = counter.due = 0


@kernel
def take(trial: Trial, counter: Counter, occurrence: Occurrence) -> bool:
    """Take in a report that arrives or is corrected now; whether it comes to count by that, or ceases."""
    known, now = occurrence.patient.counted[counter.number], trial.now
    if counter.rules_out[occurrence.event] != 0 and occurrence.reported == now:
        known.ruled_out_on = min(known.ruled_out_on, now)
    since, until = _stretch(counter, occurrence)
    begins, ends = since == now, until == now
    if since >= until or not (begins or ends):
        return False
    if not is_among(counter.members, occurrence.patient):
        known.ruled_out_on = min(known.ruled_out_on, since)  # a milestone may ask about other arms
        return False
    if begins:
        _enter(trial, counter, occurrence, until)
    return True


@kernel
def _enter(trial: Trial, counter: Counter, occurrence: Occurrence, until: float) -> None:
    """A report counts from now on."""
    known = occurrence.patient.counted[counter.number]
    if trial.n_links == trial.link_room:
        trial.status, trial.short_of = codes.SHORT, codes.LINKS
        return
    link = trial.links[trial.n_links]
    trial.n_links += 1
    link.occurrence = occurrence
    link.since, link.until = trial.now, until
    link.first_of_patient = 1 if known.seen_on == math.inf else 0
    if counter.unit == codes.BY_COURSES:
        note_course(trial, counter, link)
    known.seen_on = min(known.seen_on, trial.now)
    append(counter.links, link)


@kernel
def _stretch(counter: Counter, occurrence: Occurrence) -> tuple[float, float]:
    """Since when and until when a report counts; the first is not before the second where it does not."""
    if occurrence.event != counter.event:
        return math.inf, math.inf
    first = _counts(counter, occurrence, occurrence.mark)
    later = first
    if occurrence.upgraded < occurrence.withdrawn:
        later = _counts(counter, occurrence, occurrence.later)
    since = occurrence.reported if first else occurrence.upgraded
    return since, occurrence.withdrawn if later else occurrence.upgraded


@kernel
def _counts(counter: Counter, occurrence: Occurrence, mark: int) -> bool:
    """Whether an occurrence of the counted event is in the window (both ends count) and the scope."""
    if occurrence.occurred > occurrence.patient.counted[counter.number].window_ends:
        return False
    allowed = occurrence.state.allowed[counter.number]
    if allowed & PHASE_ALLOWED == 0:
        drug = counter.within_drug
        if drug < 0 or occurrence.since[drug] > counter.within_days:
            return False
    if counter.marks_allowed and counter.marks_allowed[mark] == 0:
        return False
    return allowed & LEVELS_ALLOWED != 0


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
def _any_mtd(trial: Trial) -> bool:
    """Whether a dose is selected."""
    return bool(trial.dosing) and trial.dosing.mtd > 0


@kernel
def treated(trial: Trial, counter: Counter, members: Ints, day: float) -> int:
    """How many of some groups (NONE: all) had entered by a day, at the selected dose where that is asked."""
    entered, at_mtd = entered_by(trial, day), counter.at_mtd != 0
    if not at_mtd and not members:
        return entered
    if at_mtd and not _any_mtd(trial):
        return 0
    n = 0
    for i in range(entered):
        patient = trial.patients[i]
        if is_among(members, patient) and (not at_mtd or assigned_mtd(trial, patient)):
            n += 1
    return n


@kernel
def assessed(trial: Trial, counter: Counter, members: Ints, day: float) -> int:
    """Of those, how many windows were over by a day, less those known not to be evaluable."""
    if counter.at_mtd != 0 and not _any_mtd(trial):
        return 0
    over = _assessed_by(trial, counter, day)
    if counter.at_mtd == 0 and counter.judged == 0 and not members:
        return over
    n = 0
    for i in range(over):
        patient = trial.patients[i]
        if is_among(members, patient) and about(trial, counter, patient, day):
            n += 1
    return n


@kernel
def observe(trial: Trial, counter: Counter, cut: float) -> tuple[float, int]:
    """n and x of one endpoint at a data cut, from what was reported by then."""
    among = counter.among
    if counter.unit == codes.BY_COURSES:
        finished = among == codes.AMONG_COMPLETED
        n = courses_within(trial, counter, entered_by(trial, cut), finished, cut)
        return float(n), courses_with_report(trial, counter, finished, cut)
    x = _count(trial, counter, cut)
    if among == codes.AMONG_TREATED:
        return float(treated(trial, counter, counter.members, cut)), x
    if among == codes.AMONG_EXPOSURE:
        return follow_up(trial, counter, cut), x
    if among == codes.AMONG_COMPLETED:
        return float(assessed(trial, counter, counter.members, cut)), x
    known, pending, weight = _follow_up(trial, counter, counter.members, cut)
    if among == codes.AMONG_KNOWN:
        return float(known), x
    if among == codes.AMONG_FAIL:
        return float(known + pending), x + pending if counter.harmful != 0 else x
    return float(known) + weight, x


@kernel
def _follow_up(trial: Trial, counter: Counter, members: Ints, cut: float) -> tuple[int, int, float]:
    """Patients whose outcome is known, the others, and their follow-up as shares of the window."""
    over = _assessed_by(trial, counter, cut)
    everyone = counter.at_mtd == 0 and counter.judged == 0 and not members
    first = over if everyone else 0
    known, pending, weight = first, 0, 0.0
    for i in range(first, entered_by(trial, cut)):
        patient = trial.patients[i]
        if is_among(members, patient) and about(trial, counter, patient, cut):
            if i < over or _settled(counter, patient, cut):
                known += 1
            else:
                pending += 1
                weight += (cut - patient.entry) / counter.window
    return known, pending, weight


@kernel
def _settled(counter: Counter, patient: Patient, cut: float) -> bool:
    """Whether a report makes the patient's outcome known at a data cut."""
    known = patient.counted[counter.number]
    told = min(known.seen_on, known.ruled_out_on) <= cut
    if counter.corrected == 0 or not told:
        return told
    occurrence = patient.occurrences.first
    while occurrence:
        if _settles(counter, occurrence, cut):
            return True
        occurrence = occurrence.next
    return False


@kernel
def _settles(counter: Counter, occurrence: Occurrence, cut: float) -> bool:
    """Whether a report, as it stands at a data cut, counts or rules the event out."""
    event = occurrence.event
    if event < 0 or not occurrence.reported <= cut < occurrence.withdrawn:
        return False
    if counter.rules_out[event] != 0:
        return True
    since, until = _stretch(counter, occurrence)
    return since <= cut < until


@kernel
def follow_up(trial: Trial, counter: Counter, cut: float) -> float:
    """Days at risk of those whom a counter reads, from entry on, as known at a data cut."""
    days = 0.0
    for i in range(entered_by(trial, cut)):
        patient = trial.patients[i]
        if is_among(counter.members, patient) and about(trial, counter, patient, cut):
            end = min(cut, patient.exit, patient.counted[counter.number].window_ends)
            days += _risk_ends(counter, patient, cut, end) - patient.entry
    return days


@kernel
def _risk_ends(counter: Counter, patient: Patient, cut: float, end: float) -> float:
    """The day, at latest `end`, of an event after which none that counts can follow; its report stands."""
    occurrence = patient.occurrences.first
    while occurrence:
        if occurrence.occurred < end and _settles(counter, occurrence, cut):
            ends = counter.once != 0 or counter.rules_out[occurrence.event] != 0
            end = occurrence.occurred if ends else end
        occurrence = occurrence.next
    return end


@kernel
def known(trial: Trial, counter: Counter, members: Ints, day: float) -> int:
    """Patients of some groups (NONE: all) whose outcome is known."""
    return _follow_up(trial, counter, members, day)[0]


@kernel
def _count(trial: Trial, counter: Counter, cut: float) -> int:
    """Reports that count at a data cut, or patients with one; among completed, of those with windows over."""
    if counter.corrected != 0:
        return _count_standing(trial, counter, cut)
    if counter.at_mtd != 0 or counter.judged != 0 or cut < counter.cut:
        return _count_anew(trial, counter, cut)
    _read(trial, counter, cut)
    if counter.among != codes.AMONG_COMPLETED:
        return counter.reports_read if counter.unit == codes.BY_EVENTS else counter.patients_read
    end, number = _assessed_by(trial, counter, cut), counter.number
    for i in range(counter.over, end):
        read = trial.patients[i].counted[number].read
        counter.reports_over += read
        counter.patients_over += min(read, 1)
    counter.over = max(counter.over, end)
    return counter.reports_over if counter.unit == codes.BY_EVENTS else counter.patients_over


@kernel
def _read(trial: Trial, counter: Counter, cut: float) -> None:
    """Take in the reports that have arrived since the last look."""
    counter.cut = cut
    link = counter.link_read.next if counter.link_read else counter.links.first
    while link and link.since <= cut:
        patient, first = link.occurrence.patient, link.first_of_patient
        counter.link_read = link
        counter.reports_read += 1
        counter.patients_read += first
        patient.counted[counter.number].read += 1
        if patient.rank < counter.over:
            counter.reports_over += 1
            counter.patients_over += first
        link = link.next


@kernel
def _count_anew(trial: Trial, counter: Counter, cut: float) -> int:
    """The same where whom the counter is about may change from look to look: nothing stays counted."""
    completed, every = counter.among == codes.AMONG_COMPLETED, counter.unit == codes.BY_EVENTS
    end = _assessed_by(trial, counter, cut) if completed else trial.treated
    x, link = 0, counter.links.first
    while link and link.since <= cut:
        patient = link.occurrence.patient
        counted = patient.rank < end and (every or link.first_of_patient != 0)
        if counted and about(trial, counter, patient, cut):
            x += 1
        link = link.next
    return x


@kernel
def _count_standing(trial: Trial, counter: Counter, cut: float) -> int:
    """The same where reports may be corrected; a patient is counted with the first that counts."""
    completed, every = counter.among == codes.AMONG_COMPLETED, counter.unit == codes.BY_EVENTS
    end = _assessed_by(trial, counter, cut) if completed else trial.treated
    counter.reports_read += 1
    x, link = 0, counter.links.first
    while link and link.since <= cut:
        patient = link.occurrence.patient
        known = patient.counted[counter.number]
        anew = every or known.read != counter.reports_read
        if anew and patient.rank < end and cut < link.until and about(trial, counter, patient, cut):
            known.read = counter.reports_read
            x += 1
        link = link.next
    return x


@kernel
def last_report(trial: Trial, counter: Counter, cut: float) -> float:
    """When the last report arrived that counts at a data cut; the cut itself without one."""
    by_courses, completed = counter.unit == codes.BY_COURSES, counter.among == codes.AMONG_COMPLETED
    end = _assessed_by(trial, counter, cut) if completed and not by_courses else trial.treated
    last, link = NEVER_YET, counter.links.first
    while link and link.since <= cut:
        occurrence = link.occurrence
        patient = occurrence.patient
        counted = patient.rank < end and cut < link.until and about(trial, counter, patient, cut)
        if counted and completed and by_courses:
            counted = courses_of(counter, patient, cut, True, occurrence.course) > 0
        if counted:
            last = link.since
        link = link.next
    return cut if last < 0.0 else last
