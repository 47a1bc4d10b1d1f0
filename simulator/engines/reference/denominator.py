"""What a look sees: who counts in the denominator, and who had the event, as known at the cut."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from math import inf
from typing import NamedTuple, Protocol

from simulator.contracts import Observed
from simulator.engines.reference.occurrence import Occurrence
from simulator.engines.reference.patient import Patient
from simulator.program.course import PatientState
from simulator.program.rule_tables import CounterTable
from simulator.program.tables import Program
from simulator.program.words import Among, Unit
from simulator.units import quantise

__all__ = ["Counted", "Ledger", "TrialForCounts", "assessed", "follow_up", "observe", "read", "treated"]

Course = tuple[int, float]  # of a patient (the candidate), begun on a day
Stretch = tuple[float, float]  # from a day on, up to another
NEVER_SEEN = (0, inf, 0.0)  # in `Past.idle`: a patient has a stay from the start


class TrialForCounts(Protocol):
    """Who is in the trial, in the order of entry, and what was reported of them."""

    program: Program
    patients: list[Patient]
    patient_of: dict[int, Patient]
    log: list[Occurrence]

    def treated_by(self, day: float) -> int:
        """How many had entered by a day."""
        ...

    def assessed_by(self, window: float, day: float) -> int:
        """How many windows of this length were over by a day."""
        ...

    def at_mtd(self, patient: Patient) -> bool:
        """Whether the patient was assigned the dose that dose finding selected."""
        ...

    def not_evaluable(self, patient: Patient, day: float) -> bool:
        """Whether it is known on a day that the patient's DLT cannot be judged."""
        ...


def treated(trial: TrialForCounts, counter: CounterTable, day: float) -> int:
    """How many the counter is about: entered by a day, and at the selected dose where that is asked."""
    entered = trial.treated_by(day)
    if not (counter.scope.at_mtd or counter.of_members):
        return entered
    return len(_about(trial, counter, trial.patients[:entered], day, judged=False))


def assessed(trial: TrialForCounts, counter: CounterTable, day: float) -> int:
    """Of those the ones whose window was over by a day, less those known not to be evaluable."""
    over = trial.assessed_by(counter.window, day)
    return len(_about(trial, counter, trial.patients[:over], day)) if _of_some(counter) else over


def _of_some(counter: CounterTable) -> bool:
    return counter.scope.at_mtd or counter.judged or counter.of_members


def _about(
    trial: TrialForCounts,
    counter: CounterTable,
    patients: list[Patient],
    day: float,
    *,
    judged: bool = True,
) -> list[Patient]:
    """Of some patients those whom the counter is about. judged: only who can be, where that is asked."""
    if counter.scope.at_mtd:
        patients = [p for p in patients if trial.at_mtd(p)]
    if counter.of_members:
        patients = [p for p in patients if counter.reads(p.given)]
    if judged and counter.judged:
        patients = [p for p in patients if not trial.not_evaluable(p, day)]
    return patients


@dataclass(slots=True)
class Past:
    """What looks have counted of courses for good.

    cut: of the last look; left: the first patients, who had left; courses: those that stay counted, and x:
    how many of them have a report. reports: how many were read; told: courses that have one; open_: those of
    them that may still come to be counted. idle: of a patient, his stays and exit when last gone through, and
    the first cut that finds another course unless these change.
    """

    cut: float = 0.0
    left: set[int] = field(default_factory=set)
    courses: set[Course] = field(default_factory=set)
    x: int = 0
    reports: int = 0
    told: set[Course] = field(default_factory=set)
    open_: set[Course] = field(default_factory=set)
    idle: dict[int, tuple[int, float, float]] = field(default_factory=dict)


class Counted(NamedTuple):
    """A report that counts, since a day and until another."""

    report: Occurrence
    since: float
    until: float


