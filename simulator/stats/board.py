"""The exact course of a trial in which a board reads what rules said last, each of one of several counts.

Counts grow patient by patient (the product chain where they are independent), and beside them stands what
each rule said last, while that may still be read: P(not fired yet, counts, verdicts) from look to look.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from itertools import pairwise, product
from math import prod

import numpy as np
from numpy.typing import NDArray

__all__ = ["BoardCourse", "BoardLook", "Said", "Voter", "board_chain"]

Floats = NDArray[np.float64]
Votes = tuple[bool, ...]  # per member
State = tuple[int, ...]  # per member what it said last, as `Said`

MOST = 500_000_000  # steps: states times patients, a second or two


class Said(IntEnum):
    """What a member said last; from `DONE` on it has fired, which it does once, and does not read again."""

    NOTHING = 0  # it has not looked yet, or is about to
    NO = 1
    VOTE = 2
    DONE = 3  # with an outcome that is no vote
    DONE_VOTE = 4

    @property
    def votes(self) -> bool:
        """Whether it is a vote."""
        return self in {Said.VOTE, Said.DONE_VOTE}


@dataclass(frozen=True, slots=True, kw_only=True)
class Voter:
    """A member of a board.

    count  : which count it reads
    said   : patients at a look -> what it says there of x = 0 ... n events, as `Said`
    weight : of its vote
    """

    count: int
    said: Mapping[int, NDArray[np.int8]]
    weight: int = 1

    def states(self, looks: Sequence[BoardLook], number: int) -> int:
        """How many verdicts may have to be kept from one look to the next."""
        always = all(number in look.readers for look in looks)
        done = {said for each in self.said.values() for said in np.unique(each[each >= Said.DONE]).tolist()}
        return len(done) + (1 if always else 3)


@dataclass(frozen=True, slots=True, kw_only=True)
class BoardLook:
    """Members who look when so many patients are assessed; decides: then the board does."""

    n: int
    readers: frozenset[int]
    decides: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class BoardCourse:
    """When a board first fires, and who votes then.

    fired : per look who votes -> P(the board first fires there, by these votes)
    """

    fired: tuple[Mapping[Votes, float], ...]

    @property
    def at(self) -> tuple[float, ...]:
        """P(first fires at this look), as the looks."""
        return tuple(sum(found.values()) for found in self.fired)

    @property
    def p_fires(self) -> float:
        """P(fires at any look)."""
        return sum(self.at)

    def voted(self, *members: int) -> float:
        """P(fires, and these members' verdicts are votes when it first does)."""
        return sum(p for found in self.fired for who, p in found.items() if all(who[i] for i in members))


def board_chain(
    looks: Sequence[BoardLook],
    members: Sequence[Voter],
    cells: Floats,
    decides: Callable[[int, int], bool],
) -> BoardCourse:
    """Exact course of a board that fires iff `decides(members read, weight of their votes)`.

    looks : in order, n not falling
    cells : (2, ..., 2), P(a patient has the events of these counts); patients are independent

    ValueError where more than `MOST` steps would be needed; cost about last^(counts + 1).
    """
    if any(one.n > other.n for one, other in pairwise(looks)):
        raise ValueError("looks: n falls, allowed: in the order in which they come")
    last, counts = looks[-1].n, cells.ndim
    kept = prod(voter.states(looks, i) for i, voter in enumerate(members))
    if kept * last * 2**counts * (last + 1) ** counts > MOST * (counts + 1):
        raise ValueError("the counts that the board is about have too many states together: simulate instead")
    running: dict[State, Floats] = {(Said.NOTHING,) * len(members): np.ones((1,) * counts)}
    fired: list[Mapping[Votes, float]] = []
    entered = 0
    for k, look in enumerate(looks):
        running = {state: _add_patients(mass, look.n - entered, cells) for state, mass in running.items()}
        entered = look.n
        for i in look.readers:
            running = _read(running, i, members[i], look.n)
        found: defaultdict[Votes, float] = defaultdict(float)
        if look.decides:
            for state in [state for state in running if _decided(state, members, decides)]:
                found[tuple(Said(said).votes for said in state)] += float(running.pop(state).sum())
        fired.append(dict(found))
        if k + 1 < len(looks):
            running = _forget(running, looks[k + 1].readers)
    return BoardCourse(fired=tuple(fired))


def _add_patients(mass: Floats, patients: int, cells: Floats) -> Floats:
    """P(counts) after so many more patients; each axis grows by as many."""
    for _ in range(patients):
        old, mass = mass, np.zeros([size + 1 for size in mass.shape])
        for cell in product((0, 1), repeat=cells.ndim):
            there = tuple(slice(x, x + size) for x, size in zip(cell, old.shape, strict=True))
            mass[there] += cells[cell] * old
    return mass


def _read(running: Mapping[State, Floats], i: int, voter: Voter, n: int) -> dict[State, Floats]:
    """After a member's look: what it says goes by its count, unless it is done."""
    said = voter.said[n]
    out: dict[State, Floats] = {}
    for state, mass in running.items():
        if state[i] >= Said.DONE:
            _put(out, state, mass)
            continue
        for verdict in np.unique(said).tolist():
            there = (said == verdict).astype(float)
            along = there.reshape([-1 if axis == voter.count else 1 for axis in range(mass.ndim)])
            _put(out, (*state[:i], verdict, *state[i + 1 :]), mass * along)
    return {state: mass for state, mass in out.items() if mass.any()}


def _decided(state: State, members: Sequence[Voter], decides: Callable[[int, int], bool]) -> bool:
    weight = sum(voter.weight for voter, said in zip(members, state, strict=True) if Said(said).votes)
    return decides(sum(said > Said.NOTHING for said in state), weight)


def _forget(running: Mapping[State, Floats], readers: frozenset[int]) -> dict[State, Floats]:
    """Verdicts of members who look next, before anybody asks for them again, need not be kept."""
    out: dict[State, Floats] = {}
    for state, mass in running.items():
        kept = (
            Said.NOTHING if i in readers and said < Said.DONE else Said(said) for i, said in enumerate(state)
        )
        _put(out, tuple(kept), mass)
    return out


def _put(masses: dict[State, Floats], state: State, mass: Floats) -> None:
    masses[state] = masses[state] + mass if state in masses else mass
