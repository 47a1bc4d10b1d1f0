"""Truth and design speak of the same events."""

from __future__ import annotations

from collections.abc import Iterator

from simulator.errors import Problem
from simulator.loading.checks.case import Case

__all__ = ["check"]


def check(case: Case) -> Iterator[Problem]:
    """Every event of the design has a hazard in every truth."""
    for name, truth in case.truths.items():
        for event, body in case.design.events.items():
            if body.absence_of is not None:
                continue
            lacking = event not in truth.events or not truth.events[event].components
            path = ("truths", name, "events", event)
            if lacking and not case.lost(path):
                yield case.problem(
                    path,
                    "no hazard",
                    f"a hazard for each event of the design; {event} is one",
                    f"if it does not happen, write {event}: {{hazard: 0}}",
                    missing=event not in truth.events,
                )
