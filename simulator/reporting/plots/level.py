"""What each boundary of a calibrated rule comes to against its settings, the target, and the one chosen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

from simulator.model.estimate import Estimate
from simulator.reporting.calibration import aim_in_words, settings_in_words
from simulator.reporting.lettering import Labels
from simulator.reporting.pages import Head, Space, across, pages
from simulator.reporting.plots._axis import Asked, Varied, ends
from simulator.reporting.plots._scale import share_end_told
from simulator.reporting.style import GREY, LIGHT, Look, look
from simulator.what_ifs.calibrated import Calibrated, Level
from simulator.what_ifs.findings import Findings

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["OF", "draw", "needs"]

OF: Final = "calibration"

BODY_HIGH = 2.7  # inches
LEFT, RIGHT, BOTTOM = 0.6, 0.15, 0.42
ASIDE = 0.009  # of what is drawn: how far beside the chosen boundary what it achieves stands
BAND, MARGIN = 0.006, 0.03  # of the same: what is shaded beside the settings chosen, and empty at both ends
DOT, SMALL_DOT, MANY = 4.5, 2.2, 30  # points; boundaries from which they are small
CHOOSING, TELLING = look(0), look(1)


def needs(given: Findings[Calibrated]) -> str:
    """Nothing more."""
    del given
    return ""


def draw(given: Findings[Calibrated]) -> Sequence[Figure]:
    """One panel: a step per boundary that was asked, with its interval; the target; what is achieved."""
    found, labels = given.found, Labels()
    asked, varied = Asked(found.target.key), Varied(given.vary[0])
    levels = [each.level for each in found.tried if each.level is not None]
    played = any(each.estimate.exact is None for each in levels)
    aim = Estimate(value=None, exact=found.target.value)
    end = asked.end([aim, *(each.estimate for each in (*levels, found.achieved))])
    about = f"{aim_in_words(found)}; {found.rule} of {found.variant}. "
    about += f"Chosen: {settings_in_words(found.group)}. "
    about += _made(given) if played else "Exact calculation."
    head = Head(
        title=f"{asked.name} against {given.vary[0].path}",
        about=about + (share_end_told(end) if asked.share else ""),
        key=_key(found, played=played),
        labels=labels,
    )
    room = across(1) - LEFT - RIGHT
    (page,) = pages([(None, Space(body=BODY_HIGH, left=LEFT, right=RIGHT, bottom=BOTTOM))], head)
    for _, axis in page.panels:
        _panel(axis, given, end)
        varied.ticks(axis, room)
        axis.set_xlabel(labels.fit(varied.name, room, lines=1))
        axis.set_ylabel(labels.fit(asked.name, BODY_HIGH, lines=1))
    return [page.figure]


def _made(given: Findings[Calibrated]) -> str:
    """How the numbers were made."""
    return (
        f"{given.run.trials:,} trials a boundary, the same for each; as many others tell what the one chosen "
        "achieves. Bars: 95 % Monte Carlo interval."
    )


def _key(found: Calibrated, *, played: bool) -> list[tuple[Any, str]]:
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    def dot(of: Look, face: str) -> Line2D:
        return Line2D([], [], color=of.colour, marker=of.marker, ms=DOT, mfc=face, lw=1.8)

    entries: list[tuple[Any, str]] = [
        (
            dot(CHOOSING, CHOOSING.colour),
            "a boundary over its settings" + ", in the trials that choose" * played,
        ),
        (Line2D([], [], color=GREY, ls="--", lw=1.0), "target"),
        (Patch(facecolor=LIGHT, lw=0), "chosen"),
    ]
    if found.first:
        entries.insert(1, (dot(TELLING, "white"), "what it achieves in other trials"))
    return entries


def _panel(axis: Axes, given: Findings[Calibrated], end: float) -> None:
    found, (vary,) = given.found, given.vary
    asked, varied = Asked(found.target.key), Varied(vary)
    place = dict(zip(vary.values, varied.places, strict=True))
    steps = sorted(
        (min(xs), max(xs), each.level)
        for each in found.tried
        if each.level is not None and (xs := [place[value] for value in each.group.values])
    )
    chosen = [place[value] for value in found.group.values]
    left, right = min(low for low, _, _ in steps), max(high for _, high, _ in steps)
    wide = (right - left) or 1.0
    axis.axhline(found.target.value * asked.factor, color=GREY, ls="--", lw=1.0, zorder=1)
    axis.axvspan(min(chosen) - BAND * wide, max(chosen) + BAND * wide, color=LIGHT, lw=0, zorder=0)
    if vary.numbers is not None:
        axis.set_xlim(left - MARGIN * wide, right + MARGIN * wide)
    if vary.scale is not None and not vary.scale.whole:  # between whole numbers there is nothing
        line = [(x, level.value * asked.factor) for low, high, level in steps for x in (low, high)]
        axis.plot(*zip(*line, strict=True), ":", color=CHOOSING.colour, lw=0.9, zorder=1.5)
    size = DOT if len(steps) <= MANY else SMALL_DOT
    for low, high, level in steps:
        _step(axis, (low, high), level, asked, CHOOSING, CHOOSING.colour, size)
    if found.first:
        beside = (min(chosen) + max(chosen)) / 2 + ASIDE * wide
        _step(axis, (beside, beside), found.achieved, asked, TELLING, "white", DOT)
    axis.set_ylim(0, end)
    axis.grid(axis="y", color=LIGHT, lw=0.6)


def _step(
    axis: Axes, over: tuple[float, float], level: Level, asked: Asked, of: Look, face: str, size: float
) -> None:
    """A level over its settings, its interval in the middle of them."""
    value, middle = level.value * asked.factor, sum(over) / 2
    low, high = (value if side is None else side * asked.factor for side in ends(level.estimate))
    axis.plot(over, [value, value], color=of.colour, lw=1.8, solid_capstyle="butt", zorder=3)
    axis.plot([middle, middle], [low, high], color=of.colour, lw=1.2, solid_capstyle="butt", zorder=2.5)
    axis.plot(middle, value, of.marker, color=of.colour, mfc=face, ms=size, clip_on=False, zorder=4)
