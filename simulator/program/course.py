"""The course of a patient as numbers: states, what is given at entry, phases, steps and transitions."""

from __future__ import annotations

from dataclasses import dataclass

from simulator.program.words import NONE

__all__ = ["FREE", "Assignment", "NextTable", "PatientState", "PhaseTable", "StepTable"]

FREE = -1  # no directive holds the drug: phases decide


@dataclass(frozen=True, slots=True)
class PatientState:
    """Everything of a patient that hazards and the protocol depend on.

    phase: index. levels: per drug. held: per drug, FREE, 0 (stopped by directive) or the level
    at which a directive gave it; it outlives phases. assigned: the level that dose finding gave, 0 without.
    last: per drug the level it is or was last given at, where a hazard depends on that; else 0.
    happened: events that have happened, of those on which a hazard depends, rising. arm: whose treatment is
    received; of who receives none, one more than the last; 0 in a trial without arms. plan: of the phases, by
    the version of the protocol. back_at: per drug the level that a stop for a time hides, NONE of a drug
    without one; () without any. Of a drug that has one, `held` is the directive that it hides.
    """

    phase: int
    levels: tuple[int, ...]
    held: tuple[int, ...]
    assigned: int = 0
    last: tuple[int, ...] = ()
    happened: tuple[int, ...] = ()
    arm: int = 0
    plan: int = 0
    back_at: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Assignment:
    """What a patient is given at entry.

    level: of dose finding's drug, from 1; 0 without dose finding. arm: as drawn; received: as
    `PatientState.arm`. stratum: in which the arm was drawn. version: of the protocol.
    """

    level: int = 0
    arm: int = 0
    received: int = 0
    stratum: int = 0
    version: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class StepTable:
    """A dose change `after` days in the phase, as operations.

    Conditions are indices of events, and of traits beside them; NONE without.
    """

    after: float
    operations: tuple[int, ...]
    unless: int
    only_if: int
    unless_trait: int = NONE
    only_if_trait: int = NONE


@dataclass(frozen=True, slots=True, kw_only=True)
class NextTable:
    """One transition at the end of a phase: the operation that enters the next one.

    Conditions as of `StepTable`; at_most: how often one patient may take it, NONE without a limit. number:
    which transition it is; in a later plan of the phase the first that leads to some phase is the first that
    did before, and so on, so that who is amended on study takes it no more often.
    """

    operation: int
    number: int
    unless: int
    only_if: int
    at_most: int
    unless_trait: int = NONE
    only_if_trait: int = NONE


@dataclass(frozen=True, slots=True, kw_only=True)
class PhaseTable:
    """A phase. visits: per kind of visit, stretches (from, to, every) in days of the phase.

    course_days: inf when the phase has no courses.
    """

    name: str
    days: float
    visits: tuple[tuple[tuple[float, float, float], ...], ...]
    course_days: float
    steps: tuple[StepTable, ...]
    next: tuple[NextTable, ...]
