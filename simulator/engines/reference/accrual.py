"""Accrual: who turns up, when, and what becomes of those who come while it is held."""

from __future__ import annotations

from collections import deque
from collections.abc import Generator, Iterator
from itertools import count
from math import inf
from typing import Any, Protocol

import simpy

from simulator.contracts import InstantOrder
from simulator.engines.reference.environment import TrialEnvironment, pack
from simulator.model.latents import Latents
from simulator.program.tables import Program
from simulator.program.words import WhileHeld
from simulator.units import quantise

__all__ = ["Accrual", "TrialForAccrual"]

LAST = (1 << 32) - 1  # in the place of a candidate: after every candidate's own


class TrialForAccrual(Protocol):
    """What accrual needs of the trial."""

    env: TrialEnvironment
    program: Program
    latents: Latents

    def treated(self) -> int:
        """Patients so far."""
        ...

    def enrol(self, candidate: int, now: float) -> None:
        """A candidate becomes a patient."""
        ...


class Accrual:
    """Open while nothing closed it and no named hold is on; one name's release lifts no other's hold."""

    def __init__(self, trial: TrialForAccrual) -> None:
        self.trial = trial
        self.open = True
        self.holds: set[str] = set()
        self.waiting: deque[int] = deque()
        self.lost = 0
        self.at_hand = count()  # candidates on demand
        self.admitting = False

    def process(self) -> Generator[simpy.Event, Any, None]:
        """Candidates turn up until accrual closes, or until its limit."""
        env, program = self.trial.env, self.trial.program
        if self._on_demand:
            self._admit_now()
            if program.accrual_days < inf:
                yield env.at(quantise(program.accrual_days), pack(InstantOrder.ARRIVAL, LAST))
                self.open = False
            return
        for candidate, arrival in enumerate(self._arrivals()):
            if self._full():
                break
            if arrival > program.accrual_days:
                if self.waiting:  # they may still enter until then
                    yield env.at(quantise(program.accrual_days), pack(InstantOrder.ARRIVAL, LAST))
                break
            yield env.at(arrival, pack(InstantOrder.ARRIVAL, candidate))
            if not self.open:
                break
            if not self.holds:
                self.trial.enrol(candidate, arrival)
            elif program.while_held is WhileHeld.QUEUED:
                self.waiting.append(candidate)
            else:
                self.lost += 1
        self.open = False

    def hold(self, name: str) -> None:
        """Hold accrual under a name."""
        self.holds.add(name)

    def lift(self, name: str) -> None:
        """Lift the hold of a name; those who wait enter at this instant if no other is on."""
        self.holds.discard(name)
        if not self.holds:
            self._admit_now()

    def close(self) -> None:
        """Nobody enters any more."""
        self.open = False

    def _arrivals(self) -> Iterator[float]:
        """Days on which candidates turn up."""
        law, now = self.trial.program.accrual, 0.0
        for candidate in count():
            if law.every_days is not None:
                yield quantise(candidate * law.every_days)
            else:
                assert law.per_day is not None
                now = quantise(now + self.trial.latents.threshold("accrual/gap", candidate, 0) / law.per_day)
                yield now

    @property
    def _on_demand(self) -> bool:
        return self.trial.program.while_held is WhileHeld.ON_DEMAND

    def _full(self) -> bool:
        return self.trial.treated() >= self.trial.program.max_treated

    def _admit_now(self) -> None:
        """Those at hand enter at this instant, after every dose decision of it and before arrivals."""
        if self.admitting or not (self.waiting or self._on_demand):
            return
        self.admitting = True
        env = self.trial.env
        event = env.at(env.now, pack(InstantOrder.GATE, LAST))
        assert event.callbacks is not None
        event.callbacks.append(lambda _: self._admit(env.now))

    def _admit(self, now: float) -> None:
        self.admitting = False
        while self.open and not self.holds and not self._full() and (self.waiting or self._on_demand):
            self.trial.enrol(self.waiting.popleft() if self.waiting else next(self.at_hand), now)
        if self._full():
            self.open = False
