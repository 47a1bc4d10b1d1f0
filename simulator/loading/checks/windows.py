"""Denominators that wait for a window have one, and counted courses have a length; `known` is biased."""

from __future__ import annotations

from collections.abc import Iterator

from simulator.errors import Problem
from simulator.loading.checks.checked import Checked

__all__ = ["check"]

BIASED = "the denominator `known`, biased towards the outcome that shows first"
WINDOWED = ("completed", "known", "weight", "fail")


def check(checked: Checked) -> Iterator[Problem]:
    """`among: completed`, `known`, `weight`, `fail`, `wait`, and a look or stop at completed patients."""
    for name, monitor in checked.design.monitoring.items():
        path = ("design", "monitoring", name)
        for endpoint, counts in monitor.counts.items():
            if counts.event not in checked.design.events:
                continue
            window = checked.design.window_of(counts)
            among = counts.among or monitor.among
            hint = f"say `window: DURATION` under design.events.{counts.event}"
            if window is None and among in WINDOWED:
                here = (*path, "counts", endpoint, "among") if counts.among else (*path, "among")
                found = f"`{among}`, but {counts.event} has no window"
                yield checked.problem(here, found, "`treated`, or an event with a window", hint)
            elif window is None and monitor.wait is not None:
                found = f"`wait: {monitor.wait}`, but {counts.event} has no window"
                yield checked.problem((*path, "wait"), found, "an event with a window", hint)
            elif window is None and any(m.unit in ("completed", "known") for m in monitor.look.milestones):
                found = f"`{monitor.look.text()}`, but {counts.event} has no window"
                yield checked.problem((*path, "look"), found, "an event with a window", hint)
            if among == "known":
                here = (*path, "counts", endpoint, "among") if counts.among else (*path, "among")
                unbiased = "`completed`, which has the textbook distribution, unless the bias is the question"
                yield checked.problem(here, BIASED, unbiased, severity="warning")
            if counts.unit == "courses" and not any(phase.course for phase in checked.design.phases.values()):
                here = (*path, "counts", endpoint, "unit")
                help_ = "say `course: DURATION` in the phase whose courses are counted"
                yield checked.problem(
                    here, "`courses`, but no phase has any", "`patients` or `events`", help_
                )
