"""Marks: a truth gives each of a design's marks its share, and the shares add up to one."""

from __future__ import annotations

from collections.abc import Iterator

from simulator.errors import Problem
from simulator.loading.checks.checked import Checked

__all__ = ["check"]

ROUNDING = 1e-9


def check(checked: Checked) -> Iterator[Problem]:
    """Shares for all marks, and only for them; what is upgraded becomes another."""
    yield from _upgraded(checked)
    for name, truth in checked.truths.items():
        for event, body in truth.events.items():
            path = ("truths", name, "events", event, "marks")
            if (
                event not in checked.design.events
                or checked.lost(path)
                or checked.lost(("design", "events", event, "marks"))
            ):
                continue
            marks = checked.design.events[event].marks
            strange = [mark for mark in body.marks if mark not in marks]
            for mark in strange:
                yield from checked.unknown((*path, mark), "mark", mark, marks, event)
            if not marks or strange:
                continue
            if missing := [mark for mark in marks if mark not in body.marks]:
                hint = "{" + ", ".join(f"{mark}: ..." for mark in marks) + "}, adding up to 1"
                yield checked.problem(
                    path,
                    f"no share for {', '.join(missing)}",
                    f"a share for every mark of {event}",
                    hint,
                    missing=not body.marks,
                )
            elif abs(sum(body.marks.values()) - 1.0) > ROUNDING:
                total = f"shares that add up to {sum(body.marks.values()):g}"
                yield checked.problem(path, total, "shares that add up to 1")


def _upgraded(checked: Checked) -> Iterator[Problem]:
    events = checked.design.events
    for name, truth in checked.truths.items():
        for event, delays in truth.delays.items():
            if event not in events or checked.lost(("design", "events", event, "marks")):
                continue
            for mark, body in delays.upgraded.items():
                path = ("truths", name, "delays", event, "upgraded", mark)
                yield from checked.unknown(path, "mark", mark, events[event].marks, event)
                if body.to == mark:
                    yield checked.problem((*path, "to"), f"{mark} as itself", "another mark")
                elif mark in events[event].marks:
                    yield from checked.unknown((*path, "to"), "mark", body.to, events[event].marks, event)
