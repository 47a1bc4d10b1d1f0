"""Accrual: who turns up, when, and what becomes of those who come while it is held."""

from __future__ import annotations

from bisect import bisect_right
from collections import deque
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from itertools import count
from math import exp, inf
from typing import Any, Protocol

import simpy

from simulator.contracts import InstantOrder
from simulator.engines.reference.environment import TrialEnvironment, pack
from simulator.model.latents import Latents
from simulator.model.records import Screened
from simulator.program.arms import ScreeningTable
from simulator.program.arrivals import ArrivalTable
from simulator.program.tables import Program
from simulator.program.words import Arrivals, WhileHeld
from simulator.units import quantise

__all__ = ["Accrual", "TrialForAccrual", "arrivals"]

STAGGER = "the stagger"  # the name under which an entry holds accrual; no rule has a space in its own
IN_A_ROW = 1_000  # candidates who are lost between two times that a stop is asked about
LAST = (1 << 32) - 1  # in the place of a candidate: after every candidate's own


class TrialForAccrual(Protocol):
    """What accrual needs of the trial."""

    env: TrialEnvironment
    program: Program
    latents: Latents

    def treated(self) -> int:
        """Patients so far."""
        ...

    def limit(self) -> int:
        """The most patients, by the protocol as it is now."""
        ...

    def last_day(self) -> float:
        """The last day of accrual, by the protocol as it is now."""
        ...

    def screening(self) -> ScreeningTable | None:
        """How candidates are screened who are registered now."""
        ...

    def enrol(self, candidate: int, now: float, registered: float | None = None) -> None:
        """A candidate becomes a patient."""
        ...

    def registered(self) -> None:
        """A candidate was registered."""
        ...


