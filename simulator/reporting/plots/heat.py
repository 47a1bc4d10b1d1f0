"""A metric over the two values that are varied: a panel per variant and truth, a field per setting."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from typing import TYPE_CHECKING, Final

from simulator.reporting.lettering import SMALL, Labels, widest, wrap
from simulator.reporting.pages import Head, Space, across, pages
from simulator.reporting.plots._axis import HEAD, MEANS, Asked, Varied, high, over
from simulator.reporting.plots._shown import OfSweep
from simulator.reporting.style import INK

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["OF", "draw", "needs"]

OF: Final = "metric"

ROW, LEAST = 0.24, 1.5  # inches of a row of fields, and of all of them
RIGHT, PAD, NOTE = 0.1, 0.4, 1.3  # inches: beside the fields, of the axis' name, of what a stop means
MOST_TOLD = 12  # columns in which numbers can be read
MOST_TICKS = 9
DARK = 0.55  # of the scale above which numbers are white


def needs(given: OfSweep) -> str:
    """Two values that are varied."""
    return "" if len(given.findings.vary) == 2 else "two values that are varied"


def draw(given: OfSweep) -> Sequence[Figure]:
    """One panel per variant and truth; darker is more."""
    findings, labels, asked = given.findings, Labels(), Asked(given.key)
    rows, columns = findings.vary
    end = asked.end(given.everywhere())
    up, right = Varied(rows), Varied(columns)
    names = [labels.fit(name, 1.2, size=SMALL) for name in up.names]
    left = widest(names, SMALL) + PAD
    about = f"{given.about} Upwards: {up.name}. To the right: {right.name}. "
    about += f"White is 0, black {end:g}{' %' if asked.share else ''}."
    both = list(product(findings.variants, findings.truths))
    room = across(min(2, len(both))) - RIGHT
    titles = {
        (variant, truth): wrap(f"{variant} under {truth}", room - NOTE, HEAD, bold=True, most=3)
        for variant, truth in both
    }
    top = max(map(high, titles.values()))  # fields of a row at one height
    body = max(ROW * len(rows.values), LEAST)
    sheets = pages(
        [(of, Space(body=body, left=left, right=RIGHT, top=top, bottom=0.45)) for of in both],
        Head(title=f"{asked.name} against {rows.path} and {columns.path}", about=about, labels=labels),
    )
    for page in sheets:
        for (variant, truth), axis in page.panels:
            _panel(axis, given, variant, truth, end)
            axis.set_yticks(*_some(range(len(names)), names))
            axis.set_ylabel(up.short(body))
            over(axis, titles[variant, truth], MEANS.get(findings.acceptable.get(truth), ""), left)
    return [page.figure for page in sheets]


def _panel(axis: Axes, given: OfSweep, variant: str, truth: str, end: float) -> None:
    import numpy as np

    rows, columns = given.findings.vary
    asked = Asked(given.key)
    found = [e.level if e is not None else None for e in given.estimates(variant, truth)]
    values = np.array([np.nan if v is None else v * asked.factor for v in found])
    field = values.reshape(len(rows.values), len(columns.values))
    axis.imshow(field, origin="lower", aspect="auto", cmap="Greys", vmin=0.0, vmax=end)
    if len(columns.values) <= MOST_TOLD:
        for (y, x), value in np.ndenumerate(field):
            text = "-" if np.isnan(value) else f"{value:.3g}"
            colour = "white" if value > DARK * end else INK
            axis.text(x, y, text, ha="center", va="center", fontsize=SMALL - 0.5, color=colour)
    room = across(2) / min(len(columns.values), MOST_TICKS) - 0.1
    below = [Labels().fit(name, max(room, 0.3), size=SMALL) for name in Varied(columns).names]
    axis.set_xticks(*_some(range(len(below)), below), fontsize=SMALL)
    axis.set_xlabel(Varied(columns).short(across(2) - 1.0))
    axis.tick_params(length=2)
    for side in ("top", "right"):
        axis.spines[side].set_visible(True)


def _some(places: Sequence[int], names: Sequence[str]) -> tuple[list[int], list[str]]:
    """Not more ticks than can be read."""
    step = -(-len(places) // MOST_TICKS)
    return list(places[::step]), list(names[::step])
