"""Truths: what nature may do."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from math import inf
from typing import Annotated, ClassVar, Literal

from simulator.contracts import Delay, HazardFamily
from simulator.errors import QuantityError, show
from simulator.model.accrual import AccrualValue
from simulator.model.base import OneOrMany, Strict, apart
from simulator.model.registered import Registered
from simulator.units import (
    Acceptable,
    Flag,
    Name,
    OpenProbability,
    Parsed,
    PositiveNumber,
    Probability,
    Prose,
    Shorthand,
    Text,
    parse_number,
)

__all__ = [
    "Adjudication", "Association", "Clock", "Component", "EventDelays", "Trait", "Truth", "TruthEvent",
    "Upgrade", "Withdrawal",
]  # fmt: skip

CLOCKS = (
    "`enrolment`, `entry to PHASE`, `start of DRUG`, `stop of DRUG`, `dose step of DRUG`, `registration`, "
    "`randomisation` or `EVENT`"
)
ClockKind = Literal["enrolment", "phase", "start", "stop", "step", "event", "registration"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock:
    """What starts a component's age: a moment of the patient's course, named by `of`."""

    kind: ClockKind
    of: str | None = None

    def text(self) -> str:
        """As it is written in a scenario."""
        of = self.of or ""
        words = {"enrolment": "enrolment", "phase": f"entry to {of}", "start": f"start of {of}"}
        words["registration"] = "registration"
        words |= {"stop": f"stop of {of}", "step": f"dose step of {of}", "event": of}
        return words[self.kind]


def parse_clock(value: object) -> Clock:
    """`enrolment`, `stop of imatinib`, `entry to maintenance`, an event's name -> Clock."""
    if isinstance(value, Clock):
        return value
    text = str(value).strip() if value is not None else ""
    if text in {"enrolment", "randomisation"}:
        return Clock(kind="enrolment")
    if text == "registration":
        return Clock(kind="registration")
    patterns: tuple[tuple[ClockKind, str], ...] = (
        ("phase", r"entry to (\S+)"),
        ("start", r"start of (\S+)"),
        ("stop", r"stop of (\S+)"),
        ("step", r"dose step of (\S+)"),
        ("event", r"([A-Za-z_][\w-]*)"),
    )
    for kind, pattern in patterns:
        if match := re.fullmatch(pattern, text):
            return Clock(kind=kind, of=match[1])
    raise QuantityError(found=show(text), allowed=CLOCKS)


def _odds_ratio(value: object) -> float:
    words = {"most negative": 0.0, "most positive": inf}
    text = str(value).strip()
    try:
        ratio = words[text] if text in words else parse_number(text)
    except QuantityError:
        ratio = -1.0
    if ratio < 0.0:
        allowed = "an odds ratio from 0, `most negative` (0) or `most positive` (without end)"
        raise QuantityError(found=show(value), allowed=allowed)
    return ratio


@dataclass(frozen=True, slots=True, kw_only=True)
class Trait(Strict):
    """What a patient is, from the start: yes with a `probability`, or a probability ~ Beta(a, b)."""

    probability: Probability | None = None
    beta: tuple[PositiveNumber, PositiveNumber] | None = None

    def __post_init__(self) -> None:
        """One of the two."""
        if (self.probability is None) == (self.beta is None):
            raise ValueError("exactly one of `probability` and `beta: [a, b]`")


