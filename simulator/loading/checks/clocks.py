"""Components have the clock their hazard needs, or that its author will have had in mind."""

from __future__ import annotations

from collections.abc import Iterator

from simulator.errors import Problem
from simulator.loading.checks.case import Case, Path
from simulator.model.truth import Component

__all__ = ["check"]


def check(case: Case) -> Iterator[Problem]:
    """An onset law or a decay needs a clock; `restarts` and `pauses` say how a clock runs."""
    for path, part in _without(case):
        if part.family.needs_clock:
            hint = "`clock: enrolment` counts from entry, `clock: stop of DRUG` from its last dose"
            yield case.problem(path, "no clock", "a `clock`: since when the time is counted", hint)
        for key, said in (("restarts", part.restarts), ("pauses", part.pauses)):
            if said:
                yield case.problem((*path, key), f"`{key}` without a clock", f"a `clock` that {key}")


def _without(case: Case) -> Iterator[tuple[Path, Component]]:
    """Components without a clock, and where they stand."""
    for name, truth in case.truths.items():
        for event, body in truth.events.items():
            for component, part in body.components.items():
                path = ("truths", name, "events", event, "components", component)
                if part.clock is None and not case.lost((*path, "clock")):
                    yield path, part
