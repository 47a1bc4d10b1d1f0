"""The curve that a search asked for: where it meets the target, with the interval of that value."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

from simulator.reporting.plots._axis import Asked, Varied
from simulator.reporting.plots._curves import Point, along, by_truth, curve
from simulator.reporting.plots._shown import trials_of
from simulator.reporting.style import GREY, INK, look
from simulator.what_ifs.findings import Findings
from simulator.what_ifs.solved import Solution, Solved
from simulator.what_ifs.targets import parse_target

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["OF", "draw", "needs"]

OF: Final = "solve"


def needs(given: Findings[Solved]) -> str:
    """Anything that was asked."""
    return "" if given.answers else "values that were asked"


def draw(given: Findings[Solved]) -> Sequence[Figure]:
    """One panel per truth, a curve per variant."""
    asked, varied = Asked(given.metrics[0]), Varied(given.vary[0])
    aim = parse_target(given.found.target, signs=("=",)).value * asked.factor

    def panel(axis: Axes, truth: str) -> bool:
        axis.axhline(aim, color=GREY, lw=0.9, ls=(0, (4, 3)))
        drew = False
        for number, variant in enumerate(given.variants):
            drew |= curve(axis, _points(given, asked, variant, truth), number, marked=False)
            for each in given.found.solutions:
                if (each.variant, each.truth) == (variant, truth):
                    _solution(axis, each, asked, number, (aim, varied.places))
        return drew

    about = f"Dashed: the target, {given.found.target}. Along each panel: {varied.name}, as it was searched."
    if any(answer.how != "exact" for answer in given.answers):
        about += f" {trials_of(given, 'a value')}; bars at the target: 95 % interval of the value; bands: of "
        about += "the curve."
    else:
        about += " Exact calculation."
    title = f"{asked.name} against {varied.vary.path}, and where it reaches the target"
    end = asked.end(answer.metrics.get(asked.key) for answer in given.answers)
    return by_truth(given, title, about, (asked, end), panel)


def _points(given: Findings[Solved], asked: Asked, variant: str, truth: str) -> list[Point]:
    """Every value that was asked."""
    scale = given.vary[0].scale
    assert scale is not None  # what is searched is a range of numbers
    mine = [a for a in given.answers if (a.place.variant, a.place.truth) == (variant, truth)]
    texts = (answer.place.changes[0].partition("=")[2] for answer in mine)
    return along(asked, zip(map(scale.number, texts), (a.metrics.get(asked.key) for a in mine), strict=True))


def _solution(
    axis: Axes, each: Solution, asked: Asked, number: int, at: tuple[float, Sequence[float]]
) -> None:
    """A value that was found, with its interval: to the end of what was searched where it goes beyond."""
    if each.number is None:
        return
    (aim, searched), drawn = at, look(number)
    if not each.exact:
        sides = (
            (min(searched) if each.low is None else each.low),
            (max(searched) if each.high is None else each.high),
        )
        axis.plot(sides, [aim, aim], color=drawn.colour, lw=3, solid_capstyle="butt")
    level = each.least[-1][1] * asked.factor if each.least else aim
    mark: dict[str, Any] = {"color": drawn.colour, "mec": INK, "ms": 6, "mew": 0.8}
    axis.plot(each.number, level, drawn.marker, clip_on=False, zorder=4, **mark)
