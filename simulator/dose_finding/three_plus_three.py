"""The 3+3 design in its three usual variants (storer1989, korn1994, lin2001)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from simulator.contracts import NO_DOSE, DoseChoices, DoseCounts, DoseDesign
from simulator.errors import QuantityError, show
from simulator.units import Parsed, PositiveCount

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["ThreePlusThree"]

Variant = Literal["A", "B", "C"]
FIRST, FULL = 3, 6  # patients after which a dose is first judged, and after which it is judged for good
TOO_MANY = 2  # DLTs that make a dose toxic, whatever n

_ENDS = {
    "A": "below a toxic dose the dose finding is over: the next lower dose is recommended as it stands",
    "B": "below a toxic dose the next lower one is filled to 6; the top dose is accepted with 0 of 3",
    "C": "a dose is recommended only with 6 patients: the next lower one below a toxic dose, and the top one",
}


def _variant(value: object) -> str:
    if not isinstance(value, str) or value not in _ENDS:
        allowed = "A (no confirmation), B (fill the next lower dose to 6) or C (as B, the top dose too)"
        raise QuantityError(found=show(value), allowed=allowed)
    return str(value)


@dataclass(frozen=True, slots=True, kw_only=True)
class ThreePlusThree(DoseDesign):
    """0 of 3: up; 1 of 3: three more; 2 or more: toxic; at most 1 of 6: up (storer1989).

    A dose with n evaluable patients is judged by n = 3, 4, 5: no DLT goes up, one fills it to 6; n of 6
    or more: at most one goes up; two DLTs make it toxic at any n. With fewer than 3 it is filled to 3.
    The dose recommended is the highest below every toxic one; `variant` says what it needs (korn1994):
    A, nothing more; B, 6 patients where a higher dose is toxic; C, 6 patients always. A dose below
    the start that nobody was given is treated before it can be recommended. None is recommended when
    the lowest dose is toxic. cohort: patients at a new dose before the first decision.
    """

    kind: ClassVar[str] = "three_plus_three"
    sources: ClassVar[tuple[str, ...]] = ("storer1989", "korn1994", "lin2001")
    reasons: ClassVar[tuple[str, ...]] = (
        "up: few enough DLTs",
        "stay: more patients are needed",
        "down: the dose is toxic",
        "over: the highest dose that is not toxic",
        "over: the lowest dose is toxic",
    )
    examples: ClassVar[tuple[dict[str, object], ...]] = (
        {"variant": "A"},
        {"variant": "B"},
        {"variant": "C"},
        {"variant": "C", "cohort": 1},
        {"variant": "B", "cohort": 4},
    )

    variant: Annotated[Variant, Parsed(_variant)]
    cohort: PositiveCount = FIRST

    def __post_init__(self) -> None:
        """No cohort is larger than a full dose."""
        if self.cohort > FULL:
            raise QuantityError(found=f"cohort: {self.cohort}", allowed=f"1 to {FULL}")

    @property
    def most_at_a_dose(self) -> int:
        """A full dose is judged for good."""
        return FULL

    def describe(self) -> tuple[str, ...]:
        """The rule, and what this variant does at the end."""
        return (
            f"3+3 in cohorts of {self.cohort}, variant {self.variant}.",
            "With 3 to 5 evaluable patients at a dose: no DLT, go up; one, fill it to 6.",
            "With 6 or more: at most one DLT, go up. Two DLTs: the dose is toxic, go down.",
            f"Variant {self.variant}: {_ENDS[self.variant]}.",
            "A dose that nobody was given is never recommended; none is if the lowest is toxic.",
        )

    def toxic(self, counts: DoseCounts) -> NDArray[np.bool_]:
        """Two or more DLTs."""
        found: NDArray[np.bool_] = counts.dlt >= TOO_MANY
        return found

    def decide(self, counts: DoseCounts) -> DoseChoices:
        """The next dose from counts alone; no memory is needed beyond the dose last given."""
        import numpy as np

        n, dlt = counts.n, counts.dlt
        rows, doses = np.arange(len(n)), n.shape[1]
        toxic = self.toxic(counts)
        ceiling = np.where(toxic.any(axis=1), toxic.argmax(axis=1), doses) - 1  # highest that is not toxic
        none = ceiling < 0
        at = np.clip(counts.current, 0, np.maximum(ceiling, 0))
        passes = ((n >= FIRST) & (dlt == 0)) | ((n >= FULL) & (dlt < TOO_MANY))
        for _ in range(doses - 1):  # past a dose that has already passed, should there be one above
            above = np.minimum(at + 1, doses - 1)
            at = np.where(passes[rows, at] & (at < ceiling) & (n[rows, above] > 0), at + 1, at)
        highest, fine = at == ceiling, passes[rows, at]
        enough = self._enough(n[rows, at], below_toxic=ceiling < doses - 1)
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

    def _enough(self, n: NDArray[np.int64], below_toxic: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Whether a dose that passes has the patients that a recommendation needs."""
        import numpy as np

        if self.variant == "A":
            return np.ones(len(n), dtype=bool)
        needs_full = below_toxic if self.variant == "B" else np.ones(len(n), dtype=bool)
        return ~needs_full | (n >= FULL)

    def _wanted(self, n: NDArray[np.int64]) -> NDArray[np.int64]:
        """Patients to add at a dose that has n: a cohort at a new one, then up to 3, then up to 6."""
        import numpy as np

        missing = np.select([n == 0, n < FIRST], [self.cohort, FIRST - n], default=FULL - n)
        wanted: NDArray[np.int64] = np.minimum(missing, self.cohort)
        return wanted
