"""What is done when an event is detected in a patient, or when a rule fires."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from simulator.errors import QuantityError, show
from simulator.units import Parsed
from simulator.visible import unseen

__all__ = ["DOSE_VERBS", "PATIENT_VERBS", "TRIAL_VERBS", "Action", "ActionValue", "parse_action"]

Verb = Literal[
    "close_accrual",
    "end_trial",
    "stop_drug",
    "give_drug",
    "set_dose",
    "raise_dose",
    "lower_dose",
    "go_to",
    "leave",
    "conclude",
]

BARE = ("close_accrual", "end_trial", "leave")
WITH_NAME = ("stop_drug", "give_drug", "raise_dose", "lower_dose", "go_to", "conclude")
WITH_DOSE = ("give_drug", "set_dose")
DOSE_VERBS = frozenset({"stop_drug", "give_drug", "set_dose", "raise_dose", "lower_dose"})
PATIENT_VERBS = DOSE_VERBS | {"go_to", "leave"}
TRIAL_VERBS = DOSE_VERBS | {"close_accrual", "end_trial", "go_to", "conclude"}
ALLOWED = (
    "close_accrual, end_trial, leave, {stop_drug: DRUG}, {give_drug: DRUG}, {give_drug: {DRUG: DOSE}}, "
    "{set_dose: {DRUG: DOSE}}, {raise_dose: DRUG}, {lower_dose: DRUG}, {go_to: PHASE} or {conclude: WORD}"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """One thing to do. `name` is a drug, phase or word; `dose` a level of the drug, as written.

    stop_drug: the drug stays stopped, whatever later phases give, until it is given again.
    give_drug: the drug is given (at `dose`, else at its first level) and stays given.
    set_dose: the level changes in patients who are on the drug.
    raise_dose, lower_dose: one level up or down for patients on the drug, within its levels.
    go_to: the patient enters a phase; one who is in it already stays there undisturbed.
    leave: the patient's course ends.  end_trial: every course ends at once.
    """

    verb: Verb
    name: str | None = None
    dose: str | None = None

    def text(self) -> str:
        """The action in words."""
        dose = f" at {self.dose}" if self.dose else ""
        return {
            "close_accrual": "close accrual",
            "end_trial": "end the trial: every course ends at once",
            "leave": "the patient's course ends",
            "stop_drug": f"stop {self.name}",
            "give_drug": f"give {self.name}{dose}",
            "set_dose": f"set {self.name}{dose}",
            "raise_dose": f"raise {self.name} by one level",
            "lower_dose": f"lower {self.name} by one level",
            "go_to": f"go to {self.name}",
            "conclude": f"conclude '{self.name}'",
        }[self.verb]


def parse_action(value: object) -> Action:
    """`close_accrual`, `{stop_drug: lenalidomide}`, `{give_drug: {imatinib: usual}}` -> Action."""
    if isinstance(value, Action):
        return value
    if isinstance(value, str) and value in BARE:
        return Action(verb=value)  # type: ignore[arg-type]
    if isinstance(value, dict) and len(value) == 1:
        verb, argument = next(iter(value.items()))
        if verb in WITH_NAME and isinstance(argument, str):
            if hidden := unseen(argument):
                raise QuantityError(show(argument), f"visible characters, not {', '.join(hidden)}")
            return Action(verb=verb, name=argument)
        if verb in WITH_DOSE and isinstance(argument, dict) and len(argument) == 1:
            drug, dose = next(iter(argument.items()))
            if isinstance(dose, str):
                return Action(verb=verb, name=drug, dose=dose)
    raise QuantityError(found=show(value), allowed=ALLOWED)


ActionValue = Annotated[Action, Parsed(parse_action, "string object")]
