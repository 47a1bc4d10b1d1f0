"""Dose finding in calendar time: cohorts, what is known of them, decisions, amendments, expansion.

At every decision the counts are made anew from the reports that have arrived; nothing is kept running.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from math import inf
from typing import Literal, Protocol

from simulator.contracts import InstantOrder
from simulator.engines.reference.accrual import Accrual
from simulator.engines.reference.amendments import Amendments
from simulator.engines.reference.environment import TrialEnvironment, pack
from simulator.engines.reference.occurrence import Occurrence
from simulator.engines.reference.patient import Patient
from simulator.model.records import DltOutcome, RecordLists
from simulator.program.completions import completed, ways_of
from simulator.program.decisions import Choice, Decisions, Standing, decisions_of, single
from simulator.program.dosing import DoseFindingTable, DoseVersion
from simulator.program.words import Decide

__all__ = ["COHORT", "Escalation", "TrialForEscalation"]

LATEST = 1e300  # days: before inf, on which nothing is withdrawn
COHORT = "the cohort"  # the name under which dose finding holds accrual; no rule has a space in its own
Stage = Literal["escalation", "expansion", "over"]


class TrialForEscalation(Protocol):
    """What dose finding needs of the trial."""

    env: TrialEnvironment
    accrual: Accrual
    amendments: Amendments
    number: int
    rows: RecordLists
    patients: list[Patient]

    def end_accrual(self) -> None:
        """Nobody enters any more."""
        ...

    def mtd_selected(self) -> None:
        """Rules that count at the selected dose may have something to look at."""
        ...


class Escalation:
    """One trial's dose finding. `level` is the dose that the next patient is given; `mtd`: 0 none yet."""

    def __init__(self, trial: TrialForEscalation, table: DoseFindingTable) -> None:
        self.trial = trial
        self.table = table
        self.stage: Stage = "escalation"
        self.dose = self.plan.start
        self.wanted = self.plan.method.first_cohort
        self.cohort: list[Patient] = []
        self.reports: defaultdict[int, list[Occurrence]] = defaultdict(list)
        self.decisions = 0
        self.asked = False
        self.mtd = 0
        self.concluded = False  # by its design
        self.latest = 0.0  # day of the last decision, or on which a rule closed accrual

    @property
    def plan(self) -> DoseVersion:
        """The version in force."""
        return self.table.versions[self.trial.amendments.version]

    @property
    def _design(self) -> Decisions:
        """The answers of the version in force."""
        return decisions_of(self.plan.method)

    @property
    def level(self) -> int:
        """Level that the next patient is given."""
        return self.mtd if self.stage == "expansion" else self.plan.ladder[self.dose]

    # -- what happens -----------------------------------------------------------------------------

    def enrolled(self, patient: Patient) -> None:
        """A patient has entered at `level`; no more do when the cohort is complete."""
        patient.cohort = -1 if self.stage == "expansion" else self.decisions
        self.cohort.append(patient)
        self._places(self.trial.env.now)
        if self.stage == "expansion":
            return
        end = self.trial.env.at(
            patient.dlt_until, pack(InstantOrder.WINDOW, patient.candidate, self.table.event)
        )
        assert end.callbacks is not None
        end.callbacks.append(lambda _: self.ask())

    def reported(self, occurrence: Occurrence) -> None:
        """A report arrived."""
        table = self.table
        if occurrence.event in {table.event, table.moderate} or occurrence.event in table.ruled_out_by:
            self.reports[occurrence.candidate].append(occurrence)
            self.ask()

    def corrected(self, occurrence: Occurrence) -> None:
        """A report is withdrawn, or has another mark, which does not matter."""
        if occurrence.event == self.table.event:
            self.ask()

    def stopped(self) -> None:
        """A rule closed accrual: no dose is chosen any more."""
        self.stage, self.latest = "over", self.trial.env.now

    def ask(self) -> None:
        """See at the end of this instant whether a dose can be chosen."""
        if self.asked or self.stage != "escalation":
            return
        self.asked = True
        event = self.trial.env.at(self.trial.env.now, pack(InstantOrder.GATE))
        assert event.callbacks is not None
        event.callbacks.append(lambda _: self._gate(self.trial.env.now))

    # -- what is known ----------------------------------------------------------------------------

    def outcome(self, patient: Patient, day: float) -> DltOutcome:
        """What is known of a patient's DLT on a day; a DLT not reported by then is not known."""
        end, left = patient.dlt_until, patient.exit <= day
        if patient.not_evaluable:
            return DltOutcome.NOT_EVALUABLE if day >= end or left else DltOutcome.PENDING
        known = self._known(patient, day)
        if self.table.event in known:
            return DltOutcome.DLT
        if known & {*self.table.ruled_out_by}:  # what rules a DLT out
            return DltOutcome.NONE
        if left and (patient.exit < end or self._unseen(patient)):
            return DltOutcome.PENDING if self._under_way(patient, end, day) else DltOutcome.NOT_EVALUABLE
        return DltOutcome.NONE if day >= end else DltOutcome.PENDING

    def _known(self, patient: Patient, day: float) -> set[int]:
        """Events within the window that are known on a day."""
        told = (o for o in self.reports[patient.candidate] if o.occurred <= patient.dlt_until)
        return {o.event for o in told if o.reported <= day and not o.withdrawn <= min(day, LATEST)}

    def _under_way(self, patient: Patient, end: float, day: float) -> bool:
        """Whether the report of a DLT of one who has left, or of what rules it out, is still to come."""
        told = (*patient.dlts, *patient.ruled_out)
        return any(o.occurred <= end and day < o.reported < inf for o in told)

    def _unseen(self, patient: Patient) -> bool:
        """Whether one who left on the day of an absence did so before it was judged, and not settled."""
        return self.table.event in patient.absences and patient.detected.isdisjoint(self.table.ruled_out_by)

    def _standing(self, now: float) -> Standing:
        """Evaluable patients and DLTs at each dose of the version in force, as known now."""
        ladder = self.plan.ladder
        n, dlt, moderate = ([0] * len(ladder) for _ in range(3))
        counts_moderate = self.plan.method.counts_moderate
        for patient in self._counted():
            outcome, dose = self.outcome(patient, now), ladder.index(patient.level)
            if outcome in {DltOutcome.NONE, DltOutcome.DLT}:
                n[dose] += 1
                dlt[dose] += outcome == DltOutcome.DLT
                if counts_moderate and outcome == DltOutcome.NONE:
                    moderate[dose] += self.table.moderate in self._known(patient, now)
        told = single(n, moderate) if counts_moderate else ()
        return Standing(tuple(n), tuple(dlt), self.dose, *self._last_cohort(now), told)

    def _last_cohort(self, now: float) -> tuple[int, int]:
        """Evaluable patients and DLTs of the cohort, where the design remembers them; else 0, 0."""
        if not self.plan.method.remembers_last_cohort:
            return 0, 0
        known = Counter(self.outcome(patient, now) for patient in self.cohort)
        return known[DltOutcome.NONE] + known[DltOutcome.DLT], known[DltOutcome.DLT]

    def _counted(self) -> Iterator[Patient]:
        """Patients who count in the version in force."""
        for patient in self.trial.patients:
            if patient.level in self.plan.ladder and patient.version >= self.plan.since:
                yield patient

    def _places(self, now: float) -> int:
        """Places still to fill in the cohort; accrual is held when there are none."""
        taken = len(self.cohort)
        if self.stage == "escalation" and self.plan.replaces:
            taken -= sum(self.outcome(p, now) == DltOutcome.NOT_EVALUABLE for p in self.cohort)
        places = max(self.wanted - taken, 0)
        if places:
            self.trial.accrual.lift(COHORT)
        elif self.stage == "expansion":
            self.trial.end_accrual()
        else:
            self.trial.accrual.hold(COHORT)
        return places

    # -- decisions --------------------------------------------------------------------------------

    def _gate(self, now: float) -> None:
        """Fill places that became free; choose the next dose if it can be chosen."""
        self.asked = False
        if self.stage != "escalation":
            return
        places = self._places(now)
        open_ = [p for p in self.cohort if self.outcome(p, now) == DltOutcome.PENDING]
        if self.plan.decide is Decide.WHEN_DECIDED:
            standing = self._standing(now)
            choice = self._settled(standing, places, len(open_), now)
            if choice is not None:
                self._decide(standing, choice, now)
            return
        if places or open_:
            return
        if self.plan.decide is Decide.WHEN_WINDOW_COMPLETE:
            judged = [p for p in self.cohort if self.outcome(p, now) != DltOutcome.NOT_EVALUABLE]
            if any(now < p.dlt_until for p in judged):
                return
        standing = self._standing(now)
        self._decide(standing, self._design.of(standing), now)

    def _settled(self, standing: Standing, places: int, open_: int, now: float) -> Choice | None:
        """The choice that is the same however everything pending turns out; None while there is none.

        A choice to stay is not made before the cohort is known.
        """
        known = (self._design.of(each) for each in self._completed(standing, places, now))
        first = next(known)
        if any(choice[:3] != first[:3] for choice in known):
            return None
        return None if first.dose == self.dose and places + open_ else first

    def _completed(self, standing: Standing, places: int, now: float) -> Iterator[Standing]:
        """Every standing that pending outcomes and free places may lead to, the one without a DLT first.

        Who is not replaced may turn out not to be evaluable.
        """
        open_ = [p for p in self._counted() if self.outcome(p, now) == DltOutcome.PENDING]
        others = Counter(self.plan.ladder.index(p.level) for p in open_ if p not in self.cohort)
        own = places + sum(self.outcome(p, now) == DltOutcome.PENDING for p in self.cohort)
        method = self.plan.method
        unsure = [others[dose] for dose in range(len(self.plan.ladder))]
        ways = ways_of(method, unsure, (own, 0) if self.plan.replaces else (0, own))
        return completed(method, standing, ways)

    def _decide(self, standing: Standing, choice: Choice, now: float) -> None:
        """Amendments come first, then what the design says."""
        amendments = self.trial.amendments
        while amendments.due_with_dose(lambda dose: self._design.toxic(standing)[dose]):
            if amendments.following.restarts:
                self._restart(now)
                return
            amendments.come_with_dose()
        self._follow(choice, now)

    def _follow(self, choice: Choice, now: float) -> None:
        ladder, before = self.plan.ladder, self.plan.ladder[self.dose]
        following = ladder[choice.dose] if choice.dose >= 0 else 0
        selected = ladder[choice.selected] if choice.selected >= 0 else 0
        self._record(now, before, following, choice.patients, selected, choice.reason, -1)
        self.cohort = []
        if choice.dose >= 0:
            self.dose, self.wanted = choice.dose, choice.patients
            self._places(now)
            return
        self.mtd, self.concluded = selected, True
        if not (selected and self.table.expansion):
            self.stage = "over"
            self.trial.end_accrual()
        else:
            self.stage, self.wanted = "expansion", self.table.expansion
            self._places(now)
        self.trial.mtd_selected()

    def recommend(self) -> None:
        """When nothing is open any more: the dose that stands where the trial ended before its design did."""
        if self.concluded or not self.plan.method.recommends_unfinished:
            return
        known = (
            min((o.final for o in self.reports[p.candidate] if self._is_dlt(p, o)), default=0.0)
            for p in self.trial.patients
        )
        day = max([self.latest, *(p.dlt_until for p in self.trial.patients), *known])
        selected = self._design.recommend(self._standing(inf))
        self.mtd = self.plan.ladder[selected] if selected >= 0 else 0
        self._record(day, self.plan.ladder[self.dose], 0, 0, self.mtd, -1, -1)

    def _is_dlt(self, patient: Patient, occurrence: Occurrence) -> bool:
        return occurrence.event == self.table.event and occurrence.occurred <= patient.dlt_until

    # -- amendments -------------------------------------------------------------------------------

    def _restart(self, now: float) -> None:
        """The next version is in force: its start, with a new cohort or what its own counts say."""
        before, number = self.plan.ladder[self.dose], self.trial.amendments.version
        operations = self.trial.amendments.bring(now)
        self.dose, self.cohort = self.plan.start, []
        standing = self._standing(now)
        for patient in self.trial.patients if operations else ():
            patient.direct(operations, now)
        self.trial.amendments.ask(now)
        fresh = standing.n[self.dose] == 0
        wanted = self.plan.method.first_cohort if fresh else 0
        self._record(now, before, self.plan.ladder[self.dose], wanted, 0, -1, number)
        if fresh:
            self.wanted = wanted
            self._places(now)
        else:
            self._follow(self._design.of(standing), now)

    def _record(
        self,
        now: float,
        level: int,
        following: int,
        patients: int,
        selected: int,
        reason: int,
        amendment: int,
    ) -> None:
        """One decision, in the order of its columns."""
        version = self.trial.amendments.version
        row = (self.trial.number, self.decisions, now, version, level, following, patients, selected)
        self.trial.rows.decisions.append((*row, reason, amendment))
        self.decisions += 1
        self.latest = now
