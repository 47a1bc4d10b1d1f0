"""The long tables of dose finding: who is treated at which dose, and the course of the trial.

Per truth a row per dose of every variant; then the course of the trial, one column per variant.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import replace

from simulator.model.estimate import percent
from simulator.model.metric import Key
from simulator.reporting.adjusted import VARIANCE
from simulator.reporting.blocks import Block, Grid, Paragraph, has_bounds
from simulator.reporting.doses import Doses, doses_of, outcomes_of
from simulator.reporting.estimates import BOUNDS, NOTHING, exact_percent, mean, seen, seen_in, shower
from simulator.reporting.grid import alike, named
from simulator.reporting.selection_tables import BEST, UNFINISHED, dose_name, truth_heading
from simulator.reporting.text import decimals_for, number
from simulator.study.facts import DoseFacts
from simulator.study.results import Cell, Results
from simulator.units import DAYS_PER_MONTH

__all__ = ["dose_finding_parts"]

MONTH = 1 / DAYS_PER_MONTH
COUNTS = {"n_at": "patients", "n_evaluable_at": "evaluable", "n_dlt_at": "DLTs"}  # columns of means per dose
PER_DOSE = ("p_select", "p_unfinished", "p_recommend", *COUNTS)

ABOUT = (
    "Each dose. Patients, evaluable patients (whose DLT could be judged) and DLTs at the dose: means per "
    "trial, the expansion included. DLTs divided by evaluable patients estimate the true DLT rate, where a "
    "death is no DLT; ± is one Monte Carlo standard error"
)
RECOMMENDED = (
    " Recommended: selected, and not stopped by a rule afterwards; none: also where it was not finished."
)


def dose_finding_parts(results: Results, doses: Doses) -> Iterator[Block]:
    """How to read them, then each truth."""
    cells = [cell for cell in results.cells if doses_of(cell)]
    truths = list[Block]()
    for truth in results.truths:
        if mine := [cell for cell in cells if cell.truth == truth]:
            tables = _tables(results, mine, doses), _course(results, mine)
            truths.append([truth_heading(truth, doses), *tables])
    text = ABOUT + (BOUNDS if has_bounds(truths) else "") + "."
    text += UNFINISHED if any(key.metric == "p_unfinished" for _, key in outcomes_of(cells)) else ""
    text += RECOMMENDED if any(map(_recommends, cells)) else ""
    text += BEST if any(truth.best for truth in doses.values()) else ""
    yield [Paragraph(text)]
    yield from truths


def _recommends(cell: Cell) -> bool:
    """Whether what is recommended can differ from what was selected."""
    return cell.facts.acts and Key("p_recommend", word="none") in cell.metrics


# ---------------------------------------------------------------- a row per dose


def _tables(results: Results, cells: Sequence[Cell], doses: Doses) -> Grid:
    """One table for all variants of a truth, each under its name."""
    outcomes, of = outcomes_of(cells), {cell.variant: cell for cell in cells}
    exact = any(
        cell.metrics[key].exact is not None for cell in cells for _, key in outcomes if key in cell.metrics
    )
    rates, recommends = any((c.variant, c.truth) in doses for c in cells), any(map(_recommends, cells))
    heads = [["dose"], *([["true DLT", "rate, %"]] * rates), ["selected,", "%"]]
    beside = [["exact", ""]] if exact else []
    heads += beside + [["recom-", "mended, %"]] * recommends
    there = {key.metric for cell in cells for key, e in cell.metrics.items() if e.value}
    counts = [m for m in COUNTS if m != "n_evaluable_at" or {m, "n_not_evaluable"} <= there]
    for metric in counts:
        heads += [[COUNTS[metric], "per trial"], *beside]
    decimals = {metric: _decimals(results, metric) for metric in counts}

    def rows_of(variant: str) -> list[list[str]]:
        truth = doses.get((variant, cells[0].truth))
        return list(_rows(of[variant], truth, exact, (rates, recommends), decimals))

    rows: list[list[str]] = []
    for names in alike(list(of), lambda v: _shown(of[v], doses)):
        rows += [[", ".join(names)], *rows_of(names[0])]
    return Grid(heads, rows)


def _shown(cell: Cell, doses: Doses) -> Hashable:
    """Everything that a cell's rows say."""
    truth = doses.get((cell.variant, cell.truth))
    estimates = tuple((key, seen(e)) for key, e in cell.metrics.items() if key.metric in PER_DOSE)
    return estimates, truth and (truth.best, tuple(truth.rates.items()))


