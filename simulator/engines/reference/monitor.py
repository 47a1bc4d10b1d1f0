"""A stopping rule at work: when it looks, what it sees, and what it says.

At every look the rule recounts everything from the log of reports; nothing is kept running, so a
count cannot drift from what is known.
"""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING

from simulator.contracts import InstantOrder, Observed
from simulator.engines.reference.environment import pack
from simulator.engines.reference.occurrence import Occurrence
from simulator.model.records import MAX_ENDPOINTS
from simulator.program.tables import CounterTable, MonitorTable

if TYPE_CHECKING:
    from simulator.engines.reference.trial import Trial

__all__ = ["Monitor"]


class Monitor:
    """One rule during one trial; it fires at most once."""

    def __init__(self, trial: Trial, number: int, table: MonitorTable) -> None:
        self.trial = trial
        self.number = number
        self.table = table
        self.looks = 0
        self.fired = False
        self.asked_at = -inf
        self.passed = [0] * len(table.look.milestones)

    def on_report(self, occurrence: Occurrence) -> None:
        """A report arrived: a rule that looks at every report asks for a look if it counts."""
        if self.table.look.kind == "report" and any(self._counts(c, occurrence) for c in self.table.counters):
            self._ask()
        self.on_progress("events", occurrence.event)

    def on_progress(self, unit: str, event: int = -1) -> None:
        """A count went up: ask for a look when a milestone is reached or passed."""
        schedule = self.table.look
        if schedule.kind not in {"every", "at"}:
            return
        for i, milestone in enumerate(schedule.milestones):
            if milestone.unit != unit:
                continue
            if unit == "events" and self.trial.program.events[event].name != milestone.event:
                continue
            count = self.trial.progress(unit, event)
            passed = int(count // milestone.amount)
            if schedule.kind == "at":
                passed = min(passed, 1)
            if passed > self.passed[i]:
                self.passed[i] = passed
                self._ask()

    def calendar(self) -> list[tuple[float, int]]:
        """Days of looks set by the calendar so far ahead as the next one: (day, which milestone)."""
        schedule = self.table.look
        days = []
        for i, milestone in enumerate(schedule.milestones):
            if milestone.unit == "days" and (schedule.kind == "every" or self.passed[i] == 0):
                days.append((milestone.amount * (self.passed[i] + 1), i))
        return days

    def on_calendar(self, which: int) -> None:
        """A calendar look is due."""
        self.passed[which] += 1
        self._ask()

    def _ask(self) -> None:
        """A look at this instant, once: one already taken or asked for is not opened again."""
        env = self.trial.env
        if self.fired or self.asked_at == env.now:
            return
        self.asked_at = env.now
        event = env.at(env.now, pack(InstantOrder.LOOK, 0, self.number))
        assert event.callbacks is not None
        event.callbacks.append(lambda _: self.look(env.now))

    def look(self, now: float) -> None:
        """Read the boundary at the data cut; when an outcome holds, the decision is on its way."""
        if self.fired:
            return
        cut = now - self.table.data_cut
        observed = [self._observe(counter, cut) for counter in self.table.counters]
        outcome = self.table.table.code(observed)
        self.looks += 1
        padding = (0,) * (MAX_ENDPOINTS - len(observed))
        counts = (tuple(o.n for o in observed) + padding, tuple(o.x for o in observed) + padding)
        trial = self.trial
        trial.rows.looks.append((trial.number, self.number, self.looks, now, outcome, *counts))
        if outcome == 0:
            return
        self.fired = True
        effective = now + self.table.decision_lag
        dates = (self._last_report(outcome, cut), cut, now, effective)
        trial.rows.firings.append((trial.number, self.number, self.looks, outcome, *dates, *counts))
        trial.decide(self.table, effective)

    def _observe(self, counter: CounterTable, cut: float) -> Observed:
        """Counted among those treated, from the log as it was known at the cut."""
        known = [o for o in self.trial.log if o.reported <= cut and self._counts(counter, o)]
        x = len({o.candidate for o in known}) if counter.per_patient else len(known)
        return Observed(n=sum(patient.entry <= cut for patient in self.trial.patients), x=x)

    def _counts(self, counter: CounterTable, occurrence: Occurrence) -> bool:
        state = self.trial.program.states[occurrence.state]
        return occurrence.event == counter.event and counter.scope.counts(state, occurrence.mark, occurrence.since)

    def _last_report(self, outcome: int, cut: float) -> float:
        """When the last report behind the outcome arrived; the cut itself where few events decide."""
        boundary = self.table.table.boundaries[outcome - 1]
        if boundary.direction == "at_most":
            return cut
        counter = self.table.counters[boundary.endpoint]
        return max(
            (o.reported for o in self.trial.log if o.reported <= cut and self._counts(counter, o)), default=cut
        )
