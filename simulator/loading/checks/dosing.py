"""Dose finding: its drug, ladder, start and DLT; what depends on it; and truths that know every dose."""

from __future__ import annotations

from collections.abc import Iterator

from simulator.errors import Problem, QuantityError
from simulator.loading.checks.checked import Checked, Path
from simulator.model.dose_finding import ASSIGNED, DoseFinding
from simulator.program.dosing import dose_drug
from simulator.program.monitors import ruling_out
from simulator.program.risks import ROUNDING
from simulator.units import format_days, format_probability

__all__ = ["check"]

HERE: Path = ("design", "dose_finding")


def check(checked: Checked) -> Iterator[Problem]:
    """Everything about one version of the dose finding; or that nothing refers to it where there is none."""
    if checked.design.dose_finding is None:
        yield from _without(checked)
        return
    yield from _drug_and_ladder(checked, checked.design.dose_finding)
    yield from _dlt(checked, checked.design.dose_finding)
    yield from _death(checked, checked.design.dose_finding)
    yield from _accelerated(checked, checked.design.dose_finding)
    yield from _patients(checked, checked.design.dose_finding)
    yield from _limits(checked)


def _without(checked: Checked) -> Iterator[Problem]:
    """Keys that speak of a dose finding that is not there."""
    if checked.lost(HERE):
        return
    allowed, hint = "only with dose finding", "say `dose_finding: {kind: three_plus_three, ...}`"
    if checked.design.expansion is not None:
        yield checked.problem(("design", "expansion"), "an expansion", allowed, hint)
    for name, monitor in checked.design.monitoring.items():
        if monitor.scope.dose is not None:
            yield checked.problem(("design", "monitoring", name, "scope", "dose"), "`mtd`", allowed, hint)
    of_arms = {drug for arm in checked.design.arms.values() for drug in arm.gives}
    for here, drug in _assigned(checked):
        if drug not in of_arms:
            yield checked.problem(here, f"`{ASSIGNED}`", allowed, hint)
    if all(design.dose_finding is None for design in checked.designs):
        for name, truth in checked.truths.items():
            for key in ("target_rate", "tolerance", "not_evaluable"):
                if getattr(truth, key):
                    yield checked.problem(("truths", name, key), f"`{key}`", allowed, hint)


def _drug_and_ladder(checked: Checked, plan: DoseFinding) -> Iterator[Problem]:
    if plan.drug is not None:
        yield from checked.drug((*HERE, "drug"), plan.drug)
    drug, drugs = dose_drug(checked.design), checked.design.drugs
    if drug not in drugs or checked.lost(("design", "drugs")) or checked.lost((*HERE, "drug")):
        return
    for name, phase in checked.design.phases.items():
        for other, level in (phase.gives or {}).items():
            if level == ASSIGNED and other != drug:
                here = ("design", "phases", name, "gives", other)
                hint = "" if plan.drug else f"say `drug: {other}` under design.dose_finding"
                yield checked.problem(
                    here, f"`{ASSIGNED}`", f"only for {drug}, the drug of the dose finding", hint
                )
    for i, level in enumerate(plan.ladder):
        yield from checked.unknown((*HERE, "ladder", i), "dose", level, drugs[drug], drug)
        if level in plan.ladder[:i]:
            yield checked.problem(
                (*HERE, "ladder", i), f"the dose {level} twice", "each dose once, lowest first"
            )
    ladder = plan.ladder or drugs[drug]
    if plan.start is not None:
        yield from checked.unknown((*HERE, "start"), "dose", plan.start, ladder, "the ladder")
    try:
        plan.method.fit_ladder(len(ladder))
    except QuantityError as error:
        key, _, found = error.found.partition(": ")
        yield checked.problem((*HERE, key), found, error.allowed, error.hint)
    given = any(other == drug for _, other in _assigned(checked)) or checked.lost(("design", "phases"))
    if not given and all(phase.gives is not None for phase in checked.design.phases.values()):
        hint = f"write `gives: {{{drug}: {ASSIGNED}}}` in the phase that gives the dose"
        yield checked.problem(HERE, f"no phase that gives {drug} as `{ASSIGNED}`", "at least one", hint)


def _limits(checked: Checked) -> Iterator[Problem]:
    """A tolerance has a target that it is added to, and leaves rates above both."""
    for name, truth in checked.truths.items():
        here, target = ("truths", name, "tolerance"), truth.target_rate
        if not truth.tolerance or checked.lost(("truths", name, "target_rate")):
            continue
        if target is None:
            yield checked.problem(here, "no `target_rate`", "a tolerance beside the target it is added to")
        elif target + truth.tolerance >= 1.0 - ROUNDING:
            found, most = format_probability(truth.tolerance), format_probability(1.0 - target)
            yield checked.problem(here, found, f"less than {most}: target and tolerance are below 100%")


