"""A+B: the traditional designs in general, of which 3+3 is one (lin2001)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from simulator.dose_finding._traditional import Judged, Traditional
from simulator.errors import QuantityError
from simulator.units import Count, Flag, PositiveCount

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["APlusB"]


@dataclass(frozen=True, slots=True, kw_only=True)
class APlusB(Traditional):
    """Fewer than C of A: up; C to D: B more; more than D, or more than E of A + B: toxic; else up (lin2001).

    The dose recommended is the highest below every toxic one. With `de_escalation` it needs A + B patients
    where a higher dose is toxic, and the next lower ones are filled until one has at most E DLTs; without,
    it is recommended as it stands. Where patients could not be judged: A to A + B - 1 patients pass with
    fewer than C DLTs, and are filled with up to E; fewer are filled to A.
    """

    kind: ClassVar[str] = "a_plus_b"
    sources: ClassVar[tuple[str, ...]] = ("lin2001",)
    examples: ClassVar[tuple[dict[str, object], ...]] = (
        {"a": 3, "b": 3, "c": 1, "d": 1, "e": 1},
        {"a": 3, "b": 3, "c": 1, "d": 1, "e": 1, "de_escalation": True},
        {"a": 2, "b": 4, "c": 1, "d": 1, "e": 2, "de_escalation": True},
        {"a": 4, "b": 2, "c": 1, "d": 2, "e": 2},
    )

    a: PositiveCount
    b: PositiveCount
    c: PositiveCount
    d: Count
    e: Count
    de_escalation: Flag = False

    def __post_init__(self) -> None:
        """Refuse numbers of DLTs that fall, or that no patients can have."""
        if self.c > self.a:
            raise QuantityError(f"c: {self.c}", f"1 to the {self.a} of a")
        if not self.c <= self.d <= self.a:
            raise QuantityError(f"d: {self.d}", f"{self.c} (c) to {self.a} (a)")
        if not self.d <= self.e < self.a + self.b:
            raise QuantityError(f"e: {self.e}", f"{self.d} (d) to {self.a + self.b - 1} (a + b - 1)")

    @property
    def cohort(self) -> int:
        """A."""
        return self.a

    @property
    def largest_cohort(self) -> int:
        """A, or B."""
        return max(self.a, self.b)

    @property
    def judged(self) -> Judged:
        """As the design says."""
        return Judged(first=self.a, full=self.a + self.b, few=self.c, at_first=self.d, at_full=self.e)

    def describe(self) -> tuple[str, ...]:
        """The rule, and what is done below a toxic dose."""
        full = self.a + self.b
        few = "no DLT" if self.c == 1 else f"fewer than {self.c} DLTs"
        between = f"{self.c}" if self.c == self.d else f"{self.c} to {self.d}"
        most = f"at most {self.e} {'DLT' if self.e == 1 else 'DLTs'}"
        below = (
            f"the next lower one is filled to {full}, and so on down, until one has {most}"
            if self.de_escalation
            else "the dose finding is over: the next lower one is recommended as it stands"
        )
        return (
            f"A+B with A = {self.a}, B = {self.b}, C = {self.c}, D = {self.d}, E = {self.e}.",
            f"With {self.a} evaluable patients at a dose: {few}, go up; {between}, add {self.b}; more, the "
            "dose is toxic.",
            f"With {full}: {most}, go up; more, the dose is toxic.",
            f"Below a toxic dose {below}.",
            "A dose that nobody was given is never recommended; none is if the lowest is toxic.",
        )

    def needs_full(self, below_toxic: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Below a toxic dose, with de-escalation."""
        return below_toxic & self.de_escalation
