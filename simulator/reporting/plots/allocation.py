"""Who is treated at which dose, and with a DLT, by truth and variant."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil
from typing import TYPE_CHECKING, Any, Final

from simulator.model.metric import Key
from simulator.reporting.doses import doses_of
from simulator.reporting.lettering import SMALL
from simulator.reporting.pages import Head
from simulator.reporting.plots._scale import limits, mean
from simulator.reporting.plots._shown import OfRun, doses_found
from simulator.reporting.plots._slots import Slots, reading, slots
from simulator.reporting.style import INK, PARTS

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from simulator.study.results import Results

__all__ = ["OF", "draw", "needs"]

OF: Final = "run"

WITH, HATCH = PARTS[1]
PALE = "#a9d5ef"
NICE = (2, 4, 6, 8, 10, 12, 16, 20, 30, 40, 60, 80, 100)
INSIDE = 0.6  # of the scale, from where on a number stands in its bar


def needs(given: OfRun) -> str:
    """Dose finding."""
    return doses_found(given.results)


def draw(given: OfRun) -> Sequence[Figure]:
    """A bar of patients in every slot, those with a DLT hatched; the interval of the patients."""
    from matplotlib.patches import Patch

    results, doses = given.results, given.doses
    names = list(dict.fromkeys(dose for cell in results.cells for dose in doses_of(cell)))
    at = [Key("n_at", dose=name) for name in names]
    largest = max(limits(cell.metrics[key] for cell in results.cells for key in at if key in cell.metrics))
    top = next((nice for nice in NICE if nice >= largest), 20 * ceil(largest / 20))

    def panel(axis: Axes, made: Slots) -> None:
        for row, variant in enumerate(made.panel.variants):
            for slot, name in enumerate(names[made.first : made.first + len(made.names)]):
                _bar(axis, made, results, (variant, name), (row, slot))

    key = [
        (Patch(facecolor=WITH, hatch=HATCH, edgecolor=INK, lw=0.6), "with a DLT that counts"),
        (Patch(facecolor=PALE, edgecolor=INK, lw=0.6), "without, or not evaluable"),
    ]
    about = (
        f"Means over {results.run.trials:,} trials, the expansion included; lines: 95 % interval of the "
        f"patients, who are the numbers.{reading(results, doses)}"
    )
    head = Head(title="Patients at each dose, and those with a DLT", about=about, key=key)
    places = [(name, name) for name in names]
    return slots(results, doses, places, top, "patients treated at the dose, mean of a trial", head, panel)


def _bar(axis: Axes, made: Slots, results: Results, cell: tuple[str, str], place: tuple[int, int]) -> None:
    variant, name = cell
    (row, slot), metrics = place, results.cell(variant, made.panel.truth).metrics
    if Key("n_at", dose=name) not in metrics:
        return
    treated, dlt = metrics[Key("n_at", dose=name)], metrics[Key("n_dlt_at", dose=name)]
    if treated.value is None or dlt.value is None:
        return
    start, with_dlt, end = (made.place(slot, value) for value in (0.0, dlt.value, treated.value))
    edge: dict[str, Any] = {"height": 0.6, "edgecolor": INK, "lw": 0.5, "zorder": 3}
    axis.barh(row, with_dlt - start, left=start, color=WITH, hatch=HATCH, **edge)
    axis.barh(row, end - with_dlt, left=with_dlt, color=PALE, **edge)
    low, high = (treated.value if limit is None else limit for limit in (treated.low, treated.high))
    ends = [made.place(slot, low), made.place(slot, high)]
    axis.plot(ends, [row, row], color=INK, lw=1.1, zorder=4)
    inside = high > INSIDE * made.top
    axis.annotate(
        mean(treated.value, 1),
        (ends[not inside], row),
        xytext=(-4 if inside else 3, 0),
        textcoords="offset points",
        ha="right" if inside else "left",
        va="center",
        fontsize=SMALL,
        zorder=6,
        bbox={"boxstyle": "round,pad=0.1", "fc": PALE, "ec": "none"} if inside else None,
    )