def _assigned(checked: Checked) -> Iterator[tuple[Path, str]]:
    """Where a phase gives what dose finding assigned: (path, drug)."""
    for name, phase in checked.design.phases.items():
        for drug, level in (phase.gives or {}).items():
            if level == ASSIGNED:
                yield ("design", "phases", name, "gives", drug), drug


def _dlt(checked: Checked, plan: DoseFinding) -> Iterator[Problem]:
    """The DLT is an event with a window that the planned course covers."""
    if plan.event not in checked.design.events:
        problems = list(checked.event((*HERE, "event"), plan.event))
        yield from problems
        return
    event = checked.design.events[plan.event]
    if event.assessed_within is None:
        if not checked.lost(("design", "events", plan.event)):
            found = f"{plan.event}, which has no window"
            hint = f"say `window: DURATION` under design.events.{plan.event}"
            yield checked.problem((*HERE, "event"), found, "an event with a window", hint)
        return
    lasts = checked.course_days()
    if lasts is not None and event.window is not None and event.window > lasts:
        found = f"{format_days(event.window)}, but the planned course ends on day {lasts:g}"
        here = ("design", "events", plan.event, "window")
        yield checked.problem(here, found, "a window within the course: nobody would be evaluable")


def _death(checked: Checked, plan: DoseFinding) -> Iterator[Problem]:
    event = checked.design.events.get(plan.death)
    if plan.death_in_window and event is None:
        yield from checked.event((*HERE, "death"), plan.death)
    if event is not None and not any(action.verb == "leave" for action in event.when_detected):
        here = ("design", "events", plan.death)
        yield checked.problem(
            here,
            f"{plan.death}, which goes on",
            "an event that ends the course",
            "say `when_detected: leave`",
        )


def _accelerated(checked: Checked, plan: DoseFinding) -> Iterator[Problem]:
    """One patient a dose ends with the first DLT, and with patients who have one other event."""
    here: Path = (*HERE, "accelerated_until")
    until, first = plan.accelerated_until, f"`{plan.event}: 1`, the first DLT"
    if not checked.has(here) or checked.lost(here):
        return
    if plan.event not in until:
        told = f"nothing of {plan.event}"
        yield checked.problem(here, told, f"{first}, and if need be a milder event")
    elif until[plan.event] != 1:
        yield checked.problem((*here, plan.event), str(until[plan.event]), first)
    milder = [event for event in until if event != plan.event]
    for event in milder:
        yield from checked.event((*here, event), event)
    if len(milder) > 1:
        yield checked.problem(here, " and ".join(milder), f"one event beside {plan.event}")
    elif milder:
        yield from _milder(checked, plan, milder[0])
    if plan.method.first_cohort != plan.method.cohort:
        allowed = "a design that does not titrate by itself: leave `titration` out"
        yield checked.problem(here, "one patient a dose twice", allowed)


def _milder(checked: Checked, plan: DoseFinding, event: str) -> Iterator[Problem]:
    """It says nothing of a DLT, is the same throughout, and so many can have it."""
    path: Path = (*HERE, "accelerated_until", event)
    dlt, many = checked.design.events.get(plan.event), plan.accelerated_until[event]
    if event == plan.death or (dlt is not None and event in ruling_out(dlt)):
        allowed = "an event after which a DLT may still come"
        yield checked.problem(path, f"{event}, which decides about {plan.event}", allowed)
    begun = checked.earlier[0].dose_finding if checked.earlier else None
    if begun is not None and event != begun.moderate:
        allowed = (
            f"{begun.moderate}, as at the start" if begun.moderate else "none: there is none at the start"
        )
        yield checked.problem(path, f"{event} after an amendment", allowed)
    drug = dose_drug(checked.design)
    doses = len(plan.ladder or checked.design.drugs.get(drug or "", ()))
    if doses and many >= doses:
        allowed = f"fewer than the {doses} doses: the top one ends it as well"
        yield checked.problem(path, f"{many} patients", allowed, severity="warning")


def _patients(checked: Checked, plan: DoseFinding) -> Iterator[Problem]:
    """A warning where accrual ends before the dose finding can."""
    most, cap = plan.method.most_in_all, checked.design.cap
    if most is None or checked.lost(("design", "accrual")):
        return
    if checked.design.expansion is not None:
        most += checked.design.expansion.patients
    if most > cap:
        recommends = plan.method.recommends_unfinished
        ends = "goes by what is known" if recommends else "selects no dose"
        yield checked.problem(
            ("design", "accrual", "until"),
            f"{cap:g} patients, where the dose finding may need {most}",
            f"at least {most}: a trial that ends before {ends}",
            severity="warning",
        )
