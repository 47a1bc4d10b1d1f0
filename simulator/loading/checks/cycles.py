"""No patient can go round for ever, and no event bring itself about without end."""

from __future__ import annotations

from collections.abc import Iterator

from simulator.errors import Problem
from simulator.loading.checks.checked import Checked, Path
from simulator.model.truth import Component, Truth

__all__ = ["check"]


ENDLESS = 20.0  # cumulative hazard at once: one in 500 million is spared


def check(checked: Checked) -> Iterator[Problem]:
    """Circles of phases have an end; no repeating events certainly bring each other about at one instant."""
    yield from _phases(checked)
    for name, truth in checked.truths.items():
        yield from _events(checked, name, truth)


def _events(checked: Checked, name: str, truth: Truth) -> Iterator[Problem]:
    brings: dict[str, dict[str, Path]] = {event: {} for event in checked.design.events}
    for event, body in truth.events.items():
        for component, part in body.components.items():
            started = part.clock.of if part.clock is not None and part.clock.kind == "event" else None
            again = part.restarts and event in brings and checked.design.events[event].repeats
            if again and started in brings and _at_once(part) >= ENDLESS:
                path = ("truths", name, "events", event, "components", component)
                brings[started].setdefault(event, path)
    edges = {event: set(after) for event, after in brings.items()}
    reported: set[frozenset[str]] = set()
    for event in brings:
        circle = _circle(edges, event)
        if circle and frozenset(circle) not in reported:
            reported.add(frozenset(circle))
            shown = " -> ".join([*circle, circle[0]])
            yield checked.problem(
                brings[circle[-1]][circle[0]],
                f"events that bring each other about at once, without end: {shown}",
                "a probability below 100%, a time (`probability: p in T`), or no `restarts`",
            )


def _at_once(part: Component) -> float:
    """The least cumulative hazard at age 0, over doses."""
    family = part.family
    each = [family] if family.doses is None else [family.at_dose(level) for level in family.doses[1]]
    factors = [part.ratio * ratio for ratios in part.dose_ratio.values() for ratio in (1.0, *ratios.values())]
    return min(one.lower(clocked=True).at(0.0) for one in each) * min(factors, default=part.ratio)


def _phases(checked: Checked) -> Iterator[Problem]:
    """Every circle of phases holds a transition with `at_most`, or a once-only event's `go_to`."""
    phases = checked.design.phases
    ways = {**_sent(checked), **_transitions(checked)}
    unbounded = {name: {to for start, to in ways if start == name} for name in phases}
    reported: set[frozenset[str]] = set()
    for name in phases:
        circle = _circle(unbounded, name)
        if not circle or frozenset(circle) in reported:
            continue
        reported.add(frozenset(circle))
        steps = list(zip(circle, [*circle[1:], circle[0]], strict=True))[::-1]
        found = "a circle without an end: " + " -> ".join([*circle, circle[0]])
        ends = [step for step in steps if ways[step][1] == "phases"]
        senders = list(dict.fromkeys(str(ways[step][2]) for step in reversed(steps) if step not in ends))
        found += f" (`go_to` of {' and '.join(senders)})" if senders else ""
        if ends:
            hint = f"{{to: {ends[0][1]}, at_most: 6}} lets a patient go back six times"
            allowed = "a circle with `at_most: N` on one of its transitions"
            yield checked.problem(ways[ends[0]], found, allowed, hint)
        else:
            allowed = "a circle with an event that does not repeat"
            hint = f"without `repeats`, {senders[-1]} sends a patient once"
            yield checked.problem(ways[steps[0]], found, allowed, hint)


Step = tuple[str, str]


def _transitions(checked: Checked) -> dict[Step, Path]:
    """From phase to phase by a transition without `at_most`, and where it is written."""
    phases = checked.design.phases
    return {
        (name, transition.to): ("design", "phases", name, "next", i)
        for name, phase in phases.items()
        for i, transition in reversed(list(enumerate(phase.next)))
        if transition.at_most is None and transition.to in phases
    }


def _sent(checked: Checked) -> dict[Step, Path]:
    """From any other phase to that of a repeating event's `go_to`, and where it is written."""
    phases = checked.design.phases
    return {
        (name, str(action.name)): ("design", "events", event, "when_detected", i, "go_to")
        for event, body in checked.design.events.items()
        for i, action in enumerate(body.when_detected)
        if body.repeats and action.verb == "go_to" and action.name in phases
        for name in phases
        if name != action.name
    }


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
