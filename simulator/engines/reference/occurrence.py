"""One event of one patient, from occurrence to report."""

from __future__ import annotations

from dataclasses import dataclass
from math import floor, inf

from simulator.units import quantise

__all__ = ["Occurrence", "course_start"]


@dataclass(slots=True, kw_only=True, eq=False)
class Occurrence:
    """occurred <= detected <= reported. State, mark and days since the last dose are as of then.

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

    def row(self, trial: int) -> tuple[object, ...]:
        """The event as a record."""
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


def course_start(entry: float, days: float, now: float) -> float:
    """Day on which the course began in which `now` falls; a course's last instant belongs to it.

    entry: to the phase. days: of its courses, inf where it has none.
    """
    if days == inf:
        return entry
    k = floor((now - entry) / days)
    while k > 0 and quantise(entry + k * days) >= now:
        k -= 1
    while quantise(entry + (k + 1) * days) < now:
        k += 1
    return quantise(entry + k * days)
