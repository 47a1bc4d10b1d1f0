"""Which engine plays: the compiled one where it can and is worth compiling for, and why not where not."""

from __future__ import annotations

import itertools
import time
from collections.abc import Sequence
from dataclasses import dataclass

from simulator.errors import TrialstopError
from simulator.program.tables import Program
from simulator.study.settings import EngineAsked
from simulator.study.units import EngineName, simpy_player

__all__ = ["SOONER", "Choice", "chosen_engine"]

SOONER = "so few trials end sooner there than the compiled engine is compiled; the results are the same"
MOST_TRIALS = 50_000  # of all cells: more are never played on SimPy of our own accord
PROBED = 0.5  # seconds of playing by which the SimPy engine's speed is judged


@dataclass(frozen=True, slots=True)
class Choice:
    """The engine that plays.

    note: why it is not the compiled one; "" if it is, or if SimPy was asked for. other: the engine that might
    as well have been chosen, on another day or machine, with the same results.
    """

    engine: EngineName
    note: str = ""
    other: EngineName | None = None


def chosen_engine(
    asked: EngineAsked, programs: Sequence[Program], trials: int, *, compare: bool = False
) -> Choice:
    """The engine asked for; of "auto" the one that ends first, compiling included.

    trials: of each Program. compare: the compiled engine is to be compared with SimPy, so it plays if it can.
    TrialstopError when the compiled engine is asked for and cannot play.
    """
    if asked == "simpy":
        return Choice("simpy")
    if why := _why_not(programs):
        if asked == "compiled":
            raise TrialstopError(f"--engine compiled: {why}; --engine simpy plays it")
        return Choice("simpy", why)
    if asked == "compiled" or compare or trials * len(programs) > MOST_TRIALS:
        return Choice("compiled")
    if _ends_sooner_on_simpy(programs, trials):
        return Choice("simpy", SOONER, "compiled")
    return Choice("compiled", other="simpy")


def _why_not(programs: Sequence[Program]) -> str:
    from simulator.engines.compiled import jit

    if not jit.AVAILABLE:
        return f"the compiled engine needs numba ({jit.WHY_NOT})"
    from simulator.engines.compiled.driver import supported

    return next((reason for program in programs if (reason := supported(program))), "")


def _ends_sooner_on_simpy(programs: Sequence[Program], trials: int) -> bool:
    """Whether the run ends there, in one process, before the kernels would be compiled.

    Judged by playing: the first trials of each Program in turn, for a moment.
    """
    from simulator.engines.compiled.driver import COMPILE_SECONDS, warm

    if warm():
        return False
    play = simpy_player(0)
    play(programs[0], 0, 1)  # the first one also imports
    start, played, spent = time.perf_counter(), 0, 0.0
    for trial, program in itertools.product(range(trials), programs):
        play(program, trial, 1)
        played, spent = played + 1, time.perf_counter() - start
        if spent > PROBED:
            break
    return spent / played * trials * len(programs) < COMPILE_SECONDS
