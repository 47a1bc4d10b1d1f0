"""Components have the clock their hazard needs, or that its author will have had in mind."""

from __future__ import annotations

from collections.abc import Iterator

from simulator.errors import Problem
from simulator.loading.checks.case import Case, Path
from simulator.model.design import Design
from simulator.model.truth import Component
from simulator.units import format_days

__all__ = ["check"]


def check(case: Case) -> Iterator[Problem]:
    """An onset law or a decay needs a clock; `restarts` and `pauses` say how a clock runs."""
    for path, event, part in _without(case):
        if part.family.needs_clock:
            hint = "`clock: enrolment` counts from entry, `clock: stop of DRUG` from its last dose"
            yield case.problem(path, "no clock", "a `clock`: since when the time is counted", hint)
        for key, said in (("restarts", part.restarts), ("pauses", part.pauses)):
            if said:
                yield case.problem((*path, key), f"`{key}` without a clock", f"a `clock` that {key}")
        yield from _outlasting(case, path, event, part)


def _without(case: Case) -> Iterator[tuple[Path, str, Component]]:
    """Components without a clock: where they stand, and of which event."""
    for name, truth in case.truths.items():
        for event, body in truth.events.items():
            for component, part in body.components.items():
                path = ("truths", name, "events", event, "components", component)
                if part.clock is None and not case.lost((*path, "clock")):
                    yield path, event, part


def _outlasting(case: Case, path: Path, event: str, part: Component) -> Iterator[Problem]:
    """A risk in just the window of its event is most often meant for it alone, and courses may outlast it."""
    within = getattr(getattr(part.family, "probability", None), "days", None)
    longest = sum(phase.lasts for phase in case.design.phases.values())
    if within is not None and within < longest and within in _assessed(case.design, event):
        found = f"a risk in {format_days(within)} without a clock, which goes on after them"
        allowed = f"a `clock` if {event} is to come within its window only"
        hint = "`clock: enrolment` ends the risk with the window; this file keeps it as a rate"
        yield case.problem((*path, "probability"), found, allowed, hint, severity="warning")


def _assessed(design: Design, event: str) -> set[float | None]:
    """The windows in which an event is assessed, by itself or for a rule."""
    own = design.events[event].assessed_within if event in design.events else None
    counts = [c for monitor in design.monitoring.values() for c in monitor.counts.values()]
    return {own, *(c.window for c in counts if c.event == event)}
