"""The cap on patients, and looks that it puts out of reach."""

from __future__ import annotations

from collections.abc import Iterator
from math import inf

from simulator.errors import Problem
from simulator.limits import MOST_PATIENTS
from simulator.loading.checks.checked import Checked
from simulator.model.milestone import Milestone
from simulator.program.readable import most_of
from simulator.units import format_days

__all__ = ["check"]


def check(checked: Checked) -> Iterator[Problem]:
    """`until` needs a number of patients; a look beyond it is never taken (a warning)."""
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
    yield from _laws(checked)
    cap = int(min(caps))
    if cap > MOST_PATIENTS:
        yield checked.problem(path, f"{cap} treated", f"at most {MOST_PATIENTS} treated")
        return
    for name, monitor in checked.design.monitoring.items():
        here = ("design", "monitoring", name, "look")
        beyond = [m for m in monitor.look.first if m.amount > _most(checked, m, cap)]
        none = len(beyond) == len(monitor.look.first) and not monitor.look.at_end
        for milestone in beyond:
            never = ": this rule can never fire" if none else ""
            what = milestone.text().split(" ", 1)[1]
            yield checked.problem(
                here,
                f"a look at {milestone.text()}, beyond the cap",
                f"at most {cap} {what}{never}",
                severity="warning",
            )


def _laws(checked: Checked) -> Iterator[Problem]:
    """`one after another` needs to know when a patient is assessed."""
    open_ended = [
        counts.event
        for monitor in checked.design.monitoring.values()
        for counts in monitor.counts.values()
        if counts.event in checked.design.events and not checked.design.window_of(counts)
    ]
    nothing = not checked.design.monitoring and checked.design.dose_finding is None
    for name, truth in checked.truths.items():
        if truth.accrual.one_by_one and (open_ended or nothing):
            what = f"no window of {open_ended[0]}" if open_ended else "nothing that is assessed"
            yield checked.problem(
                ("truths", name, "accrual"),
                f"one after another, with {what}",
                "`one after another` where everything counted has a window",
                "give the event a window, or say how far apart patients enter: every 2 months",
            )


def _most(checked: Checked, milestone: Milestone, cap: int) -> float:
    """How far a milestone's count can come."""
    known = milestone.event is None or milestone.event in checked.design.events
    return most_of(checked.design, milestone, cap) if known else inf
