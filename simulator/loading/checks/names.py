"""Every phase, drug, dose, event and mark that is named exists."""

from __future__ import annotations

from collections.abc import Iterator

from simulator.errors import Problem
from simulator.loading.checks.checked import Checked, Path
from simulator.model.action import DOSE_VERBS
from simulator.model.dose_finding import ASSIGNED
from simulator.model.monitoring import Monitor, Scope
from simulator.model.phase import AS_BEFORE, Phase, Step, Transition
from simulator.model.truth import Component, Truth

__all__ = ["check"]


def check(checked: Checked) -> Iterator[Problem]:
    """Names in phases, events, actions, monitoring and truths."""
    for name, phase in checked.design.phases.items():
        yield from _phase(checked, ("design", "phases", name), phase)
    for name, event in checked.design.events.items():
        for other in event.ruled_out_by:
            yield from checked.event(("design", "events", name, "ruled_out_by"), other)
    for path, action, _ in checked.actions():
        here = (*path, action.verb)
        if action.verb == "go_to":
            yield from checked.phase(here, str(action.name))
        elif action.dose is not None:
            yield from checked.level((*here, str(action.name)), str(action.name), action.dose)
        elif action.verb in DOSE_VERBS:
            yield from checked.drug(here, str(action.name))
    for name, monitor in checked.design.monitoring.items():
        yield from _monitor(checked, ("design", "monitoring", name), monitor)
    for name, truth in checked.truths.items():
        yield from _truth(checked, ("truths", name), truth)


def _phase(checked: Checked, path: Path, phase: Phase) -> Iterator[Problem]:
    for drug, level in (phase.gives or {}).items():
        here = (*path, "gives", drug)
        named = level in {AS_BEFORE, ASSIGNED}
        yield from checked.drug(here, drug) if named else checked.level(here, drug, level)
    for i, step in enumerate(phase.steps):
        for drug, level in step.set.items():
            yield from checked.level((*path, "steps", i, "set", drug), drug, level)
        if step.raise_dose is not None:
            yield from checked.drug((*path, "steps", i, "raise_dose"), step.raise_dose)
        yield from _conditions(checked, (*path, "steps", i), step)
    for i, transition in enumerate(phase.next):
        yield from checked.phase((*path, "next", i, "to"), transition.to)
        yield from _conditions(checked, (*path, "next", i), transition)


def _conditions(checked: Checked, path: Path, part: Step | Transition) -> Iterator[Problem]:
    """Each names an event of the design, or a yes-or-no trait that every truth has."""
    events = checked.known("events")
    traits = list(dict.fromkeys(trait for truth in checked.truths.values() for trait in truth.traits))
    unread = ("design", "events") in checked.left_out
    for key, name in (("unless", part.unless), ("only_if", part.only_if)):
        here = (*path, key)
        if name is None:
            continue
        if name in events and name in traits:
            yield checked.both(here, name)
        elif name in traits:
            yield from checked.trait(here, name)
        elif not unread and not any(checked.lost(("truths", truth, "traits")) for truth in checked.truths):
            yield from checked.unknown(
                here, "event or trait" if traits else "event", name, [*events, *traits]
            )


def _monitor(checked: Checked, path: Path, monitor: Monitor) -> Iterator[Problem]:
    for endpoint, counts in monitor.counts.items():
        here = (*path, "counts", endpoint)
        yield from checked.event((*here, "event"), counts.event)
        if counts.scope is not None:
            yield from _scope(checked, (*here, "scope"), counts.scope, counts.event)
    for event in dict.fromkeys(c.event for c in monitor.counts.values() if c.scope is None):
        yield from _scope(checked, (*path, "scope"), monitor.scope, event)
    for milestone in monitor.look.milestones:
        if milestone.event is not None:
            yield from checked.event((*path, "look"), milestone.event)


def _scope(checked: Checked, path: Path, scope: Scope, event: str) -> Iterator[Problem]:
    for i, phase in enumerate(scope.phases or ()):
        yield from checked.phase((*path, "phases", i), phase)
    if scope.or_within is not None:
        here = (*path, "or_within")
        yield from checked.drug((*here, "of_last"), scope.or_within.of_last)
        if scope.phases is None and not checked.lost((*path, "phases")):
            allowed = "`phases`, which or_within widens"
            yield checked.problem(
                here, "or_within without phases", allowed, "without phases every phase counts already"
            )
    if event in checked.design.events and not checked.lost(("design", "events", event, "marks")):
        for i, mark in enumerate(scope.marks or ()):
            yield from checked.unknown(
                (*path, "marks", i), "mark", mark, checked.design.events[event].marks, event
            )
    for drug, levels in (scope.doses or {}).items():
        for level in levels:
            yield from checked.level((*path, "doses", drug), drug, level)


def _truth(checked: Checked, path: Path, truth: Truth) -> Iterator[Problem]:
    everywhere = [*checked.known("events"), *(event for design in checked.designs for event in design.events)]
    known = ("design", "events") not in checked.left_out
    for name, event in truth.events.items():
        if known:
            yield from checked.unknown((*path, "events", name), "event", name, everywhere)
        for component, body in event.components.items():
            if name in checked.design.events:
                yield from _component(checked, (*path, "events", name, "components", component), body)
    for name, decided in truth.adjudication.items() if known else ():
        yield from checked.unknown((*path, "adjudication", name), "event", name, everywhere)
        here = (*path, "adjudication", name, "counts_as")
        yield from checked.unknown(here, "event", decided.counts_as, everywhere)
    for name in truth.delays if known else ():
        yield from checked.unknown((*path, "delays", name), "event", name, everywhere)


def _component(checked: Checked, path: Path, component: Component) -> Iterator[Problem]:
    clock = component.clock
    if clock is not None and clock.of is not None:
        here = (*path, "clock")
        if clock.kind == "event":
            yield from checked.event(here, clock.of)
        else:
            yield from (checked.phase_ever if clock.kind == "phase" else checked.drug)(here, clock.of)
    for phase in component.while_in or ():
        yield from checked.phase_ever((*path, "while_in"), phase)
    for key, named in (("while_on", component.while_on), ("while_off", component.while_off)):
        for drug in named:
            yield from checked.drug((*path, key), drug)
    for drug, ratios in component.dose_ratio.items():
        for level in ratios:
            yield from checked.ever((*path, "dose_ratio", drug, level), drug, level)
