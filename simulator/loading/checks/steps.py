"""Dose steps fall within their phase."""

from __future__ import annotations

from collections.abc import Iterator

from simulator.errors import Problem
from simulator.loading.checks.case import Case
from simulator.units import format_days

__all__ = ["check"]


def check(case: Case) -> Iterator[Problem]:
    """A step comes before its phase ends."""
    for name, phase in case.design.phases.items():
        for i, step in enumerate(phase.steps):
            if step.after >= phase.lasts:
                yield case.problem(
                    ("design", "phases", name, "steps", i, "after"),
                    format_days(step.after),
                    f"a time before the phase ends ({format_days(phase.lasts)})",
                )
