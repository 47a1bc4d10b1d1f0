"""What a hazard family says of its own values."""

from __future__ import annotations

from collections.abc import Iterator

from simulator.errors import Problem
from simulator.loading.checks.checked import REPLACED, Checked
from simulator.model.design import Design

__all__ = ["check"]


def check(checked: Checked) -> Iterator[Problem]:
    """Errors and warnings of every component's family, at its own keys."""
    longest = sum(phase.lasts for phase in checked.design.phases.values())
    for name, truth in checked.truths.items():
        for event, body in truth.events.items():
            windows = _assessed(checked.design, event)
            for component, part in body.components.items():
                path = ("truths", name, "events", event, "components", component)
                for remark in part.family.errors():
                    yield checked.problem((*path, *remark.path), remark.found, remark.allowed, remark.hint)
                before = checked.replaced_clock(name, event, component)
                if checked.lost((*path, "clock")) or before not in ("", "enrolment"):
                    continue  # not known, or warned of with the clocks
                for remark in part.family.warnings(
                    event=event, clocked=part.clock is not None, course_days=longest, windows=windows
                ):
                    hint = f"{remark.hint}; {REPLACED}" if before else remark.hint
                    yield checked.problem(
                        (*path, *remark.path), remark.found, remark.allowed, hint, severity="warning"
                    )


def _assessed(design: Design, event: str) -> set[float | None]:
    """The windows in which an event is assessed, by itself or for a rule."""
    own = design.events[event].assessed_within if event in design.events else None
    counts = [c for monitor in design.monitoring.values() for c in monitor.counts.values()]
    return {own, *(c.window for c in counts if c.event == event)}
