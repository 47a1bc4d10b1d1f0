"""A stopping rule at work: when it looks, what it sees, and what it says.

At every look the rule recounts everything from the log of reports; nothing is kept running, so a
count cannot drift from what is known.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from math import inf
from typing import Protocol

from simulator.contracts import NOT_READ, InstantOrder, Observed
from simulator.engines.reference.accrual import Accrual
from simulator.engines.reference.amendments import Amendments
from simulator.engines.reference.denominator import (
    Ledger,
    TrialForCounts,
    assessed,
    follow_up,
    observe,
    read,
    treated,
)
from simulator.engines.reference.environment import TrialEnvironment, pack
from simulator.engines.reference.holds import Holds
from simulator.engines.reference.occurrence import Occurrence
from simulator.model.records import RecordLists
from simulator.program.looks import MilestoneTable
from simulator.program.rule_tables import MonitorTable
from simulator.program.words import Among, LookKind, MilestoneUnit, Wait
from simulator.units import quantise

__all__ = ["Monitor", "TrialForMonitor"]

AFTER_ALL = (1 << 32) - 256  # in the place of a candidate, to which a rank is added: after every arrival
OF_WINDOWS = {MilestoneUnit.COMPLETED, MilestoneUnit.KNOWN}  # a window's end may reach a milestone of these
OF_REPORTS = {MilestoneUnit.EVENTS, MilestoneUnit.KNOWN}  # and a report one of these


class TrialForMonitor(TrialForCounts, Protocol):
    """What a rule needs of the trial: what is known, and where its decisions go."""

    env: TrialEnvironment
    number: int
    rows: RecordLists
    accrual: Accrual
    holds: Holds
    amendments: Amendments
    monitors: Sequence[Monitor]

    def hold(self, rule: str) -> None:
        """Hold accrual under the rule's name."""
        ...

    def schedule_release(self, rule: str, now: float, number: int) -> None:
        """Lift the rule's hold at this instant."""
        ...

    def decide(self, monitor: Monitor, effective: float) -> None:
        """A decision that takes effect on a day."""
        ...


