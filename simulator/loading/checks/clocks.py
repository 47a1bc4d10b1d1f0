"""Components have the clock their hazard needs, or that its author will have had in mind."""

from __future__ import annotations

from collections.abc import Iterator

from simulator.errors import Problem
from simulator.loading.checks.checked import REPLACED, Checked, Path
from simulator.model.truth import Component
from simulator.truths.constant import ConstantHazard

__all__ = ["check"]


def check(checked: Checked) -> Iterator[Problem]:
    """An onset law or a decay needs a clock; `restarts` and `pauses` say how a clock runs."""
    for path, part in _without(checked):
        allowed = "a `clock`: since when the time is counted"
        before = checked.replaced_clock(str(path[1]), str(path[3]), str(path[5]))
        again = f"say `clock: {before}` again: {REPLACED}"
        if part.family.needs_clock:
            hint = "`clock: enrolment` counts from entry, `clock: stop of DRUG` from its last dose"
            yield checked.problem(path, "no clock", allowed, again if before else hint)
        elif before not in ("", "enrolment") and not isinstance(part.family, ConstantHazard):
            found = f"no clock, where the truth that it extends has `clock: {before}`"
            yield checked.problem(path, found, allowed, again, severity="warning")
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
