"""What a dose-finding design promises, and the counts and choices it works on."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Ints = NDArray[np.int64]

__all__ = ["NO_DOSE", "DoseChoices", "DoseCounts", "DoseDesign"]

NO_DOSE = -1  # in place of a dose: finished, or none recommended


@dataclass(frozen=True, slots=True, kw_only=True)
class DoseCounts:
    """Where the dose finding of a batch of trials stands: one row per trial, one column per dose.

    n, dlt: (B, D) evaluable patients, and those of them with a dose-limiting toxicity; doses in the
    order of the ladder, lowest first. current: (B,) the dose last given, as a column. last_n, last_dlt: (B,)
    of these patients those of the last cohort, and their DLTs, for designs that remember it: 0 before the
    first, None where nothing is told. moderate: (B, D) of these patients those with the milder event and no
    DLT, for designs that count them: as long as no dose has two patients, 0 from then on; None as before.
    """

    n: Ints
    dlt: Ints
    current: Ints
    last_n: Ints | None = None
    last_dlt: Ints | None = None
    moderate: Ints | None = None

    def rows(self, which: Ints | NDArray[np.bool_]) -> DoseCounts:
        """Those of some trials of the batch."""
        told = {field.name: getattr(self, field.name) for field in fields(self)}
        return replace(self, **{name: value[which] for name, value in told.items() if value is not None})

    @property
    def last_cohort(self) -> tuple[Ints, Ints]:
        """Patients and DLTs of the last cohort, (B,) each; 0 where nothing is told."""
        import numpy as np

        if self.last_n is None or self.last_dlt is None:
            return np.zeros_like(self.current), np.zeros_like(self.current)
        return self.last_n, self.last_dlt


@dataclass(frozen=True, slots=True, kw_only=True)
class DoseChoices:
    """What a design says of each trial of a batch, all (B,).

    dose: the column to treat next, NO_DOSE when the dose finding is over. patients: evaluable patients
    to add there before it is asked again. selected: the dose recommended when over, else NO_DOSE.
    reason: index into the design's `reasons`.
    """

    dose: Ints
    patients: Ints
    selected: Ints
    reason: Ints


class DoseDesign(ABC):
    """A dose-finding design: a frozen dataclass whose fields are its YAML keys.

    `decide` is a pure function of counts, row by row: row i of a batch equals a batch of that row alone.
    Engines and exact calculation ask it for many trials at once and keep the answers.
    """

    __slots__ = ()

    kind: ClassVar[str]
    sources: ClassVar[tuple[str, ...]]
    reasons: ClassVar[tuple[str, ...]]
    examples: ClassVar[tuple[Mapping[str, object], ...]] = ()
    remembers_last_cohort: ClassVar[bool] = False  # whether it is told of the last cohort by itself
    counts_moderate: ClassVar[bool] = False  # whether it is told of a milder event, one patient a dose
    recommends_unfinished: ClassVar[bool] = False  # whether `recommend` is asked where the trial ends first

    @property
    @abstractmethod
    def cohort(self) -> int:
        """Patients at a new dose before the first decision there."""

    @property
    def first_cohort(self) -> int:
        """Patients of the first cohort, where nobody has been given a dose."""
        return self.cohort

    @property
    def most_in_all(self) -> int | None:
        """Evaluable patients with whom it is over, whatever their outcomes; None: no such number."""
        return None

    @property
    def most_at_a_dose(self) -> int | None:
        """Evaluable patients at one dose, at most, before one is recommended; None: as many as there are."""
        return None

    def moves(self, n: int) -> tuple[int, ...] | None:
        """Doses up (1, 0, -1) with 0 ... n DLTs of n >= 1 patients at the dose last given.

        Before what is `toxic`, and the ends of the ladder, set bounds to it. None where a decision needs more
        than these two counts.
        """
        del n
        return None

    def estimates(self, counts: DoseCounts) -> NDArray[np.float64] | None:
        """(B, D) the DLT rates on which a model decides; None of a design without one."""
        del counts
        return None

    def fit_ladder(self, doses: int) -> None:  # noqa: B027 - most fit any
        """QuantityError, whose found begins with `KEY: `, if it is not made for so many doses."""

    @abstractmethod
    def describe(self) -> tuple[str, ...]:
        """The design in sentences, with its numbers."""

    @abstractmethod
    def decide(self, counts: DoseCounts) -> DoseChoices:
        """What follows from the counts, for every trial of the batch."""

    def recommend(self, counts: DoseCounts) -> Ints:
        """(B,) the dose recommended if the trial ended now, NO_DOSE for none.

        Asked where accrual ends, or a rule stops it, before the dose finding is over, once every outcome is
        known; only of a design that says `recommends_unfinished`.
        """
        import numpy as np

        return np.full(len(counts.n), NO_DOSE, dtype=np.int64)

    @abstractmethod
    def toxic(self, counts: DoseCounts) -> NDArray[np.bool_]:
        """(B, D) whether the counts at a dose alone say that it is too toxic."""
