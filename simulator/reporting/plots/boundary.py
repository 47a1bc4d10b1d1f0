"""The boundary of a rule as a staircase over the denominator."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from simulator.contracts import Boundary
from simulator.program.monitors import looks_of
from simulator.program.tables import MonitorTable
from simulator.reporting.plots._shown import OfRule
from simulator.reporting.style import GREY, INK, LIGHT, headline, panels

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["OF", "draw", "needs"]

OF: Final = "rule"

SHADE = {"at_least": ("#f3c6ab", "////"), "at_most": ("#bcdcf0", "....")}


def needs(given: OfRule) -> str:
    """Whole patients."""
    return given.uncounted


def draw(given: OfRule) -> Figure:
    """One panel per endpoint: the counts that bring an outcome about, at the looks there are."""
    table, max_n = given.table, given.max_n
    looks = looks_of(table.look, max_n, table.counters[table.used[0]].among, table.wait)
    endpoints = [i for i in table.used if any(b.reading == i for b in table.table.boundaries)]
    figure, axes = panels(len(endpoints), width=5.6, height=3.6)
    for axis, i in zip(axes, endpoints, strict=True):
        for boundary in table.table.boundaries:
            if boundary.reading == i:
                _staircase(axis, boundary, looks, max_n)
        counter = table.counters[i]
        axis.plot([0, max_n], [0, max_n], color=GREY, lw=0.8, ls=":")
        axis.set(
            xlim=(0, max_n + 0.5),
            xlabel=f"patients ({counter.among.word}), n",
            ylabel=f"{table.endpoints[i]}: patients, x",
        )
        axis.set_ylim(0, _top(table, i, max_n))
        axis.grid(color=LIGHT, lw=0.6)
    headline(figure, f"Boundary of {given.name}", given.formula)
    return figure


def _top(table: MonitorTable, endpoint: int, max_n: int) -> float:
    bounds = [
        bound
        for b in table.table.boundaries
        if b.reading == endpoint
        for n, bound in enumerate(b.bound)
        if bound is not None and bound <= n
    ]
    return min(max_n, 1.35 * max(bounds, default=1) + 2)


def _staircase(axis: Axes, boundary: Boundary, looks: tuple[int, ...], max_n: int) -> None:
    """A mark at each look, a step between them, and the stopping side shaded."""
    upper = boundary.for_many
    points = [(n, b) for n in looks if (b := boundary.bound[n]) is not None and (b <= n or not upper)]
    if not points:
        return
    n, x = [p[0] for p in points], [p[1] for p in points]
    colour, hatch = SHADE[boundary.direction]
    steps_n, steps_x = [*n, max_n + 0.5], [*x, x[-1]]
    base = [float(value) for value in steps_n] if upper else [0.0] * len(steps_n)  # x never exceeds n
    axis.fill_between(steps_n, steps_x, base, step="post", color=colour, alpha=0.55, lw=0)
    axis.fill_between(
        steps_n, steps_x, base, step="post", facecolor="none", edgecolor="white", hatch=hatch, lw=0
    )
    axis.step(steps_n, steps_x, where="post", color=INK, lw=1.4)
    axis.plot(n, x, "o", color=INK, ms=3, clip_on=False)
    word = "or more" if upper else "or fewer"
    middle = len(n) // 2
    axis.annotate(
        f"{boundary.outcome}: this many {word}",
        (n[middle], x[middle]),
        xytext=(-8, 14) if upper else (6, -5),
        textcoords="offset points",
        ha="right" if upper else "left",
        va="bottom" if upper else "top",
        fontsize=9,
        fontweight="bold",
    )
