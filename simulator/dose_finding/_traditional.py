"""What 3+3 and A+B share: a dose is judged with so many patients, and again once it has so many more."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, NamedTuple

from simulator.contracts import NO_DOSE, DoseChoices, DoseCounts, DoseDesign

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Ints = NDArray[np.int64]
    Bools = NDArray[np.bool_]

__all__ = ["Judged", "Traditional"]


class Judged(NamedTuple):
    """When a dose passes and when it is toxic (lin2001: A, A + B, C, D, E).

    first, full: patients with whom it is first judged, and for good. few: with first to full - 1 patients it
    passes with fewer DLTs than this. at_first, at_full: it is toxic with more DLTs than this, of up to first
    patients and of more.
    """

    first: int
    full: int
    few: int
    at_first: int
    at_full: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Traditional(DoseDesign):
    """Up past doses that pass, down from one that is toxic; the highest below every toxic one is recommended.

    A dose that nobody was given is treated before it can be recommended.
    """

    reasons: ClassVar[tuple[str, ...]] = (
        "up: few enough DLTs",
        "stay: more patients are needed",
        "down: the dose is toxic",
        "over: the highest dose that is not toxic",
        "over: the lowest dose is toxic",
    )

    @property
    @abstractmethod
    def judged(self) -> Judged:
        """The numbers of the design."""

    @property
    def largest_cohort(self) -> int:
        """Patients added at once, at most."""
        return self.cohort

    @abstractmethod
    def needs_full(self, below_toxic: Bools) -> Bools:
        """Whether a dose that passes is filled before it is recommended, below a toxic one or at the top."""

    @property
    def most_at_a_dose(self) -> int:
        """A full dose is judged for good."""
        return self.judged.full

    def toxic(self, counts: DoseCounts) -> Bools:
        """More DLTs than are allowed."""
        import numpy as np

        by = self.judged
        found: Bools = counts.dlt > np.where(counts.n <= by.first, by.at_first, by.at_full)
        return found

    def decide(self, counts: DoseCounts) -> DoseChoices:
        """The next dose from counts alone; no memory is needed beyond the dose last given."""
        import numpy as np

        n = counts.n
        rows, doses = np.arange(len(n)), n.shape[1]
        toxic = self.toxic(counts)
        ceiling = np.where(toxic.any(axis=1), toxic.argmax(axis=1), doses) - 1  # highest that is not toxic
        none = ceiling < 0
        at = np.clip(counts.current, 0, np.maximum(ceiling, 0))
        passes = self._passes(counts)
        for _ in range(doses - 1):  # past a dose that has already passed, should there be one above
            above = np.minimum(at + 1, doses - 1)
            at = np.where(passes[rows, at] & (at < ceiling) & (n[rows, above] > 0), at + 1, at)
        highest, fine = at == ceiling, passes[rows, at]
        enough = ~self.needs_full(ceiling < doses - 1) | (n[rows, at] >= self.judged.full)
        over = ~none & fine & highest & enough
        up = ~none & fine & ~highest
        dose = np.where(none | over, NO_DOSE, np.where(up, at + 1, at))
        moves = (dose > counts.current, at < counts.current)  # up also past doses given before
        reason = np.select([none, over, *moves], [4, 3, 0, 2], default=1)
        return DoseChoices(
            dose=dose,
            patients=np.where(dose < 0, 0, self._wanted(n[rows, dose])),
            selected=np.where(over, at, NO_DOSE),
            reason=reason,
        )

    def _passes(self, counts: DoseCounts) -> Bools:
        """(B, D) few enough DLTs of enough patients."""
        by = self.judged
        first = (counts.n >= by.first) & (counts.dlt < by.few)
        found: Bools = first | ((counts.n >= by.full) & (counts.dlt <= by.at_full))
        return found

    def _wanted(self, n: Ints) -> Ints:
        """Patients to add at a dose that has n: a cohort at a new one, then up to first, then up to full."""
        import numpy as np

        first, full = self.judged.first, self.judged.full
        missing = np.select([n == 0, n < first], [self.cohort, first - n], default=full - n)
        wanted: Ints = np.minimum(missing, self.largest_cohort)
        return wanted
