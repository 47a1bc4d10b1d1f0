"""Patients with an event in each arm, and how the populations differ."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Final

from simulator.model.metric import Key
from simulator.program.words import Population
from simulator.reporting.plots._arms import ArmBars, an_arm, draw_arms
from simulator.reporting.plots._shown import OfRun

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["OF", "draw", "needs"]

OF: Final = "event"

MARKED = ((Population.TREATED_AS_RANDOMISED, "ring"), (Population.AS_TREATED, "dot"))


def needs(given: OfRun) -> str:
    """Arms."""
    return an_arm(given.results)


def draw(given: OfRun) -> Sequence[Figure]:
    """A bar per arm as randomised; marks of those treated as randomised, and as treated."""
    results, event = given.results, given.event

    def key(word: str | None = None) -> Callable[[str], Key]:
        return lambda arm: Key("patients_with", event=event, arm=arm, word=word)

    what = ArmBars(
        title=f"Patients with {event} in each arm",
        about=(
            f"Mean number in a trial, over {results.run.trials:,} trials. Bars and numbers: by the arm that "
            "was drawn, whatever was received, with the 95\u00a0% interval."
        ),
        unit="patients in a trial, mean",
        bar=key(),
        points=[(p.word.replace("_", " "), mark, key(p.word)) for p, mark in MARKED],
    )
    return draw_arms(results, what)
