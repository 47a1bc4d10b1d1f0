"""Phases that nobody reaches."""

from __future__ import annotations

from collections.abc import Iterator

from simulator.errors import Problem
from simulator.loading.checks.checked import Checked

__all__ = ["check"]


def check(checked: Checked) -> Iterator[Problem]:
    """An error where a rule's scope names such a phase, else a warning."""
    phases = checked.design.phases
    if not phases:
        return
    reached = [next(iter(phases))]
    jumps = [str(a.name) for _, a, _ in checked.actions() if a.verb == "go_to" and a.name in phases]
    reached += [name for name in jumps if name not in reached]
    for name in reached:  # grows while it is walked
        reached += [t.to for t in phases[name].next if t.to in phases and t.to not in reached]
    for name in phases:
        if name in reached:
            continue
        counted = [rule for rule, m in checked.design.monitoring.items() if name in (m.scope.phases or ())]
        hint = f"lead there with `next: {name}` in another phase"
        yield checked.problem(
            ("design", "phases", name),
            "a phase that nobody reaches" + (f", though {counted[0]} counts events in it" if counted else ""),
            "a phase that a transition or an action leads to",
            hint + (f", or take it out of the scope of {counted[0]}" if counted else ""),
            severity="error" if counted else "warning",
        )
