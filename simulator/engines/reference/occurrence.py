"""One event of one patient, from occurrence to report."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from math import inf

from simulator.program.tables import EventTable
from simulator.units import quantise

__all__ = ["Occurrence"]


@dataclass(slots=True, kw_only=True, eq=False)
class Occurrence:
    """occurred <= detected <= reported <= withdrawn. State, mark and days since the last dose are as of then.

    course: the day its course began. times: how often the event had happened to the patient before.
    visit: the visit that will find it. upgraded: when the report gets the mark `later`.
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
    upgraded: float = inf
    later: int = -1

    def stands(self, day: float) -> bool:
        """Whether on a day the report has arrived and is not withdrawn."""
        return self.reported <= day < self.withdrawn

    @property
    def final(self) -> float:
        """The day from which on it is known whether the report stands."""
        return self.withdrawn if self.withdrawn < inf else self.reported

    def seen_as(self, event: int) -> Occurrence:
        """Another event of the patient on the same day and in the same state, not yet reported."""
        other = replace(self, event=event, component=-1, mark=-1, reported=inf, withdrawn=inf)
        other.upgraded, other.later = inf, -1
        return other

    def correct(self, event: EventTable, uniform: Callable[[str], float]) -> None:
        """What will become of the report, by its draws of streams."""
        if event.withdrawn > 0.0 and uniform(event.withdrawn_stream) < event.withdrawn:
            assert event.withdrawn_after is not None
            days = event.withdrawn_after.drawn(lambda: uniform(event.withdrawn_after_stream))
            self.withdrawn = quantise(self.reported + days)
        upgrade = event.upgrades[self.mark] if event.upgrades and self.mark >= 0 else None
        if upgrade is not None and uniform(event.upgraded_stream) < upgrade.share:
            days = upgrade.after.drawn(lambda: uniform(event.upgraded_after_stream))
            self.upgraded, self.later = quantise(self.reported + days), upgrade.to

    def corrections(self) -> list[float]:
        """Days after its arrival on which the report changes."""
        days = {self.upgraded} if self.upgraded < self.withdrawn else set()
        return sorted(day for day in {self.withdrawn, *days} if self.reported < day < inf)

    def row(self, trial: int, *, corrects: bool) -> tuple[object, ...]:
        """The event as a record. corrects: with what becomes of the report."""
        return (
            *self._row(trial),
            *((self.withdrawn, self.upgraded, self.later) if corrects else ()),
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
