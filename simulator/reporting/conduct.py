"""Boards, holds and reviews in words: who votes, when a board meets, what follows when a rule fires."""

from __future__ import annotations

from collections.abc import Mapping
from math import ceil, inf

from simulator.contracts import BoardRule, Seat
from simulator.model.design import Design
from simulator.model.monitoring import Monitor
from simulator.reporting.text import listed
from simulator.units import format_days

__all__ = ["ACCRUAL", "board_reads", "board_rule", "followed_by", "how_to_vote", "role", "then_again"]


def board_reads(rule: BoardRule) -> str:
    """`reads what t, n and c said last`, and how long a verdict holds."""
    held = "" if rule.holds_for == inf else f", for {format_days(rule.holds_for)} at most"
    return (
        f"reads what {listed(rule.seats)} said last: a verdict holds until its rule looks again{held}, and a "
        "rule that has not looked yet has no vote"
    )


ACCRUAL = (
    "reads how many have entered, those of the day itself included, while accrual goes on; it is silent once "
    "accrual was closed"
)


def board_rule(rule: BoardRule) -> str:
    """`stop: at least 2 of the 3 vote for it`, and what a vote is."""
    seats = rule.seats
    weights = [seat.weight for seat in seats.values()]
    weighted = len({*weights}) > 1
    votes = ceil(rule.needed / weights[0])  # where all weigh alike
    if weighted:
        text = f"votes for it weigh at least {rule.needed}, of {sum(weights)} in all ({_weights(seats)})"
    elif votes == len(seats):
        text = f"all {len(seats)} vote for it" if len(seats) > 1 else f"{next(iter(seats))} votes for it"
    elif votes == 1:
        text = f"any of the {len(seats)} votes for it"
    else:
        text = f"at least {votes} of the {len(seats)} vote for it"
    if rule.least_read > (1 if weighted else votes):
        text += f", and at least {rule.least_read} have been read"
    return f"stop: {text}. {how_to_vote(seats)}"


def _weights(seats: Mapping[str, Seat]) -> str:
    """`n weighs 2, t and c 1`."""
    by: dict[int, list[str]] = {}
    for name, seat in seats.items():
        by.setdefault(seat.weight, []).append(name)
    (most, names), *others = sorted(by.items(), reverse=True)
    verb = "weigh" if len(names) > 1 else "weighs"
    return ", ".join([f"{listed(names)} {verb} {most}", *(f"{listed(of)} {w}" for w, of in others)])


def how_to_vote(seats: Mapping[str, Seat]) -> str:
    """`Any verdict but to go on is a vote; of t only `stop`.`"""
    named = [f"of {name} only `{seat.outcome}`" for name, seat in seats.items() if seat.outcome is not None]
    if len(named) == len(seats):
        return f"A vote is, {listed(named)}."
    return "Any verdict but to go on is a vote" + (f"; {listed(named)}" if named else "") + "."


def role(design: Design, name: str) -> str:
    """`it votes on board and calls by_arm to look`; "" for a rule that does neither."""
    boards = [
        other for other, m in design.monitoring.items() if m.board is not None and name in m.board.seats
    ]
    called = [other for other, m in design.monitoring.items() if m.look.after == name]
    parts = [f"votes on {listed(boards)}"] if boards else []
    parts += [f"calls {listed(called)} to look"] if called else []
    return f"it {' and '.join(parts)}" if parts else ""


def followed_by(design: Design, name: str, actions: str) -> str:
    """What follows when a rule fires: its actions in words, and the part that it has for other rules."""
    part = role(design, name)
    if actions:
        return f"{actions}; {part}" if part else actions
    return f"by itself nothing follows; {part}" if part else "nothing follows, the rule only reports"


def then_again(design: Design, name: str, monitor: Monitor) -> str:
    """How its hold ends, and that it may fire again; "" for a rule that fires once and holds nothing."""
    hold = next((action for action in monitor.then if action.holds), None)
    text = ""
    if hold is not None:
        release = [
            other
            for other, m in design.monitoring.items()
            if any(a.verb == "release" and a.name == name for a in m.then)
        ]
        if release:
            early = " earlier" if hold.review is not None or hold.days is not None else ""
            text = f" The hold ends{early} when {listed(release, 'or')} releases it."
        elif hold.review is None and hold.days is None:
            text = " No rule releases it, so that accrual does not open again."
    if not monitor.again:
        return text
    return text + (
        " It may fire again once its hold has ended."
        if hold is not None
        else " It goes on looking, and may fire again."
    )
