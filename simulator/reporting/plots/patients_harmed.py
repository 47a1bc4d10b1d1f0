"""Patients with an event: before the crossing, in the overrun, after the stop."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from simulator.model.metric import Key
from simulator.reporting.lettering import Labels
from simulator.reporting.pages import Head, pages
from simulator.reporting.plots._scale import NOTHING_SEEN, above, limits, mean, whole
from simulator.reporting.plots._shown import OfRun, a_rule
from simulator.reporting.plots._truths import Panel, Sizes, beside, by_truth, number, rows, title
from simulator.reporting.style import INK, PARTS

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from simulator.study.results import Cell, Results

__all__ = ["OF", "draw", "needs"]

OF: Final = "event"

NAMES = (
    ("before", "up to the crossing (all if it does not stop)"),
    ("overrun", "in the overrun"),
    ("after", "after the stop"),
)


def needs(given: OfRun) -> str:
    """A rule."""
    return a_rule(given.results)


def draw(given: OfRun) -> Sequence[Figure]:
    """One panel per truth, one stacked bar per variant, the interval on the total."""
    from matplotlib.patches import Patch

    results, event, labels = given.results, given.event, Labels()
    total = Key("patients_with", event=event)
    found = [cell.metrics[total] for cell in results.cells if total in cell.metrics]
    largest = max(limits(found), default=0.0)
    end = above(largest) if largest > 0.0 else NOTHING_SEEN
    panels = by_truth(results, labels, Sizes(right=beside(_said(cell, total) for cell in results.cells)))
    patches = [
        (Patch(facecolor=colour, hatch=hatch, edgecolor=INK, lw=0.6), name)
        for (_, name), (colour, hatch) in zip(NAMES, PARTS, strict=True)
    ]
    about = (
        f"Mean number of patients with it in a trial, over {results.run.trials:,} trials: up to the "
        "occurrence that crossed the rule (all, where a trial does not stop), from there to the effect of "
        "the stop, and later. Numbers: the total; whiskers: its 95 % interval."
    )
    head = Head(title=f"Patients with {event}", about=about, key=patches, labels=labels)
    sheets = pages(panels, head)
    for page in sheets:
        for panel, axis in page.panels:
            _panel(axis, results, panel, event, end)
    return [page.figure for page in sheets]


def _said(cell: Cell, total: Key) -> str:
    """Nothing where the variant has no such event."""
    value = cell.metrics[total].value if total in cell.metrics else None
    return "" if value is None else mean(value, 2)


def _panel(axis: Axes, results: Results, panel: Panel, event: str, end: float) -> None:
    total = Key("patients_with", event=event)
    for row, variant in enumerate(panel.variants):
        cell = results.cell(variant, panel.truth)
        number(axis, row, _said(cell, total))
        if not _said(cell, total):
            continue
        start, e = 0.0, cell.metrics[total]
        value = e.value or 0.0
        for (part, _), (colour, hatch) in zip(NAMES, PARTS, strict=True):
            width = cell.metrics[Key("patients_with", event=event, word=part)].value or 0.0
            if width > 0:
                axis.barh(
                    row, width, left=start, height=0.62, color=colour, hatch=hatch, edgecolor=INK, lw=0.5
                )
            start += width
        low, high = (value if limit is None else limit for limit in (e.low, e.high))
        axis.plot([low, high], [row, row], color="white", lw=3.2, solid_capstyle="butt", zorder=3)
        axis.plot([low, high], [row, row], "|-", color=INK, lw=1.1, ms=5, zorder=4)
    axis.set(xlim=(0, end), xlabel="patients in a trial, mean")
    whole(axis.xaxis, end)
    rows(axis, panel)
    title(axis, panel)
