"""P(stop) by truth and variant, with its interval, and the exact value where there is one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from simulator.model.metric import Key
from simulator.reporting.doses import with_dose_finding
from simulator.reporting.plots._shown import OfRun, a_rule
from simulator.reporting.plots._truths import order, title
from simulator.reporting.style import GREY, INK, LIGHT, headline, look, panels

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from simulator.study.results import Results

__all__ = ["OF", "draw", "needs"]

OF: Final = "run"

STOP = Key("p_stop")


def needs(given: OfRun) -> str:
    """A rule."""
    return a_rule(given.results)


def draw(given: OfRun) -> Figure:
    """One panel per truth, one row per variant."""
    results = given.results
    truths = order(results)
    height = 0.95 + 0.27 * len(results.variants)
    figure, axes = panels(len(truths), width=5.6, height=height)
    for axis, truth in zip(axes, truths, strict=True):
        _panel(axis, results, truth)
    exact = any(cell.metrics[STOP].exact is not None for cell in results.cells)
    about = f"Bars: 95 % Monte Carlo interval (Wilson), {results.run.trials:,} trials." + (
        " Hollow rings: exact calculation." if exact else ""
    )
    headline(figure, "How often trials stop, the last look included", about)
    return figure


def _panel(axis: Axes, results: Results, truth: str) -> None:
    dosing = with_dose_finding(results)
    for row, variant in enumerate(results.variants):
        e, drawn = results.cell(variant, truth).metrics[STOP], look(row)
        if e.value is None:
            continue
        if dosing and not results.cell(variant, truth).facts.acts:
            axis.text(1, row, "no rule", va="center", fontsize=8.5)
            continue
        low, high = (e.value if end is None else end for end in (e.low, e.high))
        axis.plot([100 * low, 100 * high], [row, row], color=drawn.colour, lw=2, solid_capstyle="butt")
        axis.plot(100 * e.value, row, drawn.marker, color=drawn.colour, ms=6, clip_on=False, zorder=3)
        if e.exact is not None:
            axis.plot(100 * e.exact, row, "o", mfc="none", mec=INK, ms=11, mew=1.1, clip_on=False, zorder=4)
        right = e.value < 0.8
        exact = e.value if e.exact is None else e.exact
        edge = 100 * (max(high, exact) if right else min(low, exact))
        axis.annotate(
            f"{100 * e.value:.{2 if 0 < e.value < 0.001 else 1}f} %",
            (edge, row),
            xytext=(11 if right else -11, 0),
            textcoords="offset points",
            ha="left" if right else "right",
            va="center",
            fontsize=8.5,
        )
    names = list(results.variants)
    axis.set(xlim=(0, 100), ylim=(len(names) - 0.5, -0.5), xlabel="trials stopped, %")
    axis.set_yticks(range(len(names)), names)
    axis.tick_params(axis="y", length=0, pad=9)
    axis.spines["left"].set_visible(False)
    axis.grid(axis="x", color=LIGHT, lw=0.7)
    axis.set_xticks([0, 20, 40, 60, 80, 100])
    title(axis, results, truth)
    for row in range(len(names)):
        axis.axhline(row, color=GREY, lw=0.4, ls=":", zorder=0)
