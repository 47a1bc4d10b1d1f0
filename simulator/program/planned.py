"""The planned course: what a patient goes through to whom nothing happens, and its hazards."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from simulator.program.course import Assignment, NextTable, StepTable
from simulator.program.tables import PlannedPiece, Program
from simulator.program.words import NONE, ClockKind

__all__ = [
    "at_level",
    "clock_starts",
    "cumulative_hazard",
    "in_arm",
    "steering_traits",
    "with_traits",
]


def at_level(program: Program, level: int) -> Program:
    """The same with the planned course of a patient who is assigned a level (0: without dose finding)."""
    return _given(program, Assignment(level=level))


def in_arm(program: Program, arm: int, version: int = 0) -> Program:
    """The same with the planned course of a patient who is in an arm and takes what it gives.

    arm: one more than the last for an untreated refuser, 0 without arms. version: of the protocol, at entry;
    where doses are found the patient is at the dose at which that begins in it.
    """
    level = program.dosing.versions[version].first_level if program.dosing else 0
    return _given(program, Assignment(level=level, version=version, arm=arm, received=arm))


def _given(program: Program, given: Assignment) -> Program:
    pieces, days = _course(program, program.entry(given))
    return replace(program, planned=pieces, planned_days=days, screening=program.screened(given.version))


def steering_traits(program: Program) -> tuple[int, ...]:
    """Traits on which the course depends, by a step or a transition."""
    parts: list[StepTable | NextTable] = []
    for phase in program.every_phase:
        parts += [*phase.steps, *phase.next]
    found = {trait for part in parts for trait in (part.unless_trait, part.only_if_trait)}
    return tuple(sorted(found - {NONE}))


def with_traits(program: Program, has: Sequence[float]) -> Program:
    """The same with the planned course of a patient who has these traits (per trait, 0: not)."""
    if not steering_traits(program):
        return program
    pieces, days = _course(program, program.planned[0].state, has)
    return replace(program, planned=pieces, planned_days=days)


def _meets(part: StepTable | NextTable, has: Sequence[float]) -> bool:
    """Whether a patient with these traits takes it on the plan."""
    needed, unwanted = part.only_if_trait, part.unless_trait
    return (
        part.only_if == NONE
        and (needed == NONE or bool(has[needed]))
        and (unwanted == NONE or not has[unwanted])
    )


def _course(
    program: Program, state: int, has: Sequence[float] | None = None
) -> tuple[tuple[PlannedPiece, ...], float]:
    """The pieces from an entry state, and the day the course ends; conditions on events taken as unmet.

    has: per trait whether the patient has it; nobody has any if it is left out.
    """
    has = [0.0] * len(program.traits) if has is None else has
    pieces, now = [PlannedPiece(0.0, state, program.entry_anchors[state])], 0.0
    taken: Counter[tuple[int, int]] = Counter()

    def change(day: float, operation: int) -> None:
        state = pieces[-1].state
        starts = program.anchors[state][operation]
        pieces.append(PlannedPiece(day, program.after[state][operation], starts))

    while True:
        number, phase = program.states[pieces[-1].state].phase, program.phase(pieces[-1].state)
        for step in phase.steps:
            for operation in step.operations if _meets(step, has) else ():
                change(now + step.after, operation)
        now += phase.days
        for i, transition in enumerate(phase.next):
            allowed = transition.at_most == NONE or taken[number, i] < transition.at_most
            if allowed and _meets(transition, has):
                taken[number, i] += 1
                change(now, transition.operation)
                break
        else:
            return tuple(pieces), now


def cumulative_hazard(
    program: Program, component: int, day: float, *, entering: bool = True, screened: float = 0.0
) -> float:
    """Cumulative hazard of a component by `day` after entry on the planned course, traits set aside.

    sum over the pieces of multiplier x increase of the component's own cumulative hazard, whose
    clock may start, restart and pause on the way. The event's is the sum over its components.
    entering: with what happens at once in a piece that begins on `day` itself. screened: days from
    registration to entry, by which a clock that runs from registration is ahead.
    """
    table = program.components[component]
    total, anchor, level = 0.0, None, 0.0
    ahead = screened if table.clock is ClockKind.REGISTRATION else 0.0
    ends = [piece.start for piece in program.planned[1:]] + [program.planned_days]
    for piece, end in zip(program.planned, ends, strict=True):
        if piece.start > day or (piece.start == day > 0.0 and not entering):
            break
        if component in piece.starts and (anchor is None or table.restarts):
            anchor = piece.start - ahead
            level = table.table(piece.state).at(ahead) if ahead else 0.0
        if anchor is None:
            continue
        until = min(end, day)
        factor = table.multiplier[piece.state]
        if factor == 0.0 and table.pauses:
            anchor += until - piece.start
            continue
        hazard = table.table(piece.state)
        if len(table.tables) > 1 and piece.start > anchor:
            level = hazard.at(piece.start - anchor)
        reached = hazard.at(until - anchor)
        if factor:
            total += factor * (reached - level)
        level = reached
    return total


def clock_starts(program: Program, component: int) -> tuple[float, ...]:
    """Days of the planned course on which a component's clock starts (once, unless it restarts)."""
    starts = tuple(piece.start for piece in program.planned if component in piece.starts)
    return starts if program.components[component].restarts else starts[:1]
