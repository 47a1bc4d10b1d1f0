"""Designs whose patients may be in more states than can be followed."""

from __future__ import annotations

from collections.abc import Iterator
from math import prod

from simulator.errors import Problem, TrialstopError
from simulator.limits import MOST_STATES
from simulator.loading.checks.checked import Checked
from simulator.program.build import build

__all__ = ["check"]


def check(checked: Checked) -> Iterator[Problem]:
    """Lowered under one truth, where drugs, phases, arms and plans might be too many."""
    design = checked.design
    levels = prod(
        2 * (len(listed) + 1) for listed in map(checked.levels, design.drugs)
    )  # each as the phase has it, or held
    plans = 1 + len(checked.amended)
    if levels * len(design.phases) * (len(design.arms) + 1) * plans <= MOST_STATES or not checked.truths:
        return
    try:
        build(design, next(iter(checked.truths.values())), amended=checked.amended)
    except TrialstopError as error:
        found, _, allowed = str(error).removeprefix("design: found ").partition(", allowed ")
        yield checked.problem(("design",), found, allowed)
