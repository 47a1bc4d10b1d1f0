"""Cumulative incidence of stopping over what grows: a panel per truth, a named curve per variant."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from simulator.reporting.lettering import Labels, widest, width
from simulator.reporting.pages import WIDE, Head, pages
from simulator.reporting.plots._scale import share_end_told, share_ends
from simulator.reporting.plots._truths import NAME, NAMES, Panel, Sizes, by_truth, title
from simulator.reporting.style import GREY, INK, LIGHT, Look, look, spread

if TYPE_CHECKING:
    import numpy as np
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

    from simulator.study.results import Cell, Results

__all__ = ["Growing", "draw_growing"]

BODY = 1.55  # inches of the data at least
LINE = 0.135  # inches between two names
SAMPLE, LEADER = 0.24, 0.16  # inches of a curve beside its name, and from the curve's end to it
SAME = "= "  # before the name of a variant that stops as the one above
MOST = 16  # variants in a panel
FEW, FAINT = 3, 0.07  # curves above which bands are paler, and how much they are


@dataclass(frozen=True, slots=True, kw_only=True)
class Growing:
    """What stops are counted over. at: places at which they are; between: of its scale; unit: its name.

    stops: of a cell, where each trial that stops did; None of one without a rule. steps: nobody stops between
    two places.
    """

    title: str
    about: str
    at: NDArray[np.float64]
    between: int
    unit: str
    stops: Callable[[Cell], NDArray[np.float64] | None]
    steps: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """Variants that stop at the same places, by name, and per cent of trials with its limits."""

    variants: list[str]
    look: Look
    share: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]


def draw_growing(results: Results, over: Growing) -> list[Figure]:
    """Page by page."""
    labels = Labels()
    names = labels.fitted(results.variants, NAMES, size=NAME)
    right = widest(names.values(), NAME) + width(SAME, NAME) + SAMPLE + LEADER + 0.12
    most = min(MOST, len(results.variants))
    body = max(BODY, LINE * most * max(name.count("\n") + 1 for name in names.values()))
    above = dict.fromkeys(results.truths, LINE / 2)  # for a name at 100 %
    panels = by_truth(results, labels, Sizes(body=body, left=0.5, right=right, above=above, most=most))
    curves = {(panel.truth, panel.variants[0]): _curves(results, panel, over) for panel, _ in panels}
    end = share_ends(float(curve.high[-1]) / 100 for found in curves.values() for curve in found)
    sheets = pages(panels, Head(title=over.title, about=over.about + share_end_told(end), labels=labels))
    for page in sheets:
        for panel, axis in page.panels:
            found = curves[panel.truth, panel.variants[0]]
            _panel(axis, panel, found, over, end)
            _names(axis, found, labels, end)
    return [page.figure for page in sheets]


def _curves(results: Results, panel: Panel, over: Growing) -> list[Curve]:
    """One per set of stops, with the first variant's look."""
    import numpy as np

    curves: dict[bytes, Curve] = {}
    for variant in panel.variants:
        stops = over.stops(results.cell(variant, panel.truth))
        if stops is None:
            continue
        share, low, high = _incidence(stops, results.run.trials, over.at)
        drawn = look(results.variants.index(variant))
        new = Curve(variants=[], look=drawn, share=share, low=low, high=high)
        curves.setdefault(np.sort(stops).tobytes(), new).variants.append(variant)
    return list(curves.values())


def _panel(axis: Axes, panel: Panel, curves: Sequence[Curve], over: Growing, end: float) -> None:
    last = float(over.at[-1])
    for number, curve in enumerate(curves):
        drawn = curve.look
        axis.fill_between(
            over.at,
            curve.low,
            curve.high,
            color=drawn.colour,
            alpha=FAINT if len(curves) > FEW else 0.14,
            lw=0,
            step="post" if over.steps else None,
        )
        steps = len(over.at)
        mark = (steps // 12 + number * steps // 40 % max(steps // 5, 1), max(steps // 5, 1))
        axis.plot(
            over.at,
            curve.share,
            color=drawn.colour,
            ls=drawn.dash,
            lw=1.4,
            marker=drawn.marker,
            ms=3.6,
            markevery=mark,
            drawstyle="steps-post" if over.steps else "default",
            clip_on=False,
        )
    axis.set(xlim=(0, last), ylim=(0, end), xlabel=over.unit, ylabel="trials stopped, %")
    axis.set_xticks(range(0, int(last) + 1, over.between))
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


def _incidence(stops: NDArray[np.float64], n: int, at: NDArray[np.float64]) -> Limits:
    """Per cent of n trials stopped by each place, with its interval."""
    import numpy as np

    from simulator.stats.intervals import wilson

    stopped = np.searchsorted(np.sort(stops), at, side="right")
    ends = np.array([wilson(int(count), n) for count in stopped])
    return 100.0 * stopped / n, 100.0 * ends[:, 0], 100.0 * ends[:, 1]