@dataclass(slots=True)
class Ledger:
    """Reports of one endpoint in the order in which they came to count; what looks count anew.

    counted: those that count; days: since when. firsts: the same of each patient's first; of: by candidate.
    settling: by candidate, when a report counts or rules the endpoint out. past: of courses alone. corrected:
    some of what counts ceases to at some time, so that nothing stays counted for good.
    """

    counted: list[Counted] = field(default_factory=list)
    days: list[float] = field(default_factory=list)
    firsts: list[float] = field(default_factory=list)
    of: defaultdict[int, list[float]] = field(default_factory=lambda: defaultdict(list))
    settling: defaultdict[int, list[Stretch]] = field(default_factory=lambda: defaultdict(list))
    past: Past = field(default_factory=Past)
    corrected: bool = False

    def take(
        self,
        counter: CounterTable,
        states: Sequence[PatientState],
        patient: Patient,
        o: Occurrence,
        now: float,
    ) -> bool:
        """Take in a report that arrives or is corrected now; whether it comes to count by that, or ceases."""
        since, until = counts(counter, states, patient.entry, o)
        concerned = since < until and counter.reads(patient.given)
        if since == now < until:
            self.settling[o.candidate].append((since, until))
        elif o.event in counter.ruled_out_by and o.reported == now:
            self.settling[o.candidate].append((now, o.withdrawn))
        if concerned and since == now:
            self.corrected |= until < inf
            self.counted.append(Counted(o, since, until))
            self.days.append(since)
            if o.candidate not in self.of:
                self.firsts.append(since)
            self.of[o.candidate].append(since)
        return concerned and now in {since, until}

    def standing(self, day: float) -> list[Counted]:
        """Those that count on a day."""
        begun = self.counted[: bisect_right(self.days, day)]
        return [each for each in begun if day < each.until] if self.corrected else begun

    def settles(self, candidate: int, day: float) -> bool:
        """Whether a patient's outcome is known on a day by a report."""
        return any(since <= day < until for since, until in self.settling.get(candidate, ()))

    def x(self, unit: Unit, day: float) -> int:
        """How many count on a day: reports, or patients with one."""
        if self.corrected:
            return _number(self.standing(day), unit)
        return bisect_right(self.firsts if unit is Unit.PATIENTS else self.days, day)

    def x_of(self, patients: Sequence[Patient], unit: Unit, day: float) -> int:
        """The same of some patients."""
        if self.corrected:
            whose = {p.candidate for p in patients}
            return _number([each for each in self.standing(day) if each.report.candidate in whose], unit)
        arrived = [bisect_right(self.of[p.candidate], day) for p in patients if p.candidate in self.of]
        return sum(min(n, 1) for n in arrived) if unit is Unit.PATIENTS else sum(arrived)


def _number(reports: Sequence[Counted], unit: Unit) -> int:
    """How many reports, or patients with one."""
    return len({each.report.candidate for each in reports}) if unit is Unit.PATIENTS else len(reports)


def counts(counter: CounterTable, states: Sequence[PatientState], entry: float, o: Occurrence) -> Stretch:
    """Since when and until when an occurrence counts; the first is not before the second where it does not.

    Its event, within the window (both ends count), its report not withdrawn, and its scope by the mark known.
    """
    if o.event != counter.event or o.occurred > quantise(entry + counter.window):
        return inf, inf
    first, later = (counter.scope.counts(states[o.state], mark, o.since) for mark in (o.mark, o.later))
    if o.upgraded >= o.withdrawn:
        later = first
    return o.reported if first else o.upgraded, o.withdrawn if later else o.upgraded


def read(trial: TrialForCounts, counter: CounterTable, ledger: Ledger, cut: float) -> list[Counted]:
    """The reports that count at a data cut; among completed, of patients whose window is over."""
    seen = ledger.standing(cut)
    completed, by_courses = counter.among is Among.COMPLETED, counter.unit is Unit.COURSES
    if completed and by_courses:
        finished = {course for p in trial.patients for course, end in _courses(counter, p, cut) if end <= cut}
        seen = [each for each in seen if _course_of(each) in finished]
    whom = trial.patients
    if completed and not by_courses:
        whom = whom[: trial.assessed_by(counter.window, cut)]
    elif not _of_some(counter):
        return seen
    about = {p.candidate for p in _about(trial, counter, whom, cut)}
    return [each for each in seen if each.report.candidate in about]


def _course_of(each: Counted) -> Course:
    return each.report.candidate, each.report.course


def observe(trial: TrialForCounts, counter: CounterTable, ledger: Ledger, cut: float) -> Observed:
    """n and x of one endpoint at a data cut, counted anew from what was reported by then.

    Windows are over in the order of entry, so that only patients with open ones are gone through.
    """
    among, unit, entered = counter.among, counter.unit, trial.treated_by(cut)
    if unit is Unit.COURSES:
        return _observe_courses(trial, counter, ledger, cut)
    over = entered if among in {Among.TREATED, Among.EXPOSURE} else trial.assessed_by(counter.window, cut)
    open_ = _about(trial, counter, trial.patients[over:entered], cut)
    if _of_some(counter):
        others = _about(trial, counter, trial.patients[:over], cut)
        n, x = len(others), ledger.x_of(others, unit, cut)
    else:
        n, x = over, ledger.x(unit, cut) - ledger.x_of(open_, unit, cut)
    if among in {Among.TREATED, Among.COMPLETED}:
        return Observed(n=n, x=x)
    if among is Among.EXPOSURE:
        return Observed(n=follow_up(trial, counter, cut), x=x)
    x += ledger.x_of(open_, unit, cut)
    pending = [p for p in open_ if not ledger.settles(p.candidate, cut)]
    if among is Among.FAIL:
        return Observed(n=n + len(open_), x=x + len(pending) if counter.harmful else x)
    known = n + len(open_) - len(pending)
    if among is Among.KNOWN:
        return Observed(n=known, x=x)
    shares = 0.0
    for patient in pending:  # one by one: `sum` adds floats differently from Python 3.12 on
        shares += (cut - patient.entry) / counter.window
    return Observed(n=known + shares, x=x)


