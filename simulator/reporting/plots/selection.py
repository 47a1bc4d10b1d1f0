"""What dose finding selects, by truth, variant and dose."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from simulator.model.metric import Key
from simulator.reporting.doses import outcomes_of
from simulator.reporting.lettering import SMALL
from simulator.reporting.pages import Head
from simulator.reporting.plots._scale import limits, share, share_end_told, share_ends
from simulator.reporting.plots._shown import OfRun, doses_found
from simulator.reporting.plots._slots import Slots, reading, slots
from simulator.reporting.style import INK, look

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from simulator.study.results import Results

__all__ = ["OF", "draw", "needs"]

OF: Final = "run"

INSIDE = 0.6  # of the scale, from where on a number stands at the left of its mark


def needs(given: OfRun) -> str:
    """Dose finding."""
    return doses_found(given.results)


def draw(given: OfRun) -> Sequence[Figure]:
    """A share with its interval in every slot; the exact value as a ring."""
    results, doses = given.results, given.doses
    outcomes = outcomes_of(results.cells)
    shown = [cell.metrics[key] for cell in results.cells for _, key in outcomes if key in cell.metrics]
    top = share_ends(limits(shown))
    exact = " Rings: exact." if any(e.exact is not None for e in shown) else ""
    lines = f"Per cent of {results.run.trials:,} trials; lines: 95 % Monte Carlo interval (Wilson)."
    about = f"{lines}{exact}{reading(results, doses)}{share_end_told(top)}"

    def panel(axis: Axes, made: Slots) -> None:
        keys = [key for _, key in outcomes[made.first : made.first + len(made.names)]]
        for row, variant in enumerate(made.panel.variants):
            for slot, key in enumerate(keys):
                _point(axis, made, results, (variant, key), (row, slot))

    names = [(name, key.dose) for name, key in outcomes]
    head = Head(title="Which dose is selected", about=about)
    return slots(results, doses, names, top, "trials that end with it, %", head, panel)


def _point(axis: Axes, made: Slots, results: Results, cell: tuple[str, Key], place: tuple[int, int]) -> None:
    variant, key = cell
    (row, slot), e = place, results.cell(variant, made.panel.truth).metrics.get(key)
    if e is None or e.value is None:
        return
    drawn = look(results.variants.index(variant))
    low, high = (100 * (e.value if end is None else end) for end in (e.low, e.high))
    ends = [made.place(slot, low), made.place(slot, high)]
    axis.plot(ends, [row, row], color=drawn.colour, lw=1.6, solid_capstyle="butt", zorder=3)
    x = made.place(slot, 100 * e.value)
    axis.plot(x, row, drawn.marker, color=drawn.colour, ms=4, zorder=4, clip_on=False)
    if e.exact is not None:
        ring = made.place(slot, 100 * e.exact)
        ends = [min(ends[0], ring), max(ends[1], ring)]
        axis.plot(ring, row, "o", mfc="none", mec=INK, ms=7, mew=0.8, zorder=5, clip_on=False)
    right, gap = 100 * e.value < INSIDE * made.top, 4 if e.exact is None else 6
    axis.annotate(
        share(e, 0).partition(" ")[0],
        (ends[right], row),
        xytext=(gap if right else -gap, 0),
        textcoords="offset points",
        ha="left" if right else "right",
        va="center",
        fontsize=SMALL,
        zorder=6,
    )
