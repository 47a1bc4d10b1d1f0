"""A box of hazards: a place of the file and its range, as `--over "PATH = x1..x1.3"` says it.

Every place is one value of one component of one event under one truth, or the component itself, whose `ratio`
is then what is moved. What the range means for a hazard is not read off the words: it is the factor by which
the cumulative hazard at the ends is that of the file, which must be one number at every age.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from math import inf, isfinite

from simulator.errors import QuantityError, TrialstopError, show
from simulator.loading.nodes import Mapping as Node
from simulator.loading.nodes import Path, Scalar, path_text
from simulator.loading.paths import find, parse_path
from simulator.loading.source import Source
from simulator.model.truth import Component, Truth
from simulator.what_ifs.vary import ASSIGNED, Scale, with_units

__all__ = ["Name", "Over", "factors", "parse_over"]

Name = tuple[str, str]
"""An event and one of its components."""

RATIO = "ratio"  # the key that multiplies a component
ALLOWED = "PATH = xLOW..xHIGH, factors, or PATH = LOW..HIGH, values as they would stand there"
INSIDE = "a component of a truth, such as truths.T.events.E.components.C, or one of its values"
ELSEWHERE = (
    "one that is: what a truth has from another is named where it is written, and --truth says which is meant"
)
AGES = tuple(10.0 ** (i / 8.0) for i in range(-16, 38))  # days: a quarter of an hour to a century
SAME = 1e-9  # of a factor, from one age to another
NOTHING, SOME = 1e-12, 1e-6  # cumulative hazards: too small to tell a factor; not 0 by any factor
_FACTOR = re.compile(r"x ?([0-9]+\.?[0-9]*|\.[0-9]+)")


@dataclass(frozen=True, slots=True)
class Over:
    """What is moved, and how far.

    text: as it was given. path: of the value that is changed. scale: what is written around its number. low,
    high: the ends of that number.
    """

    text: str
    path: str
    scale: Scale
    low: float
    high: float

    def at(self, share: float) -> float:
        """The number a share of the way from the low end to the high one."""
        return self.high if share == 1.0 else self.low + share * (self.high - self.low)

    def change(self, number: float) -> str:
        """The assignment that puts a number there."""
        return f"{self.path}={self.scale.text(number)}"

    def is_no_hazard(self, number: float) -> bool:
        """Whether it is a ratio of 0, which no file can have and a bound can."""
        return number == 0.0 and parse_path(self.path)[-1] == RATIO

    @property
    def truth(self) -> str:
        """The truth that the path names."""
        return str(parse_path(self.path)[1])


def parse_over(text: str, source: Source) -> Over:
    """`PATH = x1..x1.3` or `PATH = 0.1..0.3 per year` of a file; TrialstopError for anything else."""
    found = ASSIGNED.fullmatch(text.strip())
    if found is None:
        raise _refused(text, show(text))
    try:
        path = parse_path(found[1])
    except QuantityError as error:
        raise _refused(text, error.found, error.allowed) from None
    low, dots, high = (part.strip() for part in found[2].partition(".."))
    if not (low and dots and high):
        raise _refused(text, show(found[2].strip()) if found[2].strip() else "no range")
    if len(path) < 4 or (path[0], path[2]) != ("truths", "events"):
        raise _refused(text, "a place that is no hazard", INSIDE)
    there = find(source.root, path)
    if there is None:
        raise _refused(text, "a place that is not in the file", ELSEWHERE)
    for end in (low, high):
        if end.startswith("x"):
            _refuse_no_factor(text, end)
    factors = [_FACTOR.fullmatch(end) for end in (low, high)]
    if all(factors):
        return _multiplied(text, path, there, source, [float(end[1]) for end in factors if end])
    if any(factors):
        raise _refused(text, f"{show(low)} to {show(high)}", "two factors, or two values")
    if not isinstance(there, Scalar):
        raise _refused(text, "values of what is no single value", "factors, such as x1..x1.3")
    return _over(text, path, *_valued(text, low, high))


def _refuse_no_factor(text: str, end: str) -> None:
    """TrialstopError for an end that begins as a factor and is none."""
    try:
        number = float(end[1:])
    except ValueError:
        return
    if not isfinite(number):
        raise _refused(text, f"{end}, which has no end", "a number that has one")
    if number < 0.0:
        raise _refused(text, f"{end}, which is below 0", "a factor of 0 or more")
    if _FACTOR.fullmatch(end) is None:
        raise _refused(text, end, "a factor in plain digits, such as x1.3")


def _multiplied(text: str, path: Path, there: object, source: Source, ends: list[float]) -> Over:
    """Of a component its `ratio`, of a value the number in it."""
    if isinstance(there, Scalar):
        scale = Scale.of([there.text])
        written = None if scale is None else scale.number(there.text)
        if scale is None or written is None:
            raise _refused(text, f"{show(there.text)}, which has no number", INSIDE)
    else:
        component = _component(path, there, source)
        if component is None:
            raise _refused(text, "a place that is no component", INSIDE)
        path, scale, written = (*path, RATIO), Scale("", ""), component.ratio
    return _over(text, path, scale, *(float(f"{end * written:.12g}") for end in ends))


def _component(path: Path, there: object, source: Source) -> Component | None:
    """The component at a path: below `components`, or the only one of an event that is written short."""
    truth, event, *below = (str(step) for step in (path[1], *path[3:]))
    body = source.scenario.truths[truth].events.get(event)
    if body is None or not isinstance(there, Node):
        return None
    if below[:1] == ["components"] and len(below) == 2:
        return body.components.get(below[1])
    short = not below and "components" not in there.items and len(body.components) == 1
    return next(iter(body.components.values())) if short else None


def _valued(text: str, low: str, high: str) -> tuple[Scale, float, float]:
    ends = list(with_units([low, high]))
    scale = Scale.of(ends)
    numbers = [] if scale is None else [scale.number(end) for end in ends]
    first, last = numbers or (None, None)
    if scale is None or first is None or last is None:
        raise _refused(text, f"{show(low)} to {show(high)}", "two values that differ in one number")
    return scale, first, last


def _over(text: str, path: Path, scale: Scale, low: float, high: float) -> Over:
    if not (isfinite(low) and isfinite(high)):
        raise _refused(text, "numbers without end", "numbers that are not so large")
    if low > high:
        raise _refused(text, f"{scale.text(low)} to {scale.text(high)}", "the low end first")
    if high <= 0.0:
        raise _refused(
            text, f"nothing above {scale.text(high)}", "a high end above 0: no trial tells of no hazard"
        )
    return Over(text, path_text(path), scale, low, high)


def factors(over: Over, number: float, written: Truth, changed: Truth) -> Mapping[Name, float]:
    """Component -> by what factor its hazard is changed; empty where nothing is.

    TrialstopError where anything else is changed, or a hazard otherwise than by one factor.
    """
    found: dict[Name, float] = {}
    for event, body in written.events.items():
        now = changed.events.get(event)
        if now is None or list(now.components) != list(body.components) or now.marks != body.marks:
            raise _refused(over.text, "what is no hazard alone", INSIDE)
        for name, component in body.components.items():
            if now.components[name] != component:
                found[event, name] = _factor(over, number, component, now.components[name])
    if replace(changed, events=written.events) != written:
        raise _refused(over.text, "a place that is no hazard", INSIDE)
    return found


def _factor(over: Over, number: float, written: Component, changed: Component) -> float:
    """By what the cumulative hazard is multiplied, at every age and dose."""
    value = over.scale.text(number)
    if replace(changed, family=written.family, ratio=written.ratio) != written:
        raise _refused(over.text, f"{value}, which changes when the hazard acts", "a size of the hazard")
    levels, seen = _levels(written), set[float]()
    for before, after in zip(levels, _levels(changed), strict=True):
        if before > NOTHING < after and isfinite(before) and isfinite(after):
            seen.add(after / before)
        elif max(before, after) > SOME:
            seen.add(0.0 if after < before else inf)
    if not seen or max(levels) <= NOTHING:
        raise _refused(over.text, "a hazard that is 0 as written", "one above 0 (--set it first)")
    if max(seen) > min(seen) * (1.0 + SAME):
        raise _refused(
            over.text,
            f"{value}, which changes the hazard by a factor of {min(seen):.4g} at one age or dose and of "
            f"{max(seen):.4g} at another",
            "what multiplies the whole hazard, such as the component itself",
        )
    return max(seen)


def _levels(component: Component) -> list[float]:
    """Its cumulative hazard at some ages, of each dose."""
    family, clocked = component.family, component.clock is not None
    each = [family] if family.doses is None else [family.at_dose(level) for level in family.doses[1]]
    return [component.ratio * one.cumulative(age, clocked=clocked) for one in each for age in AGES]


def _refused(text: str, found: str, allowed: str = ALLOWED) -> TrialstopError:
    return TrialstopError(f"--over {text}: found {found}, allowed {allowed}")
