"""Cumulative incidence of stopping over the calendar; a trial that does not stop never does."""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING, Final

from simulator.model.metric import Key
from simulator.reporting.plots._shown import OfRun, a_rule, its_trials
from simulator.reporting.plots._truths import order, title
from simulator.reporting.style import GREY, LIGHT, headline, look, panels, spread
from simulator.units import DAYS_PER_MONTH

if TYPE_CHECKING:
    import numpy as np
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

    from simulator.study.results import Results

__all__ = ["OF", "draw", "needs"]

OF: Final = "run"

KEY = Key("days_to_stop")
LABEL_GAP = 8.5  # per cent of the axis between two labels
STEPS = 240


def needs(given: OfRun) -> str:
    """A rule, and when each trial stopped."""
    return a_rule(given.results) or its_trials(given.results)


def draw(given: OfRun) -> Figure:
    """One panel per truth, one curve per variant, named at its end."""
    results = given.results
    truths = order(results)
    figure, axes = panels(len(truths), width=5.6, height=2.9)
    last = _last_month(results)
    for axis, truth in zip(axes, truths, strict=True):
        _panel(axis, results, truth, last)
    about = (
        f"Share of {results.run.trials:,} trials stopped so far; trials that never stop stay in the "
        "denominator. Bands: pointwise 95 % Monte Carlo interval (Wilson). Variants with the same share lie "
        "on one another."
    )
    headline(figure, "When trials stop", about)
    return figure


def _last_month(results: Results) -> float:
    """End of the time axis: the last stop of any cell, a round number of months."""
    stops = [cell.distributions[KEY] for cell in results.cells if KEY in cell.distributions]
    latest = max((float(days.max()) for days in stops if len(days)), default=365.25)
    return 6.0 * ceil(latest / DAYS_PER_MONTH / 6.0)


def _panel(axis: Axes, results: Results, truth: str, last: float) -> None:
    import numpy as np

    months = np.linspace(0.0, last, STEPS)
    ends, names, looks = [], [], []
    for number, variant in enumerate(results.variants):
        stops = results.cell(variant, truth).distributions.get(KEY)
        if stops is None:
            continue
        drawn = look(number)
        share, low, high = _incidence(stops / DAYS_PER_MONTH, results.run.trials, months)
        axis.fill_between(months, low, high, color=drawn.colour, alpha=0.13, lw=0)
        mark = (STEPS // 12 + number * STEPS // 40, STEPS // 5)
        width = max(3.4 - 0.45 * number, 1.0)  # of curves on one another the lower ones show at the rim
        axis.plot(
            months,
            share,
            color=drawn.colour,
            ls=drawn.dash,
            lw=width,
            marker=drawn.marker,
            ms=4.5,
            markevery=mark,
        )
        ends.append(float(share[-1]))
        names.append(variant)
        looks.append(drawn)
    for end, place, name, drawn in zip(ends, spread(ends, LABEL_GAP, 0.0, 100.0), names, looks, strict=True):
        axis.annotate(
            name,
            (last, end),
            xytext=(last * 1.07, place),
            va="center",
            fontsize=8.5,
            color=drawn.colour,
            annotation_clip=False,
            arrowprops={
                "arrowstyle": "-",
                "color": drawn.colour,
                "lw": 0.6,
                "shrinkA": 1,
                "relpos": (0, 0.5),
            },
        )
    axis.set(xlim=(0, last), ylim=(0, 102), xlabel="months since the first entry", ylabel="trials stopped, %")
    axis.set_xticks(np.arange(0, last + 1, 12 if last > 24 else 6))
    axis.grid(color=LIGHT, lw=0.6)
    axis.axhline(100, color=GREY, lw=0.5)
    title(axis, results, truth)


Curve = tuple["NDArray[np.float64]", "NDArray[np.float64]", "NDArray[np.float64]"]


def _incidence(months_to_stop: NDArray[np.float64], n: int, months: NDArray[np.float64]) -> Curve:
    """Per cent of n trials stopped by each month, with its interval."""
    import numpy as np

    from simulator.stats.intervals import wilson

    stopped = np.searchsorted(np.sort(months_to_stop), months, side="right")
    ends = np.array([wilson(int(count), n) for count in stopped])
    return 100.0 * stopped / n, 100.0 * ends[:, 0], 100.0 * ends[:, 1]