class Monitor:
    """One rule during one trial. ledgers: the reports that concern each endpoint."""

    def __init__(self, trial: TrialForMonitor, number: int, table: MonitorTable) -> None:
        self.trial = trial
        self.number = number
        self.table = table
        self.ledgers = [Ledger() for _ in table.counters]
        self.looks = 0
        self.done = False  # it has fired, and does so once
        self.busy_until = -inf  # the day on which it last fired, or on which its last decision takes effect
        self.verdict: tuple[int, float] | None = None  # the code it gave last, and when
        self.called = False  # to look when nothing can still change
        self.asked_at = -inf
        self.waiting = 0  # looks that are due and wait for windows
        self.due: set[int] = set()  # endpoints whose milestone has come since they were last read
        skipped = table.look.skipped
        self.passed: dict[tuple[int, int], int] = defaultdict(lambda: skipped)
        """(milestone, endpoint) -> multiples reached, or skipped."""

    # -- when it looks ----------------------------------------------------------------------------

    @property
    def _in_force(self) -> bool:
        """Whether the protocol, as it is now, has the rule."""
        return self.table.in_force(self.trial.amendments.version)

    @property
    def watches_windows(self) -> bool:
        """Whether the end of a patient's window may make a look due."""
        return any(m.unit in OF_WINDOWS for m in self.table.look.milestones)

    def on_report(self, occurrence: Occurrence) -> None:
        """A report arrived, or is corrected: a rule that looks at every report asks for a look if it comes to
        count by that, or ceases to.
        """
        states, now = self.trial.program.states, self.trial.env.now
        patient = self.trial.patient_of[occurrence.candidate]
        used = [(self.table.counters[i], self.ledgers[i]) for i in self.table.used]
        counted = [ledger.take(counter, states, patient, occurrence, now) for counter, ledger in used]
        if self.table.look.kind is LookKind.REPORT:
            if any(counted):
                self._due(self.table.used)
        elif any(m.unit in OF_REPORTS for m in self.table.look.milestones):
            self.on_progress()

    def on_progress(self) -> None:
        """A count may have gone up: a look is due when a milestone is reached or passed.

        Milestones that count windows count them per endpoint, and have that endpoint read alone.
        """
        schedule = self.table.look
        if self.done or not schedule.kind.by_milestones:
            return
        reached, due = False, set()  # a board has looks, and no endpoints
        for i, milestone in enumerate(schedule.milestones):
            for endpoint, count in self._progress(milestone):
                passed = int(count // milestone.amount)
                if schedule.kind is LookKind.AT:
                    passed = min(passed, 1)
                if passed > self.passed[i, endpoint]:
                    self.passed[i, endpoint] = passed
                    reached = True
                    due |= {endpoint} if milestone.unit in OF_WINDOWS else {*self.table.used}
        if reached:
            self._due(due)

    def _progress(self, milestone: MilestoneTable) -> list[tuple[int, float]]:
        """How far a milestone's count has come; per endpoint where windows are counted, else under 0."""
        trial = self.trial
        if milestone.unit is MilestoneUnit.EVENTS:
            now = trial.env.now
            return [(0, sum(o.event == milestone.event and o.stands(now) for o in trial.log))]
        if milestone.unit is MilestoneUnit.REGISTERED:
            return [(0, len(trial.accrual.register))]
        if milestone.unit is MilestoneUnit.DAYS:
            return []
        if milestone.unit is MilestoneUnit.TREATED:
            used = self.table.used
            return [(0, self._least(milestone, used[0]) if used else len(trial.patients))]
        return [(i, self._least(milestone, i)) for i in self.table.used]

    def _least(self, milestone: MilestoneTable, endpoint: int) -> float:
        """How many of the rule's own patients there are now, or of the group of arms which has fewest."""
        trial, now, counter = self.trial, self.trial.env.now, self.table.counters[endpoint]
        groups = [counter.read_in(group, everyone=milestone.everyone) for group in milestone.groups]
        mine = groups or [counter]
        if milestone.unit is MilestoneUnit.TREATED:
            return min(treated(trial, c, now) for c in mine)
        if milestone.unit is MilestoneUnit.COMPLETED:
            return min(assessed(trial, c, now) for c in mine)
        known = (c.read_among(Among.KNOWN) for c in mine)
        return min(observe(trial, c, self.ledgers[endpoint], now).n for c in known)

    def calendar(self) -> list[tuple[float, int]]:
        """The next look of each milestone set by the calendar: (day, which milestone)."""
        schedule = self.table.look
        days = []
        for i, milestone in enumerate(schedule.milestones):
            again = schedule.kind is LookKind.EVERY or self.passed[i, 0] == 0
            if milestone.unit is MilestoneUnit.DAYS and again:
                days.append((milestone.amount * (self.passed[i, 0] + 1), i))
        return days

    def on_calendar(self, which: int) -> None:
        """A calendar look is due."""
        self.passed[which, 0] += 1
        self._due(self.table.used)

    def _due(self, endpoints: Iterable[int]) -> None:
        """A look at these endpoints is due now.

        Where the rule waits, it is taken when everyone treated is assessed, and reads them all.
        """
        trial, now = self.trial, self.trial.env.now
        if self.done or not self._in_force:
            return
        if self.table.wait is Wait.NONE:
            self.ask(now, endpoints)
            return
        ready = quantise(trial.patients[-1].entry + self.table.window) if trial.patients else now
        self.waiting += 1
        if self.table.wait is Wait.ACCRUAL:
            trial.hold(self.table.name)
        event = trial.env.at(max(ready, now), pack(InstantOrder.WINDOW, (1 << 32) - 1, self.number))
        assert event.callbacks is not None
        event.callbacks.append(lambda _: self._waited())

    def _waited(self) -> None:
        now = self.trial.env.now
        self.waiting -= 1
        over = self.done or not self._in_force
        if self.waiting == 0 and (over or self.asked_at == now):  # no look is to come that releases
            self.trial.schedule_release(self.table.name, now, self.number)
        self.ask(now, self.table.used)

    def ask(self, day: float, endpoints: Iterable[int]) -> None:
        """A look on a day, today or later, once: one already taken or asked for is not opened again."""
        self.due.update(endpoints)
        if self.done or self.asked_at == day:
            return
        self.asked_at = day
        place = (InstantOrder.ARRIVAL, AFTER_ALL) if self.table.late else (InstantOrder.LOOK, 0)
        event = self.trial.env.at(day, pack(place[0], place[1] + self.table.rank, self.number))
        assert event.callbacks is not None
        event.callbacks.append(lambda _: self.look(day))

    # -- what it says -----------------------------------------------------------------------------

    def closing_look(self, last_moment: float, last_entry: float) -> None:
        """The look when nothing can still change: every report has arrived, every window is over."""
        if not (self.table.look.closing or self.called) or not self._in_force:
            return
        waits = any(self.table.counters[i].among.waits for i in self.table.used)
        day = max(last_moment, quantise(last_entry + self.table.window)) if waits else last_moment
        day = max([day, *(seen[1] for seen in self._members() if seen is not None)])
        self.look(max(quantise(day + self.table.data_cut), self.asked_at), closing=True)

    def _is_last(self, closing: bool) -> bool:
        """Whether the schedule has no look after this one."""
        schedule = self.table.look
        if schedule.closing:
            return closing
        callers = [m for m in self.trial.monitors if self.number in m.table.calls]
        return all(m.done for m in callers) and all(
            self.passed[i, endpoint] >= (m.most // m.amount if m.most < inf else inf)
            if schedule.kind is LookKind.EVERY
            else self.passed[i, endpoint] >= 1 or m.amount > m.most
            for i, m in enumerate(schedule.milestones)
            for endpoint in (self.table.used if m.unit in OF_WINDOWS else (0,))
        )

    def look(self, now: float, *, closing: bool = False) -> None:
        """Read what is due at the data cut; when an outcome holds, the decision is on its way."""
        if self.done or not self._in_force:
            self.due = set()
            return
        trial, cut = self.trial, quantise(now - self.table.data_cut)
        observed = self._observed({*self.table.used} if closing else self.due, cut)
        self.due = set()
        outcome = self.table.code(observed)
        self.looks += 1
        self.verdict = (outcome, now)
        seen = (tuple(o.n for o in observed), tuple(o.x for o in observed))
        trial.rows.looks.append((trial.number, self.number, self.looks, now, outcome, *seen))
        if outcome and now > max(self.busy_until, trial.holds.last_end(self.number)):
            effective = quantise(now + self.table.decision_lag)
            self.done, self.busy_until = not self.table.again, now if self.table.idle else effective
            dates = (self._last_report(outcome, cut), cut, now, effective)
            last = self._is_last(closing)
            trial.rows.firings.append((trial.number, self.number, self.looks, outcome, last, *dates, *seen))
            self._follow(effective, closing)
        if self.table.wait is Wait.ACCRUAL and self.waiting == 0:
            trial.schedule_release(self.table.name, now, self.number)
        for board in self.table.heard_by if not closing else ():
            trial.monitors[board].ask(now, ())

    def _observed(self, due: set[int], cut: float) -> list[Observed]:
        """What a look reads at the data cut, of endpoints that are due; of a board, the verdicts of today."""
        observed = [Observed(0, 0)] * self.trial.program.readings
        if self.table.votes is not None:
            verdicts = [monitor.verdict for monitor in self.trial.monitors]
            read = self.table.votes.readings(verdicts, cut)
            observed[: len(read)] = read
        if self.table.entries:
            day = min(int(cut), self.table.plan.max_n)
            stopped = self.trial.accrual.stopped
            observed[0] = NOT_READ if stopped else Observed(day, len(self.trial.patients))
        for i in self.table.used:
            counter, ledger = self.table.counters[i], self.ledgers[i]
            observed[i] = observe(self.trial, counter, ledger, cut) if i in due else NOT_READ
            if self.table.by_time and observed[i].read:
                observed[i] = replace(observed[i], days=follow_up(self.trial, counter, cut))
        return observed

    def _follow(self, effective: float, closing: bool) -> None:
        """The rule has fired: what it decides takes effect on a day, and rules look that it calls.

        At a closing look every course has ended: nothing is done, though a review takes place.
        """
        if closing and self.table.hold is not None:
            self.trial.holds.begin(self.number, self.table.hold, effective)
        if not self.table.idle and not closing:
            self.trial.decide(self, effective)
        if not closing:
            self.trial.amendments.rule_fired(self.number, effective)
        for other in self.table.calls:
            called = self.trial.monitors[other]
            if closing:
                called.called, called.asked_at = True, max(called.asked_at, effective)
            else:
                called.ask(effective, called.table.used)

    def _members(self) -> list[tuple[int, float] | None]:
        """What the members of a board said last; of no other rule anything."""
        votes = self.table.votes
        return [self.trial.monitors[i].verdict for i in votes.members] if votes is not None else []

    def _last_report(self, outcome: int, cut: float) -> float:
        """When the last report behind the outcome arrived; the cut itself where few events decide.

        Of a board: when the last of the members who vote said so.
        """
        if self.table.entries:
            return cut
        if self.table.votes is not None:
            return self.table.votes.last_vote([monitor.verdict for monitor in self.trial.monitors], cut)
        endpoint = self.table.deciding(outcome)
        counter = self.table.counters[endpoint]
        if not counter.harmful:
            return cut
        behind = read(self.trial, counter, self.ledgers[endpoint], cut)
        return max((each.since for each in behind), default=cut)
