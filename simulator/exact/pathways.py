"""Everything that can follow a few cohorts ahead, as a tree over DLT counts."""

from __future__ import annotations

from itertools import groupby
from typing import NamedTuple

from simulator.errors import TrialstopError
from simulator.program.dose_course import Ahead
from simulator.program.dose_turns import ByCounts, Turn

__all__ = ["MOST_WAYS", "Branch", "pathways"]

MOST_WAYS = 2_000  # ways to look at: 6 cohorts of 3 are 4,096


class Branch(NamedTuple):
    """What follows from `low` to `high` DLTs in a cohort, and after each number in the next one."""

    low: int
    high: int
    turn: Turn
    branches: tuple[Branch, ...]

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
        if sum(each.more + 1 for each in ways) > MOST_WAYS:
            raise TrialstopError(
                f"pathways: found {cohorts} cohorts ahead, allowed {cohort - 1} here: {cohort} have more "
                f"than {MOST_WAYS:,} ways"
            )
        turns = [each.with_dlts(plan, k) for each in ways for k in range(each.more + 1)]
        ways = [Ahead.of(turn) for turn in turns if not turn.over]
    return _branches(plan, ahead, cohorts)


def _branches(plan: ByCounts, ahead: Ahead, cohorts: int) -> tuple[Branch, ...]:
    found = []
    for k in range(ahead.more + 1):
        turn = ahead.with_dlts(plan, k)
        further = cohorts > 1 and not turn.over
        found.append(Branch(k, k, turn, _branches(plan, Ahead.of(turn), cohorts - 1) if further else ()))
    alike = [list(same) for _, same in groupby(found, _shown)]
    return tuple(same[0]._replace(high=same[-1].high) for same in alike)


def _shown(branch: Branch) -> object:
    """Everything that is told of a branch but its count."""
    further = tuple((each.low, each.high, _shown(each)) for each in branch.branches)
    return branch.turn.version, branch.turn.choice, further
