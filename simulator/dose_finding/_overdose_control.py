"""Designs by a model of amounts that give no dose which is too likely an overdose (BLRM, EWOC)."""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING, ClassVar

from simulator.contracts import NO_DOSE, DoseChoices, DoseCounts
from simulator.dose_finding._amounts import Amounts, fit_amounts
from simulator.dose_finding._exact import exceeds
from simulator.dose_finding._n_max import UpToNMax

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Ints = NDArray[np.int64]
    Bools = NDArray[np.bool_]

__all__ = ["OverdoseControl"]

TOO_TOXIC = 0.95  # what counts at a dose alone must make more than sure, for triggers of amendments


class OverdoseControl(UpToNMax):
    """What these share; reasons: up, stay, down, over for all patients, for no dose, for enough there."""

    __slots__ = ()

    recommends_unfinished: ClassVar[bool] = True

    amounts: Amounts
    no_skip: bool

    def fit_ladder(self, doses: int) -> None:
        """As many amounts as doses."""
        fit_amounts(self.amounts, doses)

    def _toxic(self, counts: DoseCounts, rate: float) -> Bools:
        """P(rate of a dose > this) more than 95% by the counts there, rate ~ Beta(1 + DLTs, 1 + others)."""
        return exceeds(counts.n, counts.dlt, rate, TOO_TOXIC)

    def _reach(self, counts: DoseCounts) -> Ints:
        """(B,) the highest dose that may follow: not up from one at which nobody could be judged."""
        import numpy as np

        doses = counts.n.shape[1]
        judged = counts.n[np.arange(len(counts.n)), counts.current] > 0
        found: Ints = np.where(judged, counts.current + 1 if self.no_skip else doses, counts.current)
        return found

    def _decided(self, counts: DoseCounts, following: Ints, none: Bools, selected: Ints) -> DoseChoices:
        """Over with all patients, without a dose, or with enough at the one that follows; else that one.

        following, none, selected: (B,), the last as it would be if the trial were over.
        """
        import numpy as np

        left = self.n_max - counts.n.sum(axis=1)
        full = left <= 0
        enough = ~none & (counts.n[np.arange(len(counts.n)), following] >= (self.enough or inf))
        over = full | none | enough
        up, down = following > counts.current, following < counts.current
        return DoseChoices(
            dose=np.where(over, NO_DOSE, following),
            patients=np.where(over, 0, np.minimum(self.cohort, left)),
            selected=np.where(over, selected, NO_DOSE),
            reason=np.select([full, none, enough, up, down], [3, 4, 5, 0, 2], default=1),
        )
