"""Holds of accrual by rules: for a time, until another rule releases them, or until a review is over."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import inf
from typing import Protocol

from simulator.contracts import InstantOrder
from simulator.engines.reference.accrual import Accrual
from simulator.engines.reference.environment import TrialEnvironment, pack
from simulator.model.latents import Latents
from simulator.model.records import HoldEnd
from simulator.program.rule_tables import HoldTable
from simulator.program.tables import Program
from simulator.units import quantise

__all__ = ["Holds"]


class TrialForHolds(Protocol):
    """What holds need of the trial."""

    env: TrialEnvironment
    program: Program
    latents: Latents
    accrual: Accrual

    def last_day(self) -> float:
        """The last day of accrual, by the protocol as it is now."""
        ...

    def close_accrual(self) -> None:
        """Nobody enters any more."""
        ...


@dataclass(slots=True)
class Hold:
    """A hold: whose, the days on which it began and ends, and how, as far as is known.

    over: the day on which its time is, whenever accrual closes.
    """

    rule: int
    began: float
    ends: float
    how: HoldEnd
    over: float


class Holds:
    """Every hold of one trial, in the order in which they began; a rule has one at a time."""

    def __init__(self, trial: TrialForHolds) -> None:
        self.trial = trial
        self.begun: list[Hold] = []
        self.of_rule: dict[int, Hold] = {}  # those that are on

    def last_end(self, rule: int) -> float:
        """The day on which a rule's last hold ended or, as far as is known, will end; -inf without one."""
        return max((hold.ends for hold in self.begun if hold.rule == rule), default=-inf)

    def begin(self, rule: int, table: HoldTable, day: float) -> None:
        """A rule holds accrual from a day on; where that is closed only the review takes place."""
        trial = self.trial
        closed = trial.accrual.closed(day)
        if closed and not table.reviewed:
            return
        number = sum(hold.rule == rule for hold in self.begun)
        over = quantise(day + self._days(table, number))
        hold = Hold(rule, day, day, self._outcome(table, number), over)
        self.begun.append(hold)
        if closed:
            return
        hold.ends = min(over, trial.last_day())
        self.of_rule[rule] = hold
        trial.accrual.hold(_name(rule))
        if over < inf:
            event = trial.env.at(over, pack(InstantOrder.EFFECT, 1, rule))
            assert event.callbacks is not None
            event.callbacks.append(lambda _: self._over(hold))

    def _days(self, table: HoldTable, number: int) -> float:
        draw = self.trial.latents.uniform
        return inf if table.takes is None else table.takes.drawn(lambda: draw(table.takes_stream, number, 0))

    def _outcome(self, table: HoldTable, number: int) -> HoldEnd:
        """How the hold will end, if nothing else ends it before."""
        if table.takes is None:
            return HoldEnd.CLOSED
        if not table.reviewed:
            return HoldEnd.TIME
        u = self.trial.latents.uniform(table.resumes_stream, number, 0)
        return HoldEnd.RESUMED if u < table.resumes else HoldEnd.NOT_RESUMED

    def _over(self, hold: Hold) -> None:
        """Its time is over, unless it has ended: accrual goes on, or closes."""
        if self.of_rule.get(hold.rule) is not hold:
            return
        if hold.how is HoldEnd.NOT_RESUMED:
            self.trial.close_accrual()
        else:
            self._lift(hold)

    def release(self, rule: int) -> None:
        """Another rule ends this one's hold, if it is on."""
        hold = self.of_rule.get(rule)
        if hold is not None and self.trial.env.now < hold.ends:
            hold.ends, hold.how = self.trial.env.now, HoldEnd.RELEASED
            self._lift(hold)

    def _lift(self, hold: Hold) -> None:
        del self.of_rule[hold.rule]
        self.trial.accrual.lift(_name(hold.rule))

    def limited(self) -> None:
        """The protocol has other limits: holds that are on end with accrual."""
        if self.trial.accrual.closed(self.trial.env.now):
            self.closed()
        for hold in self.of_rule.values():
            hold.ends = min(hold.over, self.trial.last_day())

    def closed(self) -> None:
        """Accrual has closed: no hold is on any more."""
        for hold in self.of_rule.values():
            hold.ends = min(hold.ends, self.trial.env.now)
        self.of_rule = {}

    def rows(self) -> Iterator[tuple[int, float, float, int]]:
        """Of each its rule, the days on which it began and ended, and how."""
        for hold in self.begun:
            yield hold.rule, hold.began, hold.ends, int(hold.how)


def _name(rule: int) -> str:
    """The name under which accrual is held: no rule's own, under which it waits for windows."""
    return f"the hold of {rule}"
