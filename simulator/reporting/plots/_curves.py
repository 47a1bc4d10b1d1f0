"""Curves along a value of the file: a panel per truth, a curve per variant with the band of its interval."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

from simulator.model.estimate import Estimate
from simulator.reporting.lettering import Labels, wrap
from simulator.reporting.pages import Head, Space, across, pages
from simulator.reporting.plots._axis import HEAD, MEANS, Asked, Varied, ends, high, over
from simulator.reporting.plots._scale import share_end_told
from simulator.reporting.style import GREY, LIGHT, look
from simulator.what_ifs.findings import Findings

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["Point", "along", "by_truth", "curve"]

BODY_HIGH = 1.75  # inches
LEFT, RIGHT, BOTTOM = 0.55, 0.15, 0.5
NAMES = 2.2  # inches at most of a variant in the key
NOTE = 1.3  # inches of what a stop means

Point = tuple[float, float, float, float]
"""A number of what is varied, the metric there, and the ends of its interval, as they are drawn."""


def by_truth(
    findings: Findings[Any],
    title: str,
    about: str,
    axes: tuple[Asked, float],
    panel: Callable[[Axes, str], bool],
) -> Sequence[Figure]:
    """One panel per truth. axes: the metric, and where its axis ends. panel: draws a truth, if it can."""
    from matplotlib.lines import Line2D

    (asked, end), varied, labels = axes, Varied(findings.vary[0]), Labels()
    looks = map(look, range(len(findings.variants)))
    head = Head(
        title=title,
        about=about + (share_end_told(end) if asked.share else ""),
        key=[
            (
                Line2D([], [], color=of.colour, ls=of.dash, marker=of.marker, ms=4),
                labels.fit(variant, NAMES),
            )
            for of, variant in zip(looks, findings.variants, strict=True)
        ],
        labels=labels,
    )
    room = across(min(2, len(findings.truths))) - RIGHT
    titles = {truth: wrap(truth, room - NOTE, HEAD, bold=True, most=3) for truth in findings.truths}
    spaces = [
        (truth, Space(body=BODY_HIGH, left=LEFT, right=RIGHT, bottom=BOTTOM, top=high(titles[truth])))
        for truth in findings.truths
    ]
    sheets = pages(spaces, head)
    for page in sheets:
        for truth, axis in page.panels:
            if not panel(axis, truth):
                axis.annotate(
                    "nothing to show", (0.5, 0.5), xycoords="axes fraction", ha="center", color=GREY
                )
                axis.autoscale_view()
            axis.set_ylim(0, end)
            axis.grid(color=LIGHT, lw=0.6)
            varied.ticks(axis, room - LEFT)
            over(axis, titles[truth], MEANS[findings.acceptable.get(truth)], LEFT)
    return [page.figure for page in sheets]


def along(asked: Asked, found: Iterable[tuple[float | None, Estimate | None]]) -> list[Point]:
    """Points of a curve, in order, without those of which nothing can be said."""
    points = []
    for x, e in found:
        if x is not None and e is not None and e.level is not None:
            low, up = (e.level if side is None else side for side in ends(e))
            points.append((x, asked.factor * e.level, asked.factor * low, asked.factor * up))
    return sorted(points)


def curve(axis: Axes, points: Sequence[Point], number: int, *, marked: bool) -> bool:
    """The curve of the variant with this number, with its band; whether there was any. marked: with dots."""
    if not points:
        return False
    drawn, (xs, values, low, up) = look(number), zip(*points, strict=True)
    axis.fill_between(xs, low, up, color=drawn.colour, alpha=0.18, lw=0)
    line: dict[str, Any] = {"color": drawn.colour, "ls": drawn.dash, "ms": 3.5, "lw": 1.3, "zorder": 3}
    axis.plot(xs, values, marker=drawn.marker if marked else "", clip_on=not marked, **line)
    return True
