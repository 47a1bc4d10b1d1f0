"""Estimates as text: a share with its error, and the exact value that stands beside it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from simulator.metrics.registry import metric_of
from simulator.model.estimate import Estimate
from simulator.model.metric import Key, Kind
from simulator.reporting.text import decimals_for, number, plus_minus
from simulator.study.results import Cell

__all__ = ["NOTHING", "exact_percent", "mean", "percent", "shower"]

NOTHING = Estimate(value=None)


def percent(estimate: Estimate) -> str:
    """`62.2 ± 1.5`; `0.0 (< 0.4)` and `100.0 (> 99.6)` at the ends."""
    if estimate.value is None:
        return "-"
    if estimate.value == 0 and estimate.high is not None:
        return f"0.0 (<{100 * estimate.high:.{_digits(estimate.high)}f})"
    if estimate.value == 1 and estimate.low is not None:
        return f"100.0 (>{100 * estimate.low:.{_digits(1.0 - estimate.low)}f})"
    error = estimate.mcse or 0.0
    decimals = 1 if error >= 0.0005 else 2
    return f"{100 * estimate.value:.{decimals}f} ± {100 * error:.{decimals}f}"


def _digits(share: float) -> int:
    """Decimals of a per cent that do not round the end of an interval to 0 or 100."""
    return next((d for d in range(1, 8) if round(100 * share, d) >= 2 * 10.0**-d), 8)


def exact_percent(estimate: Estimate) -> str:
    """The exact value with one digit more than the simulation, its point below the other's."""
    if estimate.exact is None:
        return ""
    _, _, behind = percent(estimate).partition(".")
    return f"{100 * estimate.exact:.2f}".ljust(max(len(behind) - 2, 0) + len(f"{100 * estimate.exact:.2f}"))


def shower(cells: Sequence[Cell], key: Key, factor: float) -> Callable[[Cell], tuple[str, str]]:
    """Turns a cell into this key's text and its exact value, with the same decimals in every cell."""
    found = [cell.metrics[key] for cell in cells if key in cell.metrics]
    errors = (e.mcse * factor for e in found if e.mcse is not None)
    kind = metric_of(key).kind
    decimals = decimals_for(errors, smallest=kind is Kind.DIFFERENCE)

    def shown(cell: Cell) -> tuple[str, str]:
        e = cell.metrics.get(key, NOTHING)
        return (percent(e), exact_percent(e)) if kind is Kind.SHARE else mean(e, decimals, factor)

    return shown


def mean(e: Estimate, decimals: int, factor: float = 1.0) -> tuple[str, str]:
    """A mean with its error, and its exact value, whose point stands below the other's."""
    value = None if e.value is None else e.value * factor
    text = plus_minus(value, None if e.mcse is None else e.mcse * factor, decimals)
    exact = "" if e.exact is None else number(e.exact * factor, decimals + 1) + " " * (decimals + 4)
    return text, exact
