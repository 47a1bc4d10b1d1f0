"""How long dose finding and the whole trial take: quantiles over trials, by truth and variant."""

from __future__ import annotations

from math import ceil, floor, sqrt
from typing import TYPE_CHECKING, Any, Final

from simulator.model.metric import Key
from simulator.reporting.doses import doses_of
from simulator.reporting.plots._shown import OfRun, doses_found, its_trials
from simulator.reporting.plots._truths import order, title
from simulator.reporting.style import GREY, INK, LIGHT, headline, panels
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
    (Key("days_to_mtd"), "to the dose selected, or to none", "#0072B2", "o", -0.17),
    (Key("duration_days"), "to the end of the last course", "#D55E00", "s", 0.17),
)
YEAR = 12
NORMAL_95 = 1.959963984540054  # normal quantile of 0.975
FEW = 10  # trials below which a median has no interval worth showing


def needs(given: OfRun) -> str:
    """Dose finding, and how long each trial took."""
    return doses_found(given.results) or its_trials(given.results)


def draw(given: OfRun) -> Figure:
    """Per variant two ranges: 90 % and half of the trials, the median with its Monte Carlo interval."""
    from matplotlib.lines import Line2D

    results = given.results
    truths = [t for t in order(results) if any(c.truth == t and doses_of(c) for c in results.cells)]
    variants = [v for v in results.variants if any(c.variant == v and doses_of(c) for c in results.cells)]
    figure, axes = panels(len(truths), width=5.6, height=1.05 + 0.42 * len(variants))
    last = _last_month(results)
    for axis, truth in zip(axes, truths, strict=True):
        for row, variant in enumerate(variants):
            for key, _, colour, marker, shift in KINDS:
                days = _days(results.cell(variant, truth), key)
                if days is not None:
                    _range(axis, days / DAYS_PER_MONTH, row + shift, colour, marker)
        axis.set(xlim=(0, last), ylim=(len(variants) - 0.45, -0.55), xlabel="months since the first entry")
        axis.set_yticks(range(len(variants)), variants)
        axis.set_xticks(range(0, int(last) + 1, YEAR if last > 2 * YEAR else YEAR // 4))
        axis.tick_params(axis="y", length=0, pad=8)
        axis.spines["left"].set_visible(False)
        axis.grid(axis="x", color=LIGHT, lw=0.7)
        for row in range(1, len(variants)):
            axis.axhline(row - 0.5, color=LIGHT, lw=0.6, zorder=0)
        title(axis, results, truth)
    handles = [
        Line2D([], [], color=colour, marker=marker, mec="white", ms=7, lw=5, label=label)
        for _, label, colour, marker, _ in KINDS
    ]
    figure.legend(handles=handles, loc="outside lower left", ncols=2)
    about = (
        f"Over {results.run.trials:,} trials: thin line 5 to 95 %, thick line 25 to 75 % of them, mark and "
        "number the median; bracket: its 95 % Monte Carlo interval. Trials whose dose finding was not "
        "finished are left out of the upper line."
    )
    headline(figure, "How long it takes to find the dose, and to the end of the trial", about)
    return figure


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


def _range(axis: Axes, values: NDArray[np.float64], row: float, colour: str, marker: str) -> None:
    import numpy as np
    from matplotlib.transforms import offset_copy

    months = values[np.isfinite(values)]
    if not len(months):
        beside: dict[str, Any] = {"xytext": (4, 0), "textcoords": "offset points", "va": "center"}
        axis.annotate("never finished", (0, row), fontsize=8, **beside)
        return
    low, first, middle, third, high = np.quantile(months, (0.05, 0.25, 0.5, 0.75, 0.95)).tolist()
    axis.plot([low, high], [row, row], color=colour, lw=1.2, solid_capstyle="butt", zorder=2)
    axis.plot([first, third], [row, row], color=colour, lw=5, solid_capstyle="butt", zorder=3)
    if len(months) >= FEW:
        above = offset_copy(axis.transData, fig=axis.get_figure(root=True), y=5.0, units="points")
        ends = _interval_of_median(months)
        axis.plot(ends, [row] * 2, "|-", color=INK, lw=0.9, ms=3.5, mew=0.9, transform=above, zorder=5)
    axis.plot(middle, row, marker, color=colour, mec="white", ms=7, zorder=4)
    axis.annotate(
        f"{middle:.0f}",
        (high, row),
        xytext=(4, 0),
        textcoords="offset points",
        va="center",
        fontsize=8,
        color=GREY,
    )


def _interval_of_median(values: NDArray[np.float64]) -> list[float]:
    """The order statistics n / 2 -+ 1.96 sqrt(n) / 2, whatever the distribution."""
    import numpy as np

    n = len(values)
    half = NORMAL_95 * sqrt(n) / 2
    ordered = np.sort(values)
    return [float(ordered[max(floor(n / 2 - half), 0)]), float(ordered[min(ceil(n / 2 + half), n - 1)])]
