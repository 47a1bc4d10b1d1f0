"""One event of one patient, from occurrence to report."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf

__all__ = ["Occurrence"]


@dataclass(slots=True, kw_only=True, eq=False)
class Occurrence:
    """occurred <= detected <= reported <= withdrawn. State, mark and days since the last dose are as of then.

    course: the day its course began. times: how often the event had happened to the patient before.
    visit: the visit that will find it.
    """

    candidate: int
    event: int
    component: int
    times: int
    occurred: float
    state: int
    mark: int
    course: float
    since: tuple[float, ...]
    visit: float = inf
    detected: float = inf
    reported: float = inf
    withdrawn: float = inf

    def stands(self, day: float) -> bool:
        """Whether on a day the report has arrived and is not withdrawn."""
        return self.reported <= day < self.withdrawn

    def row(self, trial: int, *, withdraws: bool) -> tuple[object, ...]:
        """The event as a record. withdraws: with the day of withdrawal."""
        return (
            *self._row(trial),
            *((self.withdrawn,) if withdraws else ()),
        )

    def _row(self, trial: int) -> tuple[object, ...]:
        return (
            trial,
            self.candidate,
            self.event,
            self.component,
            self.occurred,
            self.detected,
            self.reported,
            self.state,
            self.mark,
            self.course,
            self.since,
        )
