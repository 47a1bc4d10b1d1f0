"""Drugs have dose levels, each once."""

from __future__ import annotations

from collections.abc import Iterator

from simulator.errors import Problem
from simulator.loading.checks.checked import Checked

__all__ = ["check"]


def check(checked: Checked) -> Iterator[Problem]:
    """At least one level per drug; no level twice."""
    for drug, levels in checked.design.drugs.items():
        path = ("design", "drugs", drug)
        if not levels:
            yield checked.problem(path, "no dose", "at least one level, such as [usual]")
        twice = next((level for i, level in enumerate(levels) if level in levels[:i]), None)
        if twice is not None:
            yield checked.problem(path, f"the dose {twice} twice", "each level once, lowest first")
