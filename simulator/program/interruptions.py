"""Drugs that are stopped for a time: what of it a patient's state keeps, and the operations that lead there.

A state says which drugs are interrupted and at which level each comes back; until when, the patient keeps
(docs/decisions.md, "A drug stopped for a time"). Beneath an interruption all goes on as without it:
what changes the patient changes what is beneath.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from simulator.program.course import PatientState
from simulator.program.words import NONE

__all__ = ["Interruption", "beneath", "covered", "interrupted"]


@dataclass(frozen=True, slots=True)
class Interruption:
    """What an operation stops for a time: the drug, for so many days."""

    drug: int
    days: float


def interrupted(state: PatientState) -> tuple[int, ...]:
    """Drugs that are stopped for a time."""
    return tuple(drug for drug, level in enumerate(state.back_at) if level != NONE)


def beneath(state: PatientState) -> PatientState:
    """The state without interruptions."""
    if not state.back_at:
        return state
    both = zip(state.levels, state.back_at, strict=True)
    return replace(state, levels=tuple(now if back == NONE else back for now, back in both), back_at=())


def covered(state: PatientState, drugs: Collection[int]) -> PatientState:
    """A state without interruptions, with these drugs interrupted."""
    if not drugs:
        return state
    return replace(
        state,
        levels=_where(drugs, (0,) * len(state.levels), state.levels),
        back_at=_where(drugs, state.levels, (NONE,) * len(state.levels)),
    )


def _where(drugs: Collection[int], inside: Sequence[int], outside: Sequence[int]) -> tuple[int, ...]:
    return tuple(a if i in drugs else b for i, (a, b) in enumerate(zip(inside, outside, strict=True)))
