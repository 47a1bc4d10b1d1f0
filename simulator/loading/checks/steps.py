"""Dose steps fall within their phase."""

from __future__ import annotations

from collections.abc import Iterator

from simulator.errors import Problem
from simulator.loading.checks.checked import Checked
from simulator.units import format_days

__all__ = ["check"]


def check(checked: Checked) -> Iterator[Problem]:
    """A step comes before its phase ends."""
    for name, phase in checked.design.phases.items():
        for i, step in enumerate(phase.steps):
            if checked.lost(("design", "phases", name, "lasts")) or checked.lost(
                ("design", "phases", name, "steps")
            ):
                continue
            due = step.after if step.after is not None else step.every
            if due is not None and due >= phase.lasts:
                yield checked.problem(
                    ("design", "phases", name, "steps", i, "after" if step.after is not None else "every"),
                    format_days(due),
                    f"a time before the phase ends, which is at {format_days(phase.lasts)}",
                )
