"""Phases that nobody reaches."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from simulator.errors import Problem
from simulator.loading.checks.checked import Checked

__all__ = ["check"]


def check(checked: Checked) -> Iterator[Problem]:
    """An error where a rule's scope names such a phase, else a warning.

    After an amendment patients of earlier versions may still be in any phase that they could reach.
    """
    phases = checked.design.phases
    if not phases:
        return
    counted, anyone = (
        _reached(checked, [name for d in designs for name in _reached(replace(checked, design=d))])
        for designs in (checked.counted, checked.earlier)
    )
    for name in phases:
        rules = [rule for rule, m in checked.design.monitoring.items() if name in (m.scope.phases or ())]
        if name in counted or (name in anyone and not rules):
            continue
        hint = f"lead there with `next: {name}` in another phase"
        yield checked.problem(
            ("design", "phases", name),
            "a phase that nobody reaches" + (f", though {rules[0]} counts events in it" if rules else ""),
            "a phase that a transition or an action leads to",
            hint + (f", or take it out of the scope of {rules[0]}" if rules else ""),
            severity="error" if rules else "warning",
        )


def _reached(checked: Checked, among: Sequence[str] = ()) -> list[str]:
    """Phases that somebody comes to, from entry or from some that patients are in already."""
    phases = checked.design.phases
    jumps = [str(action.name) for _, action, _ in checked.actions() if action.verb == "go_to"]
    found = list(dict.fromkeys(name for name in [*phases][:1] + jumps + [*among] if name in phases))
    for name in found:  # grows while it is walked
        found += [t.to for t in phases[name].next if t.to in phases and t.to not in found]
    return found
