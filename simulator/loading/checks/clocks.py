"""Components have the clock their family needs."""

from __future__ import annotations

from collections.abc import Iterator

from simulator.errors import Problem
from simulator.loading.checks.case import Case

__all__ = ["check"]


def check(case: Case) -> Iterator[Problem]:
    """An onset law or a decay needs a clock; `restarts` and `pauses` say how a clock runs."""
    for name, truth in case.truths.items():
        for event, body in truth.events.items():
            for component, part in body.components.items():
                path = ("truths", name, "events", event, "components", component)
                if part.clock is not None:
                    continue
                if part.family.needs_clock:
                    allowed = "`clock: enrolment`, `clock: stop of DRUG` or another"
                    yield case.problem(path, "no clock", allowed, "its hazard depends on the time since something")
                for key, said in (("restarts", part.restarts), ("pauses", part.pauses)):
                    if said:
                        yield case.problem((*path, key), f"`{key}` without a clock", f"a clock that {key}")
