"""No patient can go round for ever."""

from __future__ import annotations

from collections.abc import Iterator

from simulator.errors import Problem
from simulator.loading.checks.case import Case, Path

__all__ = ["check"]


def check(case: Case) -> Iterator[Problem]:
    """Every circle of phases holds a transition with `at_most`, or a once-only event's `go_to`."""
    phases = case.design.phases
    unbounded = {
        name: {t.to for t in phase.next if t.at_most is None and t.to in phases}
        for name, phase in phases.items()
    }
    for event in case.design.events.values():
        targets = {a.name for a in event.when_detected if a.verb == "go_to" and a.name in phases}
        if event.repeats:
            for name in unbounded:
                unbounded[name] |= {str(t) for t in targets if t != name}
    reported: set[frozenset[str]] = set()
    for name in phases:
        circle = _circle(unbounded, name)
        if not circle or frozenset(circle) in reported:
            continue
        reported.add(frozenset(circle))
        last, first = circle[-1], circle[0]
        back = [i for i, t in enumerate(phases[last].next) if t.to == first]
        path: Path = ("design", "phases", last, "next", *back[:1])
        yield case.problem(
            path,
            "a circle without an end: " + " -> ".join([*circle, first]),
            "a circle with `at_most: N` on one of its transitions",
            f"{{to: {first}, at_most: 6}} lets a patient go back six times",
        )


def _circle(edges: dict[str, set[str]], start: str) -> list[str]:
    """A path from `start` back to it, [] if there is none."""
    paths, seen = [[start]], set()
    while paths:
        path = paths.pop(0)
        for target in sorted(edges[path[-1]]):
            if target == start:
                return path
            if target not in seen:
                seen.add(target)
                paths.append([*path, target])
    return []
