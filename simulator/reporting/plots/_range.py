"""A distribution over trials in one row: from 5 to 95 % thin, from 25 to 75 % thick, and the median."""

from __future__ import annotations

from math import ceil, floor, sqrt
from typing import TYPE_CHECKING

from simulator.reporting.style import INK

if TYPE_CHECKING:
    import numpy as np
    from matplotlib.axes import Axes
    from numpy.typing import NDArray

__all__ = ["NEVER", "draw_range"]

NORMAL_95 = 1.959963984540054  # normal quantile of 0.975
FEW = 10  # trials below which a median has no interval worth showing
NEVER = "never"


def draw_range(axis: Axes, values: NDArray[np.float64], row: float, colour: str, marker: str) -> str:
    """Draws what is known of the values, and says the median; what never comes is not finite."""
    import numpy as np
    from matplotlib.transforms import offset_copy

    finite = values[np.isfinite(values)]
    if not len(finite):
        return NEVER
    low, first, middle, third, high = np.quantile(finite, (0.05, 0.25, 0.5, 0.75, 0.95)).tolist()
    axis.plot([low, high], [row, row], color=colour, lw=1.0, solid_capstyle="butt", zorder=2)
    axis.plot([first, third], [row, row], color=colour, lw=4, solid_capstyle="butt", zorder=3)
    if len(finite) >= FEW:
        over = offset_copy(axis.transData, fig=axis.get_figure(root=True), y=4.2, units="points")
        ends = _interval_of_median(finite)
        axis.plot(ends, [row] * 2, "|-", color=INK, lw=0.8, ms=3, mew=0.8, transform=over, zorder=5)
    axis.plot(middle, row, marker, color=colour, mec="white", ms=5.5, zorder=4)
    return f"{middle:,.0f}"


def _interval_of_median(values: NDArray[np.float64]) -> list[float]:
    """The order statistics n / 2 -+ 1.96 sqrt(n) / 2, whatever the distribution."""
    import numpy as np

    n = len(values)
    half = NORMAL_95 * sqrt(n) / 2
    ordered = np.sort(values)
    return [float(ordered[max(floor(n / 2 - half), 0)]), float(ordered[min(ceil(n / 2 + half), n - 1)])]
