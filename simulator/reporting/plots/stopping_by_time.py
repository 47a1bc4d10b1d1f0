"""Cumulative incidence of stopping over the calendar; a trial that does not stop never does.

One that is stopped before anybody enters has no first entry to count from: it counts from month 0 on.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil
from typing import TYPE_CHECKING, Any, Final

from simulator.model.metric import Key
from simulator.reporting.lettering import Labels, widest, width
from simulator.reporting.pages import WIDE, Head, pages
from simulator.reporting.plots._scale import months_between, share_end_told, share_ends
from simulator.reporting.plots._shown import OfRun, a_rule, its_trials
from simulator.reporting.plots._truths import NAME, NAMES, Panel, Sizes, by_truth, title
from simulator.reporting.style import GREY, INK, LIGHT, Look, look, spread
from simulator.units import DAYS_PER_MONTH

if TYPE_CHECKING:
    import numpy as np
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

    from simulator.study.results import Cell, Results

__all__ = ["OF", "draw", "needs"]

OF: Final = "run"

KEY = Key("days_to_stop")
STEPS = 240
BODY = 1.55  # inches of the data at least
LINE = 0.135  # inches between two names
SAMPLE, LEADER = 0.24, 0.16  # inches of a curve beside its name, and from the curve's end to it
EARLY = " Trials that were stopped before anybody entered count from month 0 on."
SAME = "= "  # before the name of a variant that stops as the one above
MOST = 16  # variants in a panel
FEW, FAINT = 3, 0.07  # curves above which bands are paler, and how much they are
HALF = 6  # months of half a year


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """Variants that stop at the same times, by name, and per cent of trials with its limits."""

    variants: list[str]
    look: Look
    share: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]


def needs(given: OfRun) -> str:
    """A rule, and when each trial stopped."""
    return a_rule(given.results) or its_trials(given.results)


def draw(given: OfRun) -> Sequence[Figure]:
    """One panel per truth, one curve per variant, named at its end."""
    import numpy as np

    results, labels = given.results, Labels()
    names = labels.fitted(results.variants, NAMES, size=NAME)
    right = widest(names.values(), NAME) + width(SAME, NAME) + SAMPLE + LEADER + 0.12
    most = min(MOST, len(results.variants))
    body = max(BODY, LINE * most * max(name.count("\n") + 1 for name in names.values()))
    above = dict.fromkeys(results.truths, LINE / 2)  # for a name at 100 %
    panels = by_truth(results, labels, Sizes(body=body, left=0.5, right=right, above=above, most=most))
    last = _last_month(results)
    months = np.linspace(0.0, last, STEPS)
    curves = {(panel.truth, panel.variants[0]): _curves(results, panel, months) for panel, _ in panels}
    end = share_ends(float(curve.high[-1]) / 100 for found in curves.values() for curve in found)
    about = (
        f"Share of {results.run.trials:,} trials stopped so far; trials that never stop stay in the "
        "denominator. Bands: pointwise 95 % Monte Carlo interval (Wilson). Variants marked = stop at the "
        f"same times as the one above.{EARLY * _any_without_entry(results)}{share_end_told(end)}"
    )
    sheets = pages(panels, Head(title="When trials stop", about=about, labels=labels))
    for page in sheets:
        for panel, axis in page.panels:
            found = curves[panel.truth, panel.variants[0]]
            _panel(axis, panel, found, months, end)
            _names(axis, found, labels, end)
    return [page.figure for page in sheets]


def _last_month(results: Results) -> float:
    """End of the time axis: the last stop of any cell, a round number of months."""
    stops = [cell.distributions[KEY] for cell in results.cells if KEY in cell.distributions]
    latest = max((float(days.max()) for days in stops if len(days)), default=365.25)
    return float(HALF * max(ceil(latest / DAYS_PER_MONTH / HALF), 1))


def _curves(results: Results, panel: Panel, months: NDArray[np.float64]) -> list[Curve]:
    """One per set of stops, with the first variant's look."""
    import numpy as np

    curves: dict[bytes, Curve] = {}
    for variant in panel.variants:
        cell = results.cell(variant, panel.truth)
        stops = cell.distributions.get(KEY)
        if stops is None:
            continue
        stops = np.pad(stops, (_without_entry(cell, results.run.trials), 0))
        share, low, high = _incidence(stops / DAYS_PER_MONTH, results.run.trials, months)
        drawn = look(results.variants.index(variant))
        new = Curve(variants=[], look=drawn, share=share, low=low, high=high)
        curves.setdefault(np.sort(stops).tobytes(), new).variants.append(variant)
    return list(curves.values())


