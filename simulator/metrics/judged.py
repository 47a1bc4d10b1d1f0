"""How far a stop, or none, tells whether the drug is acceptable: of an average over weighted truths only."""

from __future__ import annotations

from typing import Literal

import numpy as np

from simulator.metrics.block import Floats
from simulator.model.metric import Key, Kind, Metric

__all__ = ["ACCEPTABLE", "METRICS", "NOT_ACCEPTABLE", "judged"]

NOT_ACCEPTABLE = Metric(
    "p_not_acceptable_given_stop",
    kind=Kind.SHARE,
    unit="share",
    label="P(not acceptable | stopped)",
    about="of the weight of trials that stop, the part under truths with `acceptable: false`",
)
ACCEPTABLE = Metric(
    "p_acceptable_given_no_stop",
    kind=Kind.SHARE,
    unit="share",
    label="P(acceptable | not stopped)",
    about="of the weight of trials that do not stop, the part under truths with `acceptable: true`",
)
METRICS = (NOT_ACCEPTABLE, ACCEPTABLE)


def judged(stopped: Floats, acceptable: bool | Literal["borderline"] | None) -> dict[Key, Floats]:
    """Of one truth's trials (1: stopped) whether the verdict holds there, nan where it is not asked.

    Under a borderline truth neither holds.
    """
    return {
        NOT_ACCEPTABLE(): np.where(stopped == 1.0, float(acceptable is False), np.nan),
        ACCEPTABLE(): np.where(stopped == 0.0, float(acceptable is True), np.nan),
    }
