"""Look schedules: when a rule looks, and how `look` is written."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Annotated, Literal

from simulator.errors import QuantityError, show
from simulator.limits import MOST_LOOKS
from simulator.model.milestone import Milestone, parse_milestone
from simulator.repairs import close_match
from simulator.scalars import refuse
from simulator.units import Parsed, parse_name, quantise

__all__ = ["AT_THE_END", "EVERY_REPORT", "LookSchedule", "LookValue", "parse_look"]

AT_THE_END = "at the end"
LOOK_WORDS = (
    "`every report`, `every 5 treated`, `every 3 months`, `at the end`, {at: 5, 10, 15 ... 45 completed}, "
    "{every: 5 completed, from: 10, and: at the end} or {when: RULE}"
)
LIST_WORDS = "rising whole numbers and their unit, such as {at: 5, 12, 30 completed}"
RANGE_WORDS = "equal steps up to a last number that they reach, such as {at: 5, 10, 15 ... 45 completed}"
DOTS = "..."
KEYS = ("at", "every", "from", "and", "when")


@dataclass(frozen=True, slots=True, kw_only=True)
class LookSchedule:
    """When a rule looks.

    `report`: at every report of a counted event (of a board: at every look of a member), and once more when
    no report can arrive; `end`: only then; `when`: when another rule, `after`, has fired; `every`: at each
    multiple of the milestone; `at`: at each listed milestone.
    start: no multiple of an `every` below it is one, in the milestone's own unit.
    at_end: of `every` and `at`, once more when no report can arrive.
    """

    kind: Literal["report", "end", "when", "every", "at"]
    milestones: tuple[Milestone, ...] = ()
    start: float = 0.0
    at_end: bool = False
    after: str | None = None

    @property
    def skipped(self) -> int:
        """Multiples of an `every` that are below its start."""
        if not self.start:
            return 0
        amount, start = self.milestones[0].amount, quantise(self.start)
        passed = max(int(self.start // amount) - 1, 0)  # one less than may be, whatever rounding does
        while quantise((passed + 1) * amount) < start:
            passed += 1
        return passed

    @property
    def first(self) -> tuple[Milestone, ...]:
        """The milestones as each is first met."""
        return tuple(replace(m, amount=m.amount * (self.skipped + 1)) for m in self.milestones)

    def days_until(self, last: float) -> tuple[float, ...]:
        """Days of its looks set by the calendar, rising, up to the first that is not before a last one."""
        if self.kind == "every":
            every = self.milestones[0].amount
            found: list[float] = []
            k = self.skipped
            while not found or found[-1] < last:
                k += 1
                found.append(quantise(k * every))
            return tuple(found)
        return tuple(sorted(quantise(m.amount) for m in self.milestones if m.unit == "days"))

    def written(self) -> str:
        """An `every` as a scenario has it: `{every: 5 completed, from: 10 completed}`."""
        every = self.milestones[0]
        if not self.start and not self.at_end:
            return f"every {every.text()}"
        start = f", from: {replace(every, amount=self.start).text()}" if self.start else ""
        end = f", and: {AT_THE_END}" if self.at_end else ""
        return f"{{every: {every.text()}{start}{end}}}"

    def text(self) -> str:
        """The schedule in words."""
        if self.kind == "report":
            return "at every report of a counted event, and when no report can still arrive"
        if self.kind == "end":
            return "once, when no report can still arrive"
        if self.kind == "when":
            return f"when {self.after} has fired"
        if self.kind == "every":
            return self.written()
        text = "at " + ", ".join(m.text() for m in self.milestones)
        return f"{text}, and {AT_THE_END}" if self.at_end else text


def parse_look(value: object) -> LookSchedule:
    """The words of `look` -> LookSchedule."""
    if isinstance(value, LookSchedule):
        return value
    if isinstance(value, dict):
        return _parts(value)
    text = str(value).strip()
    if text == "every report":
        return LookSchedule(kind="report")
    if text == AT_THE_END:
        return LookSchedule(kind="end")
    kind, _, rest = text.partition(" ")
    if kind not in {"every", "at"} or not rest:
        raise QuantityError(found=show(text), allowed=LOOK_WORDS)
    if kind == "every":
        return LookSchedule(kind="every", milestones=(_milestone(rest, text),))
    return LookSchedule(kind="at", milestones=_listed(rest, text))


def _parts(value: dict[object, object]) -> LookSchedule:
    """`{at: ...}` or `{every: ..., from: ...}`, each also with `and: at the end`."""
    strange = [key for key in value if key not in KEYS]
    if strange:
        hint = close_match(str(strange[0]), KEYS)
        raise QuantityError(
            f"the key {show(strange[0])}", "`every` with `from`, `at`, `and`, or `when` alone", hint
        )
    if "when" in value:
        if len(value) > 1:
            raise QuantityError(show(value), "{when: RULE} and nothing beside it")
        return LookSchedule(kind="when", after=parse_name(value["when"]))
    if ("at" in value) is ("every" in value):
        raise QuantityError(show(value), LOOK_WORDS)
    at_end = "and" in value
    if at_end and value["and"] != AT_THE_END:
        raise QuantityError(f"`and: {show(value['and'])}`", f"`and: {AT_THE_END}`")
    if "at" in value:
        if "from" in value:
            raise QuantityError("`from` beside `at`", "`from` beside `every`, whose multiples it restricts")
        at = value["at"]
        if not isinstance(at, list):
            return LookSchedule(kind="at", milestones=_listed(str(at).strip(), at), at_end=at_end)
        if not at:
            raise QuantityError(show(value), LOOK_WORDS)
        return LookSchedule(kind="at", milestones=tuple(map(parse_milestone, at)), at_end=at_end)
    every = _milestone(str(value["every"]).strip(), value["every"])
    start = _start(value["from"], every) if "from" in value else 0.0
    return LookSchedule(kind="every", milestones=(every,), start=start, at_end=at_end)


def _milestone(text: str, whole: object) -> Milestone:
    """One milestone of a look; `whole` is what a message repeats."""
    try:
        return parse_milestone(text)
    except QuantityError as error:
        allowed = error.allowed if "at most" in error.allowed else LOOK_WORDS
        raise QuantityError(show(whole), allowed, error.hint) from None


def _listed(text: str, whole: object) -> tuple[Milestone, ...]:
    """`10 treated`, `5, 12, 30 completed`, or `5, 10, 15 ... 45 completed`."""
    match = re.fullmatch(r"([0-9][0-9., ]*) ([^\W\d].*)", text)
    if match is None or not ("," in match[1] or "..." in match[1]):
        return (_milestone(text, whole),)
    numbers = re.split(r" ?,? ?(\.\.\.) ?,? ?| ?, ?", " ".join(match[1].split()))
    numbers = [number for number in numbers if number is not None]
    if any(number != DOTS and not re.fullmatch("[0-9]{1,9}", number) for number in numbers):
        refuse(whole, LIST_WORDS)
    counts = _progression(numbers, whole) if DOTS in numbers else [int(number) for number in numbers]
    if any(a >= b for a, b in pairwise(counts)):
        refuse(whole, LIST_WORDS)
    return tuple(_milestone(f"{count} {match[2]}", f"{count} {match[2]}") for count in counts)


def _progression(numbers: list[str], whole: object) -> list[int]:
    """`5`, `10`, `15`, `...`, `45`: every number from the first to the last."""
    at = numbers.index(DOTS)
    head, tail = numbers[:at], numbers[at + 1 :]
    if len(head) < 2 or len(tail) != 1 or tail == [DOTS]:
        refuse(whole, RANGE_WORDS)
    given, last = [int(number) for number in head], int(tail[0])
    step = given[1] - given[0]
    if step < 1 or any(b - a != step for a, b in pairwise(given)) or last <= given[-1]:
        refuse(whole, RANGE_WORDS)
    if past := (last - given[0]) % step:
        refuse(whole, RANGE_WORDS, f"the steps come to {last - past} and {last - past + step}")
    if (last - given[0]) // step >= MOST_LOOKS:
        refuse(whole, f"at most {MOST_LOOKS:,} looks in a list", f"`every {step}` has as many as there are")
    return list(range(given[0], last + 1, step))


def _start(value: object, every: Milestone) -> float:
    """`from` of an `every`: `10`, or `6 months` of a calendar; in the unit of its milestone."""
    text, unit = str(value).strip(), "" if every.unit == "days" else every.text().partition(" ")[2]
    people = "" if every.unit == "events" else "patients "
    allowed = (
        f"a number of {people}{unit}, such as `from: 10`" if unit else "a duration, as in `from: 6 months`"
    )
    try:
        start = parse_milestone(f"{text} {unit}".strip() if text.isdigit() else text)
    except QuantityError as error:
        allowed = error.allowed if "at most" in error.allowed else allowed
        raise QuantityError(f"`from: {text}`", allowed) from None
    if (start.unit, start.event, start.arm) != (every.unit, every.event, every.arm):
        raise QuantityError(f"`from: {text}` of every {every.text()}", allowed)
    return start.amount


EVERY_REPORT = LookSchedule(kind="report")
LookValue = Annotated[LookSchedule, Parsed(parse_look, "string object")]
