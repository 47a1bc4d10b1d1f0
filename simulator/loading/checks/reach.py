"""Phases that nobody reaches."""

from __future__ import annotations

from collections.abc import Iterator

from simulator.errors import Problem
from simulator.loading.checks.case import Case

__all__ = ["check"]


def check(case: Case) -> Iterator[Problem]:
    """An error where a rule's scope names such a phase, else a warning."""
    phases = case.design.phases
    if not phases:
        return
    reached = [next(iter(phases))]
    jumps = [str(a.name) for _, a, _ in case.actions() if a.verb == "go_to" and a.name in phases]
    reached += [name for name in jumps if name not in reached]
    for name in reached:  # grows while it is walked
        reached += [t.to for t in phases[name].next if t.to in phases and t.to not in reached]
    lost = [name for name in phases if name not in reached]
    for name in lost:
        yield case.problem(
            ("design", "phases", name),
            f"the phase `{name}`, which nobody reaches",
            "a phase that a transition or an action leads to",
            severity="warning",
        )
    for rule, monitor in case.design.monitoring.items():
        for name in monitor.scope.phases or ():
            if name in lost:
                yield case.problem(
                    ("design", "monitoring", rule, "scope", "phases"),
                    f"the phase `{name}`, which nobody reaches",
                    f"phases that patients reach: {', '.join(reached)}",
                )
