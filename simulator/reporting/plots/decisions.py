"""What follows at a dose, by patients and DLTs there: a map for each different dose-finding design."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

from simulator.reporting.decision_maps import WORDS, DecisionMap
from simulator.reporting.lettering import BODY as LETTERS
from simulator.reporting.lettering import SMALL, Labels, height
from simulator.reporting.pages import Head, Space, across, pages
from simulator.reporting.plots._scale import whole
from simulator.reporting.style import GREY
from simulator.reporting.text import listed

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["OF", "draw", "needs"]

OF: Final = "decisions"

SHADE = {
    "E": ("#7cc1ea", "...."),
    "S": ("#eeeeee", ""),
    "D": ("#f0a868", "////"),
    "DU": ("#a63603", "xxxx"),
    "over": ("#555555", ""),
}
BODY, LEFT, RIGHT = 1.45, 0.5, 0.2  # inches
ABOUT = (
    "By evaluable patients at the dose last given, and how many of them had a DLT. At the top dose, and "
    "below one that is eliminated, up is stay; so is down at the lowest dose."
)
SEVERAL = " A design that decides by several doses is shown at the dose named, no other having been given."
TRIMMED = " More DLTs than are drawn lead to what the highest row says."


def needs(given: Sequence[DecisionMap]) -> str:
    """Dose finding."""
    return "" if given else "dose finding"


def draw(given: Sequence[DecisionMap]) -> Sequence[Figure]:
    """A panel per design: a column per number of patients, a cell per number of DLTs among them."""
    from matplotlib.patches import Patch

    labels, beside = Labels(), min(len(given), 2)
    room = across(beside) - RIGHT - 0.05
    titles = [labels.fit(_called(each), room, lines=2, bold=True) for each in given]
    under = [labels.fit(_design(each), room, size=SMALL, lines=1) for each in given]
    lines = max(title.count("\n") + 1 for title in titles)
    space = Space(body=BODY, left=LEFT, right=RIGHT, top=height(lines, LETTERS) + height(1, SMALL) + 0.2)
    shown = [letter for letter in WORDS if any(letter in c for each in given for c in each.columns)]
    key: list[tuple[Any, str]] = []
    for letter in shown:
        colour, hatch = SHADE[letter]
        key.append((Patch(facecolor=colour, hatch=hatch, edgecolor="white", lw=0), WORDS[letter]))
    about = ABOUT + SEVERAL * any(each.at for each in given) + TRIMMED * any(map(_trimmed, given))
    head = Head(
        title="What follows at a dose, by patients and DLTs there", about=about, key=key, labels=labels
    )
    sheets = pages([(i, space) for i in range(len(given))], head)
    for page in sheets:
        for i, axis in page.panels:
            _panel(axis, given[i])
            _title(axis, titles[i], under[i])
    return [page.figure for page in sheets]


def _called(of: DecisionMap) -> str:
    after = of.name.removeprefix("dose finding")
    return f"{listed(of.variants)}{after}"


def _design(of: DecisionMap) -> str:
    return f"{of.design}; at {of.at}" if of.at else of.design


def _trimmed(of: DecisionMap) -> bool:
    return _rows(of) <= len(of.columns)


def _rows(of: DecisionMap) -> int:
    """From 0 DLTs to one more than the first that lead to no other decision."""
    return min(of.top + 2, len(of.columns) + 1)


def _panel(axis: Axes, of: DecisionMap) -> None:
    from matplotlib.collections import PolyCollection

    rows, most = _rows(of), len(of.columns)
    for letter, (colour, hatch) in SHADE.items():
        cells = [
            [(n - 0.5, x - 0.5), (n + 0.5, x - 0.5), (n + 0.5, x + 0.5), (n - 0.5, x + 0.5)]
            for n, column in enumerate(of.columns, start=1)
            for x, found in enumerate(column[:rows])
            if found == letter
        ]
        if cells:
            drawn = PolyCollection(cells, facecolor=colour, hatch=hatch, edgecolor="white", lw=0.5)
            axis.add_collection(drawn)
    axis.set(xlim=(0.5, most + 0.5), ylim=(-0.5, rows - 0.5))
    axis.set(xlabel="evaluable patients at the dose, n", ylabel="of them with a DLT")
    whole(axis.xaxis, most)
    whole(axis.yaxis, rows)


def _title(axis: Axes, name: str, design: str) -> None:
    """Over the whole panel: whose, and below it which design."""
    place: dict[str, Any] = {"xycoords": "axes fraction", "textcoords": "offset points", "va": "bottom"}
    start = -72 * LEFT + 4
    axis.annotate(design, (0, 1), xytext=(start, 4), fontsize=SMALL, color=GREY, **place)
    up = 4 + 72 * height(1, SMALL)
    axis.annotate(name, (0, 1), xytext=(start, up), fontsize=LETTERS, fontweight="bold", **place)