def _decimals(results: Results, metric: str) -> int:
    """Decimals of a column that has these means of every dose."""
    found = [e for cell in results.cells for key, e in cell.metrics.items() if key.metric == metric]
    return decimals_for(e.mcse for e in found)


def _rows(
    cell: Cell,
    truth: DoseFacts | None,
    exact: bool,
    shows: tuple[bool, bool],
    decimals: Mapping[str, int],
) -> Iterator[list[str]]:
    rates, recommends = shows
    for label, key in outcomes_of([cell]):
        dose = key.dose
        best = truth is not None and dose in truth.best
        row = [f"  {dose_name(label, best)}"]
        if rates:
            row.append(number(100 * truth.rates[dose], 1) if truth is not None and dose else "")
        row.append(percent(cell.metrics[key]))
        row += [exact_percent(cell.metrics[key]).strip()] * exact
        if recommends:
            given = cell.metrics.get(replace(key, metric="p_recommend"))
            row.append(percent(given) if given is not None else "")
        for metric, places in decimals.items():
            shown = mean(cell.metrics.get(Key(metric, dose=dose), NOTHING), places) if dose else ("", "")
            row += [shown[0], *([shown[1].strip()] * exact)]
        yield row


# ---------------------------------------------------------------- the course of the trial

Line = tuple[str, Key, float]  # label, key, factor


def _course(results: Results, cells: Sequence[Cell]) -> Grid:
    """Patients, DLTs, time and what went on; one column per variant, the exact value below."""
    found = [line for line in _lines(cells) if _worth(cells, line[1])]
    of = {cell.variant: cell for cell in cells}
    together = alike(list(of), seen_in(of, [key for _, key, _ in found]))
    chosen, rows = [of[names[0]] for names in together], []
    for label, key, factor in found:
        shown = [shower(results.cells, key, factor)(cell) for cell in chosen]
        texts = ("" if key not in c.metrics else text for c, (text, *_) in zip(chosen, shown, strict=True))
        rows.append([label, *texts])
        if any(divided for _, _, divided in shown):
            rows.append([f"    {VARIANCE}", *(divided for _, _, divided in shown)])
        if any(exact for _, exact, _ in shown):
            rows.append(["    exact", *(exact or "-" for _, exact, _ in shown)])
    return Grid([["per trial"], *map(named, together)], rows)


def _worth(cells: Sequence[Cell], key: Key) -> bool:
    """Not what no variant has, nor who could be judged where everyone could."""
    asked = Key("n_not_evaluable") if key.metric == "n_evaluable" else key
    values = [cell.metrics[asked].value for cell in cells if asked in cell.metrics]
    return any(values) if asked.metric == "n_not_evaluable" else bool(values)


def _lines(cells: Sequence[Cell]) -> Iterator[Line]:
    keys = list(dict.fromkeys(key for cell in cells for key in cell.metrics))
    yield "patients", Key("n_enrolled"), 1.0
    yield "  in the expansion", Key("n_expansion"), 1.0
    yield "  evaluable", Key("n_evaluable"), 1.0
    yield "  not evaluable", Key("n_not_evaluable"), 1.0
    yield "  at doses above the target", Key("n_above_target"), 1.0
    yield "  at a best dose", Key("n_best"), 1.0
    yield "DLTs", Key("n_dlt"), 1.0
    yield "cohorts", Key("n_cohorts"), 1.0
    yield "selects above the target, %", Key("p_select", word="above_target"), 1.0
    for key in keys:
        if key.metric == "p_amended" and Key("n_before", amendment=key.amendment) not in keys:
            yield f"amended: {key.amendment}, %", key, 1.0
    for key in keys:
        if key.rule is not None and key == Key("p_stop", rule=key.rule):
            yield f"stopped: {key.rule}, %", key, 1.0
    yield "months to the MTD (or to none)", Key("days_to_mtd"), MONTH
    yield "months in all", Key("duration_days"), MONTH
    yield "candidates lost", Key("n_lost"), 1.0
    for key in keys:
        if key.word == "after_window":
            yield f"patients with {key.event}", Key("patients_with", event=key.event), 1.0
            yield "  after the DLT window, unseen", key, 1.0
