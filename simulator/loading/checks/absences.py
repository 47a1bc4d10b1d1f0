"""Absence events: of an event that can be detected, by a day that patients reach, and without a hazard."""

from __future__ import annotations

from collections.abc import Iterator

from simulator.errors import Problem
from simulator.loading.checks.checked import Checked
from simulator.units import format_days

__all__ = ["check"]


def check(checked: Checked) -> Iterator[Problem]:
    """What is absent, when that is known, and that no truth gives it a hazard."""
    events = checked.design.events
    for name, event in events.items():
        if event.absence_of is None or event.by is None:
            continue
        path = ("design", "events", name)
        yield from checked.event((*path, "absence_of"), event.absence_of)
        other = events.get(event.absence_of)
        if other is not None and other.absence_of is not None:
            found = "the absence of itself" if event.absence_of == name else f"{event.absence_of}, an absence"
            yield checked.problem((*path, "absence_of"), found, "an event that happens")
        lasts = checked.course_days()
        if lasts is not None and event.by > lasts:
            found = f"{format_days(event.by)}, but the planned course ends on day {lasts:g}"
            yield checked.problem((*path, "by"), found, "a day that patients reach: let a phase last longer")
        for truth, body in checked.truths.items():
            if name in body.events and body.events[name].components:
                here = ("truths", truth, "events", name)
                hint = f"say when {event.absence_of} happens"
                yield checked.problem(here, "a hazard of an absence", f"none: {name} follows by itself", hint)
