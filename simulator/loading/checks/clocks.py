"""Components have the clock their hazard needs, or that its author will have had in mind."""

from __future__ import annotations

from collections.abc import Iterator

from simulator.errors import Problem
from simulator.loading.checks.checked import Checked, Path
from simulator.model.truth import Component

__all__ = ["check"]


def check(checked: Checked) -> Iterator[Problem]:
    """An onset law or a decay needs a clock; `restarts` and `pauses` say how a clock runs."""
    for path, part in _without(checked):
        if part.family.needs_clock:
            hint = "`clock: enrolment` counts from entry, `clock: stop of DRUG` from its last dose"
            yield checked.problem(path, "no clock", "a `clock`: since when the time is counted", hint)
        for key, said in (("restarts", part.restarts), ("pauses", part.pauses)):
            if said:
                yield checked.problem((*path, key), f"`{key}` without a clock", f"a `clock` that {key}")


def _without(checked: Checked) -> Iterator[tuple[Path, Component]]:
    """Components without a clock, and where they stand."""
    for name, truth in checked.truths.items():
        for event, body in truth.events.items():
            for component, part in body.components.items():
                path = ("truths", name, "events", event, "components", component)
                if part.clock is None and not checked.lost((*path, "clock")):
                    yield path, part
