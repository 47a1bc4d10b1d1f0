"""Results as tables show them where adjusted estimates are asked for (docs/likelihood.md)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace

from simulator.metrics.adjusted import refuse_too_many
from simulator.metrics.registry import metric_of
from simulator.metrics.text import Keyed
from simulator.model.adjusted import Adjusted
from simulator.model.estimate import Estimate
from simulator.model.metric import Key, Kind
from simulator.study.cell import Cell
from simulator.study.results import Results

__all__ = ["VARIANCE", "Shown", "divided", "note", "with_adjusted"]

VARIANCE = "variance"  # label of a row
WHERE = (
    "where no hazard has 30 events, where it would not be better, where some trials have no value or all the "
    "same, and of quantiles, excess and averages over truths"
)
WHOLE = 100.0  # a factor from which on it is told in whole numbers


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown(Estimate):
    """The adjusted value and error in the place of the plain ones. factor: of the variance."""

    factor: float | None


def with_adjusted(results: Results) -> Results:
    """With adjusted values and errors wherever there are such; a share's only if it is one.

    TrialstopError where a cell has too many numbers to be adjusted.
    """
    refuse_too_many({f"variant {c.variant}, truth {c.truth}": c.metrics for c in results.cells})
    return replace(results, cells=tuple(map(_cell, results.cells)))


def _cell(cell: Cell) -> Cell:
    metrics = {key: _shown(key, e, cell.adjusted.get(key)) for key, e in cell.metrics.items()}
    return replace(cell, metrics=Keyed(metrics))


def _shown(key: Key, e: Estimate, adjusted: Adjusted | None) -> Estimate:
    """As it was where the adjusted one is no better, and of a share beyond 0 or 1 (clipped: biased)."""
    if adjusted is None or (adjusted.factor is not None and adjusted.factor <= 1.0):
        return e
    if metric_of(key).kind is Kind.SHARE and not 0.0 < adjusted.value < 1.0:
        return e
    changed = {"value": adjusted.value, "mcse": adjusted.mcse, "low": None, "high": None}
    return Shown(**asdict(e) | changed, factor=adjusted.factor)


def note(shown: Iterable[str]) -> str:
    """What the foot says of these lines of tables, in which adjusted estimates were asked for."""
    unless = f"estimates stay as they were {WHERE}"
    if not any(line.lstrip().startswith(VARIANCE) for line in shown):
        return f"nothing shown here is adjusted for events (docs/likelihood.md): {unless}"
    return (
        "adjusted for events against hazards used up (docs/likelihood.md); variance: what divides it; "
        f"{unless}"
    )


def divided(e: Estimate) -> str:
    """`/ 5.47`, `/ 1,360`: the factor of the variance in three digits; "" where nothing is adjusted."""
    if not isinstance(e, Shown):
        return ""
    if e.factor is None:
        return "/ all"
    rounded = float(f"{e.factor:.3g}")
    return f"/ {rounded:,.0f}" if rounded >= WHOLE else f"/ {rounded:g}"