def _without_entry(cell: Cell, trials: int) -> int:
    """Trials that were stopped before anybody entered."""
    share = cell.metrics[Key("p_stop")].value
    return round((share or 0.0) * trials) - len(cell.distributions[KEY])


def _any_without_entry(results: Results) -> bool:
    return any(
        _without_entry(cell, results.run.trials) > 0 for cell in results.cells if KEY in cell.distributions
    )


def _panel(
    axis: Axes, panel: Panel, curves: Sequence[Curve], months: NDArray[np.float64], end: float
) -> None:
    last = float(months[-1])
    for number, curve in enumerate(curves):
        drawn = curve.look
        axis.fill_between(
            months,
            curve.low,
            curve.high,
            color=drawn.colour,
            alpha=FAINT if len(curves) > FEW else 0.14,
            lw=0,
        )
        mark = (STEPS // 12 + number * STEPS // 40 % (STEPS // 5), STEPS // 5)
        axis.plot(
            months,
            curve.share,
            color=drawn.colour,
            ls=drawn.dash,
            lw=1.4,
            marker=drawn.marker,
            ms=3.6,
            markevery=mark,
            clip_on=False,
        )
    axis.set(xlim=(0, last), ylim=(0, end), xlabel="months since the first entry", ylabel="trials stopped, %")
    axis.set_xticks(range(0, int(last) + 1, months_between(last)))
    axis.locator_params(axis="y", nbins=5)
    axis.yaxis.set_label_coords(-(panel.left - 0.1) * 72 * _per_point(axis), 0.5)
    axis.grid(color=LIGHT, lw=0.6)
    title(axis, panel)


def _names(axis: Axes, curves: Sequence[Curve], labels: Labels, end: float) -> None:
    """A sample of each curve and its name at the right, in the order of the ends, its equals below it."""
    lines = [
        (curve, line, first and not i)
        for curve in sorted(curves, key=lambda curve: -curve.share[-1])
        for first, variant in ((variant == curve.variants[0], variant) for variant in curve.variants)
        for i, line in enumerate(
            f"{'' if first else SAME}{labels.fit(variant, NAMES, size=NAME)}".split("\n")
        )
    ]
    high = axis.get_window_extent().height / axis.figure.dpi
    wanted = [float(curve.share[-1]) / end for curve, *_ in lines]
    places = spread(wanted, min(LINE / high, 1.0), 0.0, 1.0)
    for place, (curve, line, first) in zip(places, lines, strict=True):
        beside: dict[str, Any] = {"xycoords": "axes fraction", "textcoords": "offset points"}
        start = (LEADER + SAMPLE + 0.05) * 72
        axis.annotate(line, (1, place), xytext=(start, 0), va="center", fontsize=NAME, color=INK, **beside)
        if first:
            _sample(axis, curve, place, float(curve.share[-1]) / end)


def _sample(axis: Axes, curve: Curve, place: float, at: float) -> None:
    """From the curve's end to its name."""
    unit = 72 * _per_point(axis)
    near, far = 1 + LEADER * unit, 1 + (LEADER + SAMPLE) * unit
    whole: dict[str, Any] = {"transform": axis.transAxes, "clip_on": False}
    axis.plot([1.0, near], [at, place], color=GREY, lw=0.5, **whole)
    drawn = curve.look
    axis.plot([near, far], [place] * 2, color=drawn.colour, ls=drawn.dash, lw=1.4, **whole)
    axis.plot((near + far) / 2, place, drawn.marker, color=drawn.colour, ms=3.6, **whole)


def _per_point(axis: Axes) -> float:
    """What a point is of the width of the data."""
    return 1.0 / (72 * WIDE * axis.get_position().width)


Limits = tuple["NDArray[np.float64]", "NDArray[np.float64]", "NDArray[np.float64]"]


def _incidence(months_to_stop: NDArray[np.float64], n: int, months: NDArray[np.float64]) -> Limits:
    """Per cent of n trials stopped by each month, with its interval."""
    import numpy as np

    from simulator.stats.intervals import wilson

    stopped = np.searchsorted(np.sort(months_to_stop), months, side="right")
    ends = np.array([wilson(int(count), n) for count in stopped])
    return 100.0 * stopped / n, 100.0 * ends[:, 0], 100.0 * ends[:, 1]
