"""A design in words, fit to be read aloud: what is given, what is done, and what is monitored."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from simulator.contracts import ComparingRule
from simulator.model.action import Action
from simulator.model.design import Design
from simulator.model.dose_finding import MTD
from simulator.model.event import Event
from simulator.model.milestone import Milestone
from simulator.model.monitoring import Monitor, Scope
from simulator.model.phase import PLAIN
from simulator.model.truth import Truth
from simulator.program.monitors import look_of, looks_apart, wait_of
from simulator.program.readable import read_at
from simulator.program.versions import RuleVersion, rules_of
from simulator.reporting.amendments import after_amendment, amendment_parts
from simulator.reporting.arms import (
    arm_parts,
    in_arms,
    least_in_words,
    screening_lines,
    whose,
)
from simulator.reporting.boundaries import in_words, lowered, particulars, source_lines
from simulator.reporting.conduct import ACCRUAL, board_reads, board_rule, followed_by, then_again
from simulator.reporting.dosing import HELD, dosing_parts
from simulator.reporting.phases import phase_words
from simulator.reporting.text import listed, paragraph
from simulator.units import format_days

__all__ = ["Parts", "design_parts", "rule_words"]

Parts = dict[tuple[str, str], list[str]]
"""(section, name) -> lines; equal lines of two designs mean that they agree there."""


def design_parts(design: Design, amended: Sequence[Design], truths: Sequence[Truth]) -> Parts:
    """Every part of a protocol in words.

    amended: the design after each of its amendments. truths: those it may meet, which limit what is read.
    """
    until = listed((_milestone(m) for m in design.accrual.until), "or")
    parts: Parts = {
        ("Accrual", "accrual"): paragraph(f"Patients are taken until {until}{_apart(design)}.", 2, 2),
    }
    if screened := screening_lines(design):
        parts["Accrual", "screening"] = screened
    parts |= arm_parts(design)
    parts["Drugs", "drugs"] = _drugs(design)
    for name, phase in design.phases.items():
        parts["Course", name] = paragraph(phase_words(design, name, phase), 2, 2)
    for name, event in design.events.items():
        parts["Events", name] = paragraph(_event_words(name, event), 2, 2)
    parts |= dosing_parts(design, amended)
    for name, rule in rules_of(design, amended).items():
        parts |= _rule(name, rule, (design, *amended), truths)
    return parts | amendment_parts(design, amended)


def _rule(name: str, rule: RuleVersion, versions: Sequence[Design], truths: Sequence[Truth]) -> Parts:
    """A rule, or what it is after an amendment: in full where that writes it anew."""
    before = versions[max(rule.since - 1, 0)].monitoring.get(rule.rule)
    after = after_amendment(name, rule)
    if after and rule.monitor == before:
        return {("Monitoring", name): paragraph(f"{after}, otherwise as before.", 2, 2)}
    read = read_at((rule.design, *versions[1:]), rule.monitor, truths)
    words = rule_words(rule.design, rule.rule, rule.monitor, read)
    if after:
        words = {"amended": paragraph(f"{after}:", 2, 2), **words}
    return {("Monitoring", f"{name}, {about}"): lines for about, lines in words.items()}


def _apart(design: Design) -> str:
    """The stagger, and what becomes of those who turn up in it."""
    if design.accrual.stagger is None:
        return ""
    return f", at least {format_days(design.accrual.stagger)} apart; {HELD[design.accrual.while_held]}"


def _milestone(milestone: Milestone) -> str:
    if milestone.unit == "days":
        return f"{format_days(milestone.amount)} after the opening"
    if milestone.unit == "events":
        return f"{milestone.amount:.0f} {milestone.event} events are reported"
    return f"{milestone.amount:.0f} are {milestone.unit}{in_arms(milestone)}"


def _drugs(design: Design) -> list[str]:
    words = [f"{drug} ({listed(levels, 'or')})" for drug, levels in design.drugs.items()]
    told = f"Drugs and their levels: {listed(words)}." if words else "No drug is named."
    return paragraph(told, 2, 2)


# ---------------------------------------------------------------- events


def _event_words(name: str, event: Event) -> str:
    """`thrombosis (pe, dvt or arterial), may repeat, is seen at once. Then: stop lenalidomide ...`"""
    about = [listed(event.marks, "or")] if event.marks else []
    about += [f"grade {event.grade}"] if event.grade else []
    text = name + (f" ({'; '.join(about)})" if about else "")
    text += ", may repeat" if event.repeats else ", once per patient"
    if event.absence_of is not None:
        day = f"{event.by or 0.0:g}"
        text += (
            f": {event.absence_of} not detected by day {day}; {event.absence_of} on day {day} itself is none"
        )
        text += f", and who leaves before has none. It is known on day {day} at the earliest"
    elif event.detected is None:
        text += ", is seen at once"
    else:
        text += f", is seen at the next {'visit' if event.detected == PLAIN else f'{event.detected} visit'}"
    if event.window:
        text += f"; it is assessed over {format_days(event.window)} from entry, both ends included"
    if event.ruled_out_by:
        text += f"; after {listed(event.ruled_out_by, 'or')} it can no longer happen"
    done = (
        f" When it is seen: {_actions(event.when_detected)}."
        if event.when_detected
        else " By itself it changes nothing."
    )
    return f"{text}.{done}"


def _actions(actions: tuple[Action, ...]) -> str:
    return listed(action.text() for action in actions)


# ---------------------------------------------------------------- rules


_AMONG = {
    "treated": (
        "among the patients treated so far; one in whom nothing has been reported yet counts as without event"
    ),
    "completed": "among the patients whose window is over; events in open windows do not count yet",
    "known": (
        "among the patients whose window is over or whose outcome is known; this leans towards the outcome "
        "that shows first"
    ),
    "weight": (
        "among the patients treated, one without event weighing as much of a patient as of the window is over"
    ),
    "exposure": "in the follow-up so far of the patients treated, in days",
    "fail": "among the patients treated so far; one whose window is open counts as the bad outcome",
}


def rule_words(
    design: Design, name: str, monitor: Monitor, read: Sequence[Sequence[int]]
) -> dict[str, list[str]]:
    """`counts`, `rule` and `then`: what is counted where, among whom and when; the boundary; what follows.

    Where there are arms, `patients`: whose are read.

    read: per endpoint the n that looks may read.
    """
    board = monitor.board
    if board is not None:
        text = f"{name} {board_reads(board)}"
    else:
        text = f"{name} {ACCRUAL if monitor.entries else f'counts {_counting(design, monitor)}'}"
    text += f". It looks {_look(monitor)}"
    windows = [design.window_of(counts) for counts in monitor.counts.values()]
    if windows and looks_apart(look_of(design, monitor), windows, wait_of(monitor)):
        text += ", counted for each endpoint in its own window, and then reads that endpoint alone"
    if monitor.wait:
        text += ", and waits until the windows of those treated by then are over"
        text += ", taking nobody meanwhile" if monitor.wait == "accrual" else ""
    if monitor.data_cut:
        text += f", at the data as they were {format_days(monitor.data_cut)} before"
    if monitor.decision_lag:
        text += f"; what it decides takes effect {format_days(monitor.decision_lag)} later"
    rule = paragraph(f"{name}, rule: {monitor.rule.formula()}", 2, 2)
    rule += ["    " + line for line in particulars(design, monitor)]
    compares = isinstance(monitor.rule, ComparingRule)
    if board is not None:
        rule += paragraph(board_rule(board), 4, 2)
    elif compares:
        rule += _boundaries(least_in_words(design, monitor))
    elif monitor.entries is None:  # whose particulars are its bounds
        rule += _boundaries(in_words(lowered(design, monitor), monitor, read))
    follows = followed_by(design, name, _actions(monitor.then))
    members = design.arms and board is None
    patients = {"patients": paragraph(whose(design, name, monitor), 2, 2)} if members else {}
    return {
        "counts": paragraph(f"{text}.", 2, 2),
        **patients,
        "rule": [*rule, *("    " + line for line in source_lines(monitor.rule))],
        "then": paragraph(f"When {name} fires: {follows}.{then_again(design, name, monitor)}", 2, 2),
    }


def _boundaries(words: Iterable[str]) -> list[str]:
    return [line for each in words for line in paragraph(f"boundary: {each}", 4, 2)]


def _counting(design: Design, monitor: Monitor) -> str:
    """`patients with thrombosis (a patient once) that occurs in combination, among the patients ...`"""
    groups: dict[str, list[str]] = {}
    for counts in monitor.counts.values():
        what = {
            "patients": f"patients with {counts.event} (a patient once, by the first that counts)",
            "events": f"{counts.event} events",
            "courses": f"courses with {counts.event}",
        }[counts.unit]
        window = design.window_of(counts)
        within = f" within {format_days(window)} of entry" if window else ""
        where = f"{_scope(counts.scope or monitor.scope)}{within}, {_AMONG[counts.among or monitor.among]}"
        groups.setdefault(where, []).append(what)
    return "; and ".join(" and, apart, ".join(what) + where for where, what in groups.items())


def _look(monitor: Monitor) -> str:
    """`each time 5 more patients are completed`, `when 10, 20 and 45 are completed`."""
    look = monitor.look
    if look.kind == "report" and monitor.board is not None:
        return "right after each look of one of these, and when no report can still arrive"
    if look.kind in {"report", "end", "when"}:
        return look.text()
    end = ", and when no report can still arrive" if look.at_end else ""
    if look.kind == "at":
        return f"{_milestones(look.milestones)}{end}"
    start = f", first {_when(look.first[0])}" if look.skipped else ""
    return f"{_multiples(look.milestones[0])}{start}{end}"


def _milestones(milestones: Sequence[Milestone]) -> str:
    """`when 10, 20 and 45 are completed`, `6 months and 2 years after the opening`; each alone if unlike."""
    if len({(m.unit, m.event, m.arm) for m in milestones}) > 1:
        return listed(map(_when, milestones))
    *early, last = milestones
    if last.unit == "days":
        return listed([*(format_days(m.amount) for m in early), _milestone(last)])
    return f"when {listed([*(f'{m.amount:.0f}' for m in early), _milestone(last)])}"


def _when(milestone: Milestone) -> str:
    """`when 10 are completed`, `6 months after the opening`."""
    return f"{'' if milestone.unit == 'days' else 'when '}{_milestone(milestone)}"


def _multiples(milestone: Milestone) -> str:
    if milestone.unit == "days":
        return f"every {format_days(milestone.amount).removeprefix('1 ')}"
    if milestone.amount == 1:
        one = f"each time a patient is {milestone.unit}{in_arms(milestone)}"
        return "at every report" if milestone.unit == "events" else one
    what = (
        f"{milestone.event} events are reported"
        if milestone.unit == "events"
        else f"patients are {milestone.unit}{in_arms(milestone)}"
    )
    return f"each time {milestone.amount:.0f} more {what}"


def _scope(scope: Scope) -> str:
    text = f" that occurs in {listed(scope.phases, 'or')}" if scope.phases else ""
    if scope.or_within:
        within, joined = scope.or_within, " or" if scope.phases else " that occurs"
        text += f"{joined}, in any phase, up to {within.days} days after the last dose of {within.of_last}"
    if scope.marks:
        text += f", if it is {listed(scope.marks, 'or')}"
    for drug, levels in (scope.doses or {}).items():
        text += f", while {drug} is at {listed(levels, 'or')}"
    if scope.dose == MTD:
        text += ", in patients at the dose selected (those treated before its selection too)"
    return text or " that occurs in any phase, on or off drug"
