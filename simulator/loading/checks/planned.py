"""Rules that ask of the trial's plan what it cannot give, such as a level that no count attains."""

from __future__ import annotations

from collections.abc import Iterator

from simulator.errors import Problem
from simulator.loading.checks.checked import Checked
from simulator.loading.paths import find
from simulator.model.monitoring import Monitor
from simulator.program.monitors import plan_of
from simulator.program.readable import max_treated

__all__ = ["check"]

LEVEL = "false_stop"  # the key by which a rule is calibrated


def check(checked: Checked) -> Iterator[Problem]:
    """What a rule says is unmet, at its key. For a design without an error."""
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
        yield from _not_as_meant(checked, name, monitor)


def _not_as_meant(checked: Checked, name: str, monitor: Monitor) -> Iterator[Problem]:
    """A level is that of independent patients who are assessed when they are read."""
    rule = ("design", "monitoring", name, "rule")
    if find(checked.tree, (*rule, LEVEL)) is None:
        return
    counts = monitor.counts.values()
    found = {each.among or monitor.among for each in counts} - {"treated", "completed"}
    if found:
        yield checked.problem(
            (*rule, LEVEL),
            f"a level, among `{sorted(found)[0]}`",
            "`treated` or `completed`: the level is that of patients who are all assessed when they are read",
            severity="warning",
        )
    if any(each.unit == "courses" for each in counts):
        yield checked.problem(
            (*rule, LEVEL),
            "a level, of courses",
            "`patients`: the level is that of independent patients, which the courses of one are not",
            severity="warning",
        )
