"""Both engines on one program: the first difference, in words."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from simulator.engines.compare import first_difference
from simulator.errors import ScenarioError, TrialstopError
from simulator.model.records import Records
from simulator.program.tables import Program
from tests.generated.author import Tree
from tests.generated.invariants import unlikely
from tests.generated.scenario import lower, read
from tests.helpers import draws

__all__ = ["Found", "compare", "compiled_records", "reference_records", "same_failure"]

FEW, MOST_EVENTS, MOST_LOOKS = 3, 1000, 5000  # trials looked at first; more in each are too many for SimPy


@dataclass(frozen=True, slots=True)
class Found:
    """What became of a scenario: refused, skipped, same, differs, crashed; and why."""

    how: str
    why: str = ""
    trials: int = 0


def reference_records(program: Program, seed: int, first: int, trials: int) -> Records:
    """What SimPy says."""
    return draws(program, trials, first, seed)


def compiled_records(program: Program, seed: int, first: int, trials: int) -> Records:
    """What the kernels say; of odd seeds in two blocks, which must not matter."""
    from simulator.engines.compiled.driver import play

    half = trials // 3 if seed % 2 else 0
    parts = [play(program, seed, first, half)] if half else []
    return Records.join([*parts, play(program, seed, first + half, trials - half)])


def compare(tree: Tree, seed: int, trials: int) -> Found:
    """Load, lower and play a scenario on both engines, trials seed % 5 and following."""
    from simulator.engines.compiled.driver import supported

    try:
        program = lower(read(tree))
    except ScenarioError as problem:
        return Found("refused", str(problem.problems[0]))
    except Exception as problem:
        return Found("crashed", f"not loaded or lowered: {_said(problem)}")
    if reason := supported(program):
        return Found("skipped", reason)
    first = seed % 5
    events, looks = _events_and_looks(program, seed, first)
    if events > MOST_EVENTS or looks > MOST_LOOKS:
        return Found("skipped", f"{events:.0f} events, {looks:.0f} looks in a trial take SimPy too long")
    try:
        slow = reference_records(program, seed, first, trials)
    except Exception as problem:
        return Found("crashed", f"SimPy: {_said(problem)}", trials)
    try:
        fast = compiled_records(program, seed, first, trials)
    except Exception as problem:
        return Found("crashed", f"compiled: {_said(problem)}", trials)
    difference = first_difference(fast, slow) or unlikely(program, slow)
    return Found("differs" if difference else "same", difference, trials)


def _events_and_looks(program: Program, seed: int, first: int) -> tuple[float, float]:
    """Of a trial; 0 where the kernels fail, which is told when SimPy has been asked."""
    try:
        records = compiled_records(program, seed, first, FEW)
        return len(records.events) / FEW, len(records.looks) / FEW
    except Exception:
        return 0.0, 0.0


def same_failure(found: Found, seed: int, trials: int) -> Callable[[Tree], bool]:
    """For `shrink`: whether a tree still differs, or still crashes in the same place."""

    def fails(tree: Tree) -> bool:
        now = compare(tree, seed, trials)
        place, _, _ = found.why.rpartition(": ")
        return now.how == found.how and (found.how == "differs" or now.why.startswith(place))

    return fails


def _said(problem: Exception) -> str:
    """The exception and where it came from."""
    where, trace = "", problem.__traceback__
    while trace is not None:
        where = f"{trace.tb_frame.f_code.co_name}:{trace.tb_lineno}"
        trace = trace.tb_next
    kind = "" if isinstance(problem, TrialstopError) else f"{type(problem).__name__} "
    return f"{kind}in {where}: {problem}"
