"""What dose finding selects, by truth, variant and dose."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from simulator.model.metric import Key
from simulator.reporting.doses import outcomes_of
from simulator.reporting.plots._shown import OfRun, doses_found
from simulator.reporting.plots._slots import Slots, reading, slots
from simulator.reporting.style import INK, headline, look

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from simulator.study.results import Results

__all__ = ["OF", "draw", "needs"]

OF: Final = "run"


def needs(given: OfRun) -> str:
    """Dose finding."""
    return doses_found(given.results)


def draw(given: OfRun) -> Figure:
    """A share with its interval in every slot; the exact value as a ring."""
    results, doses = given.results, given.doses
    outcomes = outcomes_of(results.cells)
    names = [(name, key.dose) for name, key in outcomes]
    made = slots(results, doses, names, (0, 50, 100), "trials that end with it, %")
    for truth, axis in made.panels.items():
        for row, variant in enumerate(made.variants):
            for slot, (_, key) in enumerate(outcomes):
                _point(axis, made, results, (variant, truth, key), (row, slot))
    shown = [cell.metrics[key] for cell in results.cells for _, key in outcomes if key in cell.metrics]
    exact = " Rings: exact." if any(e.exact is not None for e in shown) else ""
    lines = f"Share of {results.run.trials:,} trials; lines: 95 % Monte Carlo interval (Wilson)."
    about = f"{lines}{exact}{reading(results, doses)}"
    headline(made.figure, "Which dose is selected", about)
    return made.figure


def _point(
    axis: Axes, made: Slots, results: Results, cell: tuple[str, str, Key], place: tuple[int, int]
) -> None:
    variant, truth, key = cell
    (row, slot), e = place, results.cell(variant, truth).metrics.get(key)
    if e is None or e.value is None:
        return
    drawn = look(results.variants.index(variant))
    low, high = (100 * (e.value if end is None else end) for end in (e.low, e.high))
    ends = [made.place(slot, low), made.place(slot, high)]
    axis.plot(ends, [row, row], color=drawn.colour, lw=1.8, solid_capstyle="butt", zorder=3)
    x = made.place(slot, 100 * e.value)
    axis.plot(x, row, drawn.marker, color=drawn.colour, ms=5, zorder=4, clip_on=False)
    if e.exact is not None:
        ring = made.place(slot, 100 * e.exact)
        ends = [min(ends[0], ring), max(ends[1], ring)]
        axis.plot(ring, row, "o", mfc="none", mec=INK, ms=9, mew=0.9, zorder=5, clip_on=False)
    right, gap = e.value < 0.6, 5 if e.exact is None else 8
    axis.annotate(
        f"{100 * e.value:.0f}",
        (ends[right], row),
        xytext=(gap if right else -gap, 0),
        textcoords="offset points",
        ha="left" if right else "right",
        va="center",
        fontsize=7.5,
        zorder=6,
    )
