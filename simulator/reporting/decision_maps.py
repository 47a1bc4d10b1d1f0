"""What follows at a dose for every number of patients and DLTs there, of each different design."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from os import PathLike

from simulator.contracts import DoseDesign
from simulator.model.scenario import Scenario
from simulator.program.decisions import Choice, Standing
from simulator.reporting.blocks import Grid
from simulator.reporting.decision_bounds import as_range, decision_bounds
from simulator.reporting.decision_tables import Finder, each_design
from simulator.reporting.dosing import choices_at
from simulator.reporting.text import listed

__all__ = ["WORDS", "DecisionMap", "decision_maps", "map_table"]

MOST = 40  # patients at a dose that a map goes up to
OVER = "over"
WORDS = {"E": "up", "S": "stay", "D": "down", "DU": "down, the dose eliminated", OVER: "over"}


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionMap:
    """The map of one design.

    name: `dose finding`, or which amendment made it so. design: in a few words. columns: for n = 1, 2, ...
    what follows 0 ... n DLTs, as WORDS. at: where other doses matter too, the dose, no other being given.
    """

    name: str
    variants: tuple[str, ...]
    design: str
    columns: tuple[tuple[str, ...], ...]
    at: str

    @property
    def top(self) -> int:
        """The DLTs from which on, in every column, more change nothing."""
        changes = (dlt for c in self.columns for dlt in range(1, len(c)) if c[dlt] != c[dlt - 1])
        return max(changes, default=0)


def map_table(maps: Sequence[DecisionMap]) -> Grid:
    """The numbers of the maps: a row per number of patients, with the DLTs that lead to each decision."""
    letters = [letter for letter in WORDS if any(letter in column for of in maps for column in of.columns)]
    rows: list[list[str]] = []
    for of in maps:
        where = f", at {of.at}, no other dose having been given" if of.at else ""
        rows.append([f"{listed(of.variants)}{of.name.removeprefix('dose finding')}: {of.design}{where}"])
        for n, column in enumerate(of.columns, start=1):
            rows.append([f"  {n}", *(_counts(column, letter) for letter in letters)])
    heads = [[f"{WORDS[letter].removeprefix('down, the dose ')},", "DLTs"] for letter in letters]
    return Grid([["patients"], *heads], rows)


def _counts(column: Sequence[str], letter: str) -> str:
    """`0-2`; `0, 3` where others lie between; nothing of none."""
    runs = groupby(range(len(column)), key=lambda dlt: column[dlt] == letter)
    return ", ".join(as_range(tuple(run)) for found, run in runs if found) or "-"


def decision_maps(
    scenario: Scenario | str | PathLike[str], *, variants: Sequence[str] = ()
) -> list[DecisionMap]:
    """Of every different design of a scenario, or of its file; what variants share comes once.

    variants: whose; all if none is named. TrialstopError as `boundaries`.
    """
    alike: dict[object, list[Finder]] = {}
    for finder in each_design(scenario, variants):
        shown = finder.name, finder.method.describe(), _most(finder), (*finder.ladder,)
        alike.setdefault(shown, []).append(finder)
    return [_map(same) for same in alike.values()]


def _most(finder: Finder) -> int:
    return int(min(finder.cap, finder.method.most_at_a_dose or finder.cap, MOST))


def _map(same: Sequence[Finder]) -> DecisionMap:
    name, design, ladder = same[0].name, same[0].method, same[0].ladder
    most = _most(same[0])
    bounds = decision_bounds(design, most)
    return DecisionMap(
        name=name,
        variants=tuple(finder.variant for finder in same),
        design=design.describe()[0].partition(":")[0].rstrip("."),
        columns=tuple(row.letters for row in bounds) or _columns(design, most, len(ladder)),
        at="" if bounds else ladder[(len(ladder) - 1) // 2],
    )


def _columns(design: DoseDesign, most: int, doses: int) -> tuple[tuple[str, ...], ...]:
    """At a dose in the middle, nothing known of the others."""
    middle, nobody = (doses - 1) // 2, (0,) * doses
    choices = choices_at(design, Standing(nobody, nobody, middle), middle, most)
    return tuple(tuple(_letter(choices[n, dlt], middle) for dlt in range(n + 1)) for n in range(1, most + 1))


def _letter(choice: Choice, dose: int) -> str:
    if choice.dose < 0:
        return OVER
    return "S" if choice.dose == dose else "E" if choice.dose > dose else "D"
