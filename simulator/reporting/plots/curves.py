"""A metric against the one value that is varied: a panel per truth, a curve per variant with its interval."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from simulator.reporting.plots._axis import Asked, Varied
from simulator.reporting.plots._curves import along, by_truth, curve
from simulator.reporting.plots._shown import OfSweep

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["OF", "draw", "needs"]

OF: Final = "metric"


def needs(given: OfSweep) -> str:
    """One value that is varied."""
    return "" if len(given.findings.vary) == 1 else "one value that is varied"


def draw(given: OfSweep) -> Sequence[Figure]:
    """One panel per truth."""
    asked, varied = Asked(given.key), Varied(given.findings.vary[0])

    def panel(axis: Axes, truth: str) -> bool:
        axis.update_datalim([(place, 0.0) for place in varied.places])  # the same values along every panel
        curves = [
            along(asked, zip(varied.places, given.estimates(variant, truth), strict=True))
            for variant in given.findings.variants
        ]
        return any([curve(axis, points, number, marked=True) for number, points in enumerate(curves)])

    about = f"{given.about} Along each panel: {varied.name}."
    about += " Bands: 95 % Monte Carlo interval." * given.played
    title = f"{asked.name} against {varied.vary.path}"
    return by_truth(given.findings, title, about, (asked, asked.end(given.everywhere())), panel)
