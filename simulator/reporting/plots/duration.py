"""How long dose finding and the whole trial take: quantiles over trials, by truth and variant."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

from simulator.model.metric import Key
from simulator.reporting.doses import doses_of
from simulator.reporting.lettering import SMALL, Labels, height
from simulator.reporting.pages import Head, pages
from simulator.reporting.plots._range import NEVER, draw_range
from simulator.reporting.plots._scale import months_between
from simulator.reporting.plots._shown import OfRun, doses_found, its_trials
from simulator.reporting.plots._truths import Panel, Sizes, beside, by_truth, number, rows, title
from simulator.reporting.style import GREY
from simulator.units import DAYS_PER_MONTH

if TYPE_CHECKING:
    import numpy as np
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

    from simulator.study.results import Cell, Results

__all__ = ["OF", "draw", "needs"]

OF: Final = "run"

KINDS = (
    (Key("days_to_mtd"), "to the dose selected, or to none", "#0072B2", "o", -0.2),
    (Key("duration_days"), "to the end of the last course", "#D55E00", "s", 0.2),
)
ROW = 0.36  # inches
WORD = SMALL  # points of the word over the numbers


def needs(given: OfRun) -> str:
    """Dose finding, and how long each trial took."""
    return doses_found(given.results) or its_trials(given.results)


def draw(given: OfRun) -> Sequence[Figure]:
    """Per variant two ranges: 90 % and half of the trials, the median with its Monte Carlo interval."""
    from matplotlib.lines import Line2D

    results, labels = given.results, Labels()
    above = dict.fromkeys(results.truths, height(1, WORD))
    sizes = Sizes(row=ROW, right=beside([NEVER, "1,000"]), above=above)
    panels = by_truth(results, labels, sizes, finds_dose=True)
    handles = [
        (Line2D([], [], color=colour, marker=marker, mec="white", ms=6, lw=4), label)
        for _, label, colour, marker, _ in KINDS
    ]
    about = (
        f"Over {results.run.trials:,} trials: thin line from 5 to 95 % of them, thick line from 25 to 75 %, "
        "mark and number the median; bracket: its 95 % Monte Carlo interval. Trials whose dose finding was "
        "not finished are left out of the upper line."
    )
    title_ = "How long it takes to find the dose, and to the end of the trial"
    sheets = pages(panels, Head(title=title_, about=about, key=handles, labels=labels))
    last = _last_month(results)
    for page in sheets:
        for panel, axis in page.panels:
            _panel(axis, results, panel, last)
    return [page.figure for page in sheets]


def _panel(axis: Axes, results: Results, panel: Panel, last: float) -> None:
    for row, variant in enumerate(panel.variants):
        for key, _, colour, marker, shift in KINDS:
            days = _days(results.cell(variant, panel.truth), key)
            if days is not None:
                number(
                    axis, row + shift, draw_range(axis, days / DAYS_PER_MONTH, row + shift, colour, marker)
                )
    axis.set(xlim=(0, last), xlabel="months since the first entry")
    axis.set_xticks(range(0, int(last) + 1, months_between(last)))
    rows(axis, panel)
    title(axis, panel)
    place: dict[str, Any] = {"xytext": (8, 1), "textcoords": "offset points", "va": "bottom"}
    axis.annotate("median", (1, 1), xycoords="axes fraction", fontsize=WORD, color=GREY, **place)


def _days(cell: Cell, key: Key) -> NDArray[np.float64] | None:
    """The time in every trial in which it is defined."""
    return cell.distributions.get(key)


def _last_month(results: Results) -> float:
    """End of the time axis, room for the last number included."""
    import numpy as np

    found = [_days(cell, key) for cell in results.cells if doses_of(cell) for key, *_ in KINDS]
    finite = [days[np.isfinite(days)] for days in found if days is not None]
    ends = [float(np.quantile(days, 0.95)) for days in finite if len(days)]
    return 1.06 * max(ends, default=365.25) / DAYS_PER_MONTH
