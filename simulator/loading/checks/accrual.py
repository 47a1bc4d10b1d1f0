"""The cap on patients, and looks that it puts out of reach."""

from __future__ import annotations

from collections.abc import Iterator
from math import inf

from simulator.errors import Problem
from simulator.limits import MOST_BY_CALENDAR, MOST_PATIENTS
from simulator.loading.checks.checked import Checked
from simulator.model.design import Design
from simulator.model.milestone import Milestone
from simulator.model.monitoring import Monitor
from simulator.model.truth import Truth
from simulator.program.reach import most_of
from simulator.units import format_days

__all__ = ["check"]


def check(checked: Checked) -> Iterator[Problem]:
    """`until` needs a number of patients; a look beyond it is never taken (a warning)."""
    limits = checked.design.accrual.until
    path = ("design", "accrual", "until")
    allowed = f"{_examples(checked.design)} or `12 months`, or a list of them"
    strange = [m for m in limits if m.unit not in _units(checked.design) or m.arm is not None]
    for milestone in strange:
        yield checked.problem(path, f"`{milestone.text()}`", allowed)
    if checked.design.cap == inf:
        if not strange:
            hint = (
                f"such as [20 treated, {format_days(limits[0].amount)}]: whichever comes first"
                if limits
                else ""
            )
            wanted = "`40 randomised`" if checked.design.arms else "`20 treated`"
            yield checked.problem(path, "no number of patients", f"{wanted}, alone or in a list", hint)
        return
    yield from _laws(checked)
    cap = int(checked.design.cap)
    if cap > MOST_PATIENTS:
        unit = next(m.unit for m in limits if m.amount == cap and m.unit in {"treated", "randomised"})
        yield checked.problem(path, f"{cap} {unit}", f"at most {MOST_PATIENTS} {unit}")
        return
    yield from _by_calendar(checked, cap)
    for name, monitor in checked.design.monitoring.items():
        here = ("design", "monitoring", name, "look")
        most = {m: _most(checked, monitor, m, cap) for m in monitor.look.first}
        beyond = [m for m in monitor.look.first if m.amount > most[m]]
        none = len(beyond) == len(monitor.look.first) and not monitor.look.at_end
        for milestone in beyond:
            never = ": this rule can never fire" if none else ""
            what = milestone.text().split(" ", 1)[1]
            yield checked.problem(
                here,
                f"a look at {milestone.text()}, beyond the cap",
                f"at most {most[milestone]:.0f} {what}{never}",
                severity="warning",
            )


def _units(design: Design) -> set[str]:
    """What `until` may count."""
    arms = {"randomised"} if design.arms else set()
    screening = {"registered"} if design.screening is not None else set()
    treated = {"treated"} if design.refusal is None else set()  # some who enter are not
    return {"days", *treated, *arms, *screening}


def _examples(design: Design) -> str:
    """Counts that `until` may name."""
    units = _units(design)
    return ", ".join(f"`20 {unit}`" for unit in ("treated", "randomised", "registered") if unit in units)


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


def _by_calendar(checked: Checked, cap: int) -> Iterator[Problem]:
    """Looks set by the calendar are not without number, as expected while patients enter."""
    for name, monitor in checked.design.monitoring.items():
        every = [m.amount for m in monitor.look.milestones if m.unit == "days"]
        if monitor.look.kind != "every" or not every:
            continue
        for truth, body in checked.truths.items():
            looks = _entering(checked, body, cap) / every[0]
            if looks > MOST_BY_CALENDAR:
                yield checked.problem(
                    ("design", "monitoring", name, "look"),
                    f"{looks:,.0f} looks while patients enter, as expected under {truth}",
                    f"at most {MOST_BY_CALENDAR:,}",
                    "look less often, or limit accrual, as in `until: [20 treated, 5 years]`",
                )


def _entering(checked: Checked, truth: Truth, cap: int) -> float:
    """Days until as many have entered as may, as expected, or until accrual ends."""
    law, screening = truth.accrual, checked.design.screening
    share = screening.eligible if screening is not None and screening.eligible > 0.0 else 1.0
    apart = law.every_days or (_assessed(checked, truth) if law.one_by_one else 0.0)
    if rate := law.per_day or (law.pieces[-1].per_day if law.pieces else 0.0):
        apart = 1.0 / rate
    return min(cap / share * apart, law.within, checked.design.accrual.limit("days"))


def _assessed(checked: Checked, truth: Truth) -> float:
    """Days from one entry to the next where candidates come one after another; 0 where that is not known."""
    days = [0.0]
    for monitor in checked.design.monitoring.values():
        for counts in monitor.counts.values():
            window = checked.design.window_of(counts) if counts.event in checked.design.events else 0.0
            delays = truth.delays.get(counts.event)
            parts = (delays.detection, delays.report) if delays is not None else ()
            late = sum(delay.lower().days[-1] for delay in parts if delay is not None)
            days.append((window or 0.0) + late + monitor.data_cut + monitor.decision_lag)
    return max(days)


def _most(checked: Checked, monitor: Monitor, milestone: Milestone, cap: int) -> float:
    """How far the count of a rule's milestone can come."""
    known = milestone.event is None or milestone.event in checked.design.events
    return most_of(checked.design, monitor, milestone, cap) if known else inf
