"""Stops that are wanted against stops that are a mistake: a dot per variant, a panel per truth."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from simulator.model.estimate import Estimate
from simulator.model.metric import Key
from simulator.reporting.estimates import seen
from simulator.reporting.grid import alike
from simulator.reporting.lettering import Labels, wrap
from simulator.reporting.pages import Head, Space, across, pages
from simulator.reporting.plots._axis import HEAD, high, over
from simulator.reporting.plots._shown import OfRun, a_rule
from simulator.reporting.style import LIGHT, look
from simulator.reporting.text import listed

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from simulator.study.results import Results

__all__ = ["OF", "draw", "needs"]

OF: Final = "run"

STOP = Key("p_stop")
BODY_HIGH = 2.3  # inches
LEFT, RIGHT, BOTTOM = 0.55, 0.2, 0.4


def needs(given: OfRun) -> str:
    """A rule, several variants, and truths of both kinds."""
    both = _truths(given.results, True) and _truths(given.results, False)
    several = len(_variants(given.results)) > 1
    missing = "" if both else "truths of which one is acceptable and one is not"
    return a_rule(given.results) or missing or ("" if several else "several variants with a rule")


def _truths(results: Results, acceptable: bool) -> list[str]:
    return list(dict.fromkeys(cell.truth for cell in results.cells if cell.acceptable is acceptable))


def _variants(results: Results) -> list[str]:
    return list(dict.fromkeys(cell.variant for cell in results.cells if cell.facts.acts))


def draw(given: OfRun) -> Sequence[Figure]:
    """A panel per truth under which a stop is wanted."""
    from matplotlib.lines import Line2D

    results, labels = given.results, Labels()
    mistakes, wanted = _truths(results, True), _truths(results, False)
    together = alike(
        _variants(results),
        lambda name: tuple(seen(results.cell(name, t).metrics[STOP]) for t in results.truths),
    )
    looks = {names[0]: look(results.variants.index(names[0])) for names in together}
    most = "the largest " if len(mistakes) > 1 else ""
    about = (
        f"{results.run.trials:,} trials. A dot per variant, one for those that stop alike; bars: 95 % Monte "
        f"Carlo intervals. False stop: {most}P(stop) under {listed(mistakes, 'or')}. The upper left is where "
        "a rule should be."
    )
    room = across(min(2, len(wanted))) - RIGHT
    titles = {truth: wrap(truth, room, HEAD, bold=True, most=3) for truth in wanted}
    sheets = pages(
        [
            (truth, Space(body=BODY_HIGH, left=LEFT, right=RIGHT, bottom=BOTTOM, top=high(titles[truth])))
            for truth in wanted
        ],
        Head(
            title="True stops against false stops",
            about=about,
            key=[
                (
                    Line2D([], [], color=of.colour, ls="", marker=of.marker, ms=5),
                    labels.fit(", ".join(names), 6.0),
                )
                for names, of in zip(together, looks.values(), strict=True)
            ],
            labels=labels,
        ),
    )
    false = {name: _largest(results, name, mistakes) for name in looks}
    end = max(100.0 * max((e.high or 0.0) for e in false.values()), 1.0)
    for page in sheets:
        for truth, axis in page.panels:
            _panel(axis, results, truth, false, end)
            over(axis, titles[truth], "", LEFT)
    return [page.figure for page in sheets]


def _largest(results: Results, variant: str, truths: Sequence[str]) -> Estimate:
    found = (results.cell(variant, truth).metrics[STOP] for truth in truths)
    return max(found, key=lambda e: e.level or 0.0)


def _panel(axis: Axes, results: Results, truth: str, false: dict[str, Estimate], end: float) -> None:
    for name, mistaken in false.items():
        wanted, drawn = results.cell(name, truth).metrics[STOP], look(results.variants.index(name))
        x, y = 100.0 * (mistaken.level or 0.0), 100.0 * (wanted.level or 0.0)
        if mistaken.exact is None:
            axis.plot(
                [100 * (mistaken.low or 0.0), 100 * (mistaken.high or 0.0)], [y, y], color=drawn.colour, lw=1
            )
        if wanted.exact is None:
            axis.plot(
                [x, x], [100 * (wanted.low or 0.0), 100 * (wanted.high or 0.0)], color=drawn.colour, lw=1
            )
        axis.plot(x, y, drawn.marker, color=drawn.colour, ms=5, clip_on=False, zorder=3)
    axis.set(xlim=(0, 1.06 * end), ylim=(0, 100), xlabel="false stop, %", ylabel="true stop, %")
    axis.grid(color=LIGHT, lw=0.6)
