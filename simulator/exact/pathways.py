"""Everything that can follow a few cohorts ahead, as a tree over DLT counts."""

from __future__ import annotations

from itertools import groupby
from typing import NamedTuple

from simulator.errors import TrialstopError
from simulator.program.dose_course import Ahead
from simulator.program.dose_turns import ByCounts, Turn

__all__ = ["MOST_WAYS", "Branch", "pathways", "singly"]

MOST_WAYS = 2_000  # ways to look at: 6 cohorts of 3 are 4,096


class Branch(NamedTuple):
    """What follows from `low` to `high` DLTs in a cohort, and after each number in the next one.

    milder: of a single patient without a DLT whether there was a milder event, where that counts; else None.
    """

    low: int
    high: int
    turn: Turn
    branches: tuple[Branch, ...]
    milder: bool | None = None

    def dlts(self, dash: str) -> str:
        """`1`, `0, milder`, `2-3`."""
        if self.low != self.high:
            return f"{self.low}{dash}{self.high}"
        return f"{self.low}, milder" if self.milder else str(self.low)

    @property
    def ends(self) -> int:
        """Leaves of the tree."""
        return sum(branch.ends for branch in self.branches) or 1


def pathways(plan: ByCounts, ahead: Ahead, cohorts: int) -> tuple[Branch, ...]:
    """So many cohorts ahead; neighbouring counts with the same consequences are one branch.

    TrialstopError where there are more than MOST_WAYS.
    """
    ways = [ahead]
    for cohort in range(1, cohorts + 1):
        if sum(len(each.ways(plan)) for each in ways) > MOST_WAYS:
            raise TrialstopError(
                f"pathways: found {cohorts} cohorts ahead, allowed {cohort - 1} here: {cohort} have more "
                f"than {MOST_WAYS:,} ways"
            )
        turns = [turn for each in ways for turn in each.turns(plan)]
        ways = [Ahead.of(turn) for turn in turns if not turn.over]
    return _branches(plan, ahead, cohorts)


def _branches(plan: ByCounts, ahead: Ahead, cohorts: int) -> tuple[Branch, ...]:
    found = []
    for branch in singly(plan, ahead):
        further = cohorts > 1 and not branch.turn.over
        after = _branches(plan, Ahead.of(branch.turn), cohorts - 1) if further else ()
        found.append(branch._replace(branches=after))
    if found[0].milder is False and _shown(found[0]) == _shown(found[1]):  # of no consequence
        found = [branch._replace(milder=None) for branch in found if not branch.milder]
    alike = [list(same) for _, same in groupby(found, lambda each: (each.milder, _shown(each)))]
    return tuple(same[0]._replace(high=same[-1].high) for same in alike)


def singly(plan: ByCounts, ahead: Ahead) -> tuple[Branch, ...]:
    """One cohort ahead, each outcome for itself."""
    ways = ahead.ways(plan)
    counts = any(way.moderate for way in ways)
    return tuple(
        Branch(
            way.dlt,
            way.dlt,
            ahead.after(plan, way),
            (),
            bool(way.moderate) if counts and not way.dlt else None,
        )
        for way in ways
    )


def _shown(branch: Branch) -> object:
    """Everything that is told of a branch but its count."""
    further = tuple((each.low, each.high, _shown(each)) for each in branch.branches)
    return branch.turn.version, branch.turn.choice, further
