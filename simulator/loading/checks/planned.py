"""Rules that ask of the trial's plan what it cannot give, such as a level that no count attains."""

from __future__ import annotations

from collections.abc import Iterator

from simulator.errors import Problem
from simulator.loading.checks.checked import Checked
from simulator.loading.paths import find
from simulator.program.monitors import plan_of
from simulator.program.readable import max_treated

__all__ = ["check"]


def check(checked: Checked) -> Iterator[Problem]:
    """What a rule says is unmet, at its key. For a design that could be read in full."""
    for name, monitor in checked.design.monitoring.items():
        if not monitor.rule.uses_plan:
            continue
        plan = plan_of(checked.design, monitor, max_treated(checked.design))
        unmet = monitor.rule.unmet(plan)
        if unmet is not None:
            rule = ("design", "monitoring", name, "rule")
            path = (*rule, unmet.key)
            here = path if find(checked.tree, path) is not None else rule
            yield checked.problem(here, unmet.found, unmet.allowed)
