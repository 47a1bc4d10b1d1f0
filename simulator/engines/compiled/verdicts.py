"""What a rule says of what a look has read, and what a board reads: parts of `reference.monitor`."""

from __future__ import annotations

from typing import Any

from simulator.contracts import SHARES
from simulator.engines.compiled.answers import row_entry
from simulator.engines.compiled.denominator import follow_up
from simulator.engines.compiled.jit import kernel
from simulator.engines.compiled.records.rules import Monitor, Seat
from simulator.engines.compiled.records.trial import Trial

__all__ = ["code", "compare", "compare_by_time", "last_vote", "votes"]


@kernel
def code(monitor: Monitor, seen: Any) -> int:
    """Code of the first outcome that holds at these counts; a bound that never holds is not a number."""
    for i in range(monitor.n_boundaries):
        boundary = monitor.boundaries[i]
        n, x = seen.n[boundary.reading], seen.x[boundary.reading]
        if n < 0.0:
            continue
        if boundary.by_n != 0:
            along, value = int(n), float(x)
            if along >= boundary.n_bounds:
                raise IndexError("a rule's boundary ends before its denominator")
        else:
            along, value = min(x, boundary.n_bounds - 1), n
        if n < boundary.minimum_n:
            continue
        bound = boundary.bounds[along]
        if value >= bound if boundary.at_least != 0 else value <= bound:
            return i + 1
    return 0


@kernel
def compare(trial: Trial, monitor: Monitor, seen: Any) -> int:
    """1 if the first of two arms has too many events beside the other; 0 while that is not known."""
    if seen.n[0] < 1.0 or seen.n[1] < 1.0:
        return 0
    x1, x2 = seen.x[0], seen.x[1]
    n1, n2 = max(int(seen.n[0]), x1), max(int(seen.n[1]), x2)
    least = row_entry(trial, monitor.number, n1, n2, x2)
    return 1 if 0 <= least <= x1 else 0


@kernel
def compare_by_time(trial: Trial, monitor: Monitor, seen: Any, cut: float) -> int:
    """1 if the first of two arms has had too many of the events for its share of the follow-up."""
    if seen.n[0] < 1.0 or seen.n[1] < 1.0:
        return 0
    first = follow_up(trial, trial.counters[monitor.first_counter], cut)
    second = follow_up(trial, trial.counters[monitor.first_counter + 1], cut)
    if first <= 0.0 or second <= 0.0:
        return 0
    x1 = seen.x[0]
    critical = row_entry(trial, monitor.number, x1 + seen.x[1], 0, x1)
    return 1 if first / (first + second) <= critical / SHARES else 0


# ---------------------------------------------------------------- boards


@kernel
def votes(trial: Trial, monitor: Monitor, seen: Any, now: float) -> None:
    """Put into the row of a board's look the members whose verdict is in force, and the weight of votes.

    Then the same of each member alone.
    """
    for i in range(monitor.n_seats):
        seat = monitor.seats[i]
        member = trial.monitors[seat.member]
        if _in_force(monitor, member, now):
            seen.n[0] += 1.0
            seen.n[1 + i] = 1.0
            if _is_vote(seat, member):
                seen.x[0] += seat.weight
                seen.x[1 + i] = 1


@kernel
def last_vote(trial: Trial, monitor: Monitor, now: float) -> float:
    """The day of the last verdict in force that is a vote."""
    last = 0.0
    for i in range(monitor.n_seats):
        seat = monitor.seats[i]
        member = trial.monitors[seat.member]
        if _in_force(monitor, member, now) and _is_vote(seat, member):
            last = max(last, member.seen_at)
    return last


@kernel
def _in_force(monitor: Monitor, member: Monitor, now: float) -> bool:
    return member.looks > 0 and now - member.seen_at <= monitor.valid


@kernel
def _is_vote(seat: Seat, member: Monitor) -> bool:
    if seat.outcome == 0:
        return member.verdict > 0
    return member.verdict == seat.outcome
