"""A metric against the one value that is varied: a panel per truth, a curve per variant with its interval."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from simulator.reporting.lettering import Labels, wrap
from simulator.reporting.pages import Head, Space, across, pages
from simulator.reporting.plots._axis import HEAD, MEANS, Asked, Varied, ends, high, over
from simulator.reporting.plots._scale import share_end_told
from simulator.reporting.plots._shown import OfSweep
from simulator.reporting.style import LIGHT, look
from simulator.what_ifs.planner import level

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["OF", "draw", "needs"]

OF: Final = "metric"

BODY_HIGH = 1.75  # inches
LEFT, RIGHT, BOTTOM = 0.55, 0.15, 0.5
NAMES = 2.2  # inches at most of a variant in the key
NOTE = 1.3  # inches of what a stop means


def needs(given: OfSweep) -> str:
    """One value that is varied."""
    return "" if len(given.findings.vary) == 1 else "one value that is varied"


def draw(given: OfSweep) -> Sequence[Figure]:
    """One panel per truth."""
    from matplotlib.lines import Line2D

    findings, labels, asked = given.findings, Labels(), Asked(given.key)
    varied, end = Varied(findings.vary[0]), asked.end(given.everywhere())
    about = f"{given.about} Along each panel: {varied.name}."
    about += " Bands: 95 % Monte Carlo interval." * given.played
    looks = [look(number) for number in range(len(findings.variants))]
    head = Head(
        title=f"{asked.name} against {findings.vary[0].path}",
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
    panels = [
        (truth, Space(body=BODY_HIGH, left=LEFT, right=RIGHT, bottom=BOTTOM, top=high(titles[truth])))
        for truth in findings.truths
    ]
    sheets = pages(panels, head)
    for page in sheets:
        for truth, axis in page.panels:
            _panel(axis, given, truth, end)
            varied.ticks(axis, room - LEFT)
            over(axis, titles[truth], MEANS.get(findings.acceptable.get(truth), ""), LEFT)
    return [page.figure for page in sheets]


def _panel(axis: Axes, given: OfSweep, truth: str, end: float) -> None:
    varied, factor = Varied(given.findings.vary[0]), Asked(given.key).factor
    for number, variant in enumerate(given.findings.variants):
        drawn = look(number)
        points = sorted(
            (x, factor * value, *(factor * (value if side is None else side) for side in ends(e)))
            for x, e in zip(varied.places, given.estimates(variant, truth), strict=True)
            if e is not None and (value := level(e)) is not None
        )
        if not points:
            continue
        xs, values, low, up = zip(*points, strict=True)
        axis.fill_between(xs, low, up, color=drawn.colour, alpha=0.18, lw=0)
        line = {"color": drawn.colour, "ls": drawn.dash, "ms": 3.5, "lw": 1.3}
        axis.plot(xs, values, drawn.marker, clip_on=False, zorder=3, **line)
    axis.set_ylim(0, end)
    axis.grid(color=LIGHT, lw=0.6)
