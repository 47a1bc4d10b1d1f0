"""What is done when an event is detected in a patient, or when a rule fires."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Annotated, Literal

from simulator.errors import QuantityError, show
from simulator.repairs import close_match
from simulator.units import (
    Parsed,
    format_days,
    format_probability,
    parse_delay,
    parse_duration,
    parse_name,
    parse_probability,
)
from simulator.visible import unseen

__all__ = ["DOSE_VERBS", "FOR", "HOLD_VERBS", "PATIENT_VERBS", "TIMED", "TRIAL_VERBS", "VERBS", "Action",
    "ActionValue", "Review", "parse_action"]  # fmt: skip

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
    "hold_accrual",
    "review",
    "release",
]

BARE = ("close_accrual", "end_trial", "leave")
WITH_NAME = ("stop_drug", "give_drug", "raise_dose", "lower_dose", "go_to", "conclude")
WITH_DOSE = ("give_drug", "set_dose")
TIMED, FOR = "stop_drug", "for"
"""The verb that may be for a time, and the key that says for how long."""
DOSE_VERBS = frozenset({"stop_drug", "give_drug", "set_dose", "raise_dose", "lower_dose"})
PATIENT_VERBS = DOSE_VERBS | {"go_to", "leave"}
HOLD_VERBS = frozenset({"hold_accrual", "review", "release"})
TRIAL_VERBS = DOSE_VERBS | HOLD_VERBS | {"close_accrual", "end_trial", "go_to", "conclude"}
VERBS = PATIENT_VERBS | TRIAL_VERBS
HOLD_WORDS = (
    "{hold_accrual: until released}",
    "{hold_accrual: 30 days}",
    "{review: {takes: 6 weeks, resumes: 70%}}",
    "{release: RULE}",
)
ALLOWED = (
    "close_accrual, end_trial, leave, {stop_drug: DRUG}, {stop_drug: DRUG, for: 28 days}, {give_drug: DRUG}, "
    "{give_drug: {DRUG: DOSE}}, {set_dose: {DRUG: DOSE}}, {raise_dose: DRUG}, {lower_dose: DRUG}, "
    "{go_to: PHASE}, {conclude: WORD}, "
    f"{', '.join(HOLD_WORDS[:-1])} or {HOLD_WORDS[-1]}"
)
UNTIL_RELEASED = "until released"
REVIEW_WORDS = "{takes: 6 weeks, resumes: 70%} or {takes: {uniform: [4 weeks, 8 weeks]}, resumes: 70%}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """People meet: after a time between `takes`, all alike, accrual goes on with probability `resumes`.

    Else it closes for good. takes: days, the shortest and the longest.
    """

    takes: tuple[float, float]
    resumes: float

    def text(self) -> str:
        """In words."""
        low, high = (format_days(days) for days in self.takes)
        number, _, unit = low.partition(" ")
        within = low if low == high else f"{number if high.endswith(f' {unit}') else low} to {high}"
        if self.resumes in {0.0, 1.0}:
            return f"a review, which takes {within} and {'resumes it' if self.resumes else 'closes it'}"
        resumes = format_probability(self.resumes)
        return (
            f"a review, which takes {within} and resumes it with a probability of {resumes}, else closes it"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """One thing to do. `name` is a drug, phase, word or rule; `dose` a level of the drug, as written.

    stop_drug: the drug stays stopped, whatever later phases give, until it is given again; with `days` for so
    long, after which the patient is on what would be given had it not been stopped.
    give_drug: the drug is given (at `dose`, else at its first level) and stays given.
    set_dose: the level changes in patients who are on the drug.
    raise_dose, lower_dose: one level up or down for patients on the drug, within its levels.
    go_to: the patient enters a phase; one who is in it already stays there undisturbed.
    leave: the patient's course ends.  end_trial: every course ends at once.
    hold_accrual: nobody enters, for `days` or until another rule releases the hold.  review: nobody enters
    until a review is over (`review`).  release: the hold of the rule `name` ends, no other.
    """

    verb: Verb
    name: str | None = None
    dose: str | None = None
    days: float | None = None
    review: Review | None = None

    @property
    def holds(self) -> bool:
        """Whether it holds accrual."""
        return self.verb in {"hold_accrual", "review"}

    def text(self) -> str:
        """The action in words."""
        if self.review is not None:
            return f"hold accrual for {self.review.text()}"
        how_long = "until it is released" if self.days is None else f"for {format_days(self.days)}"
        dose = f" at {self.dose}" if self.dose else ""
        return {
            "close_accrual": "close accrual",
            "end_trial": "end the trial: every course ends at once",
            "leave": "the patient's course ends",
            "stop_drug": f"stop {self.name}{f' {how_long}' if self.days else ''}",
            "give_drug": f"give {self.name}{dose}",
            "set_dose": f"set {self.name}{dose}",
            "raise_dose": f"raise {self.name} by one level",
            "lower_dose": f"lower {self.name} by one level",
            "go_to": f"go to {self.name}",
            "conclude": f"conclude '{self.name}'",
            "hold_accrual": f"hold accrual {how_long}",
            "release": f"release the hold of {self.name}",
        }[self.verb]


def parse_action(value: object) -> Action:
    """`close_accrual`, `{stop_drug: lenalidomide}`, `{give_drug: {imatinib: usual}}` -> Action."""
    if isinstance(value, Action):
        return value
    if isinstance(value, str) and value in BARE:
        return Action(verb=value)  # type: ignore[arg-type]
    if isinstance(value, dict) and FOR in value:
        return _for_a_time(value)
    if isinstance(value, dict) and len(value) == 1:
        verb, argument = next(iter(value.items()))
        if verb == "hold_accrual":
            return Action(verb=verb, days=None if argument == UNTIL_RELEASED else _hold(argument))
        if verb == "review":
            return Action(verb=verb, review=_review(argument))
        if verb == "release" and isinstance(argument, str):
            return Action(verb=verb, name=parse_name(argument))
        if verb in WITH_NAME and isinstance(argument, str):
            if hidden := unseen(argument):
                raise QuantityError(show(argument), f"visible characters, not {', '.join(hidden)}")
            return Action(verb=verb, name=argument)
        if verb in WITH_DOSE and isinstance(argument, dict) and len(argument) == 1:
            drug, dose = next(iter(argument.items()))
            if isinstance(dose, str):
                return Action(verb=verb, name=drug, dose=dose)
    raise QuantityError(found=show(value), allowed=ALLOWED)


def _for_a_time(value: dict[str, object]) -> Action:
    """`{stop_drug: lenalidomide, for: 28 days}`."""
    rest = {key: argument for key, argument in value.items() if key != FOR}
    if len(rest) > 1:
        raise QuantityError(show(value), ALLOWED)
    if list(rest) != [TIMED]:
        of = f"`{FOR}` of {next(iter(rest))}" if rest else f"`{FOR}` alone"
        raise QuantityError(of, f"`{FOR}` with `{TIMED}`, as in {{{TIMED}: DRUG, {FOR}: 28 days}}")
    try:
        days = parse_duration(value[FOR])
    except QuantityError as error:
        raise QuantityError(f"{FOR}: {show(value[FOR])}", f"`{FOR}` with {error.allowed}") from None
    return replace(parse_action(rest), days=days)


def _hold(value: object) -> float:
    try:
        return parse_duration(value)
    except QuantityError as error:
        allowed = (
            error.allowed if "at most" in error.allowed else f"`{UNTIL_RELEASED}` or a time such as `30 days`"
        )
        guess = close_match(str(value), [UNTIL_RELEASED]) or error.hint
        raise QuantityError(f"hold_accrual: {show(value)}", allowed, guess) from None


def _review(value: object) -> Review:
    """`{takes: 6 weeks, resumes: 70%}`."""
    keys = ("takes", "resumes")
    if not isinstance(value, dict):
        raise QuantityError(f"review: {show(value)}", REVIEW_WORDS)
    for key in value:
        if key not in keys:
            raise QuantityError(
                f"the key {show(key)} of review", "`takes` and `resumes`", close_match(str(key), keys)
            )
    if missing := [key for key in keys if key not in value]:
        raise QuantityError(f"review without `{missing[0]}`", REVIEW_WORDS)
    try:
        resumes = parse_probability(value["resumes"])
    except QuantityError as error:
        raise QuantityError(show(value), f"`resumes` with {error.allowed}", error.hint) from None
    return Review(takes=_takes(value["takes"]), resumes=resumes)


def _takes(value: object) -> tuple[float, float]:
    """`6 weeks`, or `{uniform: [4 weeks, 8 weeks]}`."""
    ends: list[object] = [value, value]
    if isinstance(value, dict | list):
        of = value.get("uniform") if isinstance(value, dict) and len(value) == 1 else None
        if not isinstance(of, list) or len(of) != 2:
            other = next((str(key) for key in value if key != "uniform"), "")
            hint = close_match(other, ["uniform"])
            raise QuantityError(show(value), "`takes` with `6 weeks` or {uniform: [4 weeks, 8 weeks]}", hint)
        ends = of
    try:
        low, high = map(parse_delay, ends)
    except QuantityError as error:
        raise QuantityError(show(value), f"`takes` with {error.allowed}", error.hint) from None
    if low > high:
        raise QuantityError(show(value), "`takes` with [shortest, longest], the shortest first")
    return low, high


ActionValue = Annotated[Action, Parsed(parse_action, "string object")]
