"""Sheets of paper with panels: a heading, panels in reading order, a key, and as many pages as it takes.

Everything has its place in inches, from measured text, before anything is drawn: nothing is moved later,
nothing lies on anything else, and the same subject gives the same pixels.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from simulator.reporting.lettering import BODY, SMALL, TITLE, Labels, height, width, wrap

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["HIGH", "WIDE", "Head", "Page", "Space", "across", "pages"]

WIDE, HIGH = 7.4, 10.5  # inches: an A4 page within narrow margins
EDGE = 0.08  # inches around everything
BETWEEN = 0.12  # inches between heading, panels and key
MOST_TITLE, MOST_ABOUT = 6, 12  # lines
HANDLE, PAD, APART = 2.6, 0.8, 2.0  # of the key, in sizes: a sample, from it to its word, to the next column

Of = TypeVar("Of")


@dataclass(frozen=True, slots=True, kw_only=True)
class Space:
    """One panel in inches: the area of the data, and what its names and ticks take around it."""

    body: float
    left: float
    right: float = 0.1
    top: float = 0.12
    bottom: float = 0.38

    @property
    def high(self) -> float:
        """All of it."""
        return self.top + self.body + self.bottom


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """What stands on every page. about: how the figure is read. key: samples with their words.

    labels: whose names are in the panels; those cut are told below.
    """

    title: str
    about: str
    key: Sequence[tuple[Any, str]] = ()
    labels: Labels = field(default_factory=Labels)


@dataclass(frozen=True, slots=True, kw_only=True)
class Page(Generic[Of]):
    """A figure, and its panels with what each is of."""

    figure: Figure
    panels: Sequence[tuple[Of, Axes]]


def across(count: int) -> float:
    """Inches of a panel where so many stand beside each other."""
    return (WIDE - 2 * EDGE) / count


def pages(panels: Sequence[tuple[Of, Space]], head: Head, *, beside: int = 2) -> list[Page[Of]]:
    """Panels on pages, `beside` in a row (one if there is only one), their axes still empty."""
    beside = min(beside, len(panels))
    rows = [panels[i : i + beside] for i in range(0, len(panels), beside)]
    key = _Key(head.key)
    notes = [line for note in head.labels.told() for line in wrap(note, WIDE - 2 * EDGE, SMALL)]
    about = wrap(head.about, WIDE - 2 * EDGE, BODY, most=MOST_ABOUT)
    below = EDGE + key.high + height(len(notes), SMALL) + BETWEEN * (bool(key.high) + bool(notes))
    for several in (1, 8):  # pages, as which the title may take one line more
        above = EDGE + height(len(_title(head.title, several, several)), TITLE) + height(len(about), BODY)
        leaves = _leaves([max(space.high for _, space in row) for row in rows], HIGH - above - below)
        if len(leaves) == 1:
            break
    made = []
    for number, (first, last) in enumerate(leaves):
        here = rows[first:last]
        high = above + below + sum(max(space.high for _, space in row) for row in here)
        figure = _heading(_title(head.title, number + 1, len(leaves)), about, high)
        made.append(Page(figure=figure, panels=_axes(figure, here, across(beside), high - above)))
        key.draw(figure, EDGE + height(len(notes), SMALL) + BETWEEN * bool(notes))
        figure.text(
            EDGE / WIDE,
            EDGE / high,
            "\n".join(notes),
            fontsize=SMALL,
            va="bottom",
            linespacing=1.2,
            gid="notes",
        )
    return made


def _title(title: str, page: int, count: int) -> list[str]:
    """Lines; cut where it would not end, but for the page."""
    of = f" (page {page} of {count})" if count > 1 else ""
    lines = wrap(title, WIDE - 2 * EDGE, TITLE, bold=True)
    if len(lines) > MOST_TITLE or width(lines[-1] + of, TITLE, bold=True) > WIDE - 2 * EDGE:
        room = WIDE - 2 * EDGE - width(of, TITLE, bold=True)
        lines = wrap(title, room, TITLE, bold=True, most=MOST_TITLE)
    return [*lines[:-1], lines[-1] + of]


def _leaves(highs: Sequence[float], room: float) -> list[tuple[int, int]]:
    """Which rows stand on which page: (first, behind the last); at least one on each."""
    leaves, first, used = [], 0, 0.0
    for i, high in enumerate(highs):
        if used + high > room and i > first:
            leaves.append((first, i))
            first, used = i, 0.0
        used += high
    return [*leaves, (first, len(highs))]


def _heading(title: Sequence[str], about: Sequence[str], high: float) -> Figure:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(WIDE, high))
    place: dict[str, Any] = {"ha": "left", "va": "top", "linespacing": 1.2}
    top = 1.0 - EDGE / high
    figure.suptitle("\n".join(title), x=EDGE / WIDE, y=top, fontsize=TITLE, fontweight="bold", **place)
    below = top - height(len(title), TITLE) / high
    figure.text(EDGE / WIDE, below, "\n".join(about), fontsize=BODY, gid="about", **place)
    return figure


def _axes(
    figure: Figure, rows: Sequence[Sequence[tuple[Of, Space]]], wide: float, top: float
) -> list[tuple[Of, Axes]]:
    """Axes of rows that start `top` inches above the bottom."""
    found = []
    high = figure.get_figheight()
    for row in rows:
        for i, (of, space) in enumerate(row):
            left, bottom = EDGE + i * wide + space.left, top - space.top - space.body
            size = (wide - space.left - space.right) / WIDE, space.body / high
            found.append((of, figure.add_axes((left / WIDE, bottom / high, *size))))
        top -= max(space.high for _, space in row)
    return found


class _Key:
    """Samples and their words in as many columns as fit, filled downwards."""

    def __init__(self, entries: Sequence[tuple[Any, str]]) -> None:
        room = WIDE - 2 * EDGE - (HANDLE + PAD) * BODY / 72
        self.handles = [handle for handle, _ in entries]
        self.words = ["\n".join(wrap(word, room, BODY, most=MOST_TITLE)) for _, word in entries]
        count = len(entries)
        self.columns = next((n for n in range(count, 1, -1) if self._wide(n) <= WIDE - 2 * EDGE), 1)
        lines = sum(word.count("\n") + 1 for word in self._first(self.columns)) if count else 0
        self.high = height(lines, BODY) * 1.12 if count else 0.0

    def _split(self, columns: int) -> list[list[str]]:
        """As matplotlib does: the first columns are one longer."""
        each, more = divmod(len(self.words), columns)
        sizes = [each + (i < more) for i in range(columns)]
        return [self.words[sum(sizes[:i]) : sum(sizes[: i + 1])] for i in range(columns)]

    def _wide(self, columns: int) -> float:
        longest = (
            max(width(line, BODY) for word in column for line in word.split("\n"))
            for column in self._split(columns)
        )
        return sum(wide + (HANDLE + PAD + APART) * BODY / 72 for wide in longest)

    def _first(self, columns: int) -> list[str]:
        return max(self._split(columns), key=lambda column: sum(word.count("\n") + 1 for word in column))

    def draw(self, figure: Figure, bottom: float) -> None:
        if not self.handles:
            return
        words = [f"\u2009{word}" if word.startswith("_") else word for word in self.words]  # hidden otherwise
        figure.legend(
            self.handles,
            words,
            loc="lower left",
            bbox_to_anchor=(EDGE / WIDE, bottom / figure.get_figheight()),
            ncols=self.columns,
            fontsize=BODY,
            borderaxespad=0.0,
            borderpad=0.0,
            handlelength=HANDLE,
            handletextpad=PAD,
            columnspacing=APART,
            labelspacing=0.35,
        )
