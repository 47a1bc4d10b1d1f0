"""A design to copy: up while the share of DLTs is below a limit, over at the first dose where it is not.

To add a design: copy this file to `simulator/dose_finding/KIND.py`, change what is marked, add one line
`"KIND": "simulator.dose_finding.KIND:ClassName"` to DESIGNS in `simulator/registry.py`, the source to
`simulator/refs.bib` and a file of published or peer values to `tests/`. tests/conformance then holds every
design to the contract: row by row the same as in a batch, a dose of the ladder or the end, patients to add.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from simulator.contracts import NO_DOSE, DoseChoices, DoseCounts, DoseDesign
from simulator.units import OpenProbability, PositiveCount, format_probability

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["Skeleton"]  # change


@dataclass(frozen=True, slots=True, kw_only=True)
class Skeleton(DoseDesign):
    """Say in one line of mathematics when it goes up, down or stops: up iff dlt / n < limit (storer1989).

    Then what each field means, and the keys of the sources in refs.bib.
    """

    kind: ClassVar[str] = "skeleton"  # change: the word after `kind:` in a scenario
    sources: ClassVar[tuple[str, ...]] = ("storer1989",)  # change
    reasons: ClassVar[tuple[str, ...]] = ("up", "over: the last dose below the limit")
    examples: ClassVar[tuple[dict[str, object], ...]] = ({"limit": "33%"}, {"limit": "25%", "cohort": 4})

    limit: OpenProbability  # fields are the YAML keys; the marker reads and checks them
    cohort: PositiveCount = 3

    def describe(self) -> tuple[str, ...]:
        """The design in sentences, with its numbers."""
        return (
            f"Cohorts of {self.cohort}: up while fewer than {format_probability(self.limit)} have a DLT.",
        )

    def toxic(self, counts: DoseCounts) -> NDArray[np.bool_]:
        """What the counts at a dose alone say."""
        found: NDArray[np.bool_] = (counts.n > 0) & (counts.dlt >= self.limit * counts.n)
        return found

    def decide(self, counts: DoseCounts) -> DoseChoices:
        """Arrays in, arrays out: no loop over trials."""
        import numpy as np

        rows, last = np.arange(len(counts.n)), counts.n.shape[1] - 1
        toxic = self.toxic(counts)[rows, counts.current]
        over = toxic | (counts.current == last)
        lower = counts.current - toxic  # NO_DOSE below the lowest; never one that nobody was given
        return DoseChoices(
            dose=np.where(over, NO_DOSE, counts.current + 1),
            patients=np.where(over, 0, self.cohort),
            selected=np.where(over & (counts.n[rows, lower] > 0), lower, NO_DOSE),
            reason=over.astype(np.int64),
        )
