"""The decisions of a dose-finding design as a protocol prints them: patients across, bounds on DLTs down."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from os import PathLike
from typing import NamedTuple

from simulator.bibliography import cite
from simulator.contracts import DoseCounts, DoseDesign
from simulator.loading.load import scenario_of
from simulator.model.scenario import Scenario
from simulator.program.decisions import Standing
from simulator.reporting.dosing import CHOICES, decision_cells
from simulator.reporting.listing import Sheet, Table, Value, each_once
from simulator.reporting.text import counted, listed

__all__ = ["Bounds", "bounds_of", "decision_bounds", "decision_sheets", "told_bounds"]

ACROSS = 15  # numbers of patients in one block of a table
MOST = 120  # patients at a dose that a table goes up to
LADDER = 5  # doses around the one of which a design that decides by several is asked
STEPS = ("E", "S", "D", "DU")  # as `user_table` takes them, by rising toxicity
MEANING = "E up, S stay, D down, DU down and the dose and those above it eliminated"


def decision_sheets(scenario: Scenario | str | PathLike[str], *, variants: Sequence[str] = ()) -> list[Sheet]:
    """The decisions of every different design of a scenario, or of its file; what variants share comes once.

    variants: whose; all if none is named. A design that decides by the counts at the dose last given has its
    bounds; another what it says there when no other dose has been given. TrialstopError as `boundaries`.
    """
    scenario = scenario_of(scenario)
    found = list[Sheet]()
    for variant in scenario.named("variant", variants):
        before = None
        design = scenario.designs[variant]
        names = ["", *(f" after {name}" for name in design.amendments)]
        for version, name in zip((design, *scenario.amended.get(variant, ())), names, strict=False):
            plan = version.dose_finding
            if plan is None or plan.method == before:
                continue
            before = plan.method
            sources = tuple(f"source: {cite(key)}" for key in before.sources)
            found.append(
                Sheet(
                    name=f"dose finding{name}",
                    variants=(variant,),
                    head=(" ".join(before.describe()), *sources),
                    tables=tuple(_tables(before, design.cap)),
                )
            )
    return each_once(found)


def _tables(design: DoseDesign, cap: float) -> Iterator[Table]:
    most = int(min(cap, design.most_at_a_dose or cap, MOST))
    rows = decision_bounds(design, most)
    if rows:
        yield from _of_bounds(rows)
        return
    middle = LADDER // 2
    nobody = (0,) * LADDER
    head, cells = decision_cells(design, Standing(nobody, nobody, middle), middle)
    about = (
        "It decides by the counts of several doses. With n evaluable patients at the dose last given, one of "
        f"those in the middle, where no other has been given: {CHOICES} `trialstop next-dose` answers at any "
        "counts."
    )
    records: list[dict[str, Value]] = [
        {"n": int(row[0]), "dlt": dlt, "decision": word}
        for row in cells
        for dlt, word in enumerate(row[1:])
        if word
    ]
    yield Table(name="decisions", about=[about], head=head, rows=cells, records=records)


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
        parts.append(f"stay with {_range(row.stay)}")
    if row.deescalate is not None:
        parts.append(f"down with {row.deescalate} or more")
    if row.eliminate is not None:
        parts.append(f"eliminated with {row.eliminate} or more")
    return listed(parts)


def _range(counts: Sequence[int]) -> str:
    """`2`, `2-4`; nothing of none."""
    return "-" if not counts else str(counts[0]) if len(counts) == 1 else f"{counts[0]}-{counts[-1]}"


def _of_bounds(rows: Sequence[Bounds]) -> Iterator[Table]:
    """Blocks of up to 15 numbers of patients; letters where bounds do not say all."""
    bounds, left_out = all(row.rising for row in rows), any(row.stays for row in rows)
    about = "By evaluable patients at the dose last given, and how many of them had a DLT"
    about += "." if bounds else f": {MEANING}."
    about += " At the top dose and below one that is eliminated, up is stay; so is down at the lowest dose."
    about += " With a number of patients that is left out it stays." if left_out else ""
    rows = [row for row in rows if not row.stays]
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
