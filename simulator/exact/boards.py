"""Boards whose members count patients whose windows are over: who votes look by look."""

from __future__ import annotations

from itertools import combinations, product
from math import prod

import numpy as np
from numpy.typing import NDArray

from simulator.contracts import Observed
from simulator.exact.completed import completed_values, goes_on, looks_by_patients, unlike_textbook
from simulator.model.metric import Key
from simulator.program.patient import in_window
from simulator.program.rule_tables import CounterTable, MonitorTable
from simulator.program.tables import Program
from simulator.program.traits import trait_mixture
from simulator.program.words import LookKind, Wait
from simulator.stats.board import BoardCourse, BoardLook, Said, Voter, board_chain

__all__ = ["board_values"]


def board_values(program: Program) -> dict[Key, float] | str:
    """Metric key -> exact value of a trial with boards, or why there is none.

    Of all rules one board alone may act; the others report. Reports of rules are calculated where all their
    looks are taken whatever the board says.
    """
    acting = [monitor for monitor in program.monitors if not monitor.idle]
    if any(monitor.votes is None for monitor in acting) or len(acting) > 1:
        return "a rule beside the board acts"
    undisturbed = all(goes_on(board) or board.look.kind is LookKind.END for board in acting)
    boards = [m for m in program.monitors if m.votes is not None and (undisturbed or not m.idle)]
    out: dict[Key, float] = {}
    reasons = []
    for board in boards:
        found = _of_board(program, board)
        if isinstance(found, str):
            reasons.append(found)
        else:
            out |= found
    if not out:
        return reasons[0]
    for rule in program.monitors if undisturbed else ():
        out |= _alone(program, rule)
    return out


def _alone(program: Program, rule: MonitorTable) -> dict[Key, float]:
    """Of a rule that only reports what it would be without any other."""
    if not (rule.idle and rule.used and rule.among_completed):
        return {}
    found = completed_values(program, rule)
    return {} if isinstance(found, str) else found


def _of_board(program: Program, board: MonitorTable) -> dict[Key, float] | str:
    """The board's own values, and of members who look once only theirs."""
    assert board.votes is not None
    members = [program.monitors[i] for i in board.votes.members]
    if reason := _not_calculated(program, board, members):
        return reason
    looks = _looks(program, board, members)
    counters = [member.counters[member.used[0]] for member in members]
    counted = {_count(counter): counter for counter in counters}
    cells = _cells(program, [*counted.values()])
    if isinstance(cells, str):
        return cells
    fresh = all(member.again for member in members) and all(len(k.readers) == len(members) for k in looks)
    if board.votes.valid < np.inf and not fresh:
        return "verdicts may lapse before the board reads them"
    voters = [
        _voter(member, [*counted].index(_count(counter)), wanted, weight, looks)
        for member, counter, wanted, weight in zip(
            members, counters, board.votes.outcomes, board.votes.weights, strict=True
        )
    ]
    try:
        course = board_chain(
            looks, voters, cells, lambda read, weight: board.code([Observed(read, weight)]) > 0
        )
    except ValueError as error:  # more states than can be followed
        return str(error)
    out = _values(board, members, course) | _enrolled(program, board, members, looks, course)
    for member in members if len(looks) == 1 else ():  # nothing can have stopped before it
        out |= _alone(program, member)
    return out


def _not_calculated(program: Program, board: MonitorTable, members: list[MonitorTable]) -> str:
    """Why the board's members are not read as patients are completed, "" if they are."""
    if board.look.kind not in {LookKind.REPORT, LookKind.END} or board.data_cut:
        return "the board does not look whenever a member does"
    for member in members:
        if member.votes is not None:
            return "a board reads another board"
        if len(member.used) != 1:
            return f"`{member.name}` reads {'several endpoints' if member.used else 'no patients'}"
        if not member.among_completed:
            return f"the denominator of `{member.name}` is not patients completed"
        if not member.table.by_n:
            return f"`{member.name}` weights follow-up"
        looks = looks_by_patients(program, member)
        if reason := unlike_textbook(program, member) or (looks if isinstance(looks, str) else ""):
            return reason
    if len({member.window for member in members}) > 1:
        return "the board's members have windows of their own, so that which looks first is left to chance"
    counts = {_count(member.counters[member.used[0]]) for member in members}
    return (
        "" if len({event for event, _ in counts}) == len(counts) else "members count one event in two scopes"
    )


