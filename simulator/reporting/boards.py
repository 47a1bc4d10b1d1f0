"""The sheet of a board: who votes, what a vote is, and which votes are enough."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

from simulator.contracts import BoardRule
from simulator.model.design import Design
from simulator.model.scenario import Scenario
from simulator.program.monitors import outcomes_of
from simulator.program.versions import RuleVersion, rules_of
from simulator.reporting.amendments import after_amendment
from simulator.reporting.boundaries import sources
from simulator.reporting.conduct import board_reads, board_rule
from simulator.reporting.listing import Sheet, Table, Value, each_once, note
from simulator.reporting.text import capital, counted

__all__ = ["BoardSheet", "board_sheets"]

MOST_SETS = 40  # of members that are listed
MOST_MEMBERS = 12  # of a board whose sets are looked through: 4,096 of them


@dataclass(frozen=True, slots=True, kw_only=True)
class BoardSheet(Sheet):
    """A rule that reads other rules.

    head   : formula, what it reads, when it decides, sources: a paragraph each
    tables : members, and the least sets of members whose votes are enough
    """

    rule: BoardRule


def board_sheets(scenario: Scenario, variants: Sequence[str]) -> list[BoardSheet]:
    """Every different board of a scenario; what several variants share comes once."""
    return each_once(
        _sheet(variant, name, rule, rule.monitor.board)
        for variant in variants or scenario.designs
        for name, rule in rules_of(scenario.designs[variant], scenario.amended.get(variant, ())).items()
        if rule.monitor.board is not None
    )


def _sheet(variant: str, name: str, version: RuleVersion, rule: BoardRule) -> BoardSheet:
    decides, after = board_rule(rule), [after_amendment(name, version)] if version.since else []
    head = (f"{name}: {rule.formula()}", *after, f"It {board_reads(rule)}.", capital(decides))
    return BoardSheet(
        name=name,
        variants=(variant,),
        head=(*head, *sources(rule)),
        tables=tuple(_tables(version.design, rule)),
        rule=rule,
    )


def _tables(design: Design, rule: BoardRule) -> Iterator[Table]:
    yield _members(design, rule)
    if len(rule.seats) <= MOST_MEMBERS:
        yield _enough(rule)
    yield note(
        "characteristics",
        "No exact operating characteristics: what its members read happens in the same patients; `run` tells "
        "how often it fires, and who votes.",
    )


def _members(design: Design, rule: BoardRule) -> Table:
    """Each member: the rule behind it, what is a vote of it, and how much that weighs."""
    rows: list[list[str]] = []
    records: list[dict[str, Value]] = []
    for name, seat in rule.seats.items():
        monitor = design.monitoring[name]
        vote = (seat.outcome,) if seat.outcome is not None else outcomes_of(design, monitor)
        rows.append([name, " or ".join(vote), str(seat.weight), monitor.rule.kind])
        records.append({"member": name, "vote": " or ".join(vote), "weight": seat.weight})
    return Table(
        name="members", head=[["member", "a vote", "weight", "its rule"]], rows=rows, records=records
    )


def _enough(rule: BoardRule) -> Table:
    """The least sets of members whose votes are enough, where each has been read who must be."""
    found: dict[tuple[str, ...], int] = {}  # their weight
    for size in range(1, len(rule.seats) + 1):
        for names in combinations(rule.seats, size):
            weight = sum(rule.seats[name].weight for name in names)
            if weight >= rule.needed and not any({*less} <= {*names} for less in found):
                found[names] = weight
    rows = [
        [" + ".join(names), str(weight), str(max(len(names), rule.least_read))]
        for names, weight in found.items()
    ]
    records: list[dict[str, Value]] = [
        {"members": names, "weight": int(weight), "members_read": int(read)} for names, weight, read in rows
    ]
    about = "Votes that are enough, none of which could be left out:"
    if len(rows) > MOST_SETS:
        about = f"Votes that are enough, the first {MOST_SETS} of {counted(len(rows), 'set')} of members:"
    head = [["votes", "weight", "members read"], ["", "", "at least"]]
    return Table(name="enough", about=[about], head=head, rows=rows[:MOST_SETS], records=records)
