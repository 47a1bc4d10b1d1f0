"""Cross-checks of a scenario: what single values cannot tell. One file per check.

Each has `check(case) -> Iterator[Problem]`, over one variant's design with all truths. `CHECKS`
lists them in the order they run; every one runs, so that all problems are seen at once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from simulator.errors import Problem
from simulator.loading.checks import (
    accrual,
    actions,
    clocks,
    cycles,
    marks,
    names,
    needed,
    reach,
    steps,
    visits,
)
from simulator.loading.checks.case import Case

__all__ = ["CHECKS", "Case"]

CHECKS: tuple[Callable[[Case], Iterator[Problem]], ...] = (
    names.check,
    actions.check,
    needed.check,
    marks.check,
    clocks.check,
    steps.check,
    visits.check,
    cycles.check,
    reach.check,
    accrual.check,
)
