"""Dose-transition pathways: the tree of what follows over a few cohorts, by their DLTs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, Final

from simulator.exact.pathways import Branch
from simulator.program.dose_turns import Turn
from simulator.reporting.lettering import SMALL, printable, widest, width
from simulator.reporting.next_dose import NextDose
from simulator.reporting.pages import WIDE, Head, Space, pages
from simulator.reporting.style import GREY, INK

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["OF", "draw", "needs"]

OF: Final = "pathways"

ROW, LOWEST = 0.24, 0.145  # inches of a way, and at least
ROOM = 8.6  # inches of ways on a page
MOST_ENDS = int(ROOM / LOWEST)  # of the ways from one branch
SIDE = 0.1  # inches left and right of the tree
GAP, ELBOW, PAD = 0.2, 0.14, 0.05  # inches from a box to the next count; from where its line turns; in a box
NARROWEST = 1.05  # inches of a column
MOST_COHORTS = int((WIDE - 2 * SIDE) / NARROWEST) - 1
FIRST, AMENDED, NONE = "#0072B2", "#E69F00", "#D55E00"
PALEST, DARKEST = 0.1, 0.5  # of the colour of the lowest dose and the highest


def needs(given: NextDose) -> str:
    """A tree that fits on pages."""
    if not given.branches:
        return "a dose finding that goes on"
    depth, ends = max(map(_depth, given.branches)), max(branch.ends for branch in given.branches)
    if depth > MOST_COHORTS or ends > MOST_ENDS:
        return f"at most {MOST_COHORTS} cohorts ahead, and {MOST_ENDS} ways from each count of the first"
    return ""


def draw(given: NextDose) -> Sequence[Figure]:
    """From left to right a cohort more, from top to bottom more DLTs; in a box what follows."""
    depth = max(map(_depth, given.branches))
    sheet = _Sheet(given, (WIDE - 2 * SIDE - 0.16) / (depth + 1))
    ends = sum(branch.ends for branch in given.branches)
    groups = [given.branches] if ends <= MOST_ENDS else [(branch,) for branch in given.branches]
    sizes = [sum(branch.ends for branch in group) for group in groups]
    row = max(min(ROW, ROOM / max(sizes)), LOWEST)
    spaces = [Space(body=row * size, left=SIDE, right=SIDE, bottom=0.42) for size in sizes]
    title = f"{given.variant}: what can follow, cohort by cohort"
    head = Head(title=title, about=_about(sheet), key=list(_key(given)))
    sheets = pages(list(zip(groups, spaces, strict=True)), head, beside=1)
    for page in sheets:
        for group, axis in page.panels:
            _panel(axis, sheet, group, row, depth)
    return [page.figure for page in sheets]


def _about(sheet: _Sheet) -> str:
    given = sheet.given
    text = f"So far {given.outcomes}. " if given.outcomes else ""
    text += (
        "Before each box the patients with a DLT in the cohort before it; in the box what follows: how many "
        "patients at which dose, or the end with the dose recommended."
    )
    if sheet.numbered:
        text += f" Doses: {given.numbers(given.branches)}."
    return text


def _versions(given: NextDose) -> list[int]:
    """Those whose doses the tree has."""
    ahead = given.course.ahead
    assert ahead is not None
    return sorted({ahead.before.version, *(branch.turn.version for branch in _all(given.branches))})


def _depth(branch: Branch) -> int:
    return 1 + max(map(_depth, branch.branches), default=0)


def _all(branches: Sequence[Branch]) -> Iterator[Branch]:
    for branch in branches:
        yield branch
        yield from _all(branch.branches)


class _Sheet:
    """What boxes say, and where columns lie. wide: inches of a column; count: of the widest count.

    numbered: doses have numbers, since not all their names fit.
    """

    def __init__(self, given: NextDose, wide: float) -> None:
        assert given.course.ahead is not None  # there is a tree
        self.given, self.ahead, self.wide = given, given.course.ahead, wide
        self.count = widest([branch.dlts("\u2013") for branch in _all(given.branches)], SMALL) + PAD
        self.numbered = False
        names = [self.text(turn) for turn in (None, *(branch.turn for branch in _all(given.branches)))]
        self.numbered = widest(names, SMALL) > wide - self.count - GAP - 2 * PAD

    def text(self, turn: Turn | None) -> str:
        """`3 at 10 mg`; of None the cohort that comes next."""
        if turn is not None:
            return printable(self.given.short(turn, numbered=self.numbered))
        dose, version = self.ahead.dose + 1, self.ahead.before.version
        name = f"#{dose}" if self.numbered else self.given.name(dose, version)
        return printable(f"{self.ahead.more} at {name}")

    def colour(self, turn: Turn | None) -> Any:
        """The darker the higher the dose; another colour after an amendment, white at the end."""
        from matplotlib.colors import to_rgba

        ahead = self.given.course.ahead
        assert ahead is not None
        dose, version = (
            (ahead.dose, ahead.before.version) if turn is None else (turn.choice.dose, turn.version)
        )
        if dose < 0:
            return "white"
        top = max(len(self.given.ladders[version]) - 1, 1)
        return to_rgba(
            FIRST if version == ahead.before.version else AMENDED, PALEST + (DARKEST - PALEST) * dose / top
        )


def _panel(axis: Axes, sheet: _Sheet, group: Sequence[Branch], row: float, depth: int) -> None:
    """The tree over some counts of the first cohort, in inches."""
    ends = sum(branch.ends for branch in group)
    axis.set(xlim=(0, sheet.wide * (depth + 1)), ylim=(row * ends, 0), yticks=[])
    axis.set_xticks(
        [sheet.wide * i + sheet.count * (i > 0) for i in range(depth + 1)],
        ["the next cohort", *(f"after {i} cohort{'s' * (i > 1)}" for i in range(1, depth + 1))],
        ha="left",
    )
    axis.tick_params(axis="x", length=0)
    axis.set_xlabel("cohorts from now")
    axis.spines[:].set_visible(False)
    places = list(_places(group, 0.0, row))
    _box(axis, sheet, None, 0, (places[0] + places[-1]) / 2)
    _ways(axis, sheet, group, 0, 0.0, row)


def _places(branches: Sequence[Branch], top: float, row: float) -> Iterator[float]:
    """Inches from the top at which the boxes of branches stand: in the middle of their ways."""
    for branch in branches:
        yield top + row * branch.ends / 2
        top += row * branch.ends


def _ways(axis: Axes, sheet: _Sheet, branches: Sequence[Branch], level: int, top: float, row: float) -> None:
    """Lines from the box at a level to its branches, and these."""
    places = list(_places(branches, top, row))
    middle = (places[0] + places[-1]) / 2
    turn = sheet.wide * (level + 1) - ELBOW
    for branch, place in zip(branches, places, strict=True):
        left = sheet.wide * (level + 1)
        axis.plot([turn, turn, left - PAD / 2], [middle, place, place], color=GREY, lw=0.8, zorder=1)
        axis.text(left, place, branch.dlts("\u2013"), fontsize=SMALL, va="center_baseline", zorder=3)
        _box(axis, sheet, branch.turn, level + 1, place)
        if branch.branches:
            _ways(axis, sheet, branch.branches, level + 1, top, row)
        top += row * branch.ends


def _box(axis: Axes, sheet: _Sheet, turn: Turn | None, level: int, place: float) -> None:
    """What follows, and the line that leads on from it."""
    text = sheet.text(turn)
    left = sheet.wide * level + sheet.count * (level > 0) + PAD
    over, nothing = turn is not None and turn.over, text == "over: none"
    axis.text(
        left,
        place,
        text,
        fontsize=SMALL,
        va="center_baseline",
        zorder=3,
        color=INK,
        bbox={
            "boxstyle": f"square,pad={72 * PAD / SMALL / 2}",
            "fc": sheet.colour(turn),
            "ec": NONE if nothing else INK if over else "none",
            "lw": 0.8,
        },
    )
    goes_on = turn is None or (not over and level < round(axis.get_xlim()[1] / sheet.wide) - 1)
    if goes_on:
        ends = [left + width(text, SMALL) + PAD, sheet.wide * (level + 1) - ELBOW]
        axis.plot(ends, [place] * 2, color=GREY, lw=0.8, zorder=1)


def _key(given: NextDose) -> Iterator[tuple[Any, str]]:
    from matplotlib.colors import to_rgba
    from matplotlib.patches import Patch

    turns = [branch.turn for branch in _all(given.branches)]
    yield Patch(facecolor=to_rgba(FIRST, DARKEST), lw=0), "a dose, the darker the higher"
    for version in _versions(given)[1:]:
        name = given.plan.amendments[version - 1].name
        yield Patch(facecolor=to_rgba(AMENDED, DARKEST), lw=0), f"after amendment {printable(name)}"
    if any(turn.over and turn.choice.selected >= 0 for turn in turns):
        yield Patch(facecolor="white", edgecolor=INK, lw=0.8), "over, with a dose"
    if any(turn.over and turn.choice.selected < 0 for turn in turns):
        yield Patch(facecolor="white", edgecolor=NONE, lw=0.8), "over, without a dose"