def _count(counter: CounterTable) -> tuple[int, object]:
    """What makes the counts of two members one; their windows are the same."""
    return counter.event, counter.scope


def _looks(program: Program, board: MonitorTable, members: list[MonitorTable]) -> list[BoardLook]:
    """Who looks after how many patients; those who look when the trial is over come once more, at the end."""
    last, at_end = program.max_treated, board.look.kind is LookKind.END
    scheduled = [set(member.look.scheduled(last)) for member in members]
    looks = [
        BoardLook(n=n, readers=frozenset(i for i, at in enumerate(scheduled) if n in at), decides=not at_end)
        for n in sorted(set().union(*scheduled))
    ]
    closing = frozenset(i for i, member in enumerate(members) if member.look.closing)
    return [*looks, BoardLook(n=last, readers=closing)] if _closes(board, members) else looks


def _closes(board: MonitorTable, members: list[MonitorTable]) -> bool:
    """Whether the board's look when the trial is over may find anything new."""
    return board.look.kind is LookKind.END or any(member.look.closing for member in members)


def _cells(program: Program, counters: list[CounterTable]) -> NDArray[np.float64] | str:
    """P(one patient has these events), (2, ..., 2); independent given the traits."""
    each = []
    for counter in counters:
        found = in_window(program, counter)
        if isinstance(found, str):
            return found
        each.append([event.ever for event in found])
    cells = np.zeros((2,) * len(each))
    for (weight, _), rates in zip(trait_mixture(program), zip(*each, strict=True), strict=True):
        for cell in product((0, 1), repeat=len(each)):
            cells[cell] += weight * prod(p if x else 1.0 - p for p, x in zip(rates, cell, strict=True))
    return cells


def _voter(member: MonitorTable, count: int, wanted: int, weight: int, looks: list[BoardLook]) -> Voter:
    """A member by what it says of each count at each n."""
    no, vote = (Said.NO, Said.VOTE) if member.again else (Said.DONE, Said.DONE_VOTE)
    says = [Said.NO]  # by the code of the outcome
    says += [vote if wanted in {0, code} else no for code in range(1, len(member.outcomes) + 1)]
    said = {}
    for n in {look.n for look in looks}:
        x, codes = np.arange(n + 1), np.zeros(n + 1, dtype=np.int64)
        for code, boundary in reversed([*enumerate(member.table.boundaries, start=1)]):
            codes[boundary.holds_each(np.full_like(x, n), x)] = code  # the first that holds
        said[n] = np.array(says, dtype=np.int8)[codes]
    return Voter(count=count, said=said, weight=weight)


def _values(board: MonitorTable, members: list[MonitorTable], course: BoardCourse) -> dict[Key, float]:
    """The board's metrics."""
    name, of = board.name, [member.name for member in members]
    out = {Key("p_voted", rule=name, member=one): course.voted(i) for i, one in enumerate(of)}
    for (i, one), (j, other) in combinations(enumerate(of), 2):
        out[Key("p_voted", rule=name, member=one, other=other)] = course.voted(i, j)
    if board.again or not board.may_stop:
        out[Key("p_fired", rule=name)] = course.p_fires
    if board.may_stop:
        closing = course.at[-1] if _closes(board, members) else 0.0
        out |= {Key("p_stop"): course.p_fires, Key("p_stop", rule=name): course.p_fires}
        out[Key("p_stop_before_last_look")] = course.p_fires - closing
    return out


def _enrolled(
    program: Program,
    board: MonitorTable,
    members: list[MonitorTable],
    looks: list[BoardLook],
    course: BoardCourse,
) -> dict[Key, float]:
    """E[n], where nobody enters from a look being due until it is taken, and then nobody more."""
    held = all(member.wait is Wait.ACCRUAL for member in members)
    if not (held and board.closes_accrual) or board.decision_lag:
        return {}
    last = program.max_treated
    n = last - sum((last - look.n) * p for look, p in zip(looks, course.at, strict=True))
    return {Key("n_enrolled"): n, Key("n_treated"): n}
