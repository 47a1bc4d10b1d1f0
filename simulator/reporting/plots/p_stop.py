"""P(stop) by truth and variant, with its interval, and the exact value where there is one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from simulator.model.metric import Key
from simulator.reporting.doses import with_dose_finding
from simulator.reporting.lettering import Labels
from simulator.reporting.pages import Head, pages
from simulator.reporting.plots._scale import limits, share, share_end_told, share_ends
from simulator.reporting.plots._shown import OfRun, a_rule
from simulator.reporting.plots._truths import Panel, Sizes, beside, by_truth, mark, number, rows, title
from simulator.reporting.style import look

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from simulator.study.results import Cell, Results

__all__ = ["OF", "draw", "needs"]

OF: Final = "run"

STOP = Key("p_stop")


def needs(given: OfRun) -> str:
    """A rule."""
    return a_rule(given.results)


def draw(given: OfRun) -> Sequence[Figure]:
    """One panel per truth, one row per variant."""
    results, labels = given.results, Labels()
    stops = [cell.metrics[STOP] for cell in results.cells]
    end = share_ends(limits(stops))
    panels = by_truth(results, labels, Sizes(right=beside(_said(results, cell) for cell in results.cells)))
    about = f"{results.run.trials:,} trials. Bars: 95 % Monte Carlo interval (Wilson)."
    about += " Hollow rings: exact calculation." if any(e.exact is not None for e in stops) else ""
    about += " Numbers: per cent."
    if any(e.value in {0.0, 1.0} for e in stops):
        about += " In brackets, where no trial or every trial stopped: the end of the interval."
    about += share_end_told(end)
    head = Head(title="How often trials stop, the last look included", about=about, labels=labels)
    sheets = pages(panels, head)
    for page in sheets:
        for panel, axis in page.panels:
            _panel(axis, results, panel, end)
    return [page.figure for page in sheets]


def _said(results: Results, cell: Cell) -> str:
    if with_dose_finding(results) and not cell.facts.acts:
        return "no rule"
    return share(cell.metrics[STOP])


def _panel(axis: Axes, results: Results, panel: Panel, end: float) -> None:
    for row, variant in enumerate(panel.variants):
        cell, drawn = results.cell(variant, panel.truth), look(results.variants.index(variant))
        number(axis, row, _said(results, cell))
        if _said(results, cell) != "no rule":
            mark(axis, row, cell.metrics[STOP], drawn)
    axis.set(xlim=(0, end), xlabel="trials stopped, %")
    axis.locator_params(axis="x", nbins=5)
    rows(axis, panel)
    title(axis, panel)
