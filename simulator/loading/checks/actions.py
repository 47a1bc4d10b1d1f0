"""Responses of patients and actions of rules use the words that belong to them."""

from __future__ import annotations

from collections.abc import Iterator

from simulator.errors import Problem
from simulator.loading.checks.checked import Checked
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
