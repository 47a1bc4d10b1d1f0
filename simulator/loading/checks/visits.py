"""Events found at visits can be found."""

from __future__ import annotations

from collections.abc import Iterator

from simulator.errors import Problem
from simulator.loading.checks.case import Case

__all__ = ["check"]


def check(case: Case) -> Iterator[Problem]:
    """`detected: at visits` needs a phase with visits."""
    if any(phase.visits for phase in case.design.phases.values()):
        return
    for name, event in case.design.events.items():
        if event.detected == "at visits":
            path = ("design", "events", name, "detected")
            yield case.problem(path, "`at visits`, but no phase has visits", "`visits: {every: ...}` in a phase")