def follow_up(trial: TrialForCounts, counter: CounterTable, cut: float) -> float:
    """Days at risk of those whom a counter reads, from entry on, as known at a data cut.

    A patient's end with the cut, the course, the window, or an event whose report stands at the cut: on the
    day it occurred.
    """
    last: dict[int, float] = {}
    for o in trial.log:
        if _ends_risk(trial, counter, o, cut):
            last[o.candidate] = min(last.get(o.candidate, inf), o.occurred)
    days = 0.0
    for patient in _about(trial, counter, trial.patients[: trial.treated_by(cut)], cut):
        window_ends = quantise(patient.entry + counter.window)
        days += min(cut, patient.exit, window_ends, last.get(patient.candidate, inf)) - patient.entry
    return days


def _ends_risk(trial: TrialForCounts, counter: CounterTable, o: Occurrence, cut: float) -> bool:
    """Whether, as known at a data cut, the patient can have no event that counts after this one."""
    if o.event in counter.ruled_out_by:
        return o.stands(cut)
    since, until = counts(counter, trial.program.states, trial.patient_of[o.candidate].entry, o)
    return counter.once and since <= cut < until


def _observe_courses(trial: TrialForCounts, counter: CounterTable, ledger: Ledger, cut: float) -> Observed:
    """Courses begun by the cut, or over by it; a course ends early with its phase or the patient's exit.

    Looks come in the order of their cuts. What began before a cut, or was over by it, stays as it is, and so
    do courses of those who have left: these are counted once, unless whom the counter is about may change, or
    a report be corrected.
    """
    finished, entered = counter.among is Among.COMPLETED, trial.treated_by(cut)
    anew = _of_some(counter) or ledger.corrected
    past = Past() if anew else ledger.past
    counted, all_left = set[Course](), True
    for patient in trial.patients[len(past.left) : entered]:
        all_left = all_left and patient.exit <= cut
        if all_left:
            past.left.add(patient.candidate)
        stays, exit_, again = past.idle.get(patient.candidate, NEVER_SEEN)
        if cut < again and stays == len(patient.stays) and exit_ == patient.exit:
            continue
        if _of_some(counter) and not _about(trial, counter, [patient], cut):
            continue
        again = next((entry for _, entry, _ in patient.stays if entry > cut), inf)
        for course, end in _courses(counter, patient, cut, past.cut):
            if not finished or end <= cut:
                (past.courses if all_left or finished or course[1] < cut else counted).add(course)
            again = end if finished or course[1] < cut else cut
        past.idle[patient.candidate] = len(patient.stays), patient.exit, again
    past.cut = cut
    if anew:
        seen = read(trial, counter, ledger, cut)
    else:
        seen = ledger.counted[past.reports : bisect_right(ledger.days, cut)]
    past.reports += len(seen)
    told = {_course_of(each) for each in seen} - past.told
    past.told |= told
    open_ = past.open_ | told
    past.x += len(open_ & past.courses)
    past.open_ = {course for course in open_ - past.courses if course[0] not in past.left}
    return Observed(n=len(past.courses) + len(counted), x=past.x + len(past.open_ & counted))


def _courses(
    counter: CounterTable, patient: Patient, cut: float, since: float = 0.0
) -> Iterator[tuple[Course, float]]:
    """((candidate, start), end) of courses begun by the cut, within the window, in phases in scope; none that
    was over before `since`.
    """
    over = quantise(patient.entry + counter.window)  # an event on that day belongs to the course before
    last = len(patient.stays) - 1
    for i, (phase, entry, days) in enumerate(patient.stays):
        left = patient.stays[i + 1][1] if i < last else patient.exit
        if left < since or days == inf:
            continue
        if counter.scope.phases is not None and phase not in counter.scope.phases:
            continue
        k, first_out = max(int((since - entry) / days) - 1, 0), min(left, over)  # one early, for rounding
        start = quantise(entry + k * days)
        while start < first_out and start <= cut:
            k += 1
            end = quantise(entry + k * days)
            if end >= since:
                yield (patient.candidate, start), min(end, left)
            start = end
