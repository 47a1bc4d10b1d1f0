"""How often each rule fires where none acts, by truth and variant, with its interval."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from simulator.model.metric import Key
from simulator.reporting.lettering import Labels
from simulator.reporting.pages import Head, pages
from simulator.reporting.plots._scale import limits, share_end_told, share_ends
from simulator.reporting.plots._shown import OfRun
from simulator.reporting.plots._truths import LINE, Panel, Sizes, by_truth, mark, rows, title
from simulator.reporting.style import look

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from simulator.study.results import Results

__all__ = ["OF", "draw", "needs"]

OF: Final = "run"
APART = 0.12  # inches between the rules of a variant
NAME = 2.5  # inches of a rule's name


def needs(given: OfRun) -> str:
    """Rules that only report."""
    return "" if given.results.only_votes else "rules none of which acts"


def draw(given: OfRun) -> Sequence[Figure]:
    """One panel per truth, a row per variant, in it a mark per rule."""
    from matplotlib.lines import Line2D

    results, labels, rules = given.results, Labels(), _rules(given.results)
    names = labels.fitted(rules, NAME, size=9)
    drawn = [
        results.cell(v, t).metrics.get(_key(r))
        for v in results.variants
        for t in results.truths
        for r in rules
    ]
    end = share_ends(limits(e for e in drawn if e is not None))
    about = f"{results.run.trials:,} trials; no rule acts. Bars: 95\u00a0% Monte Carlo interval (Wilson)."
    about += " Hollow rings: exact calculation." if any(e and e.exact is not None for e in drawn) else ""
    key = [
        (Line2D([], [], color=look(i).colour, marker=look(i).marker, ms=4.5), names[rule])
        for i, rule in enumerate(rules)
    ]
    head = Head(title="How often each rule fires", about=about + share_end_told(end), key=key, labels=labels)
    sizes = Sizes(row=max(LINE, APART * (len(rules) + 1)))
    sheets = pages(by_truth(results, labels, sizes), head)
    for page in sheets:
        for panel, axis in page.panels:
            _panel(axis, results, panel, rules, end)
    return [page.figure for page in sheets]


def _rules(results: Results) -> list[str]:
    return list(dict.fromkeys(rule.name for cell in results.cells for rule in cell.facts.rules))


def _key(rule: str) -> Key:
    return Key("p_fired", rule=rule)


def _panel(axis: Axes, results: Results, panel: Panel, rules: Sequence[str], end: float) -> None:
    for row, variant in enumerate(panel.variants):
        for i, rule in enumerate(rules):
            at = row + (i - (len(rules) - 1) / 2) / (len(rules) + 1)
            if (e := results.cell(variant, panel.truth).metrics.get(_key(rule))) is not None:
                mark(axis, at, e, look(i))
    axis.set(xlim=(0, end), xlabel="trials in which the rule fires, %")
    axis.locator_params(axis="x", nbins=5)
    rows(axis, panel)
    title(axis, panel)
