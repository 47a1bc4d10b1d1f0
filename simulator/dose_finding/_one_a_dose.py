"""One patient a dose at first: before any design (simon1997), and as BOIN's titration (liu2015)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from simulator.contracts import NO_DOSE, DoseChoices, DoseCounts, DoseDesign
from simulator.errors import QuantityError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Bools = NDArray[np.bool_]
    Ints = NDArray[np.int64]

__all__ = ["Accelerated", "one_a_dose"]

REASONS = (
    "up: one patient a dose, and nothing has ended that",
    "stay: the cohort is filled, since one patient a dose is over",
    "stay: the only patient could not be judged",
)


def one_a_dose(
    counts: DoseCounts,
    cohort: int,
    then: Callable[[DoseCounts], DoseChoices],
    *,
    reasons: tuple[int, int, int],
    left: Ints,
    ended: Bools | None = None,
) -> DoseChoices:
    """Up by one dose and patient until a DLT, the top dose, or where it has `ended`; then `then` decides.

    It is over once a dose has two patients: counts say so, and nothing need be remembered. The dose at which
    it ends is filled to a `cohort` before it is judged. reasons: up, filled, not judged. left: (B,) patients
    who may yet be added; with none of them `then` decides.
    """
    import numpy as np

    rows = np.arange(len(counts.n))
    here = counts.n[rows, counts.current]
    single = (counts.n.max(axis=1) <= 1) & (left > 0)
    over = counts.dlt.any(axis=1) | (counts.n[:, -1] > 0)
    over |= False if ended is None else ended
    again = single & (here == 0)
    up = single & (here == 1) & ~over
    filled = single & (here == 1) & over & (cohort > 1)
    found = [
        np.select([up, filled | again], [counts.current + 1, counts.current], NO_DOSE),
        np.select([up | again, filled], [1, np.minimum(cohort - here, left)], 0),
        np.full(len(rows), NO_DOSE),
        np.select([up, filled], reasons[:2], reasons[2]),
    ]
    rest = np.flatnonzero(~(up | again | filled))
    if len(rest):
        said = then(counts.rows(rest))
        for column, value in zip(found, (said.dose, said.patients, said.selected, said.reason), strict=True):
            column[rest] = value
    return DoseChoices(dose=found[0], patients=found[1], selected=found[2], reason=found[3])


@dataclass(frozen=True, slots=True, kw_only=True)
class Accelerated(DoseDesign):
    """A design behind an accelerated first stage: the second design of Simon et al. (simon1997).

    then: the design. event: the milder event that ends the stage too, None where only a DLT does. patients:
    with so many who have it, and no DLT.
    """

    then: DoseDesign
    event: str | None = None
    patients: int = 0

    def __post_init__(self) -> None:
        """Refuse a design that gives its first doses to single patients by itself."""
        if self.then.first_cohort != self.then.cohort:
            raise QuantityError("a design that titrates by itself", "one way to begin with single patients")

    # what a class says of all its designs is here as the design behind has it

    @property
    def kind(self) -> str:  # type: ignore[override]
        """As the design behind."""
        return self.then.kind

    @property
    def sources(self) -> tuple[str, ...]:  # type: ignore[override]
        """Those of the design, then of the stage."""
        return (*self.then.sources, "simon1997")

    @property
    def reasons(self) -> tuple[str, ...]:  # type: ignore[override]
        """Those of the design, then of the stage."""
        return (*self.then.reasons, *REASONS)

    @property
    def remembers_last_cohort(self) -> bool:  # type: ignore[override]
        """As the design behind."""
        return self.then.remembers_last_cohort

    @property
    def counts_moderate(self) -> bool:  # type: ignore[override]
        """Where such an event may end the stage."""
        return self.event is not None

    @property
    def recommends_unfinished(self) -> bool:  # type: ignore[override]
        """As the design behind."""
        return self.then.recommends_unfinished

    @property
    def cohort(self) -> int:
        """As the design behind: to so many a dose is filled when the stage is over."""
        return self.then.cohort

    @property
    def first_cohort(self) -> int:
        """One patient."""
        return 1

    @property
    def most_in_all(self) -> int | None:
        """As the design behind."""
        return self.then.most_in_all

    @property
    def most_at_a_dose(self) -> int | None:
        """As the design behind, which counts who is there."""
        return self.then.most_at_a_dose

    def moves(self, n: int) -> tuple[int, ...] | None:
        """As the design behind; after a single patient up, or the cohort is filled."""
        moves = self.then.moves(n)
        return moves if moves is None or n > 1 or self.cohort == 1 else (1, 0)

    def estimates(self, counts: DoseCounts) -> NDArray[np.float64] | None:
        """As the design behind."""
        return self.then.estimates(counts)

    def fit_ladder(self, doses: int) -> None:
        """As the design behind."""
        self.then.fit_ladder(doses)

    def describe(self) -> tuple[str, ...]:
        """The design, then the stage."""
        who = "a patient" if self.patients == 1 else f"{self.patients} patients"
        milder = f", {who} with {self.event}" if self.event is not None else ""
        stage = "Before all this one patient a dose, and one dose up each time, until the first DLT"
        stage += f"{milder} or the top dose"
        fills = f"; that dose is then filled to {self.cohort} before it is judged" if self.cohort > 1 else ""
        return (*self.then.describe(), f"{stage}{fills}.")

    def toxic(self, counts: DoseCounts) -> Bools:
        """As the design behind."""
        return self.then.toxic(counts)

    def recommend(self, counts: DoseCounts) -> Ints:
        """As the design behind."""
        return self.then.recommend(counts)

    def decide(self, counts: DoseCounts) -> DoseChoices:
        """One patient a dose; then the design, told of the single patient as one of the last cohort."""
        import numpy as np

        most, first = self.most_in_all, len(self.then.reasons)
        ended = None
        if counts.moderate is not None:
            ended = counts.moderate.sum(axis=1) >= self.patients
        return one_a_dose(
            counts,
            self.cohort,
            self._then,
            reasons=(first, first + 1, first + 2),
            left=np.full_like(counts.current, self.cohort) if most is None else most - counts.n.sum(axis=1),
            ended=ended,
        )

    def _then(self, counts: DoseCounts) -> DoseChoices:
        """The design, for which who came first at a dose that was filled is of its cohort."""
        import numpy as np

        last_n, last_dlt = counts.last_cohort
        rows = np.arange(len(counts.n))
        here, dlts = counts.n[rows, counts.current], counts.dlt[rows, counts.current]
        filled = (last_n > 0) & (here == last_n + 1) & ((counts.n > 1).sum(axis=1) == 1) & (self.cohort > 1)
        return self.then.decide(
            replace(
                counts,
                last_n=np.where(filled, here, last_n),
                last_dlt=np.where(filled, dlts, last_dlt),
                moderate=None,
            )
        )
