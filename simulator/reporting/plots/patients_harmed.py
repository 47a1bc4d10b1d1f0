"""Patients with an event: before the crossing, in the overrun, after the stop."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from simulator.model.metric import Key
from simulator.reporting.plots._shown import OfRun, a_rule
from simulator.reporting.plots._truths import order, title
from simulator.reporting.style import INK, LIGHT, PARTS, headline, panels

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from simulator.study.results import Results

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


def draw(given: OfRun) -> Figure:
    """One panel per truth, one stacked bar per variant, the interval on the total."""
    from matplotlib.patches import Patch

    results, event = given.results, given.event
    truths = order(results)
    height = 0.95 + 0.3 * len(results.variants)
    figure, axes = panels(len(truths), width=5.6, height=height)
    right = _right(results, event)
    for axis, truth in zip(axes, truths, strict=True):
        _panel(axis, results, truth, event, right)
    patches = [
        Patch(facecolor=colour, hatch=hatch, edgecolor=INK, lw=0.6, label=name)
        for (_, name), (colour, hatch) in zip(NAMES, PARTS, strict=True)
    ]
    figure.legend(handles=patches, loc="outside lower left", ncols=3)
    about = (
        f"Mean patients with {event} per trial, over {results.run.trials:,} trials: up to the occurrence "
        "that crossed the rule (all, where a trial does not stop), from there to the effect of the stop, and "
        "later. Whiskers: 95 % interval of the total."
    )
    headline(figure, f"Patients with {event}", about)
    return figure


def _right(results: Results, event: str) -> float:
    """End of the axis: the largest upper end, with room for its number."""
    total = Key("patients_with", event=event)
    found = [cell.metrics[total] for cell in results.cells if total in cell.metrics]
    return 1.2 * max((e.high or e.value or 0.0 for e in found), default=1.0) or 1.0


def _panel(axis: Axes, results: Results, truth: str, event: str, right: float) -> None:
    for row, variant in enumerate(results.variants):
        metrics, start = results.cell(variant, truth).metrics, 0.0
        if Key("patients_with", event=event) not in metrics:  # the variant has no such event
            continue
        for (part, _), (colour, hatch) in zip(NAMES, PARTS, strict=True):
            width = metrics[Key("patients_with", event=event, word=part)].value or 0.0
            if width > 0:
                axis.barh(
                    row, width, left=start, height=0.62, color=colour, hatch=hatch, edgecolor=INK, lw=0.5
                )
            start += width
        total = metrics[Key("patients_with", event=event)]
        if total.value is None:
            continue
        low, high = (total.value if end is None else end for end in (total.low, total.high))
        axis.plot([low, high], [row, row], color=INK, lw=1.4)
        axis.plot([low, low, high, high], [row - 0.14, row + 0.14] * 2, "|", color=INK, ms=5)
        axis.annotate(
            f"{total.value:.2f}",
            (high, row),
            xytext=(6, 0),
            textcoords="offset points",
            va="center",
            fontsize=8.5,
        )
    names = list(results.variants)
    axis.set(xlim=(0, right), ylim=(len(names) - 0.5, -0.5), xlabel=f"patients with {event} per trial")
    axis.set_yticks(range(len(names)), names)
    axis.tick_params(axis="y", length=0, pad=9)
    axis.grid(axis="x", color=LIGHT, lw=0.7)
    title(axis, results, truth)
