"""Truth and design speak of the same events."""

from __future__ import annotations

from collections.abc import Iterator

from simulator.errors import Problem
from simulator.loading.checks.case import Case

__all__ = ["check"]


def check(case: Case) -> Iterator[Problem]:
    """Every event of the design has a hazard in every truth, and a truth has no others."""
    for name, truth in case.truths.items():
        for event in case.design.events:
            if event not in truth.events or not truth.events[event].components:
                yield case.problem(
                    ("truths", name, "events"),
                    f"no hazard for the event `{event}` in the truth `{name}`",
                    "a hazard for each event of the design",
                    "an event that does not happen has `hazard: 0`",
                )
        for event in truth.events:
            yield from case.unknown(("truths", name, "events", event), "event", event, list(case.design.events))
