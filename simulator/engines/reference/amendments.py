"""Amendments of a protocol: when each comes, and whom it reaches.

Each comes once, after the one before, at the end of the instant in which its triggers hold: after what rules
decide takes effect, and before candidates arrive. Some are looked for when a dose is due to be chosen, by
dose finding.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from simulator.contracts import InstantOrder
from simulator.engines.reference.accrual import Accrual
from simulator.engines.reference.environment import TrialEnvironment, pack
from simulator.engines.reference.holds import Holds
from simulator.engines.reference.patient import Patient
from simulator.model.records import RecordLists
from simulator.program.triggers import AmendmentTable, TriggerTable
from simulator.program.words import TriggerUnit
from simulator.units import quantise

__all__ = ["Amendments", "TrialForAmendments"]


class TrialForAmendments(Protocol):
    """What amendments need of the trial."""

    env: TrialEnvironment
    accrual: Accrual
    holds: Holds
    number: int
    rows: RecordLists
    patients: list[Patient]
    on_study: int


class Amendments:
    """The version of the protocol that is in force, and what the next one waits for."""

    def __init__(self, trial: TrialForAmendments, tables: Sequence[AmendmentTable]) -> None:
        self.trial = trial
        self.tables = tables
        self.version = 0
        self.fired: set[int] = set()  # rules whose decision has taken effect
        self._await_days()

    @property
    def following(self) -> AmendmentTable:
        """The one that is next."""
        return self.tables[self.version]

    def ask(self, day: float) -> None:
        """See on a day, today or later, whether the next amendment comes."""
        if self._awaited:
            event = self.trial.env.at(day, pack(InstantOrder.EFFECT, 3))
            assert event.callbacks is not None
            event.callbacks.append(lambda _: self._look())

    def rule_fired(self, rule: int, effective: float) -> None:
        """A rule has fired; what it decides takes effect on a day."""
        if any(trigger.rule == rule for table in self.tables for trigger in table.triggers):
            event = self.trial.env.at(effective, pack(InstantOrder.EFFECT, 2, rule))
            assert event.callbacks is not None
            event.callbacks.append(lambda _: self._told(rule))

    def due_with_dose(self, toxic: Callable[[int], bool]) -> bool:
        """Whether the next one comes now that a dose is due to be chosen. toxic: of each dose."""
        waits = self.version < len(self.tables) and self.following.waits
        return waits and self._held(self.following, self.trial.env.now, toxic)

    def come_with_dose(self) -> None:
        """The next one comes, which leaves the dose finding as it is."""
        self._reach(self._come(self.trial.env.now))
        self.ask(self.trial.env.now)

    def bring(self, now: float) -> tuple[int, ...]:
        """The next one is in force; returns what it changes in patients on study."""
        closed = self.trial.accrual.closed(now)
        operations = self.following.operations
        self.version += 1
        self._limit(closed=closed)
        self._await_days()
        return operations

    @property
    def _awaited(self) -> bool:
        """Whether the next one comes as soon as its triggers hold."""
        return self.version < len(self.tables) and not self.following.waits

    def _told(self, rule: int) -> None:
        self.fired.add(rule)
        self.ask(self.trial.env.now)

    def _await_days(self) -> None:
        """The next amendment may come on a day."""
        for trigger in self.following.triggers if self._awaited else ():
            if trigger.unit is TriggerUnit.DAYS and quantise(trigger.amount) > self.trial.env.now:
                self.ask(quantise(trigger.amount))

    def _look(self) -> None:
        """Every amendment that is due comes, and reaches patients together with others of the instant."""
        now, operations = self.trial.env.now, list[int]()
        while self._awaited and self._due(self.following, now):
            operations += self._come(now)
        self._reach(operations)

    def _come(self, now: float) -> tuple[int, ...]:
        """The next one is in force, and in the records."""
        number = self.version
        self.trial.rows.decisions.append((self.trial.number, number, now, number + 1, 0, 0, 0, 0, -1, number))
        return self.bring(now)

    def _reach(self, operations: Sequence[int]) -> None:
        """Patients on study change."""
        for patient in self.trial.patients if operations else ():
            patient.direct(tuple(operations), self.trial.env.now)

    def _limit(self, *, closed: bool) -> None:
        """Accrual has other limits from now on; where it has closed nothing opens it again."""
        if closed:
            self.trial.accrual.stays_closed()
        else:
            self.trial.accrual.limited()
            self.trial.holds.limited()

    def _due(self, table: AmendmentTable, now: float) -> bool:
        """Whether its triggers hold, and there is somebody whom it may reach."""
        reaches = self.trial.accrual.open or (bool(table.operations) and self.trial.on_study > 0)
        return reaches and self._held(table, now)

    def _held(
        self, table: AmendmentTable, now: float, toxic: Callable[[int], bool] = lambda _: False
    ) -> bool:
        """Whether its triggers hold."""
        held = [self._holds(trigger, now, toxic) for trigger in table.triggers]
        return all(held) if table.every else any(held)

    def _holds(self, trigger: TriggerTable, now: float, toxic: Callable[[int], bool]) -> bool:
        if trigger.unit is TriggerUnit.TOXIC:
            return toxic(trigger.dose)
        if trigger.unit is TriggerUnit.FIRED:
            return trigger.rule in self.fired
        if trigger.unit is TriggerUnit.TREATED:
            return len(self.trial.patients) >= trigger.amount
        return now >= quantise(trigger.amount)
