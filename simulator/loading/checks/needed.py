"""Truth and design speak of the same events."""

from __future__ import annotations

from collections.abc import Iterator

from simulator.errors import Problem
from simulator.loading.checks.checked import Checked

__all__ = ["check"]


def check(checked: Checked) -> Iterator[Problem]:
    """Every event of the design has a hazard in every truth."""
    for name, truth in checked.truths.items():
        for event, body in checked.design.events.items():
            if body.absence_of is not None:
                continue
            lacking = event not in truth.events or not truth.events[event].components
            path = ("truths", name, "events", event)
            if lacking and not checked.lost(path):
                yield checked.problem(
                    path,
                    "no hazard",
                    f"a hazard for each event of the design; {event} is one",
                    f"if it does not happen, write {event}: {{hazard: 0}}",
                    missing=event not in truth.events,
                )
