"""Every phase, drug, dose, event and mark that is named exists."""

from __future__ import annotations

from collections.abc import Iterator

from simulator.errors import Problem
from simulator.loading.checks.case import Case, Path
from simulator.model.monitoring import Monitor
from simulator.model.phase import AS_BEFORE, Phase
from simulator.model.truth import Component, Truth

__all__ = ["check"]


def check(case: Case) -> Iterator[Problem]:
    """Names in phases, actions, monitoring and truths."""
    for name, phase in case.design.phases.items():
        yield from _phase(case, ("design", "phases", name), phase)
    for path, action, _ in case.actions():
        if action.verb == "go_to":
            yield from case.unknown(path, "phase", str(action.name), list(case.design.phases))
        elif action.dose is not None:
            yield from case.level(path, str(action.name), action.dose)
        elif action.verb in {"stop_drug", "give_drug"}:
            yield from case.unknown(path, "drug", str(action.name), list(case.design.drugs))
    for name, monitor in case.design.monitoring.items():
        yield from _monitor(case, ("design", "monitoring", name), monitor)
    for name, truth in case.truths.items():
        yield from _truth(case, ("truths", name), truth)


def _phase(case: Case, path: Path, phase: Phase) -> Iterator[Problem]:
    events = list(case.design.events)
    for drug, level in (phase.gives or {}).items():
        here = (*path, "gives", drug)
        if level == AS_BEFORE:
            yield from case.unknown(here, "drug", drug, list(case.design.drugs))
        else:
            yield from case.level(here, drug, level)
    for i, step in enumerate(phase.steps):
        for drug, level in step.set.items():
            yield from case.level((*path, "steps", i, "set", drug), drug, level)
        for key, event in (("unless", step.unless), ("only_if", step.only_if)):
            if event is not None:
                yield from case.unknown((*path, "steps", i, key), "event", event, events)
    for i, transition in enumerate(phase.next):
        yield from case.unknown((*path, "next", i, "to"), "phase", transition.to, list(case.design.phases))
        for key, event in (("unless", transition.unless), ("only_if", transition.only_if)):
            if event is not None:
                yield from case.unknown((*path, "next", i, key), "event", event, events)


def _monitor(case: Case, path: Path, monitor: Monitor) -> Iterator[Problem]:
    design, scope = case.design, monitor.scope
    event = monitor.counts.event
    yield from case.unknown((*path, "counts", "event"), "event", event, list(design.events))
    for phase in scope.phases or ():
        yield from case.unknown((*path, "scope", "phases"), "phase", phase, list(design.phases))
    if scope.or_within is not None:
        here = (*path, "scope", "or_within")
        yield from case.unknown((*here, "of_last"), "drug", scope.or_within.of_last, list(design.drugs))
        if scope.phases is None:
            yield case.problem(here, "or_within without phases", "phases that it widens", "any phase counts already")
    if event in design.events:
        for mark in scope.marks or ():
            known = list(design.events[event].marks)
            yield from case.unknown((*path, "scope", "marks"), f"mark of {event}", mark, known)
    for drug, levels in (scope.doses or {}).items():
        for level in levels:
            yield from case.level((*path, "scope", "doses", drug), drug, level)
    for milestone in monitor.look.milestones:
        if milestone.event is not None:
            yield from case.unknown((*path, "look"), "event", milestone.event, list(design.events))


def _truth(case: Case, path: Path, truth: Truth) -> Iterator[Problem]:
    events = list(case.design.events)
    for name, event in truth.events.items():
        for component, body in event.components.items():
            yield from _component(case, (*path, "events", name, "components", component), body)
    for name in truth.delays:
        yield from case.unknown((*path, "delays", name), "event", name, events)


def _component(case: Case, path: Path, component: Component) -> Iterator[Problem]:
    phases, drugs = list(case.design.phases), list(case.design.drugs)
    clock = component.clock
    if clock is not None and clock.of is not None:
        what, known = {
            "phase": ("phase", phases),
            "event": ("event", list(case.design.events)),
        }.get(clock.kind, ("drug", drugs))
        yield from case.unknown((*path, "clock"), what, clock.of, known)
    for phase in component.while_in or ():
        yield from case.unknown((*path, "while_in"), "phase", phase, phases)
    for key, named in (("while_on", component.while_on), ("while_off", component.while_off)):
        for drug in named:
            yield from case.unknown((*path, key), "drug", drug, drugs)
    for drug, ratios in component.dose_ratio.items():
        for level in ratios:
            yield from case.level((*path, "dose_ratio", drug), drug, level)
