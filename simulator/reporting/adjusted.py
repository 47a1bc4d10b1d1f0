"""Results as tables show them where adjusted estimates are asked for (docs/likelihood.md)."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace

from simulator.metrics.adjusted import refuse_too_many
from simulator.metrics.registry import metric_of
from simulator.metrics.text import Keyed
from simulator.model.adjusted import Adjusted
from simulator.model.estimate import Estimate
from simulator.model.metric import Key, Kind
from simulator.study.cell import Cell
from simulator.study.results import Results

__all__ = ["NOTE", "UNDIVIDED", "VARIANCE", "Shown", "divided", "plain", "with_adjusted"]

VARIANCE, UNDIVIDED = "variance", "/ 1"  # label of a row, and what it says where nothing is adjusted
NOTE = (
    "adjusted for events against hazards used up (docs/likelihood.md); variance: what divides it, 1 where "
    "nothing is adjusted: where no hazard has 30 events, some trials have no value or all the same, and of "
    "quantiles, excess and averages over truths"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown(Estimate):
    """The adjusted value and error in the place of the plain ones. plain: these. factor: of the variance."""

    plain: Estimate
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
    """A share that is adjusted beyond 0 or 1 is shown as it was: clipped it would be biased."""
    if adjusted is None or (metric_of(key).kind is Kind.SHARE and not 0.0 < adjusted.value < 1.0):
        return e
    changed = {"value": adjusted.value, "mcse": adjusted.mcse, "low": None, "high": None}
    return Shown(**asdict(e) | changed, plain=e, factor=adjusted.factor)


def plain(e: Estimate) -> Estimate:
    """As it was."""
    return e.plain if isinstance(e, Shown) else e


def divided(e: Estimate) -> str:
    """`/ 5.47`, the factor of the variance; "" where nothing is adjusted."""
    if not isinstance(e, Shown):
        return ""
    return "/ all" if e.factor is None else f"/ {e.factor:.3g}"
