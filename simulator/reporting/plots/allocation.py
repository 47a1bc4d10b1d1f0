"""Who is treated at which dose, and with a DLT, by truth and variant."""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING, Any, Final

from simulator.model.metric import Key
from simulator.reporting.doses import doses_of
from simulator.reporting.plots._shown import OfRun, doses_found
from simulator.reporting.plots._slots import Slots, reading, slots
from simulator.reporting.style import INK, PARTS, headline

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from simulator.study.results import Results

__all__ = ["OF", "draw", "needs"]

OF: Final = "run"

WITH, HATCH = PARTS[1]
PALE = "#a9d5ef"
NICE = (2, 4, 6, 8, 10, 12, 16, 20, 30, 40, 60, 80, 100)


def needs(given: OfRun) -> str:
    """Dose finding."""
    return doses_found(given.results)


def draw(given: OfRun) -> Figure:
    """A bar of patients in every slot, those with a DLT hatched; the interval of the patients."""
    from matplotlib.patches import Patch

    results, doses = given.results, given.doses
    names = list(dict.fromkeys(dose for cell in results.cells for dose in doses_of(cell)))
    at = [Key("n_at", dose=name) for name in names]
    found = [cell.metrics[key] for cell in results.cells for key in at if key in cell.metrics]
    largest = max((e.high or e.value or 0.0 for e in found), default=1.0)
    top = next((nice for nice in NICE if nice >= largest), 20 * ceil(largest / 20))
    places = [(name, name) for name in names]
    made = slots(results, doses, places, (0, top / 2, top), "patients treated at the dose, mean per trial")
    for truth, axis in made.panels.items():
        for row, variant in enumerate(made.variants):
            for slot, name in enumerate(names):
                _bar(axis, made, results, (variant, truth, name), (row, slot))
    handles = [
        Patch(facecolor=WITH, hatch=HATCH, edgecolor=INK, lw=0.6, label="with a DLT that counts"),
        Patch(facecolor=PALE, edgecolor=INK, lw=0.6, label="without, or not evaluable"),
    ]
    made.figure.legend(handles=handles, loc="outside lower left", ncols=2)
    about = (
        f"Means over {results.run.trials:,} trials, the expansion included; lines: 95 % interval of the "
        f"patients, who are the numbers.{reading(results, doses)}"
    )
    headline(made.figure, "Patients at each dose, and those with a DLT", about)
    return made.figure


def _bar(
    axis: Axes, made: Slots, results: Results, cell: tuple[str, str, str], place: tuple[int, int]
) -> None:
    variant, truth, name = cell
    (row, slot), metrics = place, results.cell(variant, truth).metrics
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
    axis.plot(ends, [row, row], color=INK, lw=1.3, zorder=4)
    inside = high > 0.65 * made.top and treated.value - dlt.value > 0.3 * made.top
    axis.annotate(
        f"{treated.value:.1f}",
        (with_dlt if inside else ends[1], row),
        xytext=(4, 0),
        textcoords="offset points",
        ha="left",
        va="center",
        fontsize=7.5,
        zorder=6,
    )
