"""The most hazard that a patient can use up of a component, whatever happens: sure, not likely."""

from __future__ import annotations

import itertools
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from math import inf

from simulator.contracts import HazardTable
from simulator.program.tables import ComponentTable, Program
from simulator.program.words import NONE, ClockKind, WhileHeld

__all__ = ["at_most_once", "longest_stay", "most_used_up"]


def at_most_once(program: Program, component: int) -> bool:
    """Whether no patient can have the event twice through this component."""
    part = program.components[component]
    return not program.events[part.event].repeats or (part.once and not part.restarts)


def most_used_up(program: Program, component: int) -> float | str:
    """The most that a patient can use up of a component's hazard; or why nothing bounds it.

    The smaller of (the steepest hazard in each phase x the days that a course can spend there) and
    (the largest factor x the cumulative hazard by the greatest age of its clock). Only the first holds where
    the clock starts again, only the second where the hazard jumps. But for the tick to which engines round
    dates.
    """
    part = program.components[component]
    name = f"{program.events[part.event].name}.{part.name}"
    if part.risk != NONE:
        trait = program.traits[part.risk].name
        return f"the hazard of {name} goes by the trait {trait}, which has no largest value"
    seen = program.reachable(program.entry_states)
    factors = {state: part.multiplier[state] for state in seen if part.multiplier[state] > 0.0}
    if not factors:
        return 0.0
    rates = dict.fromkeys(range(len(program.phases)), 0.0)
    for state, factor in factors.items():
        phase, rate = program.states[state].phase, factor * _steepest(part.table(state))
        rates[phase] = max(rates[phase], rate)
    most = longest_stay(program, rates)
    if not part.restarts:
        tables = list({id(part.table(state)): part.table(state) for state in factors}.values())
        most = min(most, max(factors.values()) * _reached(tables, _oldest(program, part)))
    if most == inf:
        what = "its clock starts again and it jumps" if _jumps(part) else "a course may go on without end"
        return f"nothing bounds the hazard of {name} that a patient can use up: {what}"
    return most


def _oldest(program: Program, part: ComponentTable) -> float:
    """The most days for which a clock that does not start again may have run when a course ends."""
    if part.clock is not ClockKind.REGISTRATION or program.screening is None:
        return longest_stay(program)
    if program.while_held is WhileHeld.QUEUED:  # who waits has no longest wait
        return inf
    longest = max(each.longest for each in (program.screening, *program.screenings))
    return longest + longest_stay(program)


def _jumps(part: ComponentTable) -> bool:
    return part.restarts and any(_steepest(table) == inf for table in part.tables)


def _steepest(table: HazardTable) -> float:
    """The largest hazard per day; inf for one that jumps."""
    found = inf if table.cumulative[0] > 0.0 else table.tail
    for (age, level), (later, higher) in itertools.pairwise(zip(table.knots, table.cumulative, strict=True)):
        if higher > level:
            found = max(found, (higher - level) / (later - age) if later > age else inf)
    return found


def _reached(tables: Sequence[HazardTable], age: float) -> float:
    """The most that a course can use up by an age that goes by one table here and by another there."""
    if age == inf:
        return inf if any(table.tail > 0.0 for table in tables) else _sum(tables, inf)
    return _sum(tables, age)


def _sum(tables: Sequence[HazardTable], age: float) -> float:
    """Between two knots of any, the steepest counts; and of jumps on one age the largest."""
    if len(tables) == 1:
        return tables[0].at(age) if age < inf else tables[0].cumulative[-1]
    ages = sorted({knot for table in tables for knot in table.knots if knot <= age} | ({age} - {inf}))
    total = 0.0
    for before, now in itertools.pairwise([-1.0, *ages]):
        jumps = [table.jump_at(now) for table in tables]
        slopes = [t.at(now) - j - t.at(before) for t, j in zip(tables, jumps, strict=True)]
        total += max(jumps) + max(0.0, *slopes)
    return total


@dataclass(frozen=True, slots=True)
class _Way:
    """From one phase to the next. limit: what allows it only so often, by name; "" without end."""

    start: int
    end: int
    limit: str = ""


def longest_stay(program: Program, rates: Mapping[int, float] | None = None) -> float:
    """The largest sum over a course of days in a phase x its rate (1 if none are given); inf without end.

    Ways: transitions at the end of a phase, and what leads a patient into another phase: a response to an
    event, or a rule. Where they lead round in a circle, those that can be taken only so often (`at_most`, an
    event that does not repeat, a rule) begin a new course each time, as if all else could come again.
    """
    days = [max(phase.days for phase in each) for each in zip(program.phases, *program.later, strict=True)]
    weights = [length * (1.0 if rates is None else rates[i]) for i, length in enumerate(days)]
    ways, limits = _ways(program)
    entered = {program.states[state].phase for state in program.entry_states}
    found = _longest(weights, ways, entered)
    if found < inf:
        return found
    rest = [way for way in ways if not way.limit]
    again = entered | {way.end for way in ways if way.limit}
    return _longest(weights, rest, again) * (1 + sum(limits.values()))


def _ways(program: Program) -> tuple[list[_Way], dict[str, int]]:
    """Every way, and how often those with a limit can be taken."""
    ways, limits, phases = list[_Way](), dict[str, int](), range(len(program.phases))

    def add(starts: Collection[int], operations: Collection[int], limit: str = "", times: int = 1) -> None:
        for operation in operations:
            end, again = program.enters[operation], program.transitions[operation]
            if end != NONE:
                ways.extend(_Way(start, end, limit) for start in starts if start != end or again)
                limits.update({limit: max(times, limits.get(limit, 0))} if limit else {})

    for each in (program.phases, *program.later):
        for number, phase in enumerate(each):
            for transition in phase.next:
                limit = "" if transition.at_most == NONE else f"transition {transition.number}"
                add([number], [transition.operation], limit, transition.at_most)
    for number, event in enumerate(program.events):
        response = {operation for plan in event.responses for operation in plan}
        add(phases, response, "" if event.repeats else f"event {number}")
    for number, monitor in enumerate(program.monitors):
        add(phases, monitor.operations, f"rule {number}")
    return ways, limits


def _longest(weights: Sequence[float], ways: Sequence[_Way], starts: Collection[int]) -> float:
    """The heaviest walk; inf where one leads round in a circle through any weight."""
    best = [weights[i] if i in starts else -inf for i in range(len(weights))]
    for _ in weights:  # a walk without circles has no more steps
        changed = False
        for way in ways:
            if best[way.start] + weights[way.end] > best[way.end]:
                best[way.end], changed = best[way.start] + weights[way.end], True
        if not changed:
            return max(best)
    return inf
