"""Onset on fixed days is on days."""

from __future__ import annotations

from collections.abc import Iterator

from simulator.errors import Problem, QuantityError, show
from simulator.loading.checks.case import Case
from simulator.units import parse_duration

__all__ = ["check"]


def check(case: Case) -> Iterator[Problem]:
    """The keys under `at` are lengths of time since the clock began."""
    for name, truth in case.truths.items():
        for event, body in truth.events.items():
            for component, part in body.components.items():
                fixed = getattr(getattr(part.family, "onset", None), "at", None) or {}
                path = ("truths", name, "events", event, "components", component, "onset", "at")
                for age in fixed:
                    try:
                        parse_duration(age)
                    except QuantityError as error:
                        yield case.problem((*path, age), show(age), error.allowed, error.hint)
