"""What the figures by truth share: the order of the panels and their titles."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulator.reporting.style import GREY

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from simulator.study.results import Results

__all__ = ["order", "title"]

_MEANS = {True: "a stop is a mistake", "borderline": "borderline", False: "a stop is wanted", None: ""}


def order(results: Results) -> list[str]:
    """Truths: acceptable, borderline, unacceptable, those that do not say."""
    says = {cell.truth: cell.acceptable for cell in results.cells}
    return [truth for value in _MEANS for truth in results.truths if says[truth] is value]


def title(axis: Axes, results: Results, truth: str) -> None:
    """The truth's name, and which headline it serves."""
    acceptable = next(cell.acceptable for cell in results.cells if cell.truth == truth)
    axis.set_title(truth)
    axis.set_title(_MEANS[acceptable], loc="right", fontsize=9, fontweight="normal", color=GREY)
