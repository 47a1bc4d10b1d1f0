"""What 10 % more of each hazard does to a metric: a bar from none, with its error, and the exact value."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from simulator.metrics.registry import metric_of
from simulator.metrics.tally import NORMAL_95
from simulator.reporting.lettering import Labels
from simulator.reporting.pages import Head, pages
from simulator.reporting.plots._bars import THICK, UNCLEAR, Group, look, panels
from simulator.reporting.plots._truths import number, rows, title
from simulator.reporting.sensitivity_tables import Told, few
from simulator.reporting.style import INK, LIGHT
from simulator.reporting.text import listed
from simulator.what_ifs.findings import Findings
from simulator.what_ifs.sensitivity import Hazard, Hazards

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["OF", "Drawn", "draw", "needs"]

OF: Final = "sensitivity"

BARS = (
    "Bars: the derivative by the logarithm of the hazard, times log 1.1, from the trials of the file as "
    "written. Numbers: the same ± its Monte Carlo standard error"
)
MARGIN = 0.06  # of the range of values, at both ends of the axis


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """One hazard. value, half: what is added and half the 95 % interval; exact: where it is known."""

    name: str
    value: float
    half: float
    exact: float | None
    told: str
    clear: bool

    @property
    def lines(self) -> tuple[str]:
        """The hazard."""
        return (self.name,)

    @property
    def ends(self) -> tuple[float, float]:
        """Of everything that is drawn of it."""
        every = [0.0, self.value - self.half, self.value + self.half]
        every += [] if self.exact is None else [self.exact]
        return min(every), max(every)


def needs(given: Findings[Hazards]) -> str:
    """A hazard that trials tell of."""
    return "" if any(each.value is not None for each in given.found.hazards) else "a hazard with events"


def draw(given: Findings[Hazards]) -> Sequence[Figure]:
    """One panel per variant and truth, a bar per hazard that trials tell of."""
    told, labels = Told(given), Labels()
    groups, without = _groups(told), _without(given.found)
    about = f"{BARS} ({given.run.trials:,} trials)."
    about += f" Not drawn, with {few(told.key)}: {without}." if without else ""
    heading = f"What 10 % more of each hazard does to: {metric_of(told.key).labelled(told.key)}"
    head = Head(title=heading, about=about, key=_key(groups), labels=labels)
    made, limits = pages(panels(groups, labels), head, beside=1), _limits(groups)
    for page in made:
        for (panel, bars), axis in page.panels:
            _fill(axis, bars)
            axis.set(xlim=limits, xlabel=f"10 % more of the hazard adds, {told.unit}")
            axis.locator_params(axis="x", nbins=8)
            rows(axis, panel)
            title(axis, panel)
    return [page.figure for page in made]


def _groups(told: Told) -> list[Group[Drawn]]:
    groups, findings = list[Group[Drawn]](), told.findings
    for variant in findings.variants:
        for truth in findings.truths:
            bars = [
                _drawn(told, each) for each in findings.found.of(variant, truth) if each.value is not None
            ]
            groups += [Group(name=f"{variant} under {truth}", bars=bars)] if bars else []
    return groups


def _drawn(told: Told, hazard: Hazard) -> Drawn:
    return Drawn(
        name=hazard.name,
        value=told.scaled(hazard.value) or 0.0,
        half=NORMAL_95 * (told.scaled(hazard.mcse) or 0.0),
        exact=told.scaled(hazard.exact),
        told=told.more(hazard),
        clear=hazard.clear,
    )


def _without(found: Hazards) -> str:
    """Where hazards have no bar, and which if some have one."""
    told = []
    for variant, truth in dict.fromkeys((each.variant, each.truth) for each in found.hazards):
        here = found.of(variant, truth)
        without = [each.name for each in here if each.value is None]
        which = f" ({listed(without)})" if len(without) < len(here) else ""
        told += [f"{variant} under {truth}{which}"] if without else []
    return "; ".join(told)


def _key(groups: Sequence[Group[Drawn]]) -> list[tuple[Any, str]]:
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    every = [bar for group in groups for bar in group.bars]
    key: list[tuple[Any, str]] = [(Line2D([], [], color=INK, lw=1.2), "95 % interval")]
    if any(bar.exact is not None for bar in every):
        key.append((Line2D([], [], ls="none", marker="D", mfc="white", mec=INK, ms=4.5), "exact"))
    if any(not bar.clear for bar in every):
        key.append((Patch(lw=0.6, **look(clear=False)), UNCLEAR))
    return key


def _limits(groups: Sequence[Group[Drawn]]) -> tuple[float, float]:
    """Of every axis, so that bars of two panels can be compared."""
    ends = [end for group in groups for bar in group.bars for end in bar.ends]
    low, high = min(ends), max(ends)
    room = MARGIN * (high - low) or 1.0
    return low - room, high + room


def _fill(axis: Axes, bars: Sequence[Drawn]) -> None:
    """A bar, its interval and the exact value in each row."""
    axis.axvline(0.0, color=INK, lw=0.8, zorder=2.5)
    for row, bar in enumerate(bars):
        axis.barh(row, bar.value, THICK, lw=0.6, zorder=2, **look(clear=bar.clear))
        axis.plot([bar.value - bar.half, bar.value + bar.half], [row, row], color=INK, lw=1.2, zorder=3)
        if bar.exact is not None:
            axis.plot(bar.exact, row, "D", mfc="white", mec=INK, mew=0.8, ms=4.5, clip_on=False, zorder=4)
        number(axis, row, bar.told)
    axis.grid(axis="x", color=LIGHT, lw=0.7)