class Accrual:
    """Open while nothing closed it and no named hold is on; one name's release lifts no other's hold."""

    def __init__(self, trial: TrialForAccrual) -> None:
        self.trial = trial
        self.open = True
        self.stopped = False  # by a rule, or dose finding
        self.holds: set[str] = set()
        self.waiting: deque[int] = deque()
        self.lost = 0
        self.at_hand = count()  # candidates on demand
        self.admitting = False
        self.all_came = False  # nobody turns up any more
        self.awaited = False  # until the last day, before which nobody comes, as nobody knows yet
        self.register: dict[int, _Screening] = {}  # candidates who were registered, in order
        self.in_screening = 0

    def process(self) -> Generator[simpy.Event, Any, None]:
        """Candidates turn up until accrual closes, or until its limit."""
        env, program = self.trial.env, self.trial.program
        if program.last_days or self._on_demand:
            self._await_last_day()
        if self._on_demand:
            self._admit_now()
            return
        quiet = 0.0  # before that day nothing happens that could lift the hold: who comes is lost
        gaps = self.trial.latents.in_turn("accrual/gap")
        for candidate, arrival in enumerate(arrivals(program.accrual, gaps)):
            if arrival < quiet and self.lost % IN_A_ROW:
                self.lost += 1
                continue
            if self._full() or self._all_registered():
                break
            if arrival > program.accrual_days:
                self.awaited = True
                break
            yield env.at(arrival, pack(InstantOrder.ARRIVAL, candidate))
            if not self.open:
                break
            if (screening := self.trial.screening()) is not None:
                self._register(candidate, arrival, screening)
                continue
            ends = env.peek() < inf or program.accrual_days < inf
            assert ends or not self.holds, "nothing is to come that lifts a hold"
            if self._turn_up(candidate, arrival) is Screened.LOST:
                quiet = min(env.peek(), program.accrual_days)
        self.all_came = True
        if not self.open or self._full() or not (self.waiting or self.in_screening):
            self.open = False
        elif not program.last_days:  # else it is awaited from the beginning
            self._await_last_day()

    def _turn_up(self, candidate: int, now: float) -> Screened:
        """Somebody may enter who need not be screened any more; returns what comes of it."""
        if not self.holds:
            self._enrol(candidate, now)
            return Screened.ENTERED
        if self.trial.program.while_held is WhileHeld.QUEUED:
            self.waiting.append(candidate)
            return Screened.WAITING
        self.lost += 1
        return Screened.LOST

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
        self.open, self.stopped = False, True

    def limited(self) -> None:
        """The protocol has other limits: nobody enters any more if so many have, or the last day is over."""
        if self._full() or self.trial.last_day() < self.trial.env.now:
            self.open = self.awaited = False
        elif self.trial.program.last_days:
            self._await_last_day()

    def _await_last_day(self) -> None:
        """Nobody enters after the last day, unless it is another by then."""
        day = quantise(self.trial.last_day())
        if day < inf:
            event = self.trial.env.at(day, pack(InstantOrder.ARRIVAL, LAST))
            assert event.callbacks is not None
            event.callbacks.append(lambda _: self._last_day_over())

    def _last_day_over(self) -> None:
        if quantise(self.trial.last_day()) <= self.trial.env.now:
            self.open = False

    def closed(self, day: float) -> bool:
        """Whether nobody may enter any more, as far as it is known on a day."""
        if self.open:
            return False
        return self.stopped or self._full() or not self.awaited or day >= self.trial.last_day()

    def stays_closed(self) -> None:
        """Whatever another protocol says, nobody enters any more."""
        self.awaited = False

    def _enrol(self, candidate: int, now: float) -> None:
        """A candidate becomes a patient; nobody else does until the stagger is over."""
        stagger = self.trial.program.stagger
        if stagger > 0.0:
            self.hold(STAGGER)
            event = self.trial.env.at(quantise(now + stagger), pack(InstantOrder.EFFECT, 1, LAST & 0xFFFF))
            assert event.callbacks is not None
            event.callbacks.append(lambda _: self.lift(STAGGER))
        if candidate in self.register:
            self.register[candidate].outcome = Screened.ENTERED
            self.trial.enrol(candidate, now, self.register[candidate].day)
        else:
            self.trial.enrol(candidate, now)

    # -- screening --------------------------------------------------------------------------------

    def _register(self, candidate: int, now: float, screening: ScreeningTable) -> None:
        """A candidate is registered; when screening is over it is known whether the candidate may enter."""
        draw, stream = self.trial.latents.uniform, screening.takes_stream
        over = quantise(now + screening.takes.drawn(lambda: draw(stream, candidate, 0)))
        self.register[candidate] = _Screening(now, over)
        self.in_screening += 1
        event = self.trial.env.at(over, pack(InstantOrder.ARRIVAL, candidate, 1))
        assert event.callbacks is not None
        event.callbacks.append(lambda _: self._screened(candidate, over, screening))
        self.trial.registered()

    def _screened(self, candidate: int, now: float, screening: ScreeningTable) -> None:
        """Screening is over: who is eligible may enter while accrual is open."""
        of, share, draw = self.register[candidate], screening.eligible, self.trial.latents.uniform
        self.in_screening -= 1
        if share < 1.0 and draw(screening.eligible_stream, candidate, 0) >= share:
            of.outcome = Screened.INELIGIBLE
        elif self.open:
            of.outcome = self._turn_up(candidate, now)
        self._close_if_over()

    def screened(self) -> Iterator[tuple[int, float, float, int]]:
        """Who was registered: candidate, day, the day on which screening is over, what has come of it."""
        for candidate, of in self.register.items():
            yield candidate, of.day, of.over, int(of.outcome)

    @property
    def _on_demand(self) -> bool:
        return self.trial.program.while_held is WhileHeld.ON_DEMAND

    def _full(self) -> bool:
        return self.trial.treated() >= self.trial.limit()

    def _all_registered(self) -> bool:
        return len(self.register) >= self.trial.program.max_registered

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
            self._enrol(self.waiting.popleft() if self.waiting else next(self.at_hand), now)
        self._close_if_over()

    def _close_if_over(self) -> None:
        """Accrual closes when as many have entered as may, or nobody can come any more."""
        if self._full() or (self.all_came and not self.waiting and not self.in_screening):
            self.open = False


@dataclass(slots=True)
class _Screening:
    """A registered candidate: the day, that on which screening is over, and what has come of it so far."""

    day: float
    over: float
    outcome: Screened = Screened.CLOSED


def arrivals(law: ArrivalTable, gaps: Iterator[float]) -> Iterator[float]:
    """Days on which candidates turn up. gaps: their unit exponentials."""
    if law.kind is Arrivals.EVERY:
        yield from (quantise(candidate * law.every_days) for candidate in count())
    elif law.kind is Arrivals.POISSON:
        now = 0.0
        for gap in gaps:
            now = quantise(now + gap / law.per_day)
            yield now
    elif law.kind is Arrivals.PIECES:
        total = 0.0
        for gap in gaps:
            total += gap
            piece = bisect_right(law.reached, total) - 1
            yield quantise(law.starts[piece] + (total - law.reached[piece]) / law.rates[piece])
    else:
        total = 0.0
        for left, gap in zip(range(int(law.candidates), 0, -1), gaps, strict=False):
            total += gap / left
            yield quantise(law.within * (1.0 - exp(-total)))
