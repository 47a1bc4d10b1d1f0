"""Cross-checks of a scenario: what single values cannot tell. One file per check.

Each has `check(checked) -> Iterator[Problem]`, over one variant's design with all truths; every one runs, so
that all problems are seen at once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from simulator.errors import Problem
from simulator.loading.checks import (
    absences,
    accrual,
    actions,
    adjudicated,
    amendments,
    arms,
    assessed,
    cases,
    clocks,
    conduct,
    cycles,
    dosing,
    drugs,
    endpoints,
    families,
    inherited,
    marks,
    names,
    needed,
    reach,
    steps,
    traits,
    visits,
    windows,
)
from simulator.loading.checks.checked import Checked

__all__ = ["DAMAGED", "WHOLE", "Checked"]

Check = Callable[[Checked], Iterator[Problem]]

DAMAGED: tuple[Check, ...] = (
    names.check,
    conduct.named,
    cases.check,
    actions.check,
    drugs.check,
    absences.check,
    dosing.check,
    amendments.check,
    endpoints.check,
    needed.check,
    marks.check,
    traits.check,
    clocks.check,
    families.check,
    inherited.check,
    steps.check,
)
"""Sound even where parts of the design could not be read and were left out."""

WHOLE: tuple[Check, ...] = (
    arms.check,
    visits.check,
    windows.check,
    assessed.check,
    cycles.check,
    reach.check,
    adjudicated.check,
    conduct.check,
    accrual.check,
)
"""For a design that could be read in full."""
