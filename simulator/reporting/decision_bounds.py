"""What follows at a dose by the DLTs there, of designs that decide by these counts alone."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from simulator.contracts import DoseCounts, DoseDesign
from simulator.reporting.text import counted, listed

__all__ = ["MEANING", "Bounds", "as_range", "bounds_of", "decision_bounds", "told_bounds"]

STEPS = ("E", "S", "D", "DU")  # as `user_table` takes them, by rising toxicity
MEANING = "E up, S stay, D down, DU down and the dose and those above it eliminated"


class Bounds(NamedTuple):
    """What follows with n patients at the dose last given, by their DLTs.

    letters: E up, S stay, D down, DU down and eliminated, for 0 ... n DLTs.
    """

    n: int
    letters: tuple[str, ...]

    @property
    def stays(self) -> bool:
        """Whether it stays whatever the DLTs."""
        return set(self.letters) == {"S"}

    @property
    def rising(self) -> bool:
        """Whether more DLTs never lead further up, so that bounds say all."""
        return all(STEPS.index(a) <= STEPS.index(b) for a, b in pairwise(self.letters))

    @property
    def escalate(self) -> int | None:
        """The most DLTs that go up, where bounds say all."""
        return max((y for y, letter in enumerate(self.letters) if letter == "E"), default=None)

    @property
    def stay(self) -> tuple[int, ...]:
        """The DLTs that stay."""
        return tuple(y for y, letter in enumerate(self.letters) if letter == "S")

    @property
    def deescalate(self) -> int | None:
        """The fewest DLTs that go down."""
        return next((y for y, letter in enumerate(self.letters) if letter[0] == "D"), None)

    @property
    def eliminate(self) -> int | None:
        """The fewest DLTs that eliminate."""
        return next((y for y, letter in enumerate(self.letters) if letter == "DU"), None)


def bounds_of(design: DoseDesign, n: int) -> Bounds | None:
    """With n >= 1 patients; None for a design that decides by more than the counts at the dose."""
    import numpy as np

    moves = design.moves(n)
    if moves is None:
        return None
    dlt = np.arange(n + 1)[:, None]  # (n + 1, 1): a ladder of one dose
    counts = DoseCounts(n=np.full_like(dlt, n), dlt=dlt, current=np.zeros(n + 1, dtype=np.int64))
    toxic = design.toxic(counts)[:, 0].tolist()
    return Bounds(n, tuple("DU" if u else "SED"[move] for move, u in zip(moves, toxic, strict=True)))


def decision_bounds(design: DoseDesign, most: int) -> tuple[Bounds, ...]:
    """For 1 to `most` patients at the dose; none for a design that decides by more than its counts."""
    rows = (bounds_of(design, n) for n in range(1, most + 1))
    return tuple(row for row in rows if row is not None)


def told_bounds(row: Bounds) -> str:
    """`up with at most 1 DLT, stay with 2, down with 3 or more, eliminated with 4 or more`."""
    if not row.rising:
        return f"with 0, 1, 2, ... DLTs {' '.join(row.letters)}: {MEANING}"
    parts = []
    if row.escalate is not None:
        parts.append(f"up with at most {counted(row.escalate, 'DLT')}")
    if row.stay:
        parts.append(f"stay with {as_range(row.stay)}")
    if row.deescalate is not None:
        parts.append(f"down with {row.deescalate} or more")
    if row.eliminate is not None:
        parts.append(f"eliminated with {row.eliminate} or more")
    return listed(parts)


def as_range(counts: Sequence[int]) -> str:
    """`2`, `2-4`; nothing of none."""
    return "-" if not counts else str(counts[0]) if len(counts) == 1 else f"{counts[0]}-{counts[-1]}"
