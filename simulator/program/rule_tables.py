"""Rules at work, numbers for words: where events count, who is counted, when a rule looks, what follows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from math import inf
from typing import TYPE_CHECKING

from simulator.contracts import ComparingTable, DelayTable, Observed, Plan, RuleTable, ShareTable, VoteTable
from simulator.program.course import Assignment, PatientState
from simulator.program.looks import LookTable
from simulator.program.words import Among, Population, Unit, Wait

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Bools = NDArray[np.bool_]
    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

__all__ = ["FOR_GOOD", "CounterTable", "HoldTable", "MonitorTable", "ScopeTable"]

FOR_GOOD = 1 << 30  # a version of the protocol that never comes


@dataclass(frozen=True, slots=True, kw_only=True)
class ScopeTable:
    """Where an event counts, judged at its occurrence; a set that is None does not restrict.

    within_days: after the last dose of `within_drug` (NONE without) it counts in any phase.
    at_mtd: only patients who were assigned the dose selected; before there is one, nobody.
    """

    phases: frozenset[int] | None
    within_days: float
    within_drug: int
    marks: frozenset[int] | None
    levels: tuple[tuple[int, frozenset[int]], ...]
    at_mtd: bool = False

    def counts(self, state: PatientState, mark: int, since_last_dose: tuple[float, ...]) -> bool:
        """Whether an occurrence in this state, with this mark, counts.

        since_last_dose: per drug, 0 while on it, inf if it was never given.
        """
        near_last_dose = self.within_drug >= 0 and since_last_dose[self.within_drug] <= self.within_days
        if self.phases is not None and state.phase not in self.phases and not near_last_dose:
            return False
        if self.marks is not None and mark not in self.marks:
            return False
        return all(state.levels[drug] in levels for drug, levels in self.levels)

    def counts_each(
        self, states: Sequence[PatientState], state: Ints, mark: Ints, since_last_dose: Floats
    ) -> Bools:
        """`counts` for many occurrences at once. state, mark: (E,); since_last_dose: (E, drugs) -> (E,).

        states: what the indices in `state` stand for.
        """
        import numpy as np

        keep = np.ones(len(state), dtype=np.bool_)
        if self.phases is not None:
            in_phase = np.array([s.phase in self.phases for s in states])[state]
            if self.within_drug >= 0:
                in_phase |= since_last_dose[:, self.within_drug] <= self.within_days
            keep &= in_phase
        if self.marks is not None:
            keep &= np.isin(mark, list(self.marks))
        for drug, levels in self.levels:
            keep &= np.array([s.levels[drug] in levels for s in states])[state]
        return keep


@dataclass(frozen=True, slots=True, kw_only=True)
class CounterTable:
    """One endpoint of a rule: the event, what is counted, in what scope, and among whom.

    window: days from entry in which events count and patients are assessed; inf without one.
    ruled_out_by: events that settle that it will not happen. harmful: whether many are bad.
    judged: patients who cannot be evaluated for it are left out. arms: whose patients are read, None for all
    together; population: which patients are whose. once: with the event a patient leaves those at risk.
    since: the version of the protocol in which its patients entered, or a later one.
    """

    event: int
    unit: Unit
    among: Among
    window: float
    ruled_out_by: tuple[int, ...]
    harmful: bool
    scope: ScopeTable
    judged: bool = False
    arms: frozenset[int] | None = None
    population: Population = Population.RANDOMISED
    n_arms: int = 0
    once: bool = True
    since: int = 0

    @property
    def of_arms(self) -> bool:
        """Whether patients are left out by their arm, as drawn or as received."""
        return self.arms is not None or (self.n_arms > 0 and self.population is not Population.RANDOMISED)

    @property
    def of_members(self) -> bool:
        """Whether patients are left out by their arm, or by the version in which they entered."""
        return self.of_arms or self.since > 0

    def concerns(self, arm: int, received: int) -> bool:
        """Whether a patient of this arm is read who received that one's treatment."""
        if self.population is Population.RANDOMISED:
            return self.arms is None or arm in self.arms
        if self.population is Population.TREATED_AS_RANDOMISED and arm != received:
            return False
        return received < self.n_arms and (self.arms is None or received in self.arms)

    def reads(self, given: Assignment) -> bool:
        """Whether a patient is read who was given this."""
        return given.version >= self.since and self.concerns(given.arm, given.received)

    def read_in(self, arms: Iterable[int], *, everyone: bool = False) -> CounterTable:
        """The same count in other arms; of everyone, as randomised."""
        population = Population.RANDOMISED if everyone else self.population
        return replace(self, arms=frozenset(arms), population=population)

    def read_among(self, among: Among) -> CounterTable:
        """The same count among others."""
        return self if among == self.among else replace(self, among=among, unit=Unit.PATIENTS)


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldTable:
    """A rule's hold of accrual: `takes`, how long it lasts; None: until it is released.

    reviewed: then accrual goes on with probability `resumes`, else it closes. Draws belong to the rule and to
    the number of its hold.
    """

    rule: str
    takes: DelayTable | None
    reviewed: bool
    resumes: float = 1.0

    @property
    def takes_stream(self) -> str:
        """How long it lasts."""
        return f"hold:{self.rule}/days"

    @property
    def resumes_stream(self) -> str:
        """Whether accrual goes on after its review."""
        return f"hold:{self.rule}/resumes"

    @property
    def shortest(self) -> float:
        """The fewest days that it lasts unless another rule ends it; inf: until one does."""
        return inf if self.takes is None else self.takes.days[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class MonitorTable:
    """A rule at work. `operations` are applied to every patient when the decision takes effect.

    plan: what the rule knew when it was lowered to `table`. known_rates: per endpoint of the rule, in its
    order, the one it is compared with, if any; counters: also so. used: those that the scenario counts.
    versus: of a rule that compares two arms, in place of boundaries; its readings are of one and the other.
    acts: it does more than hold accrual or end a hold.

    votes: of a board, which counts no patients: its one reading is of other rules. again: it may fire more
    than once. hold, releases: its hold of accrual, and the rules whose hold it ends. rank: of the looks of an
    instant those of a lower one come first. calls: rules that look when it has fired; heard_by: boards that
    look whenever it does. entries: it reads accrual in place of patients: days, and how many have entered.
    late: its looks come after the arrivals of their instant. until: the day up to which looks by the calendar
    are of use whatever else has ended. since, before: it is in force from one version of the protocol on, and
    up to another.
    """

    name: str
    plan: Plan
    table: RuleTable
    endpoints: tuple[str, ...]
    known_rates: tuple[float | None, ...]
    counters: tuple[CounterTable, ...]
    used: tuple[int, ...]
    look: LookTable
    wait: Wait
    data_cut: float
    decision_lag: float
    acts: bool
    closes_accrual: bool
    ends_trial: bool
    operations: tuple[int, ...]
    concludes: str | None
    versus: ComparingTable | None = None
    votes: VoteTable | None = None
    again: bool = False
    hold: HoldTable | None = None
    releases: tuple[int, ...] = ()
    rank: int = 0
    calls: tuple[int, ...] = ()
    heard_by: tuple[int, ...] = ()
    entries: bool = False
    late: bool = False
    until: float = 0.0
    since: int = 0
    before: int = FOR_GOOD

    def in_force(self, version: int) -> bool:
        """Whether it is one of the rules in a version of the protocol."""
        return self.since <= version < self.before

    @property
    def may_stop(self) -> bool:
        """Whether a firing may be a stop of the trial: it acts, or a review may close accrual."""
        return self.acts or (self.hold is not None and self.hold.resumes < 1.0)

    @property
    def idle(self) -> bool:
        """Whether nothing follows when it fires but looks of other rules."""
        return not (self.acts or self.hold or self.releases)

    @property
    def readings(self) -> int:
        """How many readings a look takes; of a board one of all members, and one of each."""
        if self.votes is not None:
            return 1 + len(self.votes.members)
        return 1 if self.entries else len(self.counters)

    @property
    def outcomes(self) -> tuple[str, ...]:
        """Names of its outcomes, in the order of their codes from 1 on."""
        return self.versus.outcomes if self.versus else tuple(b.outcome for b in self.table.boundaries)

    def outcome(self, code: int) -> str | None:
        """Name of the outcome behind a code, which counts from 1; 0: none."""
        return self.outcomes[code - 1] if code else None

    def code(self, observed: Sequence[Observed]) -> int:
        """Code of the first outcome that holds at these readings, one per endpoint; 0: none does."""
        return self.versus.code(observed) if self.versus else self.table.code(observed)

    def deciding(self, code: int) -> int:
        """The reading behind an outcome: of two arms the first."""
        return 0 if self.versus else self.table.boundaries[code - 1].reading

    @property
    def by_time(self) -> bool:
        """Whether it reads the follow-up of both arms."""
        return isinstance(self.versus, ShareTable)

    @property
    def among_completed(self) -> bool:
        """Whether every endpoint counts patients whose window is over."""
        return all(self.counters[i].among is Among.COMPLETED for i in self.used)

    @property
    def window(self) -> float:
        """Days after which a patient is assessed for every endpoint; 0 where none has a window."""
        windows = [self.counters[i].window for i in self.used if self.counters[i].window < inf]
        return max(windows, default=0.0)
