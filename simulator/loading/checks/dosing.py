"""Dose finding: its drug, ladder, start and DLT; what depends on it; and truths that know every dose."""

from __future__ import annotations

from collections.abc import Iterator

from simulator.errors import Problem
from simulator.loading.checks.case import Case, Path
from simulator.model.dose_finding import ASSIGNED, DoseFinding
from simulator.program.dosing import dose_drug
from simulator.units import format_days

__all__ = ["check"]

HERE: Path = ("design", "dose_finding")


def check(case: Case) -> Iterator[Problem]:
    """Everything about one version of the dose finding; or that nothing refers to it where there is none."""
    if case.design.dose_finding is None:
        yield from _without(case)
        return
    yield from _drug_and_ladder(case, case.design.dose_finding)
    yield from _dlt(case, case.design.dose_finding)
    yield from _death(case, case.design.dose_finding)


def _without(case: Case) -> Iterator[Problem]:
    """Keys that speak of a dose finding that is not there."""
    if case.lost(HERE):
        return
    allowed, hint = "only with dose finding", "say `dose_finding: {kind: three_plus_three, ...}`"
    if case.design.expansion is not None:
        yield case.problem(("design", "expansion"), "an expansion", allowed, hint)
    for name in case.design.amendments:
        yield case.problem(("design", "amendments", name), "an amendment", allowed, hint)
    for name, monitor in case.design.monitoring.items():
        if monitor.scope.dose is not None:
            yield case.problem(("design", "monitoring", name, "scope", "dose"), "`mtd`", allowed, hint)
    for here, _ in _assigned(case):
        yield case.problem(here, f"`{ASSIGNED}`", allowed, hint)
    if all(design.dose_finding is None for design in case.designs):
        for name, truth in case.truths.items():
            for key, given in (("target_rate", truth.target_rate), ("not_evaluable", truth.not_evaluable)):
                if given:
                    yield case.problem(("truths", name, key), f"`{key}`", allowed, hint)


def _drug_and_ladder(case: Case, plan: DoseFinding) -> Iterator[Problem]:
    if plan.drug is not None:
        yield from case.drug((*HERE, "drug"), plan.drug)
    drug, drugs = dose_drug(case.design), case.design.drugs
    if drug not in drugs:
        return
    for name, phase in case.design.phases.items():
        for other, level in (phase.gives or {}).items():
            if level == ASSIGNED and other != drug:
                here = ("design", "phases", name, "gives", other)
                hint = "" if plan.drug else f"say `drug: {other}` under design.dose_finding"
                yield case.problem(
                    here, f"`{ASSIGNED}`", f"only for {drug}, the drug of the dose finding", hint
                )
    for i, level in enumerate(plan.ladder):
        yield from case.unknown((*HERE, "ladder", i), "dose", level, drugs[drug], drug)
        if level in plan.ladder[:i]:
            yield case.problem(
                (*HERE, "ladder", i), f"the dose {level} twice", "each dose once, lowest first"
            )
    ladder = plan.ladder or drugs[drug]
    if plan.start is not None:
        yield from case.unknown((*HERE, "start"), "dose", plan.start, ladder, "the ladder")
    given = any(other == drug for _, other in _assigned(case))
    if not given and all(phase.gives is not None for phase in case.design.phases.values()):
        hint = f"write `gives: {{{drug}: {ASSIGNED}}}` in the phase that gives the dose"
        yield case.problem(HERE, f"no phase that gives {drug} as `{ASSIGNED}`", "at least one", hint)


def _assigned(case: Case) -> Iterator[tuple[Path, str]]:
    """Where a phase gives what dose finding assigned: (path, drug)."""
    for name, phase in case.design.phases.items():
        for drug, level in (phase.gives or {}).items():
            if level == ASSIGNED:
                yield ("design", "phases", name, "gives", drug), drug


def _dlt(case: Case, plan: DoseFinding) -> Iterator[Problem]:
    """The DLT is an event with a window that the planned course covers."""
    if plan.event not in case.design.events:
        problems = list(case.event((*HERE, "event"), plan.event))
        yield from problems
        return
    event = case.design.events[plan.event]
    if event.assessed_within is None:
        if not case.lost(("design", "events", plan.event)):
            found = f"{plan.event}, which has no window"
            hint = f"say `window: DURATION` under design.events.{plan.event}"
            yield case.problem((*HERE, "event"), found, "an event with a window", hint)
        return
    lasts = case.course_days()
    if lasts is not None and event.window is not None and event.window > lasts:
        found = f"{format_days(event.window)}, but the planned course ends on day {lasts:g}"
        here = ("design", "events", plan.event, "window")
        yield case.problem(here, found, "a window within the course: nobody would be evaluable")


def _death(case: Case, plan: DoseFinding) -> Iterator[Problem]:
    event = case.design.events.get(plan.death)
    if plan.death_in_window and event is None:
        yield from case.event((*HERE, "death"), plan.death)
    if event is not None and not any(action.verb == "leave" for action in event.when_detected):
        here = ("design", "events", plan.death)
        yield case.problem(
            here,
            f"{plan.death}, which goes on",
            "an event that ends the course",
            "say `when_detected: leave`",
        )
