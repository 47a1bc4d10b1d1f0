"""`play`: trials of a Program by compiled kernels, with the records of the reference engine."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from threading import Lock, local
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simulator import streams
from simulator.engines.compiled import jit
from simulator.engines.compiled.asked import Answers
from simulator.engines.compiled.jit import COMPILING
from simulator.engines.compiled.memory import TABLES, Tables, TrialMemory
from simulator.engines.compiled.pack import Packed, pack, supported
from simulator.engines.compiled.trial import play_trials
from simulator.engines.runaway import runaway
from simulator.engines.stop import Stop
from simulator.model.records import Records
from simulator.program.tables import Program

__all__ = ["COMPILE_SECONDS", "compile_kernels", "play", "supported", "warm"]

COMPILE_SECONDS = 40  # the first time after a change of the sources, about; twice as long on slow machines

MOST_TURNS = 1_000  # trials played in one go
MOST_BETAS = 100_000  # Beta traits drawn in one go
MOST_KEPT = 256  # Programs that stay packed
KEPT_BETAS = 8  # columns of drawn Beta traits a thread keeps

Prepared = tuple[Packed, Answers, dict[str, int]]  # the last: rooms that had to grow
_prepared: dict[int, tuple[Program, Prepared]] = {}
_lock = Lock()
_of_thread = local()


def warm() -> bool:
    """Whether trials can be played without compiling first."""
    return jit.warm(play_trials)


def compile_kernels(program: Program, told: Callable[[str, int, int], None]) -> None:
    """Have the kernels ready for any Program, by playing a trial of this one.

    told: called after each kernel that had to be compiled: (its name, how many so far, how many there are).
    """
    with jit.watched(told):
        play(program, 0, 0, 1)


def play(program: Program, seed: int, first: int, trials: int, stop: Stop | None = None) -> Records:
    """Trials first ... first + trials - 1 of a Program.

    The records are those of the reference engine, whatever the block.  Kernels run without the
    interpreter lock, and each thread has its own memory.  Raises ValueError if `supported` gives a reason,
    Stopped if `stop` was asked for.
    """
    packed, answers, learned = _prepare(program)
    seed = streams.check_seed(seed)
    drawn = packed.program.max_treated * len(packed.betas)
    turns = max(1, min(MOST_TURNS, trials, MOST_BETAS // drawn if drawn else MOST_TURNS))
    memory = _memory(packed, turns, learned)
    pieces: list[Tables] = []
    for start in range(first, first + trials, turns):
        numbers = list(range(start, min(start + turns, first + trials)))
        pieces += _in_order(list(_play(memory, answers, seed, numbers, stop or Stop())))
    if not pieces:
        memory.forget_rows()
        pieces.append(memory.take_rows())
    return Records(**(pieces[0] if len(pieces) == 1 else _joined(pieces)))


def _prepare(program: Program) -> Prepared:
    """The packed Program, once for each: told apart by identity, since a Program is large."""
    with _lock:
        held = _prepared.get(id(program))
        if held is None or held[0] is not program:
            packed = pack(program)
            held = (program, (packed, Answers(packed), {}))
            while len(_prepared) >= MOST_KEPT:
                del _prepared[next(iter(_prepared))]
            _prepared[id(program)] = held
        return held[1]


def _memory(packed: Packed, turns: int, learned: dict[str, int]) -> TrialMemory:
    """This thread's memory, made anew for another Program or more trials at once."""
    memory: TrialMemory | None = getattr(_of_thread, "memory", None)
    if memory is None or memory.packed is not packed or memory.turns < turns:
        memory = TrialMemory(packed, turns, learned)
        _of_thread.memory = memory
    return memory


def _play(
    memory: TrialMemory, answers: Answers, seed: int, numbers: list[int], stop: Stop
) -> Iterator[Tables]:
    """Rows of these trials, piece by piece; those given up for want of an answer come last, in turn."""
    while numbers:
        trials: Any = np.array(numbers, dtype=np.int64) if COMPILING else numbers
        memory.forget_rows()
        memory.prepare(seed, answers.known, _betas(memory, seed, numbers))
        turn, given_up, unknown = 0, [], []
        while turn < len(numbers):
            before = turn
            asked: Any = stop.asked
            turn = play_trials(*memory.memory, trials, turn, asked)
            stop.check()
            if turn < len(numbers) and (event := memory.endless()) is not None:
                raise runaway(memory.packed.program, numbers[turn], event)
            questions, abandoned = memory.take_unknown()
            unknown += questions
            given_up += abandoned
            yield memory.take_rows()
            if turn < len(numbers):
                short = memory.short()
                if short not in TABLES or turn == before:
                    memory.grow(short)
                    memory.prepare(seed, answers.known, _betas(memory, seed, numbers))
        if unknown:
            answers.ask(unknown)
        numbers = given_up


def _betas(memory: TrialMemory, seed: int, numbers: Sequence[int]) -> NDArray[np.float64]:
    """Drawn Beta traits, flat: [trial][candidate][trait]."""
    columns, candidates = memory.packed.betas, memory.rooms["betas"]
    if not columns:
        return np.zeros(0)
    drawn = [_quantiles(seed, beta, numbers, candidates) for beta in columns]
    return np.stack(drawn, axis=2).ravel()


def _quantiles(
    seed: int, beta: tuple[int, float, float], numbers: Sequence[int], candidates: int
) -> NDArray[np.float64]:
    """One trait of trials and candidates: the quantiles the reference asks for singly.

    They cost more than the trials, and the variants of a study ask for the same ones in turn: a thread keeps
    the last few, and draws only candidates it has not met.
    """
    from scipy.special import betaincinv

    kept: dict[Any, NDArray[np.float64]] = _of_thread.__dict__.setdefault("betas", {})
    key = seed, beta, tuple(numbers)
    found = kept.pop(key, np.zeros((len(numbers), 0)))
    if (there := found.shape[1]) < candidates:
        stream, a, b = beta
        arrivals = np.arange(there, candidates)
        drawn = streams.words(seed, stream, np.array(numbers, dtype=np.uint64), arrivals)
        found = np.concatenate([found, betaincinv(a, b, streams.uniforms(drawn[:, :, 0]))], axis=1)
    kept[key] = found
    if len(kept) > KEPT_BETAS:
        del kept[next(iter(kept))]
    return found[:, :candidates]


def _in_order(pieces: list[Tables]) -> list[Tables]:
    """The pieces of a block sorted by trial, where some trials came late; in a trial the order stays."""
    firsts = [int(piece["trials"]["trial"][0]) for piece in pieces if len(piece["trials"])]
    lasts = [int(piece["trials"]["trial"][-1]) for piece in pieces if len(piece["trials"])]
    if all(last < first for last, first in zip(lasts, firsts[1:], strict=False)):
        return pieces
    return [{n: rows[np.argsort(rows["trial"], kind="stable")] for n, rows in _joined(pieces).items()}]


def _joined(pieces: list[Tables]) -> Tables:
    return {name: np.concatenate([piece[name] for piece in pieces]) for name in TABLES}
