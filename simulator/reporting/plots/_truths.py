"""Panels by truth: their order, their titles, and a row per variant with its name, mark and number.

A panel with more variants than fit on a page is split.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from simulator.reporting.lettering import BODY, SMALL, Labels, height, widest, width, wrap
from simulator.reporting.pages import Space, across
from simulator.reporting.style import GREY, INK, LIGHT, Look

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from simulator.model.difference import Difference
    from simulator.model.estimate import Estimate
    from simulator.study.results import Results

__all__ = [
    "HEAD",
    "MEANS",
    "NAMES",
    "Panel",
    "Sizes",
    "beside",
    "by_truth",
    "mark",
    "number",
    "order",
    "rows",
    "title",
]

NAMES = 1.35  # inches at most for the names of variants
NAME, HEAD = SMALL + 0.5, BODY + 0.5  # points
LINE = 0.2  # inches of a row at least
MOST_ROWS = 6.6  # inches of rows in a panel
ABOVE = 0.16  # inches over the title
PAD = 0.12  # inches between names and data
DESCENT = 0.24  # of a line below its letters, in sizes
MEANS = {True: "a stop is a mistake", "borderline": "borderline", False: "a stop is wanted", None: ""}


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """One truth and some variants. title: in lines; left, right, above: inches around the data."""

    truth: str
    variants: Sequence[str]
    names: Mapping[str, str]
    title: Sequence[str]
    note: str
    left: float
    right: float
    above: float


def order(results: Results) -> list[str]:
    """Truths: acceptable, borderline, unacceptable, those that do not say."""
    says = {cell.truth: cell.acceptable for cell in results.cells}
    return [truth for value in MEANS for truth in results.truths if says[truth] == value]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sizes:
    """Of panels, in inches.

    row: of one variant at least. body: of the data, the rows if None. left: of what stands there, the names
    if None. above: by truth, between title and data. most: variants in a panel, as fit a page if None.
    """

    row: float = LINE
    body: float | None = None
    left: float | None = None
    right: float = 0.1
    above: Mapping[str, float] = field(default_factory=dict)
    most: int | None = None
    in_a_row: int = 2


def by_truth(
    results: Results,
    labels: Labels,
    sizes: Sizes,
    *,
    finds_dose: bool = False,
    note: Mapping[str, str] | None = None,
) -> list[tuple[Panel, Space]]:
    """A panel per truth, to be given to `pages`.

    finds_dose: only cells that do. note: at the right of each title, what a stop means if None.
    """
    cells = [cell for cell in results.cells if cell.facts.dose_finding is not None or not finds_dose]
    variants = [name for name in results.variants if any(cell.variant == name for cell in cells)]
    names = labels.fitted(variants, NAMES, size=NAME)
    row = max(sizes.row, height(max(name.count("\n") + 1 for name in names.values()), NAME) + 0.03)
    most = sizes.most or max(int(MOST_ROWS / row), 1)
    left = widest(names.values(), NAME) + PAD if sizes.left is None else sizes.left
    found = []
    for truth in order(results):
        acceptable = next((cell.acceptable for cell in cells if cell.truth == truth), None)
        about = MEANS[acceptable] if note is None else note.get(truth, "")
        for first in range(0, len(variants) if any(cell.truth == truth for cell in cells) else 0, most):
            some = variants[first : first + most]
            of = f" (variants {first + 1} to {first + len(some)})" if most < len(variants) else ""
            panel = Panel(
                truth=truth,
                variants=some,
                names=names,
                title=_title(f"{truth}{of}", about, across(sizes.in_a_row) - 0.1),
                note=about,
                left=left,
                right=sizes.right,
                above=sizes.above.get(truth, 0.0),
            )
            top = ABOVE + height(len(panel.title), HEAD) + 0.05 + panel.above
            body = row * len(some) if sizes.body is None else sizes.body
            found.append((panel, Space(body=body, left=left, right=sizes.right, top=top)))
    return found


def _title(text: str, note: str, room: float) -> list[str]:
    """Lines, the last of which leaves room for the note."""
    free = room - (width(note, BODY - 0.5) + 0.15 if note else 0.0)
    lines = wrap(text, room, HEAD, bold=True, most=3)
    return lines if width(lines[-1], HEAD, bold=True) <= free else wrap(text, free, HEAD, bold=True, most=3)


def title(axis: Axes, panel: Panel) -> None:
    """The truth's name over the whole panel, and which headline it serves."""
    place: dict[str, Any] = {"xycoords": "axes fraction", "textcoords": "offset points"}
    place["va"], up = "baseline", 72 * (panel.above + 0.05) + DESCENT * HEAD
    for below, text in enumerate(panel.title, start=1 - len(panel.title)):
        start = (-72 * panel.left, up + 72 * height(-below, HEAD))
        axis.annotate(text, (0, 1), xytext=start, fontsize=HEAD, fontweight="bold", **place)
    end = (72 * (panel.right - 0.1), up)
    axis.annotate(panel.note, (1, 1), xytext=end, ha="right", fontsize=BODY - 0.5, color=GREY, **place)


def rows(axis: Axes, panel: Panel) -> None:
    """A row per variant with its name, the first on top."""
    count = len(panel.variants)
    axis.set_ylim(count - 0.5, -0.5)
    axis.set_yticks(range(count), [panel.names[name] for name in panel.variants])
    axis.tick_params(axis="y", length=0, pad=72 * PAD - 3, labelsize=NAME)
    axis.spines["left"].set_visible(False)
    axis.grid(axis="x", color=LIGHT, lw=0.7)
    for row in range(count):
        axis.axhline(row, color=GREY, lw=0.4, ls=":", zorder=0)


def mark(axis: Axes, row: float, e: Estimate | Difference, drawn: Look) -> None:
    """A share in per cent with its interval, and a hollow ring where the exact one is known."""
    if e.value is None:
        return
    low, high = (100 * (e.value if limit is None else limit) for limit in (e.low, e.high))
    axis.plot([low, high], [row, row], color=drawn.colour, lw=1.8, solid_capstyle="butt")
    axis.plot(100 * e.value, row, drawn.marker, color=drawn.colour, ms=4.5, clip_on=False, zorder=3)
    if e.exact is not None:
        axis.plot(100 * e.exact, row, "o", mfc="none", mec=INK, ms=8, mew=0.9, clip_on=False, zorder=4)


def number(axis: Axes, row: float, text: str) -> None:
    """A number in the column at the right of the data."""
    axis.annotate(
        text,
        (1, row),
        xycoords=("axes fraction", "data"),
        xytext=(8, 0),
        textcoords="offset points",
        va="center_baseline",
        fontsize=NAME,
        color=INK,
    )


def beside(texts: Iterable[str]) -> float:
    """Inches that a column of numbers takes at the right of the data."""
    return widest(texts, NAME) + 0.22
