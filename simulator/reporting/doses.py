"""What reports of dose finding share: the doses of a cell, their true DLT rates, what it comes to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from simulator.model.metric import Key
from simulator.study.facts import DoseFacts
from simulator.study.results import Cell, Results
from simulator.units import format_probability

__all__ = ["Doses", "dose_truths", "doses_of", "limit_text", "outcomes_of", "with_dose_finding"]

NONE, UNFINISHED = "none", "unfinished"  # what dose finding comes to besides a dose

Doses = Mapping[tuple[str, str], DoseFacts]  # by variant and truth


def dose_truths(results: Results) -> dict[tuple[str, str], DoseFacts]:
    """Of every cell that finds doses and whose true rates are known."""
    found = {(cell.variant, cell.truth): cell.facts.dose_finding for cell in results.cells}
    return {key: doses for key, doses in found.items() if doses is not None and doses.rates}


def with_dose_finding(results: Results) -> bool:
    """Whether any cell finds doses."""
    return any(cell.facts.dose_finding is not None for cell in results.cells)


def doses_of(cell: Cell) -> tuple[str, ...]:
    """The doses a cell can select, in the order of its ladders; none without dose finding."""
    return cell.facts.dose_finding.doses if cell.facts.dose_finding is not None else ()


def limit_text(doses: DoseFacts) -> str:
    """The target, and its tolerance if it has one; "" without a target."""
    if doses.target is None:
        return ""
    more = f" + tolerance {format_probability(doses.tolerance)}" if doses.tolerance else ""
    return format_probability(doses.target) + more


def outcomes_of(cells: Sequence[Cell]) -> list[tuple[str, Key]]:
    """(label, key) of everything that these cells' dose finding comes to; unfinished if it happens.

    A dose that bears the name of another outcome is quoted.
    """
    doses = dict.fromkeys(dose for cell in cells for dose in doses_of(cell))
    found = [
        (f'"{dose}"' if dose in {NONE, UNFINISHED} else dose, Key("p_select", dose=dose)) for dose in doses
    ]
    if doses:
        found.append((NONE, Key("p_select", word="none")))
    unfinished = Key("p_unfinished")
    if any((cell.metrics[unfinished].value or 0.0) > 0.0 for cell in cells if unfinished in cell.metrics):
        found.append((UNFINISHED, unfinished))
    return found
