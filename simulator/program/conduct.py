"""Rules that concern each other: who votes on a board, who is called, whose hold ends, who looks first."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from simulator.contracts import VoteTable
from simulator.model.monitoring import Monitor
from simulator.program.monitors import lower_monitor
from simulator.program.rule_tables import MonitorTable
from simulator.program.states import Operations
from simulator.program.versions import RuleVersion, ranks

__all__ = ["in_circles", "lower_monitors"]


def in_circles(monitoring: Mapping[str, Monitor]) -> list[str]:
    """Rules that would have to be read before themselves, and rules between two such circles."""
    known = ranks({name: monitor.reads for name, monitor in monitoring.items()})
    left = [name for name in monitoring if name not in known]
    while ends := [name for name in left if not any(name in monitoring[other].reads for other in left)]:
        left = [name for name in left if name not in ends]  # they wait for a circle, and none for them
    return left


def lower_monitors(
    rules: Mapping[str, RuleVersion], operations: Operations, events: Mapping[str, int]
) -> tuple[MonitorTable, ...]:
    """Every rule of a design and of its amendments, and what they are to each other."""
    names = list(rules)
    alone = {name: _alone(name, rule, operations, events) for name, rule in rules.items()}
    rank = ranks({name: rule.reads for name, rule in rules.items()})
    late = _late(rules)

    def with_others(name: str, rule: RuleVersion) -> MonitorTable:
        return replace(
            alone[name],
            votes=None if rule.monitor.board is None else _votes(rule, names, alone),
            releases=tuple(
                names.index(other)
                for action in rule.monitor.then
                if action.verb == "release"
                for other, each in rules.items()
                if each.rule == action.name
            ),
            rank=rank[name],
            late=name in late,
            calls=tuple(i for i, other in enumerate(names) if _caller(rules[other]) == name),
            heard_by=tuple(i for i, other in enumerate(names) if name in _hears(rules[other])),
            since=rule.since,
            before=rule.before,
        )

    return tuple(with_others(name, rule) for name, rule in rules.items())


def _alone(name: str, rule: RuleVersion, operations: Operations, events: Mapping[str, int]) -> MonitorTable:
    table = lower_monitor(rule.design, rule.rule, operations, events, int(rule.design.cap))
    counters = tuple(replace(counter, since=rule.counts_from) for counter in table.counters)
    hold = None if table.hold is None else replace(table.hold, rule=name)
    return replace(table, name=name, counters=counters, hold=hold)


def _caller(rule: RuleVersion) -> str | None:
    """The rule that calls it."""
    return rule.named.get(rule.monitor.look.after or "")


def _hears(rule: RuleVersion) -> tuple[str, ...]:
    """Members of a board that looks whenever one of them does."""
    board = rule.monitor.board
    if board is None or rule.monitor.look.kind != "report":
        return ()
    return tuple(rule.named[name] for name in board.seats)


def _late(rules: Mapping[str, RuleVersion]) -> set[str]:
    """Rules that read accrual, and those before which such a one is read."""
    found = {name for name, rule in rules.items() if rule.monitor.entries is not None}
    while more := {name for name, rule in rules.items() if name not in found and found & {*rule.reads}}:
        found |= more
    return found


def _votes(rule: RuleVersion, names: list[str], tables: Mapping[str, MonitorTable]) -> VoteTable:
    """Who votes, by index and code. An outcome that a member does not have is `check`'s business."""
    assert rule.monitor.board is not None
    seats = {rule.named[name]: seat for name, seat in rule.monitor.board.seats.items()}
    return VoteTable(
        members=tuple(names.index(name) for name in seats),
        outcomes=tuple(
            0 if seat.outcome is None else tables[name].outcomes.index(seat.outcome) + 1
            for name, seat in seats.items()
        ),
        weights=tuple(seat.weight for seat in seats.values()),
        valid=rule.monitor.board.holds_for,
    )
