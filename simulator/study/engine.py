"""Which engine plays: the compiled one where it can, and why not where it cannot."""

from __future__ import annotations

from collections.abc import Iterable

from simulator.errors import TrialstopError
from simulator.program.tables import Program
from simulator.study.settings import EngineAsked
from simulator.study.units import EngineName

__all__ = ["chosen_engine"]


def chosen_engine(asked: EngineAsked, programs: Iterable[Program]) -> tuple[EngineName, str]:
    """(engine, why it is not the compiled one: "" if it is, or if SimPy was asked for).

    TrialstopError when the compiled engine is asked for and cannot play.
    """
    if asked == "simpy":
        return "simpy", ""
    why = _why_not(programs)
    if not why:
        return "compiled", ""
    if asked == "compiled":
        raise TrialstopError(f"--engine compiled: {why}; --engine simpy plays it")
    return "simpy", why


def _why_not(programs: Iterable[Program]) -> str:
    from simulator.engines.compiled import jit

    if not jit.AVAILABLE:
        return f"the compiled engine needs numba ({jit.WHY_NOT})"
    from simulator.engines.compiled.driver import supported

    return next((reason for program in programs if (reason := supported(program))), "")
