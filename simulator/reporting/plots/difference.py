"""What two variants differ by in P(stop), trial by trial, with its interval; exactly where that is known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from simulator.model.metric import Key
from simulator.reporting.lettering import Labels
from simulator.reporting.pages import Head, pages
from simulator.reporting.plots._scale import above
from simulator.reporting.plots._shown import OfRun
from simulator.reporting.plots._truths import Panel, Sizes, beside, by_truth, mark, number, rows, title
from simulator.reporting.style import GREY, look
from simulator.reporting.text import plus_minus

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from simulator.model.difference import Difference
    from simulator.study.pairs import PairCell
    from simulator.study.results import Results

__all__ = ["OF", "draw", "needs"]

OF: Final = "run"

STOP = Key("p_stop")
NEARLY_ALL = 60.0  # percentage points beyond which an axis shows all 100


def needs(given: OfRun) -> str:
    """Pairs."""
    return "" if given.results.pairs else "variants that were compared trial by trial"


def draw(given: OfRun) -> Sequence[Figure]:
    """One panel per truth, one row per pair."""
    labels, of = Labels(), {(_name(pair), pair.truth): pair for pair in given.results.pairs}
    found = {key: pair.metrics[STOP] for key, pair in of.items()}
    results = _by_pairs(given.results)
    panels = by_truth(results, labels, Sizes(right=beside(map(_said, found.values()))))
    about = (
        f"{results.run.trials:,} trials, the same of both designs. Bars: 95 % Monte Carlo interval (Tango)."
    )
    about += " Hollow rings: exact calculation." if any(e.exact is not None for e in found.values()) else ""
    about += " Numbers: percentage points ± Monte Carlo standard error."
    head = Head(title="By how much more often the first stops than the other", about=about, labels=labels)
    sheets, end = pages(panels, head), _end(list(found.values()))
    for page in sheets:
        for panel, axis in page.panels:
            _panel(axis, found, panel, end)
    return [page.figure for page in sheets]


def _name(pair: PairCell) -> str:
    return f"{pair.first} minus {pair.other}"


def _by_pairs(results: Results) -> Results:
    """A cell per pair in the place of those of variants, so that panels have a row for each."""
    cells = [replace(results.cell(pair.first, pair.truth), variant=_name(pair)) for pair in results.pairs]
    return replace(results, cells=tuple(cells))


def _said(e: Difference) -> str:
    assert e.value is not None, "a share is of every trial"
    assert e.mcse is not None
    return plus_minus(100 * e.value, 100 * e.mcse, 1)


def _end(found: Sequence[Difference]) -> float:
    """Where axes end on both sides."""
    largest = max(100.0 * abs(end) for e in found for end in (e.low or 0.0, e.high or 0.0, e.exact or 0.0))
    return 100.0 if largest > NEARLY_ALL else above(largest)


def _panel(axis: Axes, found: dict[tuple[str, str], Difference], panel: Panel, end: float) -> None:
    axis.axvline(0.0, color=GREY, lw=0.8, zorder=1)
    for row, name in enumerate(panel.variants):
        e = found[name, panel.truth]
        number(axis, row, _said(e))
        mark(axis, row, e, look(row))
    axis.set(xlim=(-end, end), xlabel="difference in trials stopped, percentage points")
    axis.locator_params(axis="x", nbins=5)
    rows(axis, panel)
    title(axis, panel)
