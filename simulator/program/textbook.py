"""Which rules are the textbook's, patients read one after another, and their bounds at each look."""

from __future__ import annotations

from collections.abc import Sequence

from simulator.contracts import RuleTable
from simulator.program.arms import allocated
from simulator.program.looks import LookTable
from simulator.program.monitors import looks_fixed
from simulator.program.rule_tables import CounterTable, MonitorTable
from simulator.program.tables import Program
from simulator.program.words import Among, LookKind, Unit
from simulator.stats.binomial import above

__all__ = [
    "as_allocated",
    "bounds_at",
    "bounds_of",
    "in_both",
    "not_in_turn",
    "outcomes_in_question",
    "read_by",
    "without_textbook",
]


def without_textbook(table: MonitorTable) -> str:
    """Why the rule has no exact course of patients read one after another; "" if it has."""
    return not_in_turn(table) or outcomes_in_question(table.table)


def not_in_turn(table: MonitorTable) -> str:
    """Why patients read one after another do not describe what the rule counts; "" if they do."""
    if not table.used:
        return "it reads accrual, not patients" if table.entries else "it reads other rules, not patients"
    if table.look.kind is LookKind.WHEN:
        return "it looks when another rule calls it"
    counters = [table.counters[i] for i in table.used]
    if any(counter.unit is not Unit.PATIENTS for counter in counters):
        return "courses or events are counted, not patients"
    if any(counter.scope.at_mtd for counter in counters):
        return "only patients at the dose selected count, and how many there are depends on the dose finding"
    for counter in counters:
        if counter.among not in {Among.TREATED, Among.COMPLETED}:
            return f"the denominator `{counter.among.word}` counts pending patients in its own way"
        if not (looks_fixed(table.look, counter.among, table.wait) or _one_by_one(table.look)):
            return f"looks are not counted in patients {counter.among.word}"
    return ""


def _one_by_one(look: LookTable) -> bool:
    """Whether looks come as often as anything can change."""
    if not look.kind.by_milestones:
        return True
    return look.kind is LookKind.EVERY and look.milestones[0].amount == 1 and not look.skipped


def as_allocated(program: Program, counter: CounterTable) -> int:
    """Patients whom the count is of in a trial that does not stop: of some arms, their share of all, rounded.

    How many these are is left to chance; who refuses is taken for the share of the whole arm.
    """
    arms = program.arms
    if arms is None or not counter.of_arms:
        return program.max_treated
    share = sum(part for part, drawn, received in arms.received if counter.concerns(drawn, received))
    return max(1, round(share * program.max_treated))


def read_by(program: Program, table: MonitorTable) -> int:
    """Patients whom a rule reads in a trial that does not stop, as allocated; of two arms, those of both."""
    if table.versus is not None:
        return in_both(program, table)
    return as_allocated(program, table.counters[table.used[0]])


def in_both(program: Program, table: MonitorTable) -> int:
    """Patients of the two arms that a rule compares, as allocated; refusals set aside."""
    assert program.arms is not None
    arms = [arm for counter in table.counters for arm in counter.arms or ()]
    return allocated(program.max_treated, program.arms.shares, arms)


def outcomes_in_question(table: RuleTable) -> str:
    """Why the outcomes are not those that are calculated, one for many and one for few; "" if they are."""
    ways = [(b.reading, b.for_many) for b in table.boundaries]
    if len(set(ways)) < len(ways):
        return "several outcomes follow from many events of one endpoint, or from few"
    if not table.by_n:
        return "follow-up is weighted"
    return ""


def bounds_of(
    table: RuleTable, reading: int, looks: Sequence[int]
) -> tuple[list[int | None], list[int | None]]:
    """The bounds at each look for many events and for few; where both hold, of the first outcome alone."""
    many, few = (bounds_at(table, reading, looks, for_many=way) for way in (True, False))
    first = next((boundary for boundary in table.boundaries if boundary.reading == reading), None)
    return (many if first is None or first.for_many else above(many, few)), few


def bounds_at(table: RuleTable, reading: int, looks: Sequence[int], *, for_many: bool) -> list[int | None]:
    """The bound at each look of the outcome that many (or few) events bring about; None without one."""
    for boundary in table.boundaries:
        if (boundary.reading, boundary.for_many) == (reading, for_many):
            found = [None if n < boundary.minimum_n else boundary.bound[n] for n in looks]
            return [None if bound is None else int(bound) for bound in found]
    return [None] * len(looks)
