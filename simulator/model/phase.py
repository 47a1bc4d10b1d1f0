"""Phases of a patient's course: what is given, when the dose changes, and what comes next."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import ceil
from typing import Annotated

from simulator.model.base import OneOrMany, Strict
from simulator.units import Days, Name, PositiveCount, Shorthand, Text

__all__ = ["AS_BEFORE", "PLAIN", "Phase", "Step", "Transition", "Visits"]

AS_BEFORE = "as before"  # what was given at the end of the last phase


def _to(value: object) -> object:
    items = value if isinstance(value, list | tuple) else [value]
    return [{"to": item} if isinstance(item, str) else item for item in items]


PLAIN = "visits"  # the name of a phase's visits when they are given without one


def _named(value: object) -> object:
    """`{every: 3 months}` is one kind of visit; a list of these follow each other."""
    if isinstance(value, list) or (isinstance(value, dict) and "every" in value):
        return {PLAIN: value}
    return value


@dataclass(frozen=True, slots=True, kw_only=True)
class Visits(Strict):
    """Visits at `every`, from where the stretch before ended (first: phase entry), k from 1.

    to: days from phase entry until which they go on, included; left out, to the phase's end.
    """

    every: Days
    to: Days | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Step(Strict):
    """A dose change in the phase, for patients on the drug: once `after` a time, or at each `every`.

    set: the level. raise: one level up. Skipped when the event `unless` was detected by then, or
    `only_if` was not; either may also name a yes-or-no trait, which the patient has or has not.
    """

    after: Days | None = None
    every: Days | None = None
    set: dict[Name, Text] = field(default_factory=dict)
    raise_dose: Name | None = None
    unless: Name | None = None
    only_if: Name | None = None

    def __post_init__(self) -> None:
        """When, and what, each said once."""
        if (self.after is None) == (self.every is None):
            raise ValueError("a step with exactly one of `after` and `every`")
        if bool(self.set) == (self.raise_dose is not None):
            raise ValueError("a step with exactly one of `set` and `raise_dose`")

    def days(self, lasts: float) -> tuple[float, ...]:
        """Days in the phase on which the step is due, all before the phase ends."""
        if self.after is not None:
            return (self.after,)
        assert self.every is not None
        times = ceil(lasts / self.every) - 1
        return tuple(k * self.every for k in range(1, times + 1))


@dataclass(frozen=True, slots=True, kw_only=True)
class Transition(Strict):
    """Where a patient goes when the phase ends; of a list the first that holds is taken.

    `unless` / `only_if`: an event detected by then, or a trait. `at_most`: how often one patient may take it.
    """

    to: Name
    unless: Name | None = None
    only_if: Name | None = None
    at_most: PositiveCount | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Phase(Strict):
    """A named stretch of a course.

    lasts: days. gives: level of each drug; a drug not named is not given; left out, the first level
    of every drug is. visits: one kind, or several by name. course: length of a course of treatment,
    for rules that count courses. next: when the phase ends; with none that holds the patient's
    course ends.
    """

    lasts: Days
    gives: dict[Name, Text] | None = None
    steps: Annotated[tuple[Step, ...], OneOrMany] = ()
    visits: Annotated[
        dict[Name, Annotated[tuple[Visits, ...], OneOrMany]],
        Shorthand(_named, Visits | tuple[Visits, ...]),
    ] = field(default_factory=dict)
    course: Days | None = None
    next: Annotated[
        tuple[Transition, ...], Shorthand(_to, Transition | Name | tuple[Transition | Name, ...])
    ] = ()
