"""Counted events can be seen in time, and their unit goes with the denominator."""

from __future__ import annotations

from collections.abc import Iterator

from simulator.errors import Problem
from simulator.loading.checks.checked import Checked
from simulator.units import format_days

__all__ = ["check"]

PATIENTS_ONLY = ("known", "weight", "fail")


def check(checked: Checked) -> Iterator[Problem]:
    """A first visit within the window; `known`, `weight` and `fail` are about patients."""
    for name, monitor in checked.design.monitoring.items():
        path = ("design", "monitoring", name, "counts")
        for endpoint, counts in monitor.counts.items():
            among = counts.among or monitor.among
            if among in PATIENTS_ONLY and counts.unit != "patients":
                found = f"`{counts.unit}` among `{among}`"
                yield checked.problem(
                    (*path, endpoint, "unit"), found, "`patients`, or among `treated` or `completed`"
                )
            event = checked.design.events.get(counts.event)
            window = counts.window or (event.window if event else None)
            if event is None or event.detected is None or window is None:
                continue
            first = _first_visit(checked, event.detected)
            if first is not None and first > window:
                what = f"but the first visit that finds {counts.event} is on day {first:g}"
                found = f"a window of {format_days(window)}, {what}"
                here = (
                    (*path, endpoint, "window")
                    if counts.window
                    else ("design", "events", counts.event, "window")
                )
                allowed = "a window that holds a visit: otherwise it is never assessed in time"
                yield checked.problem(here, found, allowed)


def _first_visit(checked: Checked, kind: str) -> float | None:
    """Day after entry of the first visit of a kind, following each phase's first transition."""
    phases, day, seen = checked.design.phases, 0.0, set()
    name = next(iter(phases), None)
    while name in phases and name not in seen:
        seen.add(name)
        phase, start = phases[name], 0.0
        for visits in phase.visits.get(kind, ()):
            end = phase.lasts if visits.to is None else min(visits.to, phase.lasts)
            if start + visits.every <= end:
                return day + start + visits.every
            start = end
        day += phase.lasts
        name = phase.next[0].to if phase.next else None
    return None
