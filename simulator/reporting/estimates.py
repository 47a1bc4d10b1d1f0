"""Estimates as text: a share with its error, and the exact value that stands beside it."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence

from simulator.metrics.registry import metric_of
from simulator.model.estimate import Estimate, percent
from simulator.model.metric import Key, Kind
from simulator.reporting.adjusted import VARIANCE, divided
from simulator.reporting.text import decimals_for, number, plus_minus
from simulator.study.results import Cell
from simulator.units import DAYS_PER_MONTH, format_share

__all__ = [
    "BOUNDS",
    "NOTHING",
    "exact_percent",
    "factor",
    "label",
    "mean",
    "seen",
    "seen_in",
    "share_rows",
    "shower",
]

NOTHING = Estimate(value=None)
BOUNDS = "; (<) and (>) give the end of the 95 % interval where no trial or every trial did"


def label(key: Key) -> str:
    """`P(stop), %`, `patients enrolled`, `days in all, in months`."""
    metric = metric_of(key)
    told = {Kind.SHARE: ", %", Kind.TIME: ", in months"}.get(metric.kind, "")
    return metric.labelled(key) + told


def factor(key: Key) -> float:
    """From a value to what is shown under its label: shares in %, times in months."""
    return {Kind.SHARE: 100.0, Kind.TIME: 1 / DAYS_PER_MONTH}.get(metric_of(key).kind, 1.0)


def exact_percent(estimate: Estimate) -> str:
    """The exact value with one digit more than the simulation, its point below the other's."""
    if estimate.exact is None:
        return ""
    _, _, behind = percent(estimate).partition(".")
    text = format_share(estimate.exact, 2)
    return text.ljust(max(len(behind) - 2, 0) + len(text))


def seen(estimate: Estimate | None) -> Hashable:
    """What makes two estimates one to a reader: the same trials, and exact values that read the same."""
    if estimate is None:
        return None
    exact = None if estimate.exact is None else format_share(estimate.exact, 2)
    return estimate.value, estimate.mcse, estimate.n, exact


def seen_in(cells: Mapping[str, Cell], keys: Sequence[Key]) -> Callable[[str], Hashable]:
    """The same of a name's cell, for `grid.alike`."""
    return lambda name: tuple(seen(cells[name].metrics.get(key)) for key in keys)


def share_rows(label: str, estimates: Sequence[Estimate]) -> list[list[str]]:
    """A row of shares, one of what divides their variances, and one of exact values, where there are any."""
    rows, indent = [[label, *map(percent, estimates)]], " " * (len(label) - len(label.lstrip()) + 2)
    if any(map(divided, estimates)):
        rows.append([f"{indent}{VARIANCE}", *(divided(e) for e in estimates)])
    if any(estimate.exact is not None for estimate in estimates):
        rows.append([f"{indent}exact", *(exact_percent(e) or "-" for e in estimates)])
    return rows


def shower(cells: Sequence[Cell], key: Key, factor: float) -> Callable[[Cell], tuple[str, str, str]]:
    """Turns a cell into this key's text, its exact value, with the same decimals in every cell, and what its
    variance is divided by."""
    found = [cell.metrics[key] for cell in cells if key in cell.metrics]
    errors = (e.mcse * factor for e in found if e.mcse is not None)
    kind = metric_of(key).kind
    decimals = decimals_for(errors, smallest=kind is Kind.DIFFERENCE)

    def shown(cell: Cell) -> tuple[str, str, str]:
        e = cell.metrics.get(key, NOTHING)
        texts = (percent(e), exact_percent(e)) if kind is Kind.SHARE else mean(e, decimals, factor)
        return *texts, divided(e)

    return shown


def mean(e: Estimate, decimals: int, factor: float = 1.0) -> tuple[str, str]:
    """A mean with its error, and its exact value, whose point stands below the other's."""
    value = None if e.value is None else e.value * factor
    text = plus_minus(value, None if e.mcse is None else e.mcse * factor, decimals)
    exact = "" if e.exact is None else number(e.exact * factor, decimals + 1) + " " * (decimals + 4)
    return text, exact
