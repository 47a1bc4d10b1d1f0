"""How many patients trials enrol: quantiles and mean over trials, by truth and variant."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

from simulator.model.metric import Key
from simulator.reporting.lettering import SMALL, Labels, height
from simulator.reporting.pages import Head, pages
from simulator.reporting.plots._range import draw_range
from simulator.reporting.plots._scale import patients_between
from simulator.reporting.plots._shown import OfRun, every_value
from simulator.reporting.plots._truths import Panel, Sizes, beside, by_truth, number, rows, title
from simulator.reporting.style import GREY, INK, look

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from simulator.study.results import Results

__all__ = ["OF", "draw", "needs"]

OF: Final = "run"

ENROLLED = Key("n_enrolled")


def needs(given: OfRun) -> str:
    """The values of each trial."""
    return every_value(given.results, ENROLLED)


def draw(given: OfRun) -> Sequence[Figure]:
    """One panel per truth, one row per variant."""
    results, labels = given.results, Labels()
    most = max(float(cell.columns[ENROLLED].max()) for cell in results.cells)
    above = dict.fromkeys(results.truths, height(1, SMALL) + 0.02)
    panels = by_truth(results, labels, Sizes(right=beside(["1,000.0"]), above=above))
    about = (
        f"Over {results.run.trials:,} trials: thin line from 5 to 95 % of them, thick line from 25 to 75 %, "
        "mark the median; bracket: its 95 % Monte Carlo interval; ring and number: the mean."
    )
    sheets = pages(panels, Head(title="How many patients are enrolled", about=about, labels=labels))
    for page in sheets:
        for panel, axis in page.panels:
            _panel(axis, results, panel, most)
    return [page.figure for page in sheets]


def _panel(axis: Axes, results: Results, panel: Panel, most: float) -> None:
    for row, variant in enumerate(panel.variants):
        values = results.cell(variant, panel.truth).columns[ENROLLED]
        drawn = look(results.variants.index(variant))
        draw_range(axis, values, row, drawn.colour, drawn.marker)
        mean = float(values.mean())
        axis.plot(mean, row, "o", mfc="none", mec=INK, ms=8, mew=0.9, clip_on=False, zorder=6)
        number(axis, row, f"{mean:,.1f}")
    axis.set(xlim=(0, max(1.03 * most, 1.0)), xlabel="patients enrolled")
    axis.set_xticks(range(0, int(most) + 1, patients_between(most)))
    rows(axis, panel)
    title(axis, panel)
    place: dict[str, Any] = {"xytext": (8, 1), "textcoords": "offset points", "va": "bottom"}
    axis.annotate("mean", (1, 1), xycoords="axes fraction", fontsize=SMALL, color=GREY, **place)
