"""Axes of what is varied and of what is asked: numbers where values are numbers, else words side by side."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from simulator.metrics.registry import metric_of
from simulator.model.estimate import Estimate
from simulator.model.metric import Key, Kind
from simulator.reporting.estimates import factor, label
from simulator.reporting.lettering import BODY, SMALL, Labels, height
from simulator.reporting.plots._scale import above, share_ends
from simulator.reporting.plots._truths import HEAD, MEANS
from simulator.reporting.style import GREY
from simulator.what_ifs.vary import Vary

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["HEAD", "MEANS", "Asked", "Varied", "ends", "high", "over"]

WIDE_APART = 20.0  # times the least that the largest is, from which an axis is logarithmic


def ends(e: Estimate) -> tuple[float | None, float | None]:
    """The 95 % interval; of an exact value that value."""
    return (e.low, e.high) if e.exact is None else (e.exact, e.exact)


@dataclass(frozen=True, slots=True)
class Varied:
    """The axis of a value that is varied."""

    vary: Vary

    @property
    def places(self) -> list[float]:
        """Of each value."""
        numbers = self.vary.numbers
        return [*map(float, range(len(self.vary.values)))] if numbers is None else list(numbers)

    @property
    def logarithmic(self) -> bool:
        """Whether equal ratios are equal lengths."""
        numbers = self.vary.numbers
        return numbers is not None and min(numbers) > 0 and max(numbers) >= WIDE_APART * min(numbers)

    @property
    def name(self) -> str:
        """The path, and what stands around the numbers: `design.accrual.until (... treated)`."""
        return self.vary.path + self._around

    def short(self, inches: float) -> str:
        """The end of the path, and what stands around the numbers if both fit."""
        end = self.vary.path.rsplit(".", 1)[-1]
        both = Labels().fit(end + self._around, inches, lines=1)
        return both if both == end + self._around else Labels().fit(end, inches, lines=1)

    @property
    def _around(self) -> str:
        scale = self.vary.scale
        around = "" if scale is None else f"{scale.before}...{scale.after}".replace("......", "...")
        return "" if around in ("", "...") else f" ({around})"

    @property
    def names(self) -> list[str]:
        """Of each value what stands at its tick: its number, else all of it."""
        numbers = self.vary.numbers
        return list(self.vary.values) if numbers is None else [f"{number:.4g}" for number in numbers]

    def ticks(self, axis: Axes, inches: float) -> None:
        """Words below their places; numbers are left to the axis, which has only whole ones of whole ones.

        What the axis is of stands below, in `inches` at most.
        """
        axis.set_xlabel(self.short(inches))
        from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullLocator

        if self.vary.numbers is None:
            room = inches / max(len(self.vary.values), 1) - 0.04
            names = Labels().fitted(self.vary.values, max(room, 0.3), size=SMALL)
            axis.set_xticks(self.places, [names[value] for value in self.vary.values], fontsize=SMALL)
            axis.set_xlim(-0.4, len(self.vary.values) - 0.6)
        elif self.logarithmic:
            axis.set_xscale("log")
            axis.xaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
            axis.xaxis.set_major_formatter(FuncFormatter(lambda x, _: f"{x:g}"))
            axis.xaxis.set_minor_locator(NullLocator())
        else:
            whole = all(number.is_integer() for number in self.places)
            axis.xaxis.set_major_locator(MaxNLocator(nbins=6, integer=whole, steps=[1, 2, 5, 10]))


@dataclass(frozen=True, slots=True)
class Asked:
    """The axis of a metric: shares in per cent, times in months."""

    key: Key

    @property
    def share(self) -> bool:
        """Whether it is a share of trials."""
        return metric_of(self.key).kind is Kind.SHARE

    @property
    def factor(self) -> float:
        """From the value to what is drawn."""
        return factor(self.key)

    @property
    def name(self) -> str:
        """With its unit."""
        return label(self.key)

    def end(self, estimates: Iterable[Estimate | None]) -> float:
        """Where the axis ends, so that every value and interval is on it."""
        found = [end for e in estimates if e is not None for end in (e.level, *ends(e)) if end is not None]
        if self.share:
            return share_ends(found)
        return above(max(max(found, default=1.0) * self.factor, 1e-9))


def over(axis: Axes, lines: Sequence[str], meant: str, left: float) -> None:
    """A title over a panel, from `left` inches beside the data, and what a stop is there."""
    place: dict[str, Any] = {"xycoords": "axes fraction", "textcoords": "offset points", "va": "bottom"}
    bold: dict[str, Any] = {"fontsize": HEAD, "fontweight": "bold"}
    axis.annotate("\n".join(lines), (0, 1), xytext=(-72 * left, 5), **bold, **place)
    axis.annotate(meant, (1, 1), xytext=(0, 5), ha="right", fontsize=BODY - 0.5, color=GREY, **place)


def high(lines: Sequence[str]) -> float:
    """Inches of a title over a panel."""
    return 0.16 + height(len(lines), HEAD)
