"""Looks that are not those which a rule's design names, such as its two stages."""

from __future__ import annotations

from collections.abc import Iterator

from simulator.contracts import Plan
from simulator.errors import Problem
from simulator.loading.checks.checked import Checked
from simulator.loading.paths import find
from simulator.model.monitoring import Monitor
from simulator.program.looks import lower_look
from simulator.program.monitors import plan_of
from simulator.program.reach import most_read
from simulator.program.words import MilestoneUnit

__all__ = ["check"]


def check(checked: Checked) -> Iterator[Problem]:
    """Warnings, for a design without an error."""
    cap = int(checked.design.cap)
    for name, monitor in checked.design.monitoring.items():
        decides = monitor.rule.decides_at()
        if not decides:
            continue
        here = ("design", "monitoring", name)
        most = most_read(checked.design, monitor, cap)
        if decides[-1] > most:
            found = f"a decision at {decides[-1]} patients, above the cap of {most} treated"
            yield checked.problem((*here, "rule"), found, f"at most {most}", severity="warning")
            continue
        looks = _looks(monitor, plan_of(checked.design, monitor, cap), list(checked.design.events))
        if tuple(n for n in looks if n >= decides[0]) != decides:
            at = " and ".join(map(str, decides))
            found = f"looks that are not at {at} patients, so that the errors are not those of the design"
            listed = ", ".join(f"{n} completed" for n in decides)
            there = find(checked.tree, (*here, "look")) is not None
            yield checked.problem(
                (*here, "look"), found, f"{{at: [{listed}]}}", severity="warning", missing=not there
            )


def _looks(monitor: Monitor, plan: Plan, events: list[str]) -> tuple[int, ...]:
    """The n that looks read, where the schedule fixes them, or means to; else every n."""
    schedule = lower_look(monitor.look, events)
    if schedule.kind.by_milestones and {m.unit for m in schedule.milestones} == {MilestoneUnit.KNOWN}:
        return schedule.patients(plan.max_n)
    return tuple(plan.planned)
