"""The decisions of a dose-finding design as a protocol prints them: patients across, bounds on DLTs down."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from simulator.contracts import DoseCounts, DoseDesign
from simulator.reporting.listing import Table
from simulator.reporting.text import counted, listed

if TYPE_CHECKING:
    import numpy as np

__all__ = ["Bounds", "bounds_of", "decision_bounds", "table_of_bounds", "told_bounds"]

ACROSS = 15  # numbers of patients in one block of a table
STEPS = ("E", "S", "D", "DU")  # as `user_table` takes them, by rising toxicity
MEANING = "E up, S stay, D down, DU down and the dose and those above it eliminated"


class Bounds(NamedTuple):
    """What follows with n patients at the dose last given, by their DLTs.

    letters: E up, S stay, D down, DU down and eliminated, for 0 ... n DLTs.
    """

    n: int
    letters: tuple[str, ...]

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
        parts.append(f"stay with {_range(row.stay)}")
    if row.deescalate is not None:
        parts.append(f"down with {row.deescalate} or more")
    if row.eliminate is not None:
        parts.append(f"eliminated with {row.eliminate} or more")
    return listed(parts)


def _range(counts: Sequence[int]) -> str:
    """`2`, `2-4`; nothing of none."""
    return "-" if not counts else str(counts[0]) if len(counts) == 1 else f"{counts[0]}-{counts[-1]}"


def table_of_bounds(rows: Sequence[Bounds]) -> Iterator[Table]:
    """Blocks of up to 15 numbers of patients; letters where bounds do not say all."""
    bounds = all(row.rising for row in rows)
    about = (
        "With so many evaluable patients at the dose last given, the number of them with a DLT:"
        if bounds
        else f"With so many evaluable patients at the dose last given, by DLTs among them: {MEANING}."
    )
    for first in range(0, len(rows), ACROSS):
        block = rows[first : first + ACROSS]
        yield Table(
            name="decisions",
            about=[about] if first == 0 else [],
            head=[["patients", *(str(row.n) for row in block)]],
            rows=list(_bounds(block) if bounds else _letters(block)),
            records=[
                {
                    "n": row.n,
                    "escalate_if_le": row.escalate if row.rising else None,
                    "deescalate_if_ge": row.deescalate if row.rising else None,
                    "eliminate_if_ge": row.eliminate if row.rising else None,
                    "decisions": " ".join(row.letters),
                }
                for row in block
            ],
        )


def _bounds(block: Sequence[Bounds]) -> Iterator[list[str]]:
    def cells(values: Sequence[int | None]) -> list[str]:
        return ["-" if value is None else str(value) for value in values]

    yield ["escalate if <=", *cells([row.escalate for row in block])]
    yield ["stay if", *(_range(row.stay) for row in block)]
    yield ["de-escalate if >=", *cells([row.deescalate for row in block])]
    yield ["eliminate if >=", *cells([row.eliminate for row in block])]


def _letters(block: Sequence[Bounds]) -> Iterator[list[str]]:
    for dlt in range(max(row.n for row in block) + 1):
        cells = (row.letters[dlt] if dlt <= row.n else "" for row in block)
        yield [counted(dlt, "DLT"), *cells]
