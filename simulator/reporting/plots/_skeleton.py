"""A figure to copy: patients enrolled per trial, by truth and variant.

To add a figure: copy this file to `simulator/reporting/plots/NAME.py`, change what is marked, and add one
line `"NAME": "simulator.reporting.plots.NAME"` to PLOTS in `simulator/registry.py`. `trialstop run` and
`simulator.figures` draw it from then on, and tests/conformance from a small result.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from simulator.reporting.lettering import Labels
from simulator.reporting.pages import Head, pages
from simulator.reporting.plots._scale import above, limits, whole
from simulator.reporting.plots._shown import OfRun, a_rule
from simulator.reporting.plots._truths import Panel, Sizes, by_truth, rows, title
from simulator.reporting.style import look

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from simulator.study.results import Results

__all__ = ["OF", "draw", "needs"]

OF: Final = "run"  # or `event`, `rule`, `trial`: see _shown.Subject


def needs(given: OfRun) -> str:  # change
    """What is missing for the figure, in words; "" if it can be drawn."""
    return a_rule(given.results)


def draw(given: OfRun) -> Sequence[Figure]:
    """Say what stands where: one panel per truth, one row per variant."""
    results, labels = given.results, Labels()  # labels: names that fit, those cut told at the foot
    end = above(max(limits(cell.metrics["n_enrolled"] for cell in results.cells)))
    about = f"Means over {results.run.trials:,} trials; lines: 95 % Monte Carlo interval."
    head = Head(title="How many patients are enrolled", about=about, labels=labels)  # and how to read it
    sheets = pages(by_truth(results, labels, Sizes()), head)
    for page in sheets:
        for panel, axis in page.panels:
            _panel(axis, results, panel, end)
    return [page.figure for page in sheets]


def _panel(axis: Axes, results: Results, panel: Panel, end: float) -> None:
    for row, variant in enumerate(panel.variants):
        e, drawn = results.cell(variant, panel.truth).metrics["n_enrolled"], look(row)
        if e.value is None:  # not defined in this cell
            continue
        low, high = (e.value if limit is None else limit for limit in (e.low, e.high))
        axis.plot([low, high], [row, row], color=drawn.colour, lw=2, solid_capstyle="butt")
        axis.plot(e.value, row, drawn.marker, color=drawn.colour, ms=5, zorder=3)
    axis.set(xlim=(0, end), xlabel="patients enrolled per trial")
    whole(axis.xaxis, end)
    rows(axis, panel)
    title(axis, panel)
