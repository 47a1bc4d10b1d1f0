"""The decisions of a dose-finding design as a protocol prints them: patients across, bounds on DLTs down."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from os import PathLike
from typing import NamedTuple

from simulator.bibliography import cite
from simulator.contracts import DoseDesign
from simulator.loading.load import scenario_of
from simulator.model.scenario import Scenario
from simulator.program.decisions import Standing
from simulator.program.dosing import dose_ladder, whole_design
from simulator.reporting.decision_bounds import MEANING, Bounds, as_range, decision_bounds
from simulator.reporting.dosing import choices_key, decision_cells
from simulator.reporting.listing import Sheet, Table, Value, each_once
from simulator.reporting.text import GAP, WIDTH, counted

__all__ = ["Finder", "decision_sheets", "each_design"]

ACROSS = 15  # numbers of patients in one block of a table, fewer where they are wide
LABELS = 18  # characters of what stands before them
MOST = 120  # patients at a dose that a table goes up to


def decision_sheets(scenario: Scenario | str | PathLike[str], *, variants: Sequence[str] = ()) -> list[Sheet]:
    """The decisions of every different design of a scenario, or of its file; what variants share comes once.

    variants: whose; all if none is named. A design that decides by the counts at the dose last given has its
    bounds; another what it says there when no other dose has been given. TrialstopError as `boundaries`.
    """
    return each_once(
        Sheet(
            name=each.name,
            variants=(each.variant,),
            head=(_said(each), *(f"source: {cite(key)}" for key in each.method.sources)),
            tables=tuple(_tables(each.method, each.cap, len(each.ladder))),
        )
        for each in each_design(scenario, variants)
    )


class Finder(NamedTuple):
    """A dose finding. amendment: after which, "" for none. cap: patients of the trial. ladder: its doses."""

    variant: str
    amendment: str
    method: DoseDesign
    cap: float
    ladder: Sequence[str]

    @property
    def name(self) -> str:
        """As its sheet and its map are called."""
        return f"dose finding after {self.amendment}" if self.amendment else "dose finding"


def _said(finder: Finder) -> str:
    told = " ".join(finder.method.describe())
    return f"After the amendment {finder.amendment}: {told}" if finder.amendment else told


def each_design(scenario: Scenario | str | PathLike[str], variants: Sequence[str]) -> Iterator[Finder]:
    """Of every variant the design of its dose finding, and those that amendments make of it."""
    scenario = scenario_of(scenario)
    for variant in scenario.named("variant", variants):
        before = None
        design = scenario.designs[variant]
        versions = (design, *scenario.amended.get(variant, ()))
        for version, amendment in zip(versions, ("", *design.amendments), strict=False):
            plan = version.dose_finding
            if plan is not None and whole_design(plan) != before:
                before, ladder = whole_design(plan), dose_ladder(version)
                yield Finder(variant, amendment, before, design.cap, ladder)


def _tables(design: DoseDesign, cap: float, doses: int) -> Iterator[Table]:
    most = int(min(cap, design.most_at_a_dose or cap, MOST))
    rows = decision_bounds(design, most)
    if rows:
        yield from _of_bounds(rows)
        return
    middle, nobody = (doses - 1) // 2, (0,) * doses
    head, cells = decision_cells(design, Standing(nobody, nobody, middle), middle)
    about = (
        f"It decides by the counts of several doses. With n evaluable patients at dose {middle + 1} of "
        f"{doses}, where no other has been given: {choices_key(design)} `trialstop next-dose` answers at any "
        "counts."
    )
    records: list[dict[str, Value]] = [
        {"n": int(row[0]), "dlt": dlt, "decision": word}
        for row in cells
        for dlt, word in enumerate(row[1:])
        if word
    ]
    yield Table(name="decisions", about=[about], head=head, rows=cells, records=records)


def _of_bounds(rows: Sequence[Bounds]) -> Iterator[Table]:
    """Blocks of up to 15 numbers of patients; letters where bounds do not say all."""
    bounds, left_out = all(row.rising for row in rows), any(row.stays for row in rows)
    about = "By evaluable patients at the dose last given, and how many of them had a DLT"
    about += "." if bounds else f": {MEANING}."
    about += " At the top dose and below one that is eliminated, up is stay; so is down at the lowest dose."
    about += " With a number of patients that is left out it stays." if left_out else ""
    rows = [row for row in rows if not row.stays]
    first = 0
    while block := rows[first : first + ACROSS]:
        wide = max(len(as_range(row.stay)) for row in block) if bounds else 2
        block = block[: (WIDTH - LABELS) // (max(wide, len(str(block[-1].n))) + GAP)]
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
        first += len(block)


def _bounds(block: Sequence[Bounds]) -> Iterator[list[str]]:
    def cells(values: Sequence[int | None]) -> list[str]:
        return ["-" if value is None else str(value) for value in values]

    yield ["escalate if <=", *cells([row.escalate for row in block])]
    yield ["stay if", *(as_range(row.stay) for row in block)]
    yield ["de-escalate if >=", *cells([row.deescalate for row in block])]
    yield ["eliminate if >=", *cells([row.eliminate for row in block])]


def _letters(block: Sequence[Bounds]) -> Iterator[list[str]]:
    for dlt in range(max(row.n for row in block) + 1):
        cells = (row.letters[dlt] if dlt <= row.n else "" for row in block)
        yield [counted(dlt, "DLT"), *cells]
