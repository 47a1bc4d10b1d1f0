"""What a scenario leaves out, told from the scenario itself."""

from __future__ import annotations

from collections.abc import Iterator

from simulator.model.design import Design
from simulator.model.truth import Component, Truth
from simulator.reporting.document.material import Material
from simulator.reporting.text import counted, listed
from simulator.truths.constant import ConstantHazard
from simulator.truths.probability import ProbabilityWithin

__all__ = ["limitations"]


def limitations(material: Material, *, slides: bool) -> tuple[str, ...]:
    """A sentence or two each; what does not hold of this scenario is not said. slides: there are sliders."""
    scenario, results = material.scenario, material.results
    truths = {name: scenario.truths[name] for name in results.truths}
    designs = {name: scenario.designs[name] for name in results.variants}
    return tuple(
        [
            *_patients(truths),
            *_reports(material, truths),
            *_hazards(truths, slides),
            *_accrual(truths),
            *_conduct(designs),
            *_numbers(material),
        ]
    )


def _patients(truths: dict[str, Truth]) -> Iterator[str]:
    alike = [name for name, truth in truths.items() if not truth.traits]
    if alike:
        where = "" if len(alike) == len(truths) else f" under {listed(alike)}"
        yield (
            f"Patients are alike{where}: nobody is frailer than others, so that events of one patient tell "
            "nothing of his or her next but through the protocol."
        )
    if not any(truth.associations for truth in truths.values()):
        yield "Events of different kinds are independent, but for what one of them starts, ends or changes."
    yield (
        "Nobody drops out, withdraws consent, or is lost to follow-up, unless one of the events above is "
        "that; doses are taken as the protocol says."
    )


def _reports(material: Material, truths: dict[str, Truth]) -> Iterator[str]:
    for event in material.events:
        at_once = [
            name
            for name, truth in truths.items()
            if (event not in truth.delays or truth.delays[event].report is None) and event in truth.events
        ]
        if at_once:
            where = "" if len(at_once) == len(truths) else f" under {listed(at_once)}"
            yield f"{event} is reported on the day on which it is detected{where}: there is no reporting lag."
        complete = [
            name
            for name, truth in truths.items()
            if event in truth.events and (event not in truth.delays or truth.delays[event].never == 0.0)
        ]
        if complete:
            where = "" if len(complete) == len(truths) else f" under {listed(complete)}"
            yield f"Every {event} that is detected is reported sooner or later{where}."


def _hazards(truths: dict[str, Truth], slides: bool) -> Iterator[str]:
    even = dict.fromkeys(
        event
        for truth in truths.values()
        for event, body in truth.events.items()
        if body.components and all(map(_is_even, body.components.values()))
    )
    if even:
        yield (
            f"The hazard of {listed(even)} is constant as long as it acts: neither early toxicity nor one "
            "that builds up."
        )
    few = "The truths are a few points" if len(truths) > 1 else "The truth is one point"
    yield f"{few}; what lies between and beyond is told by trialstop sweep{' and the sliders' * slides}."


def _is_even(part: Component) -> bool:
    """Whether the hazard is the same as long as it acts."""
    return isinstance(part.family, ConstantHazard) or (
        isinstance(part.family, ProbabilityWithin)
        and part.family.probability.days is not None
        and part.clock is None
    )


def _accrual(truths: dict[str, Truth]) -> Iterator[str]:
    steady = [name for name, truth in truths.items() if truth.accrual.per_day is not None]
    if steady:
        where = "" if len(steady) == len(truths) else f" under {listed(steady)}"
        yield (
            f"Candidates turn up at a constant rate, independently of each other{where}: no slow start, and "
            "nobody stays away because of what is known of the drug."
        )


def _conduct(designs: dict[str, Design]) -> Iterator[str]:
    acting = [rule for design in designs.values() for rule in design.monitoring.values() if rule.then]
    reviewed = any(action.verb == "review" for rule in acting for action in rule.then)
    if acting and not reviewed:
        yield "Rules are followed as they are written: no board overrules one, or stops a trial of itself."
    if any(rule.decision_lag == 0.0 for rule in acting):
        yield "A decision takes effect on the day of its look; the data are complete and clean that day."


def _numbers(material: Material) -> Iterator[str]:
    results = material.results
    assumptions, bare = len(results.assumptions), material.unsourced.partition(":")[0]
    told = [*([counted(assumptions, "assumption")] if assumptions else []), *filter(None, [bare])]
    if told:
        yield f"These numbers rest on {listed(told)} (part 4), and hold as far as these do."
    trials = counted(results.run.trials, "trial")
    yield f"Numbers that are not marked exact have Monte Carlo error: they are from {trials} a cell."
