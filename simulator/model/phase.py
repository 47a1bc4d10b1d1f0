"""Phases of a patient's course: what is given, when the dose changes, and what comes next."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from simulator.model.base import OneOrMany, Strict
from simulator.units import Days, Name, PositiveCount, Shorthand, Text

__all__ = ["AS_BEFORE", "Phase", "Step", "Transition", "Visits"]

AS_BEFORE = "as before"  # what was given at the end of the last phase


def _to(value: object) -> object:
    items = value if isinstance(value, list | tuple) else [value]
    return [{"to": item} if isinstance(item, str) else item for item in items]


@dataclass(frozen=True, slots=True, kw_only=True)
class Visits(Strict):
    """Visits at phase entry + k x `every`, k from 1; those on the phase's last instant included."""

    every: Days


@dataclass(frozen=True, slots=True, kw_only=True)
class Step(Strict):
    """A dose change planned `after` a time in the phase, for patients who are on the drug.

    Skipped when the event `unless` was detected by then, or `only_if` was not.
    """

    after: Days
    set: dict[Name, Text]
    unless: Name | None = None
    only_if: Name | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Transition(Strict):
    """Where a patient goes when the phase ends; of a list the first that holds is taken.

    `unless` / `only_if`: an event detected by then. `at_most`: how often one patient may take it.
    """

    to: Name
    unless: Name | None = None
    only_if: Name | None = None
    at_most: PositiveCount | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Phase(Strict):
    """A named stretch of a course.

    gives: level of each drug; a drug not named is not
    given; left out, the first level of every drug is. next: empty = the course ends here, or when no transition holds.
    """

    lasts: Days
    gives: dict[Name, Text] | None = None
    steps: Annotated[tuple[Step, ...], OneOrMany] = ()
    visits: Visits | None = None
    next: Annotated[tuple[Transition, ...], Shorthand(_to)] = ()
