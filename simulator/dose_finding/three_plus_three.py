"""The 3+3 design in its three usual variants (storer1989, korn1994, lin2001)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from simulator.dose_finding._traditional import Judged, Traditional
from simulator.errors import QuantityError, show
from simulator.units import Parsed, PositiveCount

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["ThreePlusThree"]

Variant = Literal["A", "B", "C"]
FIRST, FULL = 3, 6  # patients after which a dose is first judged, and after which it is judged for good
MOST = 1  # DLTs at a dose that is not toxic, whatever n

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
class ThreePlusThree(Traditional):
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
    def judged(self) -> Judged:
        """0 of 3, 1 of 6."""
        return Judged(first=FIRST, full=FULL, few=1, at_first=MOST, at_full=MOST)

    def describe(self) -> tuple[str, ...]:
        """The rule, and what this variant does at the end."""
        return (
            f"3+3 in cohorts of {self.cohort}, variant {self.variant}.",
            "With 3 to 5 evaluable patients at a dose: no DLT, go up; one, fill it to 6.",
            "With 6 or more: at most one DLT, go up. Two DLTs: the dose is toxic, go down.",
            f"Variant {self.variant}: {_ENDS[self.variant]}.",
            "A dose that nobody was given is never recommended; none is if the lowest is toxic.",
        )

    def needs_full(self, below_toxic: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """As the variant has it."""
        import numpy as np

        return below_toxic if self.variant == "B" else np.full_like(below_toxic, self.variant == "C")
