"""The answer of a cell, and how it was come by."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from simulator.metrics.block import Floats
from simulator.metrics.text import Keyed
from simulator.model.estimate import Estimate
from simulator.model.metric import Key
from simulator.what_ifs.cells import Place

__all__ = ["Answer", "How"]

How = Literal["exact", "played", "weighted"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a cell came to.

    how: whether all its metrics are calculated, or it was played, `trials` trials, or trials of other cells
    were weighed for it, worth `trials` of its own; some metrics may be calculated too. metrics: of those
    asked, the ones that the cell has. columns: of some, a value per trial.
    """

    place: Place
    how: How
    trials: int
    metrics: Keyed[Estimate]
    columns: Keyed[Floats] = field(default_factory=Keyed)

    def estimate(self, key: Key) -> Estimate | None:
        """Of a metric; None where the cell does not have it, or nothing can be said."""
        found = self.metrics.get(key)
        return found if found is not None and found.level is not None else None
