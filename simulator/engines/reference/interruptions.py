"""Until when a patient's drugs are stopped for a time; that they are is said by the state."""

from __future__ import annotations

from math import inf

from simulator.program.interruptions import interrupted
from simulator.program.tables import Program
from simulator.units import quantise

__all__ = ["Interruptions", "until"]


def until(program: Program, operation: int, now: float) -> float:
    """The day until which an operation is in force that is directed now: inf of one that is for good."""
    stops = program.interrupts[operation]
    return inf if stops is None else quantise(now + stops.days)


class Interruptions:
    """Of one patient, whose plan has an instant at each end."""

    def __init__(self, program: Program) -> None:
        self._program = program
        self._ends: dict[int, float] = {}  # by drug

    def begin(self, operation: int, end: float) -> None:
        """An operation is directed; if it stops a drug for a time, then to this day or a later one known."""
        stops = self._program.interrupts[operation]
        if stops is not None:
            self._ends[stops.drug] = max(end, self._ends.get(stops.drug, end))

    def keep(self, state: int) -> None:
        """The patient is in a state now: of drugs that it does not say are interrupted no end is to come."""
        if self._ends:
            there = interrupted(self._program.states[state])
            self._ends = {drug: end for drug, end in self._ends.items() if drug in there}

    def next(self) -> tuple[float, int]:
        """The next end, and the operation that it is: of one day the first drug; inf without any."""
        day, drug = min(((end, drug) for drug, end in self._ends.items()), default=(inf, 0))
        return day, self._program.resumes[drug] if day < inf else -1
