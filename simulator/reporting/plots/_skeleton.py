"""A figure to copy: patients enrolled per trial, by truth and variant.

To add a figure: copy this file to `simulator/reporting/plots/NAME.py`, change what is marked, and add one
line `"NAME": "simulator.reporting.plots.NAME"` to PLOTS in `simulator/registry.py`. `trialstop run` and
`simulator.figures` draw it from then on, and tests/conformance from a small result.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from simulator.reporting.plots._shown import OfRun, a_rule
from simulator.reporting.plots._truths import order, title
from simulator.reporting.style import LIGHT, headline, look, panels

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from simulator.study.results import Results

__all__ = ["OF", "draw", "needs"]

OF: Final = "run"  # or `event`, `rule`, `trial`: see _shown.Subject


def needs(given: OfRun) -> str:  # change
    """What is missing for the figure, in words; "" if it can be drawn."""
    return a_rule(given.results)


def draw(given: OfRun) -> Figure:
    """Say what stands where: one panel per truth, one row per variant."""
    results = given.results
    truths = order(results)
    figure, axes = panels(len(truths), width=5.6, height=0.95 + 0.27 * len(results.variants))
    for axis, truth in zip(axes, truths, strict=True):
        _panel(axis, results, truth)
    about = f"Means over {results.run.trials:,} trials; lines: 95 % Monte Carlo interval."
    headline(figure, "How many patients are enrolled", about)  # what it shows, and how to read it
    return figure


def _panel(axis: Axes, results: Results, truth: str) -> None:
    for row, variant in enumerate(results.variants):
        found, drawn = results.cell(variant, truth).metrics["n_enrolled"], look(row)
        if found.value is None:  # not defined in this cell
            continue
        low, high = (found.value if end is None else end for end in (found.low, found.high))
        axis.plot([low, high], [row, row], color=drawn.colour, lw=2, solid_capstyle="butt")
        axis.plot(found.value, row, drawn.marker, color=drawn.colour, ms=6, zorder=3)
    axis.set_yticks(range(len(results.variants)), results.variants)
    axis.set(ylim=(len(results.variants) - 0.5, -0.5), xlabel="patients enrolled per trial")
    axis.set_xlim(left=0)
    axis.grid(axis="x", color=LIGHT, lw=0.7)
    title(axis, results, truth)
