"""A scenario file -> a checked `Scenario`, or every problem in it at once."""

from __future__ import annotations

from collections.abc import Sequence
from os import PathLike

from simulator.errors import Problem, ScenarioError
from simulator.loading.parts import AS_WRITTEN
from simulator.loading.source import read_source
from simulator.model.scenario import Scenario

__all__ = ["AS_WRITTEN", "check", "load", "scenario_of"]


def load(path: str | PathLike[str], sets: Sequence[str] = ()) -> Scenario:
    """Read, change by `sets` ("PATH=VALUE"), merge, validate and cross-check a scenario file.

    Raises ScenarioError with all problems in file order, TrialstopError for a file that cannot be
    read. Warnings stay with the scenario.
    """
    return read_source(str(path), sets).scenario


def check(path: str | PathLike[str], sets: Sequence[str] = ()) -> list[Problem]:
    """Everything that is wrong with a scenario file, warnings too, in file order; empty when all is right.

    A problem has file, line, path, found, allowed, hint and severity ("error" or "warning"); `text()` is the
    line that `trialstop check` prints. Without an error the scenario can be played. TrialstopError for a
    file that cannot be read at all.
    """
    try:
        return list(load(path, sets).warnings)
    except ScenarioError as error:
        return list(error.problems)


def scenario_of(given: Scenario | str | PathLike[str]) -> Scenario:
    """A scenario as it is, or read from its file as `load` does."""
    return given if isinstance(given, Scenario) else load(given)
