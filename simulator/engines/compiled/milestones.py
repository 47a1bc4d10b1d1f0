"""How far a rule's milestones have come: parts of `reference.monitor`."""

from __future__ import annotations

from simulator.engines.compiled import codes
from simulator.engines.compiled.denominator import assessed, known, treated
from simulator.engines.compiled.described import Ints
from simulator.engines.compiled.jit import kernel
from simulator.engines.compiled.records.rules import Counter, Milestone, Monitor
from simulator.engines.compiled.records.trial import Trial

__all__ = ["count_of", "passes"]


@kernel
def count_of(trial: Trial, milestone: Milestone, counter: Counter, now: float) -> int:
    """A milestone's count of the rule's own patients, or of the group of arms which has fewest."""
    unit, groups = milestone.unit, milestone.groups
    if milestone.n_groups == 0:
        return _count_in(trial, unit, counter, counter.members, now)
    least = trial.treated
    for i in range(milestone.n_groups):
        least = min(least, _count_in(trial, unit, counter, groups[i].members, now))
    return least


@kernel
def _count_in(trial: Trial, unit: int, counter: Counter, members: Ints, now: float) -> int:
    if unit == codes.UNIT_TREATED:
        return treated(trial, counter, members, now)
    if unit == codes.UNIT_COMPLETED:
        return assessed(trial, counter, members, now)
    return known(trial, counter, members, now)


@kernel
def passes(monitor: Monitor, milestone: Milestone, endpoint: int, count: int) -> bool:
    """Whether a count is at a multiple not reached before."""
    passed = count // milestone.amount
    if monitor.schedule == codes.AT:
        passed = min(passed, 1)
    if passed <= milestone.passed[endpoint]:
        return False
    milestone.passed[endpoint] = passed
    return True
