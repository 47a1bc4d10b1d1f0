"""Cumulative incidence of stopping over the calendar; a trial that does not stop never does.

One that is stopped before anybody enters has no first entry to count from: it counts from month 0 on.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil
from typing import TYPE_CHECKING, Final

from simulator.model.metric import Key
from simulator.reporting.plots._growing import Growing, draw_growing
from simulator.reporting.plots._scale import months_between
from simulator.reporting.plots._shown import OfRun, a_rule, its_trials
from simulator.units import DAYS_PER_MONTH

if TYPE_CHECKING:
    import numpy as np
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

    from simulator.study.results import Cell, Results

__all__ = ["OF", "draw", "needs"]

OF: Final = "run"

KEY = Key("days_to_stop")
STEPS = 240
EARLY = " Trials that were stopped before anybody entered count from month 0 on."
HALF = 6  # months of half a year


def needs(given: OfRun) -> str:
    """A rule, and when each trial stopped."""
    return a_rule(given.results) or its_trials(given.results)


def draw(given: OfRun) -> Sequence[Figure]:
    """One panel per truth, one curve per variant, named at its end."""
    import numpy as np

    results = given.results
    last = _last_month(results)
    about = (
        f"Share of {results.run.trials:,} trials stopped so far; trials that never stop stay in the "
        "denominator. Bands: pointwise 95 % Monte Carlo interval (Wilson). Variants marked = stop at the "
        f"same times as the one above.{EARLY * _any_without_entry(results)}"
    )
    over = Growing(
        title="When trials stop",
        about=about,
        at=np.linspace(0.0, last, STEPS),
        between=months_between(last),
        unit="months since the first entry",
        stops=lambda cell: _months(cell, results.run.trials),
    )
    return draw_growing(results, over)


def _months(cell: Cell, trials: int) -> NDArray[np.float64] | None:
    """In which each trial that stops did."""
    import numpy as np

    stops = cell.distributions.get(KEY)
    if stops is None:
        return None
    return np.asarray(np.pad(stops, (_without_entry(cell, trials), 0)) / DAYS_PER_MONTH)


def _last_month(results: Results) -> float:
    """End of the time axis: the last stop of any cell, a round number of months."""
    stops = [cell.distributions[KEY] for cell in results.cells if KEY in cell.distributions]
    latest = max((float(days.max()) for days in stops if len(days)), default=365.25)
    return float(HALF * max(ceil(latest / DAYS_PER_MONTH / HALF), 1))


def _without_entry(cell: Cell, trials: int) -> int:
    """Trials that were stopped before anybody entered."""
    share = cell.metrics[Key("p_stop")].value
    return round((share or 0.0) * trials) - len(cell.distributions[KEY])


def _any_without_entry(results: Results) -> bool:
    return any(
        _without_entry(cell, results.run.trials) > 0 for cell in results.cells if KEY in cell.distributions
    )
