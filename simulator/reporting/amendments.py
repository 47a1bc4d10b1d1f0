"""Amendments of a protocol in words: when each comes, what is otherwise from then on, and for whom."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import inf
from typing import TYPE_CHECKING

from simulator.contracts import InstantOrder
from simulator.model.amendment import Amendment, Trigger
from simulator.model.design import Design
from simulator.program.versions import RuleVersion
from simulator.reporting.phases import phase_words
from simulator.reporting.text import counted, listed, paragraph
from simulator.units import format_days, format_probability

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from simulator.model.records import Records
    from simulator.program.tables import Program

__all__ = [
    "AT_CHOICE",
    "ON_STUDY",
    "after_amendment",
    "amendment_lines",
    "amendment_parts",
    "change_lines",
    "joined_triggers",
    "protocol_words",
    "reached_on_study",
    "sheet_after",
    "version_on",
]

Parts = dict[tuple[str, str], list[str]]
Line = tuple[float, float, int, str]  # day, place within the instant, number of the amendment, text
COMES = InstantOrder.EFFECT + 0.5  # after what rules decided
BEFORE_CHOICE = InstantOrder.GATE - 0.5  # of a dose
REACHES = 0.25  # after it comes, patients on study
ON_STUDY = (
    "go on in their phase with the time they have spent in it: what it gives at another level than before is "
    "given so at once, and steps whose day has passed are not made up for"
)
AT_CHOICE = "looked at whenever a dose is due to be chosen"


def joined_triggers(amendment: Amendment) -> str:
    """`9 patients are treated or 12 months have passed since the opening, whichever is first`."""
    triggers, every = amendment.when.triggers, amendment.when.every
    joined = listed(map(_trigger, triggers), "and" if every else "or")
    return joined if every or len(triggers) < 2 else f"{joined}, whichever is first"


def _trigger(trigger: Trigger) -> str:
    if trigger.unit == "toxic":
        return f"{trigger.dose} is too toxic"
    if trigger.unit == "fired":
        return f"{trigger.rule} has fired and what it decided took effect"
    if trigger.unit == "treated":
        return f"{counted(trigger.amount, 'patient is', 'patients are')} treated"
    return f"{format_days(trigger.amount)} have passed since the opening"


def amendment_parts(design: Design, amended: Sequence[Design]) -> Parts:
    """Every amendment of a protocol without dose finding."""
    parts: Parts = {}
    if design.dose_finding is not None:
        return parts
    before = design
    for (name, amendment), after in zip(design.amendments.items(), amended, strict=False):
        parts["Amendments", name] = protocol_words(name, amendment, before, after)
        before = after
    return parts


def protocol_words(name: str, amendment: Amendment, before: Design, after: Design) -> list[str]:
    """When an amendment that leaves dose finding as it is comes, and what is otherwise from then on."""
    when = f"{AT_CHOICE}: once" if amendment.waits else "once"
    text = f"{name}, {when} {joined_triggers(amendment)}. {_concerned(amendment)}"
    text += " Dose finding goes on as it was." * (after.dose_finding is not None)
    return [*paragraph(text, 2, 2), *change_lines(name, amendment, before, after)]


def change_lines(name: str, amendment: Amendment, before: Design, after: Design) -> list[str]:
    """What it changes of all but dose finding, and who counts for rules."""
    return [line for text in _changes(name, amendment, before, after) for line in paragraph(text, 4, 2)]


def _concerned(amendment: Amendment) -> str:
    if amendment.applies_to == "new":
        return "It concerns those who enter from then on; patients on study go on as they were."
    return f"It concerns those who enter from then on, and patients on study, who {ON_STUDY}."


def _changes(name: str, amendment: Amendment, before: Design, after: Design) -> Iterator[str]:
    """Phases, windows and responses that are others, rules that go, and what counts."""
    for of, phase in after.phases.items():
        if before.phases.get(of) != phase:
            yield f"From then on {phase_words(after, of, phase)}"
    for drug, levels in after.drugs.items():
        if levels != before.drugs[drug]:
            yield f"From then on the levels of {drug} are {listed(levels)}."
    for of, event in after.events.items():
        if event.window and event.window != before.events[of].window:
            yield f"From then on {of} is assessed over {format_days(event.window)} from entry."
        if event.when_detected != before.events[of].when_detected:
            done = listed(action.text() for action in event.when_detected) or "nothing is done"
            yield f"From then on, when {of} is seen: {done}."
    yield from _entry(before, after)
    for rule in before.monitoring:
        if rule not in after.monitoring:
            yield f"{rule} looks no more."
    if after.monitoring:
        yield _counts(name, amendment, finding=after.dose_finding is not None)


def _entry(before: Design, after: Design) -> Iterator[str]:
    """Arms, screening and limits that are others."""
    yield from _arms(before, after)
    if after.screening is not None and after.screening != before.screening:
        takes, share = after.screening.takes.describe(), format_probability(after.screening.eligible)
        yield f"Who is registered from then on is in screening for {takes}; {share} are found eligible."
    if after.cap != before.cap:
        yield f"From then on patients are taken until {after.cap:g} have entered in all."
    if (last := after.accrual.limit("days")) != before.accrual.limit("days"):
        until = f"up to day {last:g}" if last < inf else "without a last day"
        yield f"From then on patients are taken {until}, unless accrual has closed by then."


def _arms(before: Design, after: Design) -> Iterator[str]:
    """How arms are filled, and what they give, where that is otherwise."""
    shares = {name: arm.share for name, arm in after.arms.items()}
    if shares != {name: arm.share for name, arm in before.arms.items()} or _blocks(before) != _blocks(after):
        parts = listed(
            f"{share} of {sum(shares.values())} to {name}" for name, share in shares.items() if share
        )
        closed = listed([name for name in before.arms if not shares[name]], "or")
        anew = ", in blocks that begin anew" if after.randomisation.method != "simple" else ""
        yield f"From then on patients are allocated {parts}{f', nobody to {closed}' * bool(closed)}{anew}."
    for name, arm in after.arms.items():
        if name not in before.arms or arm.gives != before.arms[name].gives:
            gives = listed(f"{drug} {level}" for drug, level in arm.gives.items())
            yield f"From then on {name} is given {gives or 'what every arm is given'}."


def _blocks(design: Design) -> tuple[int, ...]:
    return design.randomisation.sizes


def _counts(name: str, amendment: Amendment, *, finding: bool) -> str:
    """finding: whether doses are found, by counts of their own."""
    if amendment.counts == "keep":
        return f"Patients who entered before still count{' for rules' if finding else ''}."
    again = f"Counts{' of rules' if finding else ''} start again: patients who entered before do not count"
    return f"{again}, and each rule goes on as RULE_{name}."


def after_amendment(name: str, rule: RuleVersion) -> str:
    """What a rule is after an amendment, and whom it reads; "" of one that is as the protocol began."""
    if not rule.since:
        return ""
    amendments = list(rule.design.amendments)
    text = f"{name} is {rule.rule} after the amendment {amendments[rule.since - 1]}"
    if rule.counts_from == rule.since:
        return f"{text}, of patients who enter from then on"
    since = amendments[rule.counts_from - 1] if rule.counts_from else ""
    return f"{text}, of patients who enter after {since}" if since else text


def sheet_after(name: str, rule: RuleVersion) -> list[str]:
    """The same for a sheet of the rule, with what trial it is of; nothing as the protocol began."""
    after = after_amendment(name, rule)
    return [f"{after}; it is told as of a trial with nobody before"] if after else []


def _came(records: Records) -> NDArray[np.void]:
    """Rows of amendments that came into force."""
    return records.decisions[records.decisions["amendment"] >= 0]


def amendment_lines(program: Program, records: Records) -> Iterator[Line]:
    """When amendments that leave dose finding as it is came into force, in the story of a trial."""
    for row in records.amended:
        number = int(row["amendment"])
        amendment = program.amendments[number]
        whom = "new patients and those on study" if amendment.operations else "new patients"
        text = f"AMENDMENT {amendment.name} comes into force, for {whom}"
        yield float(row["time"]), _place(program, records, row), number, text


def reached_on_study(program: Program, records: Records, day: float) -> tuple[float, str] | None:
    """The place within the instant of what an amendment changes on study, and why; None without one."""
    for row in _came(records)[::-1]:
        if float(row["time"]) == day and program.amendments[int(row["amendment"])].operations:
            return _place(program, records, row) + REACHES, ", as the protocol is amended"
    return None


def _place(program: Program, records: Records, row: np.void) -> float:
    """Where an amendment stands within its instant: after the entry that brought it, if one did."""
    amendment = program.amendments[int(row["amendment"])]
    if amendment.waits:
        return InstantOrder.GATE if amendment.restarts else BEFORE_CHOICE
    patients = records.patients
    entered = (patients["entry"] == row["time"]) & (patients["version"] < row["version"])
    return InstantOrder.ARRIVAL + int(row["version"]) - 0.5 if entered.any() else COMES


def version_on(records: Records, day: float) -> int:
    """The version of the protocol in which what is reported on a day is read."""
    return int((_came(records)["time"] < day).sum())
