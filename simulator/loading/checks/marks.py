"""Marks: a truth gives each of a design's marks its share, and the shares add up to one."""

from __future__ import annotations

from collections.abc import Iterator

from simulator.errors import Problem
from simulator.loading.checks.case import Case

__all__ = ["check"]

ROUNDING = 1e-9


def check(case: Case) -> Iterator[Problem]:
    """Shares for all marks, and only for them."""
    for name, truth in case.truths.items():
        for event, body in truth.events.items():
            if event not in case.design.events:
                continue
            marks = case.design.events[event].marks
            path = ("truths", name, "events", event)
            for mark in body.marks:
                yield from case.unknown((*path, "marks", mark), f"mark of {event}", mark, list(marks))
            if not marks:
                continue
            if set(body.marks) < set(marks):
                missing = ", ".join(mark for mark in marks if mark not in body.marks)
                yield case.problem(path, f"no share for {missing}", "a share for every mark of the event")
            elif abs(sum(body.marks.values()) - 1.0) > ROUNDING:
                total = f"shares that add up to {sum(body.marks.values()):g}"
                yield case.problem((*path, "marks"), total, "shares that add up to 1")
