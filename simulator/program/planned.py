"""The planned course: what a patient goes through to whom nothing happens, and its hazards."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from math import inf

from simulator.program.tables import PhaseTable, PlannedPiece, Program

__all__ = ["at_level", "clock_starts", "cumulative_hazard", "planned_course"]


def planned_course(
    phases: Sequence[PhaseTable],
    after: Sequence[Sequence[int]],
    phase_of: Sequence[int],
    anchors: Sequence[Sequence[tuple[int, ...]]],
    entry_anchors: Sequence[tuple[int, ...]],
    entry: int = 0,
) -> tuple[tuple[PlannedPiece, ...], float]:
    """The pieces of the planned course from an entry state, and the day it ends.

    Conditions on events are taken as unmet.
    """
    pieces, state, now = [PlannedPiece(0.0, entry, entry_anchors[entry])], entry, 0.0
    taken: Counter[tuple[int, int]] = Counter()
    while True:
        phase = phase_of[state]
        for step in phases[phase].steps:
            for operation in step.operations if step.only_if is None else ():
                pieces.append(
                    PlannedPiece(now + step.after, after[state][operation], anchors[state][operation])
                )
                state = pieces[-1].state
        now += phases[phase].days
        for i, transition in enumerate(phases[phase].next):
            if transition.only_if is None and taken[phase, i] < (transition.at_most or inf):
                taken[phase, i] += 1
                operation = transition.operation
                pieces.append(PlannedPiece(now, after[state][operation], anchors[state][operation]))
                state = pieces[-1].state
                break
        else:
            return tuple(pieces), now


def at_level(program: Program, level: int) -> Program:
    """The same with the planned course of a patient who is assigned a level."""
    pieces, days = planned_course(
        program.phases,
        program.after,
        [state.phase for state in program.states],
        program.anchors,
        program.entry_anchors,
        program.entries[level],
    )
    return replace(program, planned=pieces, planned_days=days)


def cumulative_hazard(program: Program, component: int, day: float, *, entering: bool = True) -> float:
    """Cumulative hazard of a component by `day` after entry on the planned course, traits set aside.

    sum over the pieces of multiplier x increase of the component's own cumulative hazard, whose
    clock may start, restart and pause on the way. The event's is the sum over its components.
    entering: with what happens at once in a piece that begins on `day` itself.
    """
    table = program.components[component]
    total, anchor, level = 0.0, None, 0.0
    ends = [piece.start for piece in program.planned[1:]] + [program.planned_days]
    for piece, end in zip(program.planned, ends, strict=True):
        if piece.start > day or (piece.start == day > 0.0 and not entering):
            break
        if component in piece.starts and (anchor is None or table.restarts):
            anchor, level = piece.start, 0.0
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
