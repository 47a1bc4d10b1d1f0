"""Responses of patients and actions of rules use the words that belong to them, and do not contradict."""

from __future__ import annotations

from collections.abc import Iterator

from simulator.errors import Problem
from simulator.loading.checks.checked import Checked, Path
from simulator.model.action import PATIENT_VERBS, TRIAL_VERBS

__all__ = ["check"]


def check(checked: Checked) -> Iterator[Problem]:
    """`close_accrual` is no patient's response; `leave` is no rule's action."""
    for path, action, patient in checked.actions():
        allowed = PATIENT_VERBS if patient else TRIAL_VERBS
        if action.verb not in allowed:
            whose = "for one patient" if patient else "for a whole trial"
            hint = (
                "a rule under `monitoring` acts on the trial"
                if patient
                else "when_detected acts on one patient"
            )
            yield checked.problem(
                path, f"`{action.verb}`, {whose}", f"one of {', '.join(sorted(allowed))}", hint
            )
    yield from _phases(checked)


def _phases(checked: Checked) -> Iterator[Problem]:
    """Where a patient is sent is one phase: in one list of actions, and by rules, which may fire together."""
    of_list: dict[Path, str] = {}
    of_rules: list[tuple[str, str]] = []  # (rule, phase)
    for path, action, patient in checked.actions():
        if action.verb != "go_to":
            continue
        name, rule = str(action.name), str(path[2])
        before = of_list.setdefault(path[:-1], name)
        if before != name:
            hint = f"keep one of the two, {before} or {name}"
            yield checked.problem(path, f"go_to {name} after go_to {before}", "one phase to go to", hint)
        elif not patient:
            of_rules.append((rule, name))
            other, phase = of_rules[0]
            if phase != name:
                yield checked.problem(
                    path,
                    f"go_to {name}, while {other} has go_to {phase}",
                    "one phase to which rules send patients, since two rules may take effect at one instant",
                    f"let {rule} go to {phase} too, or stop and change drugs only",
                )
