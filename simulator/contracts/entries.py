"""What a rule promises that reads how many have entered, and when."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from typing import ClassVar

from simulator.contracts.boundaries import Boundary, Observed, RuleTable, Verdict
from simulator.contracts.rules import Plan, Rule

__all__ = ["EntriesRule"]


class EntriesRule(Rule):
    """A rule whose one reading is of accrual: n days since the trial opened, in whole days, x entries so far.

    It stops for few. Its looks are set by the calendar (`Plan.days`), and read those too who enter at their
    instant. It says nothing once accrual was closed; after its horizon what it says on that day.
    """

    __slots__ = ()

    endpoints: ClassVar[tuple[str, ...]] = ("entries",)
    good: ClassVar[tuple[str, ...]] = ("entries",)
    whole_n: ClassVar[bool] = True

    @property
    @abstractmethod
    def horizon(self) -> float:
        """The day after which its bound stays as it is."""

    @property
    @abstractmethod
    def most_wanted(self) -> int:
        """Entries with which it can never stop: as many as it asks for, at most."""

    @abstractmethod
    def most_at(self, day: float) -> int | None:
        """The most entries by this day with which it stops; None where no number does."""

    def assess(self, observed: Sequence[Observed], plan: Plan) -> Verdict:
        """`stop` with as few entries as on that day; one `Observed`: days, entries.

        It is not read any more once accrual was closed.
        """
        if not observed[0].read:
            return Verdict(outcome=None, why="accrual was closed before")
        days, entered = int(observed[0].n), observed[0].x
        begin = f"{entered} entered by day {days}{' or later' if days == int(self.horizon) else ''}"
        bound = self._bound(days, self._days(plan))
        if bound is None:
            return Verdict(outcome=None, why=f"{begin}, when no number is too few")
        if entered <= bound:
            return Verdict(outcome="stop", why=f"{begin}, not more than {bound}")
        return Verdict(outcome=None, why=f"{begin}, more than {bound}")

    def lower(self, plan: Plan) -> RuleTable:
        """A bound for every day up to the horizon; on that of a look the one of its very instant."""
        days = self._days(plan)
        bound = tuple(self._bound(day, days) for day in range(int(self.horizon) + 1))
        return RuleTable(boundaries=(Boundary(outcome="stop", direction="at_most", bound=bound),))

    def particulars(self, plan: Plan) -> tuple[str, ...]:
        """The bound at each look that is planned."""
        from simulator.formats import format_days

        shown = [
            f"{format_days(day)}: {'never' if b is None else f'{b} or fewer'}"
            for day in plan.days
            for b in (self.most_at(min(day, self.horizon)),)
        ]
        return (f"entries at looks: {'; '.join(shown)}",) if shown else ()

    def _days(self, plan: Plan) -> dict[int, float]:
        """Whole days on which it is read, or on which its bound becomes the last one, with the instant."""
        return {int(day): day for day in (self.horizon, *plan.days)}

    def _bound(self, day: int, instants: Mapping[int, float]) -> int | None:
        """Of a whole day."""
        return self.most_at(instants.get(day, float(day))) if day > 0 else None
