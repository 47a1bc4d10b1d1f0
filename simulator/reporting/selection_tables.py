"""What dose finding selects: per truth a row per dose and a column per variant, or everything in brief.

In brief, where the former would not go on a screen: how often the best dose, and one above the target.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from simulator.model.estimate import Estimate, percent
from simulator.model.metric import Key
from simulator.reporting.adjusted import VARIANCE, divided
from simulator.reporting.blocks import Block, Grid, Heading, Paragraph, has_bounds, lines_of
from simulator.reporting.doses import Doses, doses_of, limit_text, outcomes_of
from simulator.reporting.estimates import BOUNDS, NOTHING, exact_percent, seen, seen_in, share_rows
from simulator.reporting.grid import HEAD_WIDTH, alike, named
from simulator.reporting.text import number, split_name
from simulator.study.facts import DoseFacts
from simulator.study.results import Cell, Results

__all__ = ["BEST", "UNFINISHED", "best_in", "dose_name", "selection_parts", "truth_heading"]

MOST_LINES = 36  # of the tables by dose; beyond, the answer is told in brief

ABOUT = (
    "Dose finding. Selected: the dose it ends with, in % of trials; none: it ends without a dose; ± is one "
    "Monte Carlo standard error"
)
UNFINISHED = " Unfinished: accrual ended, or a rule stopped the trial, before a dose was chosen."
BEST = (
    " *: the dose of its ladder whose true DLT rate is nearest to the target, unless all are above it; the "
    "true rate sets death and other exits aside."
)
RANGES = " Variants that define the DLT otherwise have other true rates: the range, and * for any of them."
IN_BRIEF = (
    "Dose finding, in % of trials. Best: the dose of its ladder whose true DLT rate is nearest to the "
    "target; where all are above it, to select none. ± is one Monte Carlo standard error"
)


def selection_parts(results: Results, doses: Doses, width: int) -> list[Block]:
    """How to read them, then each truth; or one for all truths, where that would take too many lines."""
    cells = [cell for cell in results.cells if doses_of(cell)]
    parts: list[Block] = [[], *_by_dose(results, cells, doses)]
    lines = sum(len(lines_of(part, width)) + 1 for part in parts)
    if lines > MOST_LINES and all(_judged(cell, doses) for cell in cells):
        return [_in_brief(results, cells, doses)]
    about = ABOUT + (BOUNDS if has_bounds(parts) else "") + "."
    about += UNFINISHED if any(key.metric == "p_unfinished" for _, key in outcomes_of(cells)) else ""
    about += BEST if any(truth.best for truth in doses.values()) else ""
    parts[0] = [Paragraph(about + (RANGES if _differ(doses) else ""))]
    return parts


def truth_heading(truth: str, doses: Doses) -> Heading:
    """The truth, and its target where true rates are shown."""
    limit = next((limit_text(found) for (_, name), found in doses.items() if name == truth), "")
    return Heading(f"TRUTH {truth}" + (f", target DLT rate {limit}" if limit else ""))


def dose_name(label: str, best: bool) -> str:
    """A dose, marked if it is the best."""
    return f"{label} *" if best else label


def best_in(cell: Cell, doses: Doses) -> tuple[str, ...]:
    """The best doses of a cell, where true rates are shown."""
    truth = doses.get((cell.variant, cell.truth))
    return truth.best if truth is not None else ()


def _differ(doses: Doses) -> bool:
    """Whether a dose has not the same true rate in every variant of a truth."""
    seen = {(truth, dose, rate) for (_, truth), found in doses.items() for dose, rate in found.rates.items()}
    return len(seen) > len({(truth, dose) for truth, dose, _ in seen})


# ---------------------------------------------------------------- a row per dose


def _by_dose(results: Results, cells: Sequence[Cell], doses: Doses) -> Iterator[Block]:
    for truth in results.truths:
        if mine := [cell for cell in cells if cell.truth == truth]:
            yield [truth_heading(truth, doses), _selection(mine, doses)]


def _selection(cells: Sequence[Cell], doses: Doses) -> Grid:
    """What every variant selects; a dose that is not on its ladders shows nothing."""
    outcomes, of = outcomes_of(cells), {cell.variant: cell for cell in cells}
    truths = [doses[c.variant, c.truth] for c in cells if (c.variant, c.truth) in doses]
    together = alike(
        list(of), lambda v: (seen_in(of, [key for _, key in outcomes])(v), best_in(of[v], doses))
    )
    chosen, rows = [of[names[0]] for names in together], []
    for label, key in outcomes:
        found = [cell.metrics.get(key) for cell in chosen]
        star = any(key.dose in truth.best for truth in truths)
        rates = [_range(key.dose, truths)] if truths else []
        texts = ["" if e is None else percent(e) for e in found]
        rows.append([f"  {dose_name(label, star)}", *rates, *texts])
        if any(e is not None and divided(e) for e in found):
            factors = ["" if e is None else divided(e) for e in found]
            rows.append([f"    {VARIANCE}", *([""] if truths else []), *factors])
        if any(e is not None and e.exact is not None for e in found):
            exact = ["" if e is None else exact_percent(e) or "-" for e in found]
            rows.append(["    exact", *([""] if truths else []), *exact])
    heads = [["selected, %"], *([["true DLT", "rate, %"]] if truths else []), *map(named, together)]
    return Grid(heads, rows)


def _range(dose: str | None, truths: Sequence[DoseFacts]) -> str:
    """The true rate, from the lowest to the highest where variants differ in what a DLT is."""
    rates = [100 * truth.rates[dose] for truth in truths if dose is not None and dose in truth.rates]
    return "-".join(dict.fromkeys(number(rate, 1) for rate in (min(rates), max(rates)))) if rates else ""


# ---------------------------------------------------------------- in brief


def _judged(cell: Cell, doses: Doses) -> bool:
    """Whether doses can be told right from wrong."""
    truth = doses.get((cell.variant, cell.truth))
    return truth is not None and truth.target is not None


def _in_brief(results: Results, cells: Sequence[Cell], doses: Doses) -> Block:
    """Truths across, variants down."""
    of = {(cell.variant, cell.truth): cell for cell in cells}
    variants = list(dict.fromkeys(cell.variant for cell in cells))
    truths = [truth for truth in results.truths if any(cell.truth == truth for cell in cells)]
    asked: list[tuple[str, Callable[[Cell], Estimate]]] = [
        ("selects a best dose, %", _right),
        ("selects a dose above the target, %", _above),
    ]

    def shown(variant: str) -> list[list[Estimate]]:
        here = [of.get((variant, truth)) for truth in truths]
        return [[NOTHING if cell is None else what(cell) for cell in here] for _, what in asked]

    together = alike(variants, lambda variant: tuple(seen(e) for row in shown(variant) for e in row))
    rows: list[list[str]] = []
    for at, (label, _) in enumerate(asked):
        rows.append([label])
        for names in together:
            rows += share_rows("  " + ", ".join(names), shown(names[0])[at])
    table = Grid([[], *(split_name(truth, HEAD_WIDTH) for truth in truths)], rows)
    about = IN_BRIEF + (BOUNDS if has_bounds([[table]]) else "") + "."
    return [Paragraph(about), table]


def _right(cell: Cell) -> Estimate:
    """How often a best dose is selected; where all are above the target, none."""
    return cell.metrics.get(Key("p_select", word="best"), NOTHING)


def _above(cell: Cell) -> Estimate:
    return cell.metrics.get(Key("p_select", word="above_target"), NOTHING)
