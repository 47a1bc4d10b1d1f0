"""The cap on patients, and rules that it puts out of reach."""

from __future__ import annotations

from collections.abc import Iterator

from simulator.errors import Problem
from simulator.loading.checks.checked import Checked
from simulator.units import format_days

__all__ = ["check"]

LARGEST_CAP = 10_000


def check(checked: Checked) -> Iterator[Problem]:
    """`until` needs a number of patients; a count or look beyond it is never met (a warning)."""
    limits = checked.design.accrual.until
    path = ("design", "accrual", "until")
    strange = [milestone for milestone in limits if milestone.unit not in {"treated", "days"}]
    for milestone in strange:
        yield checked.problem(path, f"`{milestone.text()}`", "`20 treated` or `12 months`, or a list of them")
    caps = [m.amount for m in limits if m.unit == "treated"]
    if not caps:
        if not strange:
            hint = (
                f"such as [20 treated, {format_days(limits[0].amount)}]: whichever comes first"
                if limits
                else ""
            )
            yield checked.problem(path, "no number of patients", "`20 treated`, alone or in a list", hint)
        return
    cap = int(min(caps))
    if cap > LARGEST_CAP:
        yield checked.problem(path, f"{cap} treated", f"at most {LARGEST_CAP} treated")
        return
    for name, monitor in checked.design.monitoring.items():
        here = ("design", "monitoring", name)
        for milestone in monitor.look.milestones:
            if milestone.unit == "treated" and milestone.amount > cap:
                yield checked.problem(
                    (*here, "look"),
                    f"a look at {milestone.text()}, beyond the cap",
                    f"at most {cap} treated",
                    severity="warning",
                )
        least = monitor.rule.least_to_fire()
        if (
            least is not None
            and all(c.unit == "patients" for c in monitor.counts.values())
            and least[1] > cap
        ):
            key, count = least
            yield checked.problem(
                (*here, "rule", key),
                f"{count} patients, above the cap of {cap} treated",
                f"at most {cap}: this rule can never fire",
                severity="warning",
            )
