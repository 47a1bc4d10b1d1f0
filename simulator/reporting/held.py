"""Boards and holds of accrual in the story of one trial: who voted, how each hold began and ended."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from simulator.contracts import InstantOrder
from simulator.metrics.conduct import stretches
from simulator.metrics.limits import last_days_of, limits_of
from simulator.model.action import Action
from simulator.model.monitoring import Monitor
from simulator.model.records import HoldEnd, Records
from simulator.program.rule_tables import MonitorTable
from simulator.program.tables import Program
from simulator.reporting.text import counted, listed

if TYPE_CHECKING:
    import numpy as np

__all__ = ["hold_lines", "holds_in_all", "is_told", "too_late", "voters", "what_is_done"]

Line = tuple[float, float, int, str]  # day, place within the instant, number of the rule, text
BEGINS, ENDS = 0.25, 0.3  # after the decision behind them


def voters(program: Program, monitor: MonitorTable, look: np.void) -> str:
    """`n voted for it; t and c did not`, and who had no verdict in force; "" of a rule that is no board."""
    if monitor.votes is None:
        return ""
    voted, did_not, lapsed = list[str](), list[str](), list[str]()
    for place, member in enumerate(monitor.votes.members, start=1):
        group = lapsed if not look["n"][place] else voted if look["x"][place] else did_not
        group.append(program.monitors[member].name)
    said = [f"{listed(voted)} voted for it"] * bool(voted) + [f"{listed(did_not)} did not"] * bool(did_not)
    return "; ".join(said + [f"no verdict in force of {listed(lapsed)}"] * bool(lapsed))


# ---------------------------------------------------------------- what a decision does


def what_is_done(monitors: Mapping[str, Monitor], program: Program, records: Records, firing: np.void) -> str:
    """What a decision does: actions, and who is called; "" of a rule whose verdict is for others to read."""
    table = program.monitors[firing["monitor"]]
    words = [_action(program, records, firing, action) for action in monitors[table.name].then]
    if table.calls:
        called = [program.monitors[i].name for i in table.calls]
        words.append(f"{listed(called)} {'look' if len(called) > 1 else 'looks'}")
    if not words and not table.again:
        return "nothing is done: this rule only reports"
    return listed(words)


def too_late(program: Program, records: Records, firing: np.void) -> str:
    """Says so where something would have been done, every course has ended, and nobody can enter any more."""
    day = float(firing["effective"])
    monitor = program.monitors[firing["monitor"]]
    if monitor.idle or day < float(records.patients["exit"].max()):
        return ""
    before = records.firings["monitor"][records.firings["effective"] < day].tolist()
    closing_look = bool(monitor.look.closing and firing["last"])
    (most,) = limits_of(program, records).tolist()
    full = len(records.patients) >= most or program.dosing is not None
    over = day >= last_days_of(program, records)[0] or any(program.monitors[i].closes_accrual for i in before)
    late = closing_look or full or over
    return " (too late to change anything: every course has ended)" * late


def _action(program: Program, records: Records, firing: np.void, action: Action) -> str:
    if action.verb != "release" or _released(program, records, str(action.name), float(firing["effective"])):
        return action.text()
    return f"{action.text()}, which is not on"


def _released(program: Program, records: Records, name: str, day: float) -> bool:
    """Whether a rule's hold was released on a day."""
    holds = records.holds[(records.holds["ended"] == day) & (records.holds["how"] == HoldEnd.RELEASED)]
    return any(program.monitors[number].name == name for number in holds["monitor"].tolist())


def is_told(program: Program, records: Records, firing: np.void) -> bool:
    """Whether a firing is told with its dates and drawn as a line.

    It acts, or its review closes accrual; of a rule that fires once also if it only reports.
    """
    number, monitor = int(firing["monitor"]), program.monitors[firing["monitor"]]
    holds = records.holds[
        (records.holds["monitor"] == number) & (records.holds["began"] == firing["effective"])
    ]
    return bool(monitor.acts or not monitor.again or (holds["how"] == HoldEnd.NOT_RESUMED).any())


# ---------------------------------------------------------------- holds


def hold_lines(program: Program, records: Records) -> Iterator[Line]:
    """When each hold began and how it ended; of a review that finds accrual closed, what it comes to."""
    for hold in records.holds:
        number, began, ended = int(hold["monitor"]), float(hold["began"]), float(hold["ended"])
        name, table = program.monitors[number].name, program.monitors[number].hold
        if table is not None and table.reviewed and began == ended and table.shortest > 0:
            would = "resumed" if hold["how"] == HoldEnd.RESUMED else "closed"
            text = f"the review of {name} comes when nobody enters any more; it would have {would} accrual"
            yield began, InstantOrder.EFFECT + BEGINS, number, text
            continue
        yield began, InstantOrder.EFFECT + BEGINS, number, f"accrual is on hold by {name}"
        yield ended, InstantOrder.EFFECT + ENDS, number, _end(program, records, hold)


def _end(program: Program, records: Records, hold: np.void) -> str:
    """How a hold ended, and what still holds accrual then."""
    number, ended, how = int(hold["monitor"]), float(hold["ended"]), HoldEnd(int(hold["how"]))
    name, after = program.monitors[number].name, f" after {ended - float(hold['began']):.1f} days"
    if how is HoldEnd.CLOSED or (how is not HoldEnd.RELEASED and _cut_short(program, records, hold)):
        return f"accrual closes, {name} having held it{after.replace(' after', ' for')}"
    if how is HoldEnd.NOT_RESUMED:
        return f"the review of {name} is over{after}: accrual is closed"
    others = records.holds[(records.holds["began"] <= ended) & (records.holds["ended"] > ended)]
    names = dict.fromkeys(program.monitors[i].name for i in others["monitor"].tolist())
    now = (
        f"{listed(names)} still {'holds' if len(names) == 1 else 'hold'} accrual"
        if names
        else "accrual goes on"
    )
    if how is HoldEnd.RESUMED:
        return f"the review of {name} is over{after} and resumes accrual" + (f", but {now}" if names else "")
    if how is HoldEnd.RELEASED:
        return f"the hold of {name} is released{after}: {now}"
    return f"the hold of {name} is over{after}: {now}"


def _cut_short(program: Program, records: Records, hold: np.void) -> bool:
    """Whether accrual closed before the hold's time was over."""
    ended, table = float(hold["ended"]), program.monitors[int(hold["monitor"])].hold
    firings = records.firings[records.firings["effective"] == ended]
    closing = any(program.monitors[i].closes_accrual for i in firings["monitor"].tolist())
    early = table is not None and ended - float(hold["began"]) < table.shortest
    return early or closing or ended == last_days_of(program, records)[0]


def holds_in_all(program: Program, records: Records) -> str:
    """`Accrual was on hold for 97.2 days in all, by pause (once) and committee (twice, ...)`; "" if never."""
    _, began, ended = stretches(records.holds)
    if not len(began):
        return ""
    numbers = records.holds["monitor"][records.holds["ended"] > records.holds["began"]].tolist()
    by = [f"{program.monitors[i].name} ({counted(numbers.count(i), 'time')})" for i in sorted(set(numbers))]
    return f"Accrual was on hold for {float((ended - began).sum()):.1f} days in all, by {listed(by)}."
