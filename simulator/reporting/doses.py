"""True DLT rates of the doses, and which dose is the highest that is not above the target."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from simulator.model.scenario import Scenario
from simulator.program.dosing import DoseFindingTable
from simulator.program.risks import above_target, dlt_rates
from simulator.program.tables import Program
from simulator.study.results import Cell, Results

__all__ = [
    "SELECT", "DoseTruth", "Doses", "dose_truth", "dose_truths", "doses_of", "has_rule",
    "outcomes_of", "with_dose_finding",
]  # fmt: skip

SELECT = "p_select."
OVER = ("none", "above_target")  # after SELECT, what is no dose

Doses = Mapping[tuple[str, str], "DoseTruth"]  # by variant and truth


@dataclass(frozen=True, slots=True, kw_only=True)
class DoseTruth:
    """What is true of the doses of one variant under one truth.

    rates: dose -> probability of a DLT within the window. best: the highest dose of each ladder at or
    below the target; none where every dose is above it, or there is no target.
    """

    rates: Mapping[str, float]
    ladders: tuple[tuple[str, ...], ...]
    target: float | None
    best: tuple[str, ...]
    window: float


def dose_truth(program: Program) -> DoseTruth | None:
    """Of one Program; None without dose finding."""
    table = program.dosing
    if table is None:
        return None
    names = program.levels[table.drug]
    rates = {names[level - 1]: rate for level, rate in dlt_rates(program, table).items()}
    ladders = _ladders(table, names)
    return DoseTruth(
        rates=rates,
        ladders=ladders,
        target=table.target_rate,
        best=tuple(dict.fromkeys(_best(ladders, rates, table.target_rate))),
        window=table.window,
    )


def _ladders(table: DoseFindingTable, names: Sequence[str]) -> tuple[tuple[str, ...], ...]:
    """The ladder of each version, one that several versions share said once."""
    found = (tuple(names[level - 1] for level in version.ladder) for version in table.versions)
    return tuple(dict.fromkeys(found))


def _best(ladders: Sequence[Sequence[str]], rates: Mapping[str, float], target: float | None) -> list[str]:
    if target is None:
        return []
    fine = ([dose for dose in ladder if not above_target(rates[dose], target)] for ladder in ladders)
    return [doses[-1] for doses in fine if doses]


def dose_truths(scenario: Scenario, results: Results) -> dict[tuple[str, str], DoseTruth]:
    """Of every cell of results that has dose finding."""
    from simulator.study.run import programs

    cells = programs(scenario, results.variants, results.truths)
    found = {key: dose_truth(program) for key, program in cells.items()}
    return {key: truth for key, truth in found.items() if truth is not None}


# ---------------------------------------------------------------- what results hold


def with_dose_finding(results: Results) -> bool:
    """Whether any cell finds doses."""
    return any(_finds(cell) for cell in results.cells)


def _finds(cell: Cell) -> bool:
    return f"{SELECT}none" in cell.metrics


def doses_of(cell: Cell) -> list[str]:
    """The doses a cell can select, in the order of its ladders; none without dose finding."""
    keys = (key.removeprefix(SELECT) for key in cell.metrics if key.startswith(SELECT))
    return [key for key in keys if key not in OVER]


def outcomes_of(cells: Sequence[Cell]) -> list[tuple[str, str]]:
    """(label, key) of everything that these cells' dose finding comes to; unfinished if it happens."""
    doses = dict.fromkeys(dose for cell in cells for dose in doses_of(cell))
    found = [(dose, f"{SELECT}{dose}") for dose in doses]
    if doses:
        found.append(("none", f"{SELECT}none"))
    if any((cell.metrics[key].value or 0.0) > 0.0 for cell in cells for key in _unfinished(cell)):
        found.append(("unfinished", "p_unfinished"))
    return found


def _unfinished(cell: Cell) -> list[str]:
    return ["p_unfinished"] if "p_unfinished" in cell.metrics else []


def has_rule(cell: Cell) -> bool:
    """Whether a rule of the cell can stop the trial."""
    return any(key.startswith("p_stop.") for key in cell.metrics)
