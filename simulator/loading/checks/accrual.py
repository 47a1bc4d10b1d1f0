"""The cap on patients, and rules that it puts out of reach."""

from __future__ import annotations

from collections.abc import Iterator

from simulator.errors import Problem
from simulator.loading.checks.case import Case

__all__ = ["check"]

LARGEST_CAP = 10_000


def check(case: Case) -> Iterator[Problem]:
    """`until` needs a number of patients; a count or look beyond it is never met (a warning)."""
    limits = case.design.accrual.until
    path = ("design", "accrual", "until")
    for milestone in limits:
        if milestone.unit not in {"treated", "days"}:
            yield case.problem(path, f"`{milestone.text()}`", "`20 treated` or `12 months`, or a list of them")
    caps = [m.amount for m in limits if m.unit == "treated"]
    if not caps:
        yield case.problem(path, "no number of patients", "`20 treated`, alone or in a list", "every rule needs a cap")
        return
    cap = int(min(caps))
    if cap > LARGEST_CAP:
        yield case.problem(path, f"{cap} treated", f"at most {LARGEST_CAP} treated")
        return
    for name, monitor in case.design.monitoring.items():
        here = ("design", "monitoring", name)
        for milestone in monitor.look.milestones:
            if milestone.unit == "treated" and milestone.amount > cap:
                yield case.problem(
                    (*here, "look"),
                    f"a look at {milestone.text()}, beyond the cap",
                    f"at most {cap} treated",
                    severity="warning",
                )
        count = getattr(monitor.rule, "count", None)
        if monitor.counts.unit == "patients" and isinstance(count, int) and count > cap:
            yield case.problem(
                (*here, "rule", "count"),
                f"{count} patients, above the cap of {cap} treated",
                f"at most {cap}: this rule can never fire",
                severity="warning",
            )


