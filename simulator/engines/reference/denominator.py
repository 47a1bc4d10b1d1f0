"""What a look sees: who counts in the denominator, and who had the event, as known at the cut."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from math import inf
from typing import Protocol

from simulator.contracts import Observed
from simulator.engines.reference.occurrence import Occurrence
from simulator.engines.reference.patient import Patient
from simulator.program.tables import CounterTable, PatientState
from simulator.program.words import Among, Unit
from simulator.units import quantise

__all__ = ["Ledger", "TrialForCounts", "assessed", "observe", "read", "treated"]


class TrialForCounts(Protocol):
    """Who is in the trial, in the order of entry."""

    patients: list[Patient]

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


def treated(trial: TrialForCounts, counter: CounterTable, day: float) -> list[Patient]:
    """Whom the counter is about: entered by a day, and at the selected dose where that is asked."""
    entered = trial.patients[: trial.treated_by(day)]
    return [p for p in entered if trial.at_mtd(p)] if counter.scope.at_mtd else entered


def assessed(trial: TrialForCounts, counter: CounterTable, day: float) -> list[Patient]:
    """Of those the ones whose window was over by a day, less those known not to be evaluable."""
    over = trial.patients[: trial.assessed_by(counter.window, day)]
    if counter.scope.at_mtd:
        over = [p for p in over if trial.at_mtd(p)]
    return [p for p in over if not trial.not_evaluable(p, day)] if counter.judged else over


@dataclass(slots=True)
class Ledger:
    """Reports of one endpoint in the order they arrived: those that count, and those that rule it out."""

    counted: list[Occurrence] = field(default_factory=list)
    ruled_out: list[Occurrence] = field(default_factory=list)

    def enter(
        self, counter: CounterTable, states: Sequence[PatientState], entry: float, o: Occurrence
    ) -> bool:
        """Take a report in; returns whether it counts."""
        if o.event in counter.ruled_out_by:
            self.ruled_out.append(o)
        if not counts(counter, states, entry, o):
            return False
        self.counted.append(o)
        return True


def counts(counter: CounterTable, states: Sequence[PatientState], entry: float, o: Occurrence) -> bool:
    """Whether an occurrence counts: its event, its scope, and within the window (both ends count)."""
    return (
        o.event == counter.event
        and o.occurred <= quantise(entry + counter.window)
        and counter.scope.counts(states[o.state], o.mark, o.since)
    )


def read(trial: TrialForCounts, counter: CounterTable, ledger: Ledger, cut: float) -> list[Occurrence]:
    """The reports that count at a data cut; among completed, of patients whose window is over."""
    seen = [o for o in ledger.counted if o.reported <= cut]
    if counter.scope.at_mtd or counter.judged:
        seen = _of_these(trial, counter, seen, cut)
    if counter.among is not Among.COMPLETED:
        return seen
    if counter.unit is Unit.COURSES:
        finished = {course for p in trial.patients for course, end in _courses(counter, p, cut) if end <= cut}
        return [o for o in seen if (o.candidate, o.course) in finished]
    over = {p.candidate for p in assessed(trial, counter, cut)}
    return [o for o in seen if o.candidate in over]


def _of_these(
    trial: TrialForCounts, counter: CounterTable, seen: list[Occurrence], cut: float
) -> list[Occurrence]:
    """Reports of those whom the counter is about, less those known not to be evaluable."""
    about = {
        p.candidate
        for p in treated(trial, counter, cut)
        if not (counter.judged and trial.not_evaluable(p, cut))
    }
    return [o for o in seen if o.candidate in about]


def observe(trial: TrialForCounts, counter: CounterTable, ledger: Ledger, cut: float) -> Observed:
    """n and x of one endpoint at a data cut, counted anew from what was reported by then."""
    seen = read(trial, counter, ledger, cut)
    entered = treated(trial, counter, cut)
    if counter.unit is Unit.COURSES:
        return _observe_courses(counter, entered, seen, cut)
    x = _tally(counter, seen)
    if counter.among is Among.TREATED:
        return Observed(n=len(entered), x=x)
    over = assessed(trial, counter, cut)
    if counter.among is Among.COMPLETED:
        return Observed(n=len(over), x=x)
    if counter.judged:
        entered = [p for p in entered if not trial.not_evaluable(p, cut)]
    known = {p.candidate for p in over} | {o.candidate for o in seen}
    ruled_out = {o.candidate for o in ledger.ruled_out if o.reported <= cut}
    known |= {p.candidate for p in entered if p.candidate in ruled_out}
    if counter.among is Among.KNOWN:
        return Observed(n=len(known), x=x)
    pending = [p for p in entered if p.candidate not in known]
    if counter.among is Among.FAIL:
        return Observed(n=len(entered), x=x + len(pending) if counter.harmful else x)
    follow_up = 0.0
    for patient in pending:  # one by one: `sum` adds floats differently from Python 3.12 on
        follow_up += (cut - patient.entry) / counter.window
    return Observed(n=len(known) + follow_up, x=x)


def _tally(counter: CounterTable, seen: Sequence[Occurrence]) -> int:
    return len({o.candidate for o in seen}) if counter.unit is Unit.PATIENTS else len(seen)


def _observe_courses(
    counter: CounterTable, treated: Sequence[Patient], seen: Sequence[Occurrence], cut: float
) -> Observed:
    """Courses begun by the cut, or over by it; a course ends early with its phase or the patient's exit."""
    finished = counter.among is Among.COMPLETED
    counted = {
        course for p in treated for course, end in _courses(counter, p, cut) if not finished or end <= cut
    }
    return Observed(n=len(counted), x=len({(o.candidate, o.course) for o in seen} & counted))


def _courses(
    counter: CounterTable, patient: Patient, cut: float
) -> Iterator[tuple[tuple[int, float], float]]:
    """((candidate, start), end) of courses begun by the cut, within the window, in phases in scope."""
    over = quantise(patient.entry + counter.window)  # an event on that day belongs to the course before
    leaves = [entry for _, entry, _ in patient.stays[1:]] + [patient.exit]
    for (phase, entry, days), left in zip(patient.stays, leaves, strict=True):
        if days == inf or (counter.scope.phases is not None and phase not in counter.scope.phases):
            continue
        k, start, first_out = 0, quantise(entry), min(left, over)
        while start < first_out and start <= cut:
            k += 1
            end = quantise(entry + k * days)
            yield (patient.candidate, start), min(end, left)
            start = end
