"""What each assumption does to a metric: a bar from the smallest to the largest value within its range."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from simulator.metrics.registry import metric_of
from simulator.reporting.estimates import label
from simulator.reporting.lettering import Labels
from simulator.reporting.pages import Head, pages
from simulator.reporting.plots._bars import THICK, UNCLEAR, Group, look, panels
from simulator.reporting.plots._truths import number, rows, title
from simulator.reporting.style import INK, LIGHT
from simulator.reporting.tornado_tables import Told, differs
from simulator.what_ifs.findings import Findings
from simulator.what_ifs.tornado import Bars

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["OF", "Drawn", "Group", "draw", "needs", "sheets"]

OF: Final = "tornado"

BARS = (
    "Bars: from the smallest to the largest of three values, at the low end of the range, as written, and at "
    "the high end, all other assumptions as written. Numbers: how far these are apart"
)
MARGIN = 0.04  # of the range of values, at both ends of the axis


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """One bar. ends: the texts of its values. values: low, as written, high. told: its length, in words."""

    path: str
    ends: str
    values: tuple[float | None, float | None, float | None]
    told: str
    clear: bool

    @property
    def lines(self) -> tuple[str, str]:
        """The assumption, and below it its values."""
        return self.path, self.ends


def needs(given: Findings[Bars]) -> str:
    """A difference."""
    return "" if _groups(Told(given))[0] else "an assumption that makes a difference"


def draw(given: Findings[Bars]) -> Sequence[Figure]:
    """One panel per variant and truth, a bar per assumption that makes a difference."""
    told = Told(given)
    groups, same = _groups(told)
    played = any(bar.difference.exact is None for bar in given.found.bars)
    error = f"± paired Monte Carlo standard error ({given.run.trials:,} trials)" if played else "exact"
    about = f"{BARS}, {error}."
    about += f" No assumption makes a difference in {', '.join(same)}." if same else ""
    heading = f"What the assumptions do to: {metric_of(told.key).labelled(told.key)}"
    return sheets(groups, heading, about, label(told.key), share=told.share)


def sheets(
    groups: Sequence[Group[Drawn]], heading: str, about: str, unit: str, *, share: bool
) -> Sequence[Figure]:
    """One panel per group. unit: what the axis shows. share: per cent, of which none is beyond 0 and 100."""
    labels = Labels()
    head = Head(title=heading, about=about, key=_key(groups), labels=labels)
    made, limits = pages(panels(groups, labels), head, beside=1), _limits(groups, share=share)
    for page in made:
        for (panel, bars), axis in page.panels:
            _fill(axis, bars)
            axis.set(xlim=limits, xlabel=unit)
            axis.locator_params(axis="x", nbins=8)
            rows(axis, panel)
            title(axis, panel)
    return [page.figure for page in made]


def _groups(told: Told) -> tuple[list[Group[Drawn]], list[str]]:
    """Bars of each variant under each truth, and where there is none."""
    groups, same, findings = list[Group[Drawn]](), list[str](), told.findings
    for variant in findings.variants:
        for truth in findings.truths:
            name = f"{variant} under {truth}"
            bars = [
                Drawn(
                    path=bar.path,
                    ends=told.ends(bar),
                    values=told.scaled(bar),
                    told=told.apart(bar),
                    clear=bar.clear,
                )
                for bar in findings.found.of(variant, truth)
                if differs(bar) and bar.apart is not None
            ]
            groups += [Group(name=name, bars=bars)] if bars else []
            same += [] if bars else [name]
    return groups, same


def _key(groups: Sequence[Group[Drawn]]) -> list[tuple[Any, str]]:
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    ends: dict[str, Any] = {"ls": "none", "mec": INK, "ms": 5}
    key: list[tuple[Any, str]] = [
        (Line2D([], [], marker="o", mfc="white", **ends), "low end"),
        (Line2D([], [], marker="s", mfc=INK, **ends), "high end"),
        (Line2D([], [], color=INK, lw=1.2), "as written"),
    ]
    if any(not bar.clear for group in groups for bar in group.bars):
        key.append((Patch(lw=0.6, **look(clear=False)), UNCLEAR))
    return key


def _limits(groups: Sequence[Group[Drawn]], *, share: bool) -> tuple[float, float]:
    """Of every axis, so that bars of two panels can be compared."""
    values = [v for group in groups for bar in group.bars for v in bar.values if v is not None]
    low, high = min(values), max(values)
    room = MARGIN * (high - low) or 1.0
    low, high = low - room, high + room
    return (max(low, -room), min(high, 100.0 + room)) if share else (low, high)


def _fill(axis: Axes, bars: Sequence[Drawn]) -> None:
    """A bar, its ends and the value as written in each row."""
    for row, bar in enumerate(bars):
        low, written, high = bar.values
        some = [value for value in bar.values if value is not None]
        axis.barh(row, max(some) - min(some), THICK, min(some), lw=0.6, zorder=2, **look(clear=bar.clear))
        if written is not None:
            axis.plot([written] * 2, [row - 0.4, row + 0.4], color=INK, lw=1.2, zorder=3)
        for value, marker, inside in ((low, "o", "white"), (high, "s", INK)):
            if value is not None:
                axis.plot(value, row, marker, mfc=inside, mec=INK, mew=0.8, ms=4.5, clip_on=False, zorder=4)
        number(axis, row, bar.told)
    axis.grid(axis="x", color=LIGHT, lw=0.7)
