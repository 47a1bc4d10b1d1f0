"""A rule that compares two arms: least events in the first that stop, by events in the second."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

from simulator.contracts import TwoArmTable
from simulator.reporting.arms import sizes_told
from simulator.reporting.lettering import BODY as LETTERS
from simulator.reporting.lettering import Labels, width
from simulator.reporting.pages import Head, Space, pages
from simulator.reporting.plots._scale import whole
from simulator.reporting.plots._shown import OfRule
from simulator.reporting.style import GREY, LIGHT, look

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["OF", "draw", "needs"]

OF: Final = "rule"

BODY = 3.2  # inches
MOST_LINES = 6
AXIS = "least events in {} that stop, x1"
BELOW = "events in {}, x2"


def needs(given: OfRule) -> str:
    """A rule that compares two arms, by counts alone."""
    return (
        "" if isinstance(given.table.versus, TwoArmTable) else "a rule that compares the counts of two arms"
    )


def draw(given: OfRule) -> Sequence[Figure]:
    """A staircase per look, as far as some number of events stops."""
    from matplotlib.lines import Line2D

    table, labels = given.table, Labels()
    assert isinstance(table.versus, TwoArmTable)
    shown, are_looks = sizes_told(table.look, given.max_n, table.plan.share, MOST_LINES)
    rows = table.versus.row_each(shown)
    key = [
        (Line2D([], [], color=of.colour, ls=of.dash, marker=of.marker, ms=4), _size(*n))
        for n, of in zip(shown, map(look, range(len(shown))), strict=True)
    ]
    key.append((Line2D([], [], color=GREY, lw=0.8, ls=":"), "as many in both"))
    whose = "Lines: its looks." if are_looks else "Lines: some sizes of the arms, as allocated."
    about = f"{given.told}. At the mark or above it stops. {whose}"
    head = Head(title=f"Boundary of {given.whose}", about=about, key=key, labels=labels)
    space = Space(body=BODY, left=0.55, right=0.15)
    sheets = pages([(None, space)], head)
    for page in sheets:
        for _, axis in page.panels:
            _panel(axis, shown, rows)
            for template, arm, name in ((AXIS, 0, axis.set_ylabel), (BELOW, 1, axis.set_xlabel)):
                room = BODY - width(template, LETTERS)
                name(template.format(labels.fit(table.endpoints[arm], room, lines=1)))
    return [page.figure for page in sheets]


def _size(n1: int, n2: int) -> str:
    """`10 patients in each`, `20 and 10 patients`."""
    return f"{n1} patients in each" if n1 == n2 else f"{n1} and {n2} patients"


def _panel(axis: Axes, looks: Sequence[tuple[int, int]], rows: Sequence[Sequence[int]]) -> None:
    ends = [1]
    for number, ((n, _), row) in enumerate(zip(looks, rows, strict=True)):
        points = [(x2, x1) for x2, x1 in enumerate(row) if x1 <= n]
        of = look(number)
        drawn: dict[str, Any] = {"color": of.colour, "ls": of.dash, "marker": of.marker, "ms": 3.8, "lw": 1.3}
        axis.plot(*zip(*points, strict=True), **drawn, clip_on=False, zorder=3) if points else None
        ends += [x1 for _, x1 in points]
    end = max(ends) + 0.5
    axis.plot([0, end], [0, end], color=GREY, lw=0.8, ls=":")
    axis.set(xlim=(-0.2, end), ylim=(0, end))
    whole(axis.xaxis, end)
    whole(axis.yaxis, end)
    axis.grid(color=LIGHT, lw=0.6)
