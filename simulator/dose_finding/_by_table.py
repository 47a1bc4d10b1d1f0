"""What designs share that read up, stay or down off a table of n and DLTs at the dose last given.

The order of questions is that of `get.oc` in the R package BOIN, which the others' packages copy: the
largest number of patients ends it before any rule; then elimination, enough patients, the move.
"""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from functools import lru_cache
from math import inf
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from simulator.contracts import NO_DOSE, DoseChoices, DoseCounts
from simulator.dose_finding._isotonic import isotonic
from simulator.dose_finding._n_max import UpToNMax
from simulator.errors import QuantityError
from simulator.scalars import one_word
from simulator.units import OpenProbability, PositiveCount, format_probability

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Ints = NDArray[np.int64]
    Bools = NDArray[np.bool_]

__all__ = ["DOWN", "STAY", "UP", "ByTable"]

UP, STAY, DOWN = 1, 0, -1  # doses further
SHRUNK = 0.05  # of a beta prior's events and others, when a dose is selected
APART = 1e-10  # equal rates rise by this from dose to dose: the highest below the target, the lowest above it


@dataclass(frozen=True, slots=True, kw_only=True)
class ByTable(UpToNMax):
    """Up, stay or down by `moves` at the dose last given, never to a dose that is eliminated.

    target: the DLT rate looked for. n_max: evaluable patients after which it is over. enough: over too when
    the dose last given has so many and would be given again (`staying`, as in BOIN 2.7.2), or whatever the
    counts say (`always`, as in Keyboard 0.1.3).
    """

    recommends_unfinished: ClassVar[bool] = True
    reasons: ClassVar[tuple[str, ...]] = (
        "up: few enough DLTs",
        "stay: neither few nor many DLTs, or no dose to go to",
        "down: too many DLTs",
        "over: all patients are treated",
        "over: the lowest dose is eliminated",
        "over: enough patients at a dose",
    )

    target: OpenProbability
    n_max: PositiveCount
    cohort: PositiveCount = 3
    enough: PositiveCount | None = None
    enough_when: Annotated[Literal["staying", "always"], one_word("staying", "always")] = "staying"

    def __post_init__(self) -> None:
        """No cohort, and no number at one dose, is above the number of all."""
        self._refuse_numbers()
        if self.enough is None and self.enough_when == "always":
            raise QuantityError("enough_when: always", "it beside `enough`, how many are enough")

    @property
    def highest_selected(self) -> float:
        """Estimated rate above which no dose is recommended."""
        return inf

    @abstractmethod
    def moves(self, n: int) -> tuple[int, ...]:
        """UP, STAY or DOWN with 0 ... n DLTs of n >= 1 patients, elimination aside."""

    @abstractmethod
    def rule(self) -> tuple[str, ...]:
        """The name of the design, and its table, in sentences."""

    @abstractmethod
    def eliminated(self, n: Ints, dlt: Ints) -> Bools:
        """Whether these counts eliminate a dose and those above it; any shape."""

    @abstractmethod
    def elimination(self) -> str:
        """When a dose is eliminated: what goes between `A dose is eliminated, with all above it,` and `;`."""

    def describe(self) -> tuple[str, ...]:
        """The design's own rule, then what all of them do."""
        target = format_probability(self.target)
        ends = "" if self.enough_when == "always" else " that would be given again"
        enough = f"It is over as well once {self.enough} or more are at a dose{ends}."
        return (
            *self.rule(),
            f"A dose is eliminated, with all above it, {self.elimination()}; if it is the lowest, no dose is "
            "recommended.",
            f"Cohorts of {self.cohort}; with {self.n_max} evaluable patients it is over before any rule is "
            "asked.",
            *((enough,) if self.enough is not None else ()),
            "Recommended is, of the doses that were given and are not eliminated, the one whose rate after "
            f"isotonic regression is nearest to {target}; of two as near, the lower; of equal rates the "
            "highest dose below the target, the lowest above it. So it is where the trial ends before.",
        )

    def toxic(self, counts: DoseCounts) -> Bools:
        """Eliminated by its own counts."""
        return self.eliminated(counts.n, counts.dlt)

    def unsafe(self, counts: DoseCounts) -> Bools:
        """(B,) whether no dose may be given or recommended."""
        return self.eliminated(counts.n[:, 0], counts.dlt[:, 0])

    def decide(self, counts: DoseCounts) -> DoseChoices:
        """In the order of `get.oc`; what was eliminated need not be remembered, since counts say so."""
        import numpy as np

        toxic = self.toxic(counts)
        rows, doses = np.arange(len(toxic)), toxic.shape[1]
        top = np.where(toxic.any(axis=1), toxic.argmax(axis=1), doses) - 1  # the highest not eliminated
        here = counts.n[rows, counts.current]
        moved = counts.current + self._moves(here, counts.dlt[rows, counts.current])
        following = np.clip(moved, 0, np.maximum(top, 0))
        left = self.n_max - counts.n.sum(axis=1)
        full, none = left <= 0, self.unsafe(counts)
        enough = here >= (self.enough or inf)
        if self.enough_when == "staying":
            enough &= following == counts.current
        over = full | none | enough
        ends = np.flatnonzero(full | (enough & ~none))
        selected = np.full(len(over), NO_DOSE, dtype=np.int64)
        selected[ends] = self.select(counts.rows(ends))
        reason = np.select(
            [full, none, enough, following > counts.current, following < counts.current],
            [3, 4, 5, 0, 2],
            default=1,
        )
        return DoseChoices(
            dose=np.where(over, NO_DOSE, following),
            patients=np.where(over, 0, np.minimum(self.wanted(counts.n[rows, following]), left)),
            selected=selected,
            reason=reason,
        )

    def wanted(self, n: Ints) -> Ints:
        """(B,) patients of the next cohort, at a dose that has n."""
        import numpy as np

        return np.full_like(n, self.cohort)

    def _moves(self, n: Ints, dlt: Ints) -> Ints:
        """(B,) by the table; STAY where nobody is evaluable, or there are more than it is about."""
        import numpy as np

        numbers = np.unique(n)
        table = np.zeros((len(numbers), int(numbers[-1]) + 1), dtype=np.int64)
        for row, number in enumerate(numbers.tolist()):
            if 1 <= number < self.n_max:
                table[row, : number + 1] = _row(self, number)
        found: Ints = table[np.searchsorted(numbers, n), dlt]
        return found

    def recommend(self, counts: DoseCounts) -> Ints:
        """As at the end."""
        return self.select(counts)

    def select(self, counts: DoseCounts) -> Ints:
        """(B,) the dose of `select.mtd` in the R package BOIN, NO_DOSE where none can be."""
        import numpy as np

        eliminated = np.logical_or.accumulate(self.toxic(counts), axis=1) | self.unsafe(counts)[:, None]
        tried = (counts.n > 0) & ~eliminated
        events, others = counts.dlt + SHRUNK, counts.n - counts.dlt + SHRUNK
        total = events + others
        weights = np.where(tried, total**2 * (total + 1) / (events * others), 0.0)  # 1 / variance of a beta
        rates = isotonic(events / total, weights) + APART * np.cumsum(tried, axis=1)
        may = tried & (rates <= self.highest_selected)
        nearest = np.where(may, abs(rates - self.target), np.inf).argmin(axis=1)
        found: Ints = np.where(may.any(axis=1), nearest, NO_DOSE)
        return found


@lru_cache(maxsize=4096)
def _row(design: ByTable, n: int) -> tuple[int, ...]:
    """A design's moves, made once."""
    return design.moves(n)