@dataclass(frozen=True, slots=True, kw_only=True)
class Association(Strict):
    """Two yes-or-no traits that go together; each keeps its own probability.

    odds_ratio: 1 is independence; 0 and infinity are the Frechet bounds.
    """

    between: tuple[Name, Name]
    odds_ratio: Annotated[float, Parsed(_odds_ratio, "string number")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Component(Strict):
    """One named part of an event's hazard; parts add up, each crosses its own threshold.

    family: the hazard itself. clock: what its age counts from (none: enrolment). The first
    anchor is kept unless `restarts`. While a condition is false the hazard is zero and the clock
    runs on, unless `pauses`. while_in: phases in which it acts. while_on, while_off: drugs that must all be
    given, or none. only_if, unless: a trait the patient has, or has not, or an event that has
    happened to the patient, detected or not. dose_ratio: factor per level of a drug, levels not named 1.
    arms: those in which it acts; arm_ratio: factor per arm, of those not named 1. The arm is the one whose
    treatment is received; a refuser who is untreated is in none.
    """

    beside: ClassVar[str] = "family"  # whose keys stand beside the others in a file

    family: Annotated[HazardFamily, Registered("family")]
    clock: Annotated[Clock | None, Parsed(parse_clock, "string")] = None
    while_in: Annotated[tuple[Name, ...] | None, OneOrMany] = None
    while_on: Annotated[tuple[Name, ...], OneOrMany] = ()
    while_off: Annotated[tuple[Name, ...], OneOrMany] = ()
    restarts: Flag = False
    pauses: Flag = False
    only_if: Name | None = None
    unless: Name | None = None
    ratio: PositiveNumber = 1.0
    dose_ratio: dict[Name, dict[Text, PositiveNumber]] = field(default_factory=dict)
    arms: Annotated[tuple[Name, ...] | None, OneOrMany] = None
    arm_ratio: dict[Name, PositiveNumber] = field(default_factory=dict)


def _family_apart(value: object) -> object:
    """A component as written (family keys beside the others) -> its family's keys under `family`."""
    return apart(Component, value)


@dataclass(frozen=True, slots=True, kw_only=True)
class TruthEvent(Strict):
    """How an event comes about, and the share of each mark (they must add up to 1)."""

    components: dict[Name, Annotated[Component, Shorthand(_family_apart)]] = field(default_factory=dict)
    marks: dict[Name, Probability] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Withdrawal(Strict):
    """Reports that are taken back: the event is found unrelated, or none at all.

    probability: of each report, by itself. takes: from its arrival; from that day on no view counts it.
    """

    probability: Probability
    takes: Annotated[Delay, Registered("delay")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Upgrade(Strict):
    """Reports with a mark that get another, `to`, which is theirs from then on and for good.

    probability: of each report with the mark, by itself. takes: from its arrival.
    """

    to: Name
    probability: Probability
    takes: Annotated[Delay, Registered("delay")]


@dataclass(frozen=True, slots=True, kw_only=True)
class EventDelays(Strict):
    """How late an event is known. detection: from occurrence on. report: from detection on.

    never: the share of those detected that is never reported. withdrawn: reports that are taken back later.
    upgraded: by the mark that is reported, those that get another later.
    """

    detection: Annotated[Delay | None, Registered("delay")] = None
    report: Annotated[Delay | None, Registered("delay")] = None
    never: Probability = 0.0
    withdrawn: Withdrawal | None = None
    upgraded: dict[Name, Upgrade] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Adjudication(Strict):
    """What a committee makes of the report of an event: with `probability` it is also another.

    counts_as: that event, with the day, phase and doses of the first. takes: from its report to the decision,
    which is when the other is reported. Each occurrence is decided on by itself.
    """

    counts_as: Name
    probability: Probability
    takes: Annotated[Delay | None, Registered("delay")] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Truth(Strict):
    """One state of nature.

    acceptable: whether stopping would be a mistake, `borderline` where it is neither that nor wanted (never
    inherited). target_rate: the DLT rate above which a dose is too toxic. tolerance: how far above it may be
    and is not called so. not_evaluable: share of patients whose DLT outcome cannot be judged, which is found
    out at the end of their window. adjudication: what a committee makes of the reports of an event.
    """

    accrual: AccrualValue
    acceptable: Acceptable | None = None
    target_rate: OpenProbability | None = None
    tolerance: Probability = 0.0
    not_evaluable: Probability = 0.0
    about: Prose | None = None
    traits: dict[Name, Trait] = field(default_factory=dict)
    associations: Annotated[tuple[Association, ...], OneOrMany] = ()
    events: dict[Name, TruthEvent] = field(default_factory=dict)
    delays: dict[Name, EventDelays] = field(default_factory=dict)
    adjudication: dict[Name, Adjudication] = field(default_factory=dict)
