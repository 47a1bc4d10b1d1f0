"""The boundary of a rule: at every look the counts that bring an outcome about."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

from simulator.contracts import Boundary
from simulator.program.monitors import looks_of
from simulator.program.rule_tables import MonitorTable
from simulator.reporting.lettering import BODY as LETTERS
from simulator.reporting.lettering import SMALL, Labels, width
from simulator.reporting.pages import Head, Space, pages
from simulator.reporting.plots._scale import whole
from simulator.reporting.plots._shown import OfRule
from simulator.reporting.style import GREY, INK, LIGHT

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["OF", "draw", "needs"]

OF: Final = "rule"

SHADE = {"at_least": ("#f3c6ab", "////"), "at_most": ("#bcdcf0", "....")}
PATH: dict[str, Any] = {"color": "#0072B2", "lw": 1.4, "drawstyle": "steps-post", "marker": "D", "ms": 4.5}
BODY = 2.6  # inches
AXIS = "patients with {}, x"
MOST_NUMBERS = 16  # bounds that are written beside their marks


def needs(given: OfRule) -> str:
    """Whole patients."""
    return given.uncounted


def draw(given: OfRule) -> Sequence[Figure]:
    """One panel per endpoint: a bar at each look over the counts that bring an outcome about."""
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    table, labels = given.table, Labels()
    endpoints = [i for i in table.used if any(b.reading == i for b in table.table.boundaries)]
    space = Space(body=BODY, left=0.55, right=0.15)
    names = {i: labels.fit(_counted(given, i), BODY - width(AXIS, LETTERS), lines=1) for i in endpoints}
    key: list[tuple[Any, str]] = []
    for b in table.table.boundaries:
        colour, hatch = SHADE[b.direction]
        word = f"{b.outcome}: at the mark or {'above' if b.for_many else 'below'}"
        key.append((Patch(facecolor=colour, hatch=hatch, edgecolor="white", lw=0), word))
    key.append((Line2D([], [], color=GREY, lw=0.8, ls=":"), "all patients, x = n"))
    if any(given.path(i) for i in endpoints):
        key.append((Line2D([], [], **PATH), "observed"))
    head = Head(title=f"Boundary of {given.whose}", about=f"{given.told}.", key=key, labels=labels)
    sheets = pages([(i, space) for i in endpoints], head)
    for page in sheets:
        for i, axis in page.panels:
            _panel(axis, given, i)
            axis.set_ylabel(AXIS.format(names[i]))
    return [page.figure for page in sheets]


def _counted(given: OfRule, endpoint: int) -> str:
    """The event, or the endpoint where there are several."""
    return given.table.endpoints[endpoint] if len(given.table.used) > 1 else given.events[endpoint]


def _panel(axis: Axes, given: OfRule, endpoint: int) -> None:
    table, max_n = given.table, given.max_n
    counter = table.counters[endpoint]
    looks = looks_of(table.look, max_n, counter.among, table.wait)
    top = max(_top(table, endpoint, max_n), max(given.path(endpoint), default=0) + 0.5)
    for boundary in table.table.boundaries:
        if boundary.reading == endpoint:
            _bars(axis, boundary, looks, top)
    axis.plot([0, max_n], [0, max_n], color=GREY, lw=0.8, ls=":")
    path = [0, *given.path(endpoint)]
    if len(path) > 1:
        axis.plot(range(len(path)), path, **PATH, markevery=[-1], clip_on=False, zorder=4)
    axis.set(xlabel=f"patients ({counter.among.word}), n")
    axis.set(xlim=(0, max_n + 0.7), ylim=(-0.5, top))
    whole(axis.xaxis, max_n)
    whole(axis.yaxis, top)
    axis.grid(color=LIGHT, lw=0.6)


def _top(table: MonitorTable, endpoint: int, max_n: int) -> float:
    bounds = [
        bound
        for b in table.table.boundaries
        if b.reading == endpoint
        for n, bound in enumerate(b.bound[: max_n + 1])
        if bound is not None and bound <= n
    ]
    return float(min(max_n, int(1.35 * max(bounds, default=1)) + 2)) + 0.5


def _bars(axis: Axes, boundary: Boundary, looks: tuple[int, ...], top: float) -> None:
    """At each look a bar over the whole counts that count, and a mark at the bound."""
    upper = boundary.for_many
    points = [(n, b) for n in looks if (b := boundary.bound[n]) is not None and (b <= n or not upper)]
    colour, hatch = SHADE[boundary.direction]
    for n, x in points:
        low, high = (x - 0.5, min(n + 0.5, top)) if upper else (-0.5, min(x, n) + 0.5)
        bar: dict[str, Any] = {"bottom": low, "width": 1.0, "lw": 0, "zorder": 0.6}
        axis.bar(n, high - low, facecolor=colour, hatch=hatch, edgecolor="white", **bar)
    axis.plot([n for n, _ in points], [x for _, x in points], "o", color=INK, ms=2.6, clip_on=False, zorder=3)
    first = [(n, x) for i, (n, x) in enumerate(points) if not i or points[i - 1][1] != x]
    for n, x in first if len(first) <= MOST_NUMBERS else []:
        below: dict[str, Any] = {"xytext": (0, -5 if upper else 5), "va": "top" if upper else "bottom"}
        axis.annotate(f"{x}", (n, x), textcoords="offset points", ha="center", fontsize=SMALL, **below)
