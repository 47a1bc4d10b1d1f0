"""How many patients each arm has, how many received it, and how far arms are off their shares."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from simulator.model.metric import Key
from simulator.reporting.plots._arms import ArmBars, an_arm, draw_arms
from simulator.reporting.plots._scale import mean
from simulator.reporting.plots._shown import OfRun

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from simulator.study.results import Cell

__all__ = ["OF", "draw", "needs"]

OF: Final = "run"


def needs(given: OfRun) -> str:
    """Arms."""
    return an_arm(given.results)


def draw(given: OfRun) -> Sequence[Figure]:
    """A bar of those randomised per arm, a mark where some received another; the imbalance at the right."""
    results = given.results
    what = ArmBars(
        title="Patients in each arm",
        about=(
            f"Means over {results.run.trials:,} trials: patients randomised to the arm, with the 95\u00a0% "
            "interval. At the right: how many patients an arm is off its share, at the end / at its largest."
        ),
        unit="patients randomised, mean of a trial",
        bar=lambda arm: Key("n_randomised", arm=arm),
        points=[("who received it", "ring", lambda arm: Key("n_received", arm=arm))],
        beside=_imbalance,
    )
    return draw_arms(results, what)


def _imbalance(cell: Cell) -> str:
    found = [cell.metrics.get(Key("imbalance", word=word)) for word in (None, "largest")]
    return " / ".join(mean(e.value, 2) for e in found if e is not None and e.value is not None)
