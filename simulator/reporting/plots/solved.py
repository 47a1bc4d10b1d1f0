"""The curve that a search asked for: where it meets the target, with the interval of that value."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

from simulator.reporting.lettering import Labels, wrap
from simulator.reporting.pages import Head, Space, across, pages
from simulator.reporting.plots._axis import HEAD, MEANS, Asked, Varied, ends, high, over
from simulator.reporting.plots._scale import share_end_told
from simulator.reporting.style import GREY, INK, LIGHT, look
from simulator.what_ifs.findings import Findings
from simulator.what_ifs.planner import Answer, level
from simulator.what_ifs.solved import Solved
from simulator.what_ifs.targets import parse_target
from simulator.what_ifs.vary import Scale, Vary

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["OF", "draw", "needs"]

OF: Final = "solve"

BODY_HIGH = 1.9  # inches
LEFT, RIGHT, BOTTOM = 0.55, 0.15, 0.5
NAMES, NOTE = 2.2, 1.3  # inches of a variant in the key, of what a stop means


def needs(given: Findings[Solved]) -> str:
    """Anything that was asked."""
    return "" if given.answers else "values that were asked"


def draw(given: Findings[Solved]) -> Sequence[Figure]:
    """One panel per truth, a curve per variant."""
    from matplotlib.lines import Line2D

    labels, asked, varied = Labels(), Asked(given.metrics[0]), Varied(given.vary[0])
    end = asked.end(answer.metrics.get(asked.key) for answer in given.answers)
    about = f"Dashed: the target, {given.found.target}. Along each panel: {varied.name}, as it was searched."
    if any(answer.how == "played" for answer in given.answers):
        about += f" {given.run.trials:,} trials at each value, the same candidates; bars at the target: 95 % "
        about += "interval of the value; bands: of the curve."
    else:
        about += " Exact calculation."
    head = Head(
        title=f"{asked.name} against {given.vary[0].path}, and where it reaches the target",
        about=about + (share_end_told(end) if asked.share else ""),
        key=[
            (
                Line2D([], [], color=of.colour, ls=of.dash, marker=of.marker, ms=4),
                labels.fit(variant, NAMES),
            )
            for of, variant in zip(map(look, range(len(given.variants))), given.variants, strict=True)
        ],
        labels=labels,
    )
    room = across(min(2, len(given.truths))) - RIGHT
    titles = {truth: wrap(truth, room - NOTE, HEAD, bold=True, most=3) for truth in given.truths}
    panels = [
        (truth, Space(body=BODY_HIGH, left=LEFT, right=RIGHT, bottom=BOTTOM, top=high(titles[truth])))
        for truth in given.truths
    ]
    sheets = pages(panels, head)
    for page in sheets:
        for truth, axis in page.panels:
            _panel(axis, given, truth, end)
            varied.ticks(axis, room - LEFT)
            over(axis, titles[truth], MEANS.get(given.acceptable.get(truth), ""), LEFT)
    return [page.figure for page in sheets]


def _panel(axis: Axes, given: Findings[Solved], truth: str, end: float) -> None:
    asked, vary = Asked(given.metrics[0]), given.vary[0]
    aim = parse_target(given.found.target, signs=("=",)).value * asked.factor
    axis.axhline(aim, color=GREY, lw=0.9, ls=(0, (4, 3)))
    for number, variant in enumerate(given.variants):
        drawn = look(number)
        points = _points(given, variant, truth, asked, vary)
        if points:
            xs, values, low, up = zip(*points, strict=True)
            axis.fill_between(xs, low, up, color=drawn.colour, alpha=0.18, lw=0)
            axis.plot(xs, values, color=drawn.colour, ls=drawn.dash, lw=1.3, zorder=3)
        for each in given.found.solutions:
            if (each.variant, each.truth) == (variant, truth) and each.number is not None:
                if not each.exact:
                    sides = [each.low, each.high]
                    left, right = (s if s is not None else each.number for s in sides)
                    axis.plot([left, right], [aim, aim], color=drawn.colour, lw=3, solid_capstyle="butt")
                level_there = each.least[-1][1] * asked.factor if each.least else aim
                mark: dict[str, Any] = {"color": drawn.colour, "mec": INK, "ms": 6, "mew": 0.8}
                axis.plot(each.number, level_there, drawn.marker, clip_on=False, zorder=4, **mark)
    axis.set_ylim(0, end)
    axis.grid(color=LIGHT, lw=0.6)


def _points(
    given: Findings[Solved], variant: str, truth: str, asked: Asked, vary: Vary
) -> list[tuple[float, float, float, float]]:
    """Of each value asked: its number, the metric there, the ends of its interval."""
    found = []
    for answer in given.answers:
        e = answer.estimate(asked.key)
        if (answer.place.variant, answer.place.truth) == (variant, truth) and e is not None:
            value = level(e)
            x = _number(answer, vary)
            if value is not None and x is not None:
                low, up = (asked.factor * (value if side is None else side) for side in ends(e))
                found.append((x, asked.factor * value, low, up))
    return sorted(found)


def _number(answer: Answer, vary: Vary) -> float | None:
    scale: Scale | None = vary.scale
    text = answer.place.changes[0].partition("=")[2]
    return None if scale is None else scale.number(text)
