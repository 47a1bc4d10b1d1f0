"""Panels by truth with a bar per arm in every variant's row, and what else is known of the arm on it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from simulator.model.metric import Key
from simulator.reporting.arm_tables import arms_of
from simulator.reporting.lettering import SMALL, Labels
from simulator.reporting.pages import Head, pages
from simulator.reporting.plots._scale import NOTHING_SEEN, above, limits, mean, whole
from simulator.reporting.plots._truths import Panel, Sizes, beside, by_truth, number, rows, title
from simulator.reporting.style import INK, PHASES

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from simulator.study.results import Cell, Results

__all__ = ["ArmBars", "an_arm", "draw_arms"]

BAR = 0.15  # inches of one
MARKS: dict[str, dict[str, Any]] = {
    "ring": {"marker": "o", "mfc": "white", "mec": INK, "ms": 5.0},
    "dot": {"marker": "D", "mfc": INK, "mec": INK, "ms": 2.2},  # is seen within a ring
}
LABEL = 1.16  # times the longest bar: the axis leaves room for its number


@dataclass(frozen=True, slots=True, kw_only=True)
class ArmBars:
    """What is drawn. bar: arm -> key of its bar; points: name, one of MARKS, arm -> key of a mark on the bar.

    beside: what stands at the right of a cell. unit: of the axis.
    """

    title: str
    about: str
    unit: str
    bar: Callable[[str], Key]
    points: Sequence[tuple[str, str, Callable[[str], Key]]] = field(default_factory=tuple)
    beside: Callable[[Cell], str] = lambda _: ""


def an_arm(results: Results) -> str:
    """Arms."""
    return "" if arms_of(results) else "arms"


def draw_arms(results: Results, what: ArmBars) -> list[Figure]:
    """One panel per truth, one row per variant that has arms, in it a bar per arm."""
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    labels, arms = Labels(), arms_of(results)
    bars = {what.bar(arm) for arm in arms}
    results = replace(results, cells=tuple(c for c in results.cells if not bars.isdisjoint(c.metrics)))
    drawn = {of(arm) for of in (what.bar, *(of for _, _, of in what.points)) for arm in arms}
    ends = limits(e for cell in results.cells for key, e in cell.metrics.items() if key in drawn)
    largest = max(ends, default=0.0)
    end = above(LABEL * largest) if largest > 0.0 else NOTHING_SEEN
    sizes = Sizes(row=BAR * len(arms) + 0.07, right=beside(what.beside(cell) for cell in results.cells))
    there = {key for cell in results.cells for key in cell.metrics}
    points = [(name, mark) for name, mark, of in what.points if there & {of(arm) for arm in arms}]
    key: list[tuple[Any, str]] = [
        (Patch(facecolor=colour, hatch=hatch, edgecolor=INK, lw=0.6), arm)
        for arm, (colour, hatch) in zip(arms, _looks(arms), strict=True)
    ]
    key += [(Line2D([], [], ls="", zorder=4, **MARKS[mark]), name) for name, mark in points]
    order = " Bars stand in the order of the arms." if len(arms) > len(PHASES) else ""  # looks come again
    head = Head(title=what.title, about=what.about + order, key=key, labels=labels)
    sheets = pages(by_truth(results, labels, sizes), head)
    for page in sheets:
        for panel, axis in page.panels:
            for row, variant in enumerate(panel.variants):
                cell = results.cell(variant, panel.truth)
                _bars(axis, what, cell, arms, row)
                number(axis, row, what.beside(cell))
            _finish(axis, what, panel, end)
    return [page.figure for page in sheets]


def _looks(arms: Sequence[str]) -> list[tuple[str, str]]:
    return [PHASES[i % len(PHASES)] for i in range(len(arms))]


def _bars(axis: Axes, what: ArmBars, cell: Cell, arms: Sequence[str], row: int) -> None:
    """The bars of a cell, below each other around its row, each with its number and interval."""
    high = 0.86 / len(arms)
    for i, (arm, (colour, hatch)) in enumerate(zip(arms, _looks(arms), strict=True)):
        e = cell.metrics.get(what.bar(arm))
        if e is None or e.value is None:
            continue
        at = row + (i - (len(arms) - 1) / 2) * high
        drawn: dict[str, Any] = {"height": 0.9 * high, "color": colour, "hatch": hatch, "edgecolor": INK}
        axis.barh(at, e.value, lw=0.5, **drawn)
        low, top = (e.value if limit is None else limit for limit in (e.low, e.high))
        axis.plot([low, top], [at, at], color=INK, lw=1.1, zorder=3)
        for _, mark, of in what.points:
            point = cell.metrics.get(of(arm))
            if point is not None and point.value is not None:
                axis.plot(point.value, at, zorder=4, **MARKS[mark])
                top = max(top, point.value)
        axis.annotate(
            mean(e.value, 1),
            (top, at),
            xytext=(7, 0),
            textcoords="offset points",
            va="center_baseline",
            fontsize=SMALL,
        )


def _finish(axis: Axes, what: ArmBars, panel: Panel, end: float) -> None:
    axis.set(xlim=(0, end), xlabel=what.unit)
    whole(axis.xaxis, end)
    rows(axis, panel)
    title(axis, panel)
