"""Boards in words: who votes, what a vote is, when the board meets."""

from __future__ import annotations

from simulator.contracts import BoardRule, Seat
from simulator.model.monitoring import Monitor
from simulator.reporting.text import counted, listed
from simulator.units import format_days

__all__ = ["ACCRUAL", "board_reads", "board_rule", "fires_again"]


def board_reads(rule: BoardRule) -> str:
    """`reads what t, n and c said last`."""
    held = "" if rule.holds_for == float("inf") else f", for {format_days(rule.holds_for)} at most"
    return (
        f"reads what {listed(rule.seats)} said last: a verdict holds until the rule looks again{held}, "
        "and one that has not looked yet has no vote"
    )


ACCRUAL = (
    "reads how many have entered, those of the day itself included, while accrual goes on; it is silent once "
    "accrual was closed"
)


def board_rule(rule: BoardRule) -> str:
    """`stop: votes of at least 2 of the 3; 2 members at least must have been read`."""
    seats, weighted = rule.seats, len({seat.weight for seat in rule.seats.values()}) > 1
    votes = listed(_seat(name, seat, weighted) for name, seat in seats.items())
    if weighted:
        needed = f"votes that weigh at least {rule.needed}"
    else:
        needed = f"at least {counted(rule.needed, 'vote')}"
    read = f", if at least {rule.least_read} of them were read" if rule.least_read > 1 else ""
    return f"stop: {needed}{read}; {votes}"


def _seat(name: str, seat: Seat, weighted: bool) -> str:
    outcome = "whatever it says but go on" if seat.outcome is None else f"by `{seat.outcome}`"
    return f"{name} votes {outcome}" + (f", with weight {seat.weight}" if weighted else "")


def fires_again(monitor: Monitor) -> str:
    """What happens after it has fired, where that is not the end of it."""
    if not monitor.again:
        return ""
    if any(action.holds for action in monitor.then):
        return " It may fire again once its hold has ended."
    return " It goes on looking, and may fire again."
