"""One trial: candidates arrive, patients are followed, reports are logged, rules look and act."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Generator
from dataclasses import replace
from math import inf
from typing import Any

import simpy

from simulator.contracts import InstantOrder
from simulator.engines.reference.accrual import Accrual
from simulator.engines.reference.allocation import Allocator
from simulator.engines.reference.amendments import Amendments
from simulator.engines.reference.environment import StoppableEnvironment, TrialEnvironment, pack
from simulator.engines.reference.escalation import Escalation
from simulator.engines.reference.holds import Holds
from simulator.engines.reference.interruptions import until
from simulator.engines.reference.monitor import Monitor
from simulator.engines.reference.occurrence import Occurrence
from simulator.engines.reference.patient import Patient
from simulator.engines.stop import Stop
from simulator.model.latents import BlockLatents, Latents
from simulator.model.records import DltOutcome, RecordLists, Records
from simulator.program.arms import ScreeningTable
from simulator.program.course import Assignment
from simulator.program.tables import Program
from simulator.program.words import LookKind
from simulator.units import quantise

__all__ = ["Trial", "play", "play_one"]


class Trial:
    """The state of one trial while it is played."""

    def __init__(
        self, program: Program, latents: Latents, number: int, rows: RecordLists, stop: Stop | None = None
    ) -> None:
        self.env = TrialEnvironment() if stop is None else StoppableEnvironment(stop)
        self.program = program
        self.latents = latents
        self.number = number
        self.rows = rows
        self.patients: list[Patient] = []
        self.occurrences: list[Occurrence] = []
        self.log: list[Occurrence] = []  # reports in the order they arrived
        self.standing: list[tuple[int, float]] = []  # directives that hold for later patients, until a day
        self.decisions: dict[float, list[Monitor]] = {}  # by the day on which they take effect
        self.monitors = [Monitor(self, i, table) for i, table in enumerate(program.monitors)]
        self.patient_of: dict[int, Patient] = {}  # by candidate
        self.allocator = Allocator(program.arms, latents) if program.arms is not None else None
        self.accrual = Accrual(self)
        self.holds = Holds(self)
        self.amendments = Amendments(self, program.amendments)
        self.escalation = Escalation(self, program.dosing) if program.dosing is not None else None
        self.on_study = 0
        self.under_way = 0  # reports sent, not yet arrived, and corrections to come
        self.last_moment = 0.0  # of a course's end or a report's arrival or correction

    def play(self) -> None:
        """From the opening to the last report, then the closing looks; rows are added at the end."""
        self.env.process(self.accrual.process())
        for monitor in self.monitors:
            self.env.process(self._calendar(monitor))
        self.env.run()
        self.accrual.awaited = False
        if self.escalation is not None:
            self.escalation.recommend()
        last_entry = self.patients[-1].entry if self.patients else 0.0
        for number in self.program.look_order:
            self.monitors[number].closing_look(self.last_moment, last_entry)
        self._write()

    # -- accrual ----------------------------------------------------------------------------------

    def treated(self) -> int:
        """Patients so far."""
        return len(self.patients)

    def limit(self) -> int:
        """The most patients, by the protocol as it is now."""
        return self.program.limit(self.amendments.version)

    def last_day(self) -> float:
        """The last day of accrual, by the protocol as it is now."""
        return self.program.last_day(self.amendments.version)

    def screening(self) -> ScreeningTable | None:
        """How candidates are screened who are registered now."""
        return self.program.screened(self.amendments.version)

    def assign(self, candidate: int, traits: tuple[float, ...]) -> Assignment:
        """What a candidate who enters now is given."""
        version = self.amendments.version
        arms = self.program.allocation(version)
        if self.allocator is not None and arms is not None:
            return replace(self.allocator.assign(arms, candidate, traits), version=version)
        if self.escalation is not None:
            return Assignment(level=self.escalation.level, version=version)
        return Assignment(version=version)

    def enrol(self, candidate: int, now: float, registered: float | None = None) -> None:
        """A candidate becomes a patient and starts the course."""
        patient = Patient(self, candidate, now, registered)
        self.patients.append(patient)
        self.patient_of[candidate] = patient
        self.on_study += 1
        patient.process = self.env.process(patient.course())
        if self.escalation is not None:
            self.escalation.enrolled(patient)
        self.amendments.ask(now)
        for monitor in self.monitors:
            monitor.on_progress()
            if monitor.watches_windows:
                self._watch_windows(monitor, patient)

    def registered(self) -> None:
        """A candidate was registered: a milestone may have been reached."""
        for monitor in self.monitors:
            monitor.on_progress()

    def _watch_windows(self, monitor: Monitor, patient: Patient) -> None:
        """Tell a rule that counts assessed patients when this one's windows are over."""
        for window in {monitor.table.counters[i].window for i in monitor.table.used}:
            if window < inf:
                event = self.env.at(
                    quantise(patient.entry + window),
                    pack(InstantOrder.WINDOW, patient.candidate, monitor.number),
                )
                assert event.callbacks is not None
                event.callbacks.append(lambda _: monitor.on_progress())

    def treated_by(self, day: float) -> int:
        """How many patients had entered by a day; they stand in the order of entry."""
        return bisect_right(self.patients, day, key=lambda patient: patient.entry)

    def assessed_by(self, window: float, day: float) -> int:
        """How many patients' windows of this length were over by a day: the first ones."""
        return bisect_right(self.patients, day, key=lambda patient: quantise(patient.entry + window))

    def at_mtd(self, patient: Patient) -> bool:
        """Whether the patient was assigned the dose that dose finding selected."""
        return self.escalation is not None and patient.level == self.escalation.mtd > 0

    def not_evaluable(self, patient: Patient, day: float) -> bool:
        """Whether it is known on a day that the patient's DLT cannot be judged."""
        escalation = self.escalation
        return escalation is not None and escalation.outcome(patient, day) == DltOutcome.NOT_EVALUABLE

    # -- from patients ----------------------------------------------------------------------------

    def expect(self, occurrence: Occurrence) -> None:
        """A report is under way; it arrives when it is due."""
        self.under_way += 1
        order = pack(InstantOrder.REPORT, occurrence.candidate, occurrence.event)
        event = self.env.at(occurrence.reported, order)
        assert event.callbacks is not None
        event.callbacks.append(lambda _: self._arrive(occurrence))

    def _arrive(self, occurrence: Occurrence) -> None:
        self.under_way -= 1
        self.last_moment = max(self.last_moment, occurrence.reported)
        self.log.append(occurrence)
        if self.escalation is not None:
            self.escalation.reported(occurrence)
        for monitor in self.monitors:
            monitor.on_report(occurrence)
        for day in occurrence.corrections():
            self.under_way += 1
            order = pack(InstantOrder.CORRECTION, occurrence.candidate, occurrence.event)
            event = self.env.at(day, order)
            assert event.callbacks is not None
            event.callbacks.append(lambda _: self._corrected(occurrence))

    def _corrected(self, occurrence: Occurrence) -> None:
        """A report that had arrived is withdrawn, or gets another mark."""
        self.under_way -= 1
        self.last_moment = max(self.last_moment, self.env.now)
        if self.escalation is not None:
            self.escalation.corrected(occurrence)
        for monitor in self.monitors:
            monitor.on_report(occurrence)

    def course_ended(self, now: float) -> None:
        """A patient's course is over."""
        self.on_study -= 1
        self.last_moment = max(self.last_moment, now)
        if self.escalation is not None:
            self.escalation.ask()

    def mtd_selected(self) -> None:
        """A dose is selected: counts at it may have reached a milestone."""
        for monitor in self.monitors:
            monitor.on_progress()

    # -- monitoring -------------------------------------------------------------------------------

    def hold(self, rule: str) -> None:
        """A rule holds accrual; only its own release lifts the hold."""
        self.accrual.hold(rule)

    def schedule_release(self, rule: str, now: float, number: int) -> None:
        """The rule's hold is lifted at this instant, after what its look has decided at once."""
        if rule in self.accrual.holds and now >= self.env.now:
            event = self.env.at(now, pack(InstantOrder.EFFECT, 1, number))
            assert event.callbacks is not None
            event.callbacks.append(lambda _: self.accrual.lift(rule))

    def _calendar(self, monitor: Monitor) -> Generator[simpy.Event, Any, None]:
        """Looks set by the calendar, while anything can still change."""
        while ahead := monitor.calendar():
            day, which = min(ahead)
            yield self.env.at(quantise(day), pack(InstantOrder.REPORT, (1 << 32) - 1, monitor.number))
            over = not (self.accrual.open or self.on_study or self.under_way)
            over = over and day > max(self.last_moment, monitor.table.until)
            if over and monitor.table.look.kind is LookKind.EVERY:
                return
            monitor.on_calendar(which)

    def decide(self, monitor: Monitor, effective: float) -> None:
        """A rule fired: what it asks for happens when the decision takes effect."""
        together = self.decisions.setdefault(effective, [])
        together.append(monitor)
        if len(together) == 1:
            event = self.env.at(effective, pack(InstantOrder.EFFECT))
            assert event.callbacks is not None
            event.callbacks.append(lambda _: self._take_effect(effective))

    def _take_effect(self, now: float) -> None:
        """Accrual closes first, or is held; then what all rules direct reaches patients in their order."""
        monitors = sorted(self.decisions.pop(now), key=lambda monitor: monitor.number)
        rank = self.program.precedence.__getitem__
        tables = [monitor.table for monitor in monitors]
        if any(table.closes_accrual for table in tables):
            self.close_accrual()
        for monitor in monitors:
            if monitor.table.hold is not None:
                self.holds.begin(monitor.number, monitor.table.hold, now)
        for table in tables:
            for rule in table.releases:
                self.holds.release(rule)
        operations = tuple(sorted((o for table in tables for o in table.operations), key=rank))
        self.standing += [(o, until(self.program, o, now)) for o in operations if self.program.enters[o] < 0]
        leave = any(table.ends_trial for table in tables)
        for patient in self.patients if operations or leave else ():
            patient.direct(operations, now, leave=leave)

    def close_accrual(self) -> None:
        """A rule has it that nobody enters any more, and no dose is chosen."""
        self.end_accrual()
        if self.escalation is not None:
            self.escalation.stopped()

    def end_accrual(self) -> None:
        """Nobody enters any more."""
        self.accrual.close()
        self.holds.closed()

    # -- records ----------------------------------------------------------------------------------

    def _write(self) -> None:
        rows, number = self.rows, self.number
        end = max((patient.exit for patient in self.patients), default=0.0)
        assert end < inf
        rows.trials.append((number, len(self.patients), end, self.accrual.lost))
        for p in self.patients:
            dosed = p.level, p.version, p.cohort, self._outcome(p)
            rows.patients.append((number, p.candidate, p.entry, p.exit, *dosed, *self._start(p)))
        rows.holds.extend((number, *row) for row in self.holds.rows())
        rows.screenings.extend((number, *row) for row in self.accrual.screened())
        corrects = self.program.corrects
        rows.events.extend(o.row(number, corrects=corrects) for o in self.occurrences)
        for c in range(len(self.program.components)):
            crossings, risk = 0, 0.0
            for patient in self.patients:  # one by one: `sum` adds floats differently from Python 3.12 on
                crossings += patient.clocks.times[c]
                risk += patient.clocks.risk[c]
            rows.risks.append((number, c, crossings, risk))

    def _start(self, patient: Patient) -> tuple[float | int, ...]:
        """Registration, arm as drawn and as received, and stratum, where there are such."""
        given = patient.given
        two = self.program.two_clocks
        return (patient.registered, given.arm, given.received, given.stratum) if two else ()

    def _outcome(self, patient: Patient) -> int:
        """The patient's DLT as it turned out; -1 without dose finding."""
        return int(self.escalation.outcome(patient, inf)) if self.escalation is not None else -1


def play(program: Program, latents: BlockLatents, stop: Stop | None = None) -> Records:
    """Every trial of a block, in order. Stopped if `stop` was asked for."""
    rows = RecordLists.empty()
    for number in range(latents.first, latents.first + latents.trials):
        Trial(program, latents.trial(number), number, rows, stop).play()
    return _finish(program, rows)


def play_one(program: Program, latents: Latents, number: int = 0) -> Records:
    """One trial alone, from any latents."""
    rows = RecordLists.empty()
    Trial(program, latents, number, rows).play()
    return _finish(program, rows)


def _finish(program: Program, rows: RecordLists) -> Records:
    return rows.finish(len(program.drugs), program.readings, program.two_clocks, program.corrects)
