"""The tables of dose finding: what is selected, who is treated at which dose, and at what cost.

Per truth either one table per variant (a row per dose), or, when there are many variants, one of what
each of them selects; then the course of the trial, one column per variant.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from math import ceil

from simulator.model.estimate import percent
from simulator.model.metric import Key
from simulator.reporting.doses import Doses, doses_of, outcomes_of
from simulator.reporting.estimates import NOTHING, exact_percent, mean, shower
from simulator.reporting.text import columns, decimals_for, heading, number, paragraph, split_name
from simulator.study.facts import DoseFacts
from simulator.study.results import Cell, Results
from simulator.units import DAYS_PER_MONTH, format_probability

__all__ = ["dose_finding_parts"]

SCREEN = 100  # characters of a terminal
MANY = 3  # variants up to which each has its own table
NAME_WIDTH = 13
MONTH = 1 / DAYS_PER_MONTH

ABOUT = (
    "Dose finding. Selected: the dose it ends with, in % of trials; none: it ends without a dose; ± is one "
    "Monte Carlo standard error, and (<) and (>) give the end of the 95 % interval where no trial or every "
    "trial did."
)
EACH = (
    " Patients and DLTs at the dose: means per trial, the expansion included; DLTs as they are judged in the "
    "end, of evaluable patients."
)
ELSEWHERE = " Patients and DLTs at each dose: in table.txt, or with fewer variants (--variant)."
UNFINISHED = " Unfinished: accrual ended, or a rule stopped the trial, before a dose was chosen."
RECOMMENDED = (
    " Recommended: selected, and not stopped by a rule afterwards; none: also where it was not finished."
)
BEST = (
    " *: the highest dose of its ladder whose true DLT rate is at or below the target; the true rate sets "
    "death and other exits aside."
)
RANGES = " Variants that define the DLT otherwise have other true rates: the range, and * for any of them."


def dose_finding_parts(results: Results, doses: Doses, *, full: bool) -> Iterator[list[str]]:
    """Blocks of lines: how to read them, then each truth. full: one table per variant, however many."""
    cells = [cell for cell in results.cells if doses_of(cell)]
    each = full or len({cell.variant for cell in cells}) <= MANY
    yield paragraph(_about(cells, doses, each), width=SCREEN)
    for truth in results.truths:
        if mine := [cell for cell in cells if cell.truth == truth]:
            target = next((d.target for (_, name), d in doses.items() if name == truth), None)
            says = f", target DLT rate {format_probability(target)}" if target is not None else ""
            table = _tables(results, mine, doses) if each else _selection(mine, doses)
            yield [*heading(f"TRUTH {truth}{says}"), *table, "", *_course(results, mine)]


def _about(cells: Sequence[Cell], doses: Doses, each: bool) -> str:
    text = ABOUT + (EACH if each else ELSEWHERE)
    text += UNFINISHED if any(key.metric == "p_unfinished" for _, key in outcomes_of(cells)) else ""
    text += RECOMMENDED if each and any(map(_recommends, cells)) else ""
    text += BEST if any(truth.best for truth in doses.values()) else ""
    return text + (RANGES if not each and _differ(doses) else "")


def _differ(doses: Doses) -> bool:
    """Whether a dose has not the same true rate in every variant of a truth."""
    seen = {(truth, dose, rate) for (_, truth), found in doses.items() for dose, rate in found.rates.items()}
    return len(seen) > len({(truth, dose) for truth, dose, _ in seen})


def _recommends(cell: Cell) -> bool:
    """Whether what is recommended can differ from what was selected."""
    return cell.facts.acts and Key("p_recommend", word="none") in cell.metrics


def _name(dose: str, best: bool) -> str:
    return f"{dose} *" if best else dose


# ---------------------------------------------------------------- a row per dose


def _tables(results: Results, cells: Sequence[Cell], doses: Doses) -> list[str]:
    """One table for all variants of a truth, each under its name."""
    outcomes = outcomes_of(cells)
    exact = any(
        cell.metrics[key].exact is not None for cell in cells for _, key in outcomes if key in cell.metrics
    )
    rates, recommends = any((c.variant, c.truth) in doses for c in cells), any(map(_recommends, cells))
    head = [["dose", *(["true DLT"] * rates), "selected,"], ["", *(["rate, %"] * rates), "%"]]
    beside = [["exact", ""]] if exact else []
    if recommends:
        beside.append(["recom-", "mended, %"])
    for label in ("patients", "DLTs"):
        beside.append([label, "per trial"])
        beside += [["exact", ""]] if exact else []
    for i in (0, 1):
        head[i] += [column[i] for column in beside]
    decimals = {metric: _decimals(results, metric) for metric in ("n_at", "n_dlt_at")}
    rows: list[list[str]] = []
    for cell in cells:
        rows.append([cell.variant])
        rows += _rows(cell, doses.get((cell.variant, cell.truth)), exact, (rates, recommends), decimals)
    return columns(head, rows)


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
        row = [f"  {_name(label, best)}"]
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


# ---------------------------------------------------------------- a column per variant


def _selection(cells: Sequence[Cell], doses: Doses) -> list[str]:
    """What every variant selects; a dose that is not on its ladders shows nothing."""
    lines: list[str] = []
    outcomes = outcomes_of(cells)
    best = {dose for cell in cells for dose in _best(cell, doses)}
    names = [_name(label, key.dose in best) for label, key in outcomes]
    for block in _blocks(cells, max(map(len, names)) + 12):
        here = [doses[c.variant, c.truth] for c in block if (c.variant, c.truth) in doses]
        rows = []
        for label, key in outcomes:
            found = [cell.metrics.get(key) for cell in block]
            texts = ["" if e is None else percent(e) for e in found]
            star = any(key.dose in truth.best for truth in here)
            rows.append([f"  {_name(label, star)}", *([_range(key.dose, here)] if doses else []), *texts])
            if any(e is not None and e.exact is not None for e in found):
                exact = ["" if e is None else exact_percent(e) or "-" for e in found]
                rows.append(["    exact", *([""] if doses else []), *exact])
        lines += ["", *columns(_heads(block, "selected, %", ["true DLT", "rate, %"] if doses else []), rows)]
    return lines[1:]


def _best(cell: Cell, doses: Doses) -> tuple[str, ...]:
    truth = doses.get((cell.variant, cell.truth))
    return truth.best if truth is not None else ()


def _range(dose: str | None, truths: Sequence[DoseFacts]) -> str:
    """The true rate, from the lowest to the highest where variants differ in what a DLT is."""
    rates = [100 * truth.rates[dose] for truth in truths if dose is not None and dose in truth.rates]
    return "-".join(dict.fromkeys(number(rate, 1) for rate in (min(rates), max(rates)))) if rates else ""


def _blocks(cells: Sequence[Cell], first: int) -> Iterator[Sequence[Cell]]:
    """Variants that fit beside each other after a first column of this width, about as many in each block."""
    most = max((SCREEN - first) // (NAME_WIDTH + 2), 1)
    each = ceil(len(cells) / ceil(len(cells) / most))
    for start in range(0, len(cells), each):
        yield cells[start : start + each]


def _heads(cells: Sequence[Cell], label: str, more: Sequence[str]) -> list[list[str]]:
    """Names of the variants, broken where they are long; `more`: a column before them."""
    names = [split_name(cell.variant, NAME_WIDTH) for cell in cells]
    if more:
        names.insert(0, list(more))
    depth = max(map(len, names))
    padded = [[""] * (depth - len(name)) + name for name in names]
    first = [""] * (depth - 1) + [label]
    return [[first[i], *(column[i] for column in padded)] for i in range(depth)]


# ---------------------------------------------------------------- the course of the trial

Line = tuple[str, Key, float]  # label, key, factor


def _course(results: Results, cells: Sequence[Cell]) -> list[str]:
    """Patients, DLTs, time and what went on; one column per variant, the exact value below."""
    found = [line for line in _lines(cells) if _worth(cells, line[1])]
    lines: list[str] = []
    for block in _blocks(cells, max(len(label) for label, _, _ in found)):
        rows = []
        for label, key, factor in found:
            shown = [shower(results.cells, key, factor)(cell) for cell in block]
            rows.append(
                [label, *("" if key not in c.metrics else t for c, (t, _) in zip(block, shown, strict=True))]
            )
            if any(exact for _, exact in shown):
                rows.append(["    exact", *(exact or "-" for _, exact in shown)])
        lines += ["", *columns(_heads(block, "per trial", []), rows)]
    return lines[1:]


def _worth(cells: Sequence[Cell], key: Key) -> bool:
    """Not what no variant has, nor patients left out where there are none."""
    values = [cell.metrics[key].value for cell in cells if key in cell.metrics]
    return any(values) if key.metric == "n_not_evaluable" else bool(values)


def _lines(cells: Sequence[Cell]) -> Iterator[Line]:
    keys = list(dict.fromkeys(key for cell in cells for key in cell.metrics))
    yield "patients", Key("n_enrolled"), 1.0
    yield "  in the expansion", Key("n_expansion"), 1.0
    yield "  not evaluable", Key("n_not_evaluable"), 1.0
    yield "  at doses above the target", Key("n_above_target"), 1.0
    yield "DLTs", Key("n_dlt"), 1.0
    yield "cohorts", Key("n_cohorts"), 1.0
    yield "selects above the target, %", Key("p_select", word="above_target"), 1.0
    for key in keys:
        if key.metric == "p_amended":
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
