"""Axes that end where what happens ends, and numbers that never say more than was seen."""

from __future__ import annotations

from collections.abc import Iterable
from math import ceil, floor, log10
from typing import TYPE_CHECKING

from simulator.model.estimate import Estimate, percent
from simulator.units import format_share

if TYPE_CHECKING:
    from matplotlib.axis import Axis

__all__ = [
    "above",
    "limits",
    "mean",
    "months_between",
    "patients_between",
    "share",
    "share_end_told",
    "share_ends",
    "whole",
]

ROUND = (1.0, 1.2, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0)
NEARLY_ALL = 60.0  # per cent above which an axis shows all 100
NOTHING_SEEN = 1.0  # end of an axis where there is nothing to show
YEAR = 12  # months
FEW = 2.0  # patients below which an axis counts in fractions of one


def above(value: float) -> float:
    """The next round number at or above a positive one."""
    power = 10.0 ** floor(log10(value))
    return next(r * power for r in ROUND if r * power >= value * (1 - 1e-12))


def limits(estimates: Iterable[Estimate]) -> list[float]:
    """Upper ends of the intervals and exact values of all that are defined."""
    found = [e for e in estimates if e.value is not None]
    ends = [e.value if e.high is None else e.high for e in found] + [e.exact for e in found]
    return [end for end in ends if end is not None]


def share_ends(highest: Iterable[float]) -> float:
    """Where an axis of per cent ends: just above the largest of these shares (0 to 1), or at 100."""
    largest = 100.0 * max(highest, default=1.0)
    if largest <= 0.0:
        return NOTHING_SEEN
    return 100.0 if largest > NEARLY_ALL else above(largest)


def share_end_told(end: float) -> str:
    """A sentence for the heading, where an axis does not end at 100 %."""
    return f" Axes end at {end:g} %, not at 100 %." if end < 100.0 else ""


def share(e: Estimate, decimals: int = 1) -> str:
    """Per cent, `49.3`, `<0.1`, `>99.9`; where no trial or every trial did, with the interval's end."""
    if e.value is None or e.value in {0.0, 1.0}:
        return percent(e).replace(".0 (", " (")
    return format_share(e.value, decimals)


def mean(value: float, decimals: int) -> str:
    """A mean of counts; what is not 0 never reads so."""
    step = 10.0**-decimals
    if value == 0.0:
        return "0"
    return f"<{step:.{decimals}f}" if 0.0 < value < step / 2 else f"{value:,.{decimals}f}"


def months_between(last: float) -> int:
    """Months from one tick to the next: so many that an axis to month `last` has seven ticks at most."""
    return next((step for step in (1, 2, 3, 6, YEAR) if last <= 6 * step), YEAR * ceil(last / YEAR / 6))


def patients_between(most: float) -> int:
    """Patients from one tick to the next: a round number that gives an axis to `most` seven ticks at most."""
    steps = (digit * 10**power for power in range(7) for digit in (1, 2, 5))
    return int(next(step for step in steps if most <= 6 * step))


def whole(axis: Axis, end: float) -> None:
    """Ticks at whole numbers of patients; where less than two are seen, at round fractions of one."""
    from matplotlib.ticker import MaxNLocator

    axis.set_major_locator(MaxNLocator(nbins=6, integer=end >= FEW, steps=[1, 2, 5, 10]))
