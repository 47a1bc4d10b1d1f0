"""Words of a scenario as numbers: what engines, exact calculation and metrics compare, and kernels read."""

from __future__ import annotations

from enum import IntEnum
from typing import Self

__all__ = [
    "NONE",
    "Allocation",
    "Among",
    "Arrivals",
    "ClockKind",
    "Decide",
    "LookKind",
    "MilestoneUnit",
    "Population",
    "TriggerUnit",
    "Unit",
    "Wait",
    "WhileHeld",
    "Word",
]

NONE = -1  # in place of an index, or of a number that counts from 0; a missing object is None


class Word(IntEnum):
    """Base of them all; a member is named as it is written in a scenario."""

    @classmethod
    def of(cls, word: str) -> Self:
        """The member that a word of the scenario names; KeyError if none."""
        return cls[word.upper()]

    @property
    def word(self) -> str:
        """As it is written in a scenario."""
        return self.name.lower()


class Unit(Word):
    """What a counter counts."""

    PATIENTS = 0
    EVENTS = 1
    COURSES = 2


class Among(Word):
    """Among whom a counter counts: `model.monitoring.Monitor` says what each means."""

    TREATED = 0
    COMPLETED = 1
    KNOWN = 2
    WEIGHT = 3
    FAIL = 4
    EXPOSURE = 5

    @property
    def waits(self) -> bool:
        """Whether a patient counts otherwise, or not yet, while the window is open."""
        return self not in {Among.TREATED, Among.EXPOSURE}


class ClockKind(Word):
    """What anchors a component's clock: `model.truth.Clock`."""

    ENROLMENT = 0
    PHASE = 1
    START = 2
    STOP = 3
    STEP = 4
    EVENT = 5
    REGISTRATION = 6


class LookKind(Word):
    """When a rule looks: `model.look.LookSchedule`. Those by milestones come last."""

    REPORT = 0
    END = 1
    WHEN = 2
    EVERY = 3
    AT = 4

    @property
    def by_milestones(self) -> bool:
        """Whether milestones make looks due; otherwise reports do, or the end."""
        return self >= LookKind.EVERY


class MilestoneUnit(Word):
    """What a milestone counts. Those of patients come first."""

    TREATED = 0
    COMPLETED = 1
    KNOWN = 2
    EVENTS = 3
    DAYS = 4
    REGISTERED = 5

    @property
    def of_patients(self) -> bool:
        """Whether it counts patients."""
        return self < MilestoneUnit.EVENTS


class Population(Word):
    """Which patients are an arm's: `model.monitoring.Monitor` says what each means."""

    RANDOMISED = 0
    TREATED_AS_RANDOMISED = 1
    AS_TREATED = 2


class Allocation(Word):
    """How patients are allocated to arms: `model.arms.Randomisation`."""

    SIMPLE = 0
    PERMUTED_BLOCKS = 1


class Wait(Word):
    """What waits for the windows of those treated: nothing, the look, or the look and accrual with it."""

    NONE = 0
    LOOK = 1
    ACCRUAL = 2


class Arrivals(Word):
    """The law that candidates follow: `program.arrivals.ArrivalTable` says what each means."""

    EVERY = 0
    POISSON = 1
    PIECES = 2
    UNIFORM = 3


class WhileHeld(Word):
    """What becomes of those who turn up while accrual is held: `model.design.AccrualLimit`."""

    LOST = 0
    QUEUED = 1
    ON_DEMAND = 2


class Decide(Word):
    """When dose finding decides: `model.dose_finding.DoseFinding`."""

    WHEN_WINDOW_COMPLETE = 0
    WHEN_KNOWN = 1
    WHEN_DECIDED = 2


class TriggerUnit(Word):
    """What an amendment waits for."""

    TOXIC = 0
    TREATED = 1
    DAYS = 2
    FIRED = 3
