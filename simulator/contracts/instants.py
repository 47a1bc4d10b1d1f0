"""The order of what falls on one instant."""

from __future__ import annotations

from enum import IntEnum

__all__ = ["InstantOrder"]


class InstantOrder(IntEnum):
    """What happens first when several things fall on one instant; both engines use these numbers.

    First inside patients, then the trial. A candidate who arrives at the moment of a stop finds
    accrual closed, because the effect of an action comes before an arrival. A correction is of a
    report that arrived before: what it takes back is never known beside what arrives on that instant.
    """

    OCCURRENCE = 1
    DETECTION = 2
    WINDOW = 3
    TRANSITION = 4
    CORRECTION = 5
    REPORT = 6
    LOOK = 7
    EFFECT = 8
    GATE = 9
    ARRIVAL = 10
