"""Cumulative incidence of stopping over the patients enrolled: how many a stop spares."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from simulator.model.metric import Key
from simulator.reporting.plots._growing import Growing, draw_growing
from simulator.reporting.plots._scale import patients_between
from simulator.reporting.plots._shown import OfRun, a_rule, every_value

if TYPE_CHECKING:
    import numpy as np
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

    from simulator.study.results import Cell

__all__ = ["OF", "draw", "needs"]

OF: Final = "run"

STOP, ENROLLED = Key("p_stop"), Key("n_enrolled")


def needs(given: OfRun) -> str:
    """A rule, and the values of each trial."""
    return a_rule(given.results) or every_value(given.results, ENROLLED)


def draw(given: OfRun) -> Sequence[Figure]:
    """One panel per truth, one curve per variant, named at its end."""
    import numpy as np

    results = given.results
    most = max(int(cell.columns[ENROLLED].max()) for cell in results.cells)
    about = (
        f"Share of {results.run.trials:,} trials that are stopped having enrolled at most so many patients; "
        "trials that never stop stay in the denominator. Bands: pointwise 95 % Monte Carlo interval "
        "(Wilson). Variants marked = stop alike."
    )
    over = Growing(
        title="After how many patients trials stop",
        about=about,
        at=np.arange(max(most, 1) + 1.0),
        between=patients_between(most),
        unit="patients enrolled",
        stops=_patients,
        steps=True,
    )
    return draw_growing(results, over)


def _patients(cell: Cell) -> NDArray[np.float64]:
    """Enrolled in each trial that stops."""
    stopped: NDArray[np.float64] = cell.columns[ENROLLED][cell.columns[STOP] == 1.0]
    return stopped
