"""Rules that concern each other: who votes on a board, who is called, whose hold ends, who looks first."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from simulator.contracts import VoteTable
from simulator.model.design import Design
from simulator.model.monitoring import Monitor
from simulator.program.monitors import lower_monitor
from simulator.program.rule_tables import MonitorTable
from simulator.program.states import Operations

__all__ = ["in_circles", "lower_monitors", "ranks"]


def ranks(monitoring: Mapping[str, Monitor]) -> dict[str, int]:
    """Of each rule how many others must be read before it, one after the other; none in a circle has one."""
    found: dict[str, int] = {}
    while more := [
        name
        for name, monitor in monitoring.items()
        if name not in found and all(other in found or other not in monitoring for other in monitor.reads)
    ]:
        of_round = {
            name: max((found[o] + 1 for o in monitoring[name].reads if o in found), default=0)
            for name in more
        }
        found |= of_round
    return found


def in_circles(monitoring: Mapping[str, Monitor]) -> list[str]:
    """Rules that would have to be read before themselves, and rules between two such circles."""
    known = ranks(monitoring)
    left = [name for name in monitoring if name not in known]
    while ends := [name for name in left if not any(name in monitoring[other].reads for other in left)]:
        left = [name for name in left if name not in ends]  # they wait for a circle, and none for them
    return left


def lower_monitors(
    design: Design, operations: Operations, events: Mapping[str, int], most: int
) -> tuple[MonitorTable, ...]:
    """Every rule of a design, and what they are to each other. most: patients of the trial."""
    names = list(design.monitoring)
    alone = {name: lower_monitor(design, name, operations, events, most) for name in names}
    rank = ranks(design.monitoring)

    def with_others(name: str) -> MonitorTable:
        monitor = design.monitoring[name]
        boards = [other for other, m in design.monitoring.items() if m.look.kind == "report" and m.board]
        return replace(
            alone[name],
            votes=None if monitor.board is None else _votes(monitor, names, alone),
            releases=tuple(names.index(str(a.name)) for a in monitor.then if a.verb == "release"),
            rank=rank[name],
            late=_late(name, design.monitoring),
            calls=tuple(i for i, other in enumerate(names) if design.monitoring[other].look.after == name),
            heard_by=tuple(names.index(b) for b in boards if name in _seats(design.monitoring[b])),
        )

    return tuple(map(with_others, names))


def _late(name: str, monitoring: Mapping[str, Monitor]) -> bool:
    """Whether a rule reads accrual, or one that does is read before it."""
    monitor = monitoring[name]
    return monitor.entries is not None or any(_late(other, monitoring) for other in monitor.reads)


def _seats(monitor: Monitor) -> tuple[str, ...]:
    return tuple(monitor.board.seats) if monitor.board is not None else ()


def _votes(monitor: Monitor, names: list[str], tables: Mapping[str, MonitorTable]) -> VoteTable:
    """Who votes, by index and code. An outcome that a member does not have is `check`'s business."""
    assert monitor.board is not None
    seats = monitor.board.seats
    return VoteTable(
        members=tuple(names.index(name) for name in seats),
        outcomes=tuple(
            0 if seat.outcome is None else tables[name].outcomes.index(seat.outcome) + 1
            for name, seat in seats.items()
        ),
        weights=tuple(seat.weight for seat in seats.values()),
        valid=monitor.board.holds_for,
    )
