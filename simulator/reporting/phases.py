"""A phase in words: what it gives, its dose steps and visits, and what follows it."""

from __future__ import annotations

from simulator.model.design import Design
from simulator.model.dose_finding import ASSIGNED
from simulator.model.phase import AS_BEFORE, PLAIN, Phase, Step, Transition, Visits
from simulator.program.dosing import dose_drug
from simulator.reporting.arms import given_by_arm
from simulator.reporting.text import listed
from simulator.units import format_days

__all__ = ["phase_words"]


def phase_words(design: Design, name: str, phase: Phase) -> str:
    """`combination, 6 months: imatinib usual and lenalidomide 5 mg. After 1 month ...`"""
    courses = f" in courses of {format_days(phase.course)}" if phase.course else ""
    text = f"{name}, {format_days(phase.lasts)}{courses}: {_given(design, phase)}."
    for step in phase.steps:
        text += f" {_step(design, step)}."
    for kind, stretches in phase.visits.items():
        text += f" {'Visits' if kind == PLAIN else f'{kind} visits'} {_visits(stretches)}."
    return f"{text} {_next(design, phase.next)}"


def _visits(stretches: tuple[Visits, ...]) -> str:
    words = (
        f"every {format_days(v.every).removeprefix('1 ')}{f' to {format_days(v.to)}' if v.to else ''}"
        for v in stretches
    )
    return ", then ".join(words)


def _given(design: Design, phase: Phase) -> str:
    found = dose_drug(design)
    usual = {drug: ASSIGNED if drug == found else levels[0] for drug, levels in design.drugs.items()}
    words = {AS_BEFORE: "as before", ASSIGNED: "at the dose that dose finding assigned"}
    given = usual if phase.gives is None else phase.gives
    return (
        listed(
            given_by_arm(design, phase, drug) or f"{drug} {words.get(level, level)}"
            for drug, level in given.items()
        )
        or "no drug"
    )


def _step(design: Design, step: Step) -> str:
    """`After 1 month lenalidomide goes to 10 mg in patients who are on it, unless ...`"""
    when = (
        f"After {format_days(step.after)}"
        if step.after is not None
        else f"Every {format_days(step.every or 0.0)}"
    )
    changes = [f"{drug} goes to {level}" for drug, level in step.set.items()]
    if step.raise_dose:
        changes.append(f"{step.raise_dose} goes one level up")
    return f"{when} {listed(changes)} in patients who are on it{_condition(design, step)}"


def _condition(design: Design, part: Step | Transition) -> str:
    """`, unless rash was detected by then, only if the patient has the trait frail`."""
    text = ""
    for word, name in (("unless", part.unless), ("only if", part.only_if)):
        if name:
            seen = f"{name} was detected by then"
            text += f", {word} {seen if name in design.events else f'the patient has the trait {name}'}"
    return text


def _next(design: Design, transitions: tuple[Transition, ...]) -> str:
    if not transitions:
        return "Then the course ends."
    words = []
    for i, transition in enumerate(transitions):
        often = f", at most {transition.at_most} times" if transition.at_most else ""
        start = "Then" if i == 0 else "otherwise"
        words.append(f"{start} {transition.to}{_condition(design, transition)}{often}")
    last = transitions[-1]
    if last.unless or last.only_if or last.at_most:
        words.append("otherwise the course ends")
    return "; ".join(words) + "."
