"""Patients whom no look reads, since the cap is no multiple of what the looks go by."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from simulator.errors import Problem
from simulator.loading.checks.checked import Checked
from simulator.model.look import AT_THE_END
from simulator.program.reach import most_read
from simulator.program.readable import last_unread, max_treated
from simulator.scalars import did_you_mean

__all__ = ["check"]


def check(checked: Checked) -> Iterator[Problem]:
    """Warnings, for a design without an error: `every 5 completed` of 43 patients ends at 40."""
    cap = max_treated(checked.design)
    for name, monitor in checked.design.monitoring.items():
        first, most = last_unread(checked.design, monitor, cap), most_read(checked.design, monitor, cap)
        if not first:
            continue
        every = monitor.look.milestones[0]
        who = f"patients {first} to {most} are" if first < most else f"patient {most} is"
        yield checked.problem(
            ("design", "monitoring", name, "look"),
            f"looks up to {first - 1} {every.unit} of {most}: {who} never read",
            f"`and: {AT_THE_END}` beside `every`, or a cap that is a multiple of {every.amount:.0f}",
            did_you_mean(replace(monitor.look, at_end=True).written()),
            severity="warning",
        )
