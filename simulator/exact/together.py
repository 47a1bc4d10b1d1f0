"""Rules of one trial that count the same patients' events: which of them is the first to stop it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from simulator.program.monitors import looks_of
from simulator.program.rule_tables import FOR_GOOD, CounterTable, MonitorTable
from simulator.program.tables import Program
from simulator.program.textbook import as_allocated, not_in_turn
from simulator.stats.several import Bound, Several, several

__all__ = ["Together", "together"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Together:
    """Outcomes on one count that end a trial, from one rule or several.

    names  : `RULE: OUTCOME` of each; bounds: theirs, each at its own looks
    counter: what is counted, of the first; max_n: patients of a trial that does not stop
    """

    names: tuple[str, ...]
    bounds: tuple[Bound, ...]
    counter: CounterTable
    max_n: int

    @property
    def looks(self) -> tuple[int, ...]:
        """Every n at which one of them is read."""
        return tuple(sorted({n for bound in self.bounds for n in bound.looks}))

    def course(self, *which: int) -> Several:
        """How a trial ends that has these outcomes, all if none is named; ValueError as of `several`."""
        return several([self.bounds[i] for i in which] or self.bounds, self.max_n)


def together(program: Program) -> Iterator[Together]:
    """Every count of a trial on which several outcomes end it; patients alike, assessed one after another."""
    groups: dict[object, list[tuple[int, int]]] = {}
    for number, table in enumerate(program.monitors):
        throughout = table.since == 0 and table.before == FOR_GOOD  # others are never on with one another
        if throughout and table.closes_accrual and table.table.by_n and not not_in_turn(table):
            for i in table.used:
                groups.setdefault(_counted(table.counters[i]), []).append((number, i))
    for group in groups.values():
        first, i = group[0]
        counter = program.monitors[first].counters[i]
        names, bounds, max_n = [], [], as_allocated(program, counter)
        for number, i in group:
            for name, bound in _bounds(program.monitors[number], i, max_n):
                names.append(name)
                bounds.append(bound)
        if len(bounds) > 1:
            yield Together(
                names=tuple(names),
                bounds=tuple(bounds),
                counter=counter,
                max_n=max_n,
            )


def _counted(counter: CounterTable) -> object:
    """What makes two counts of patients one, each being assessed before the next look."""
    whose = (counter.arms, counter.population) if counter.of_members else ()
    return (counter.event, counter.window, counter.ruled_out_by, counter.scope, counter.judged, whose)


def _bounds(table: MonitorTable, reading: int, max_n: int) -> Iterator[tuple[str, Bound]]:
    """The outcomes of a rule on one endpoint, at its own looks."""
    looks = looks_of(table.look, max_n, table.counters[reading].among, table.wait)
    for boundary in table.table.boundaries:
        if boundary.reading == reading and looks:
            at = [None if n < boundary.minimum_n else boundary.bound[n] for n in looks]
            bound = [None if b is None else int(b) for b in at]
            yield (
                f"{table.name}: {boundary.outcome}",
                Bound(direction=boundary.direction, looks=looks, bound=bound),
            )
