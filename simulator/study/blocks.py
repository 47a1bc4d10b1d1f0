"""Blocks of trials, in this process or in several; results do not depend on which."""

from __future__ import annotations

import os
import signal
import time
from collections import deque
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from math import ceil

from simulator.engines.reference.trial import play
from simulator.errors import TrialstopError
from simulator.metrics.block import Floats
from simulator.metrics.collect import collect
from simulator.model.latents import BlockLatents
from simulator.model.records import Records
from simulator.program.tables import Program

__all__ = ["Key", "Played", "available_jobs", "blocks", "play_blocks"]

Key = tuple[str, str]

LARGEST = 250  # trials drawn and played together
SMALLEST = 25
MOST_AHEAD = 200  # candidates of a trial
MOST_CANDIDATES = 20_000  # of a block
WORTH_A_WORKER = 3_000  # trials over all cells below which starting a process costs more than it saves


@dataclass(frozen=True, slots=True)
class Played:
    """One cell of one block: metrics with one value per trial, and the records where they are wanted."""

    key: Key
    trials: int
    columns: dict[str, Floats]
    records: Records | None
    seconds: float


def available_jobs() -> int:
    """Processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def blocks(trials: int, jobs: int, arrivals: int = 1) -> list[tuple[int, int]]:
    """(first trial, number of trials) of each block; smaller where many candidates are drawn."""
    size = LARGEST if jobs == 1 else min(LARGEST, max(SMALLEST, ceil(trials / (4 * jobs))))
    size = max(1, min(size, MOST_CANDIDATES // arrivals))
    return [(first, min(size, trials - first)) for first in range(0, trials, size)]


def play_blocks(
    cells: Mapping[Key, Program], *, trials: int, seed: int, jobs: int, keep: bool
) -> Iterator[list[Played]]:
    """Every block in order, all cells of it. keep: with records. jobs: processes; 0: as many as pay."""
    if jobs == 0:
        jobs = min(available_jobs(), max(1, trials * len(cells) // WORTH_A_WORKER))
    todo = blocks(trials, jobs, _arrivals(cells))
    if jobs == 1:
        for first, count in todo:
            yield list(_play_block(cells, seed, first, count, keep))
        return
    with ProcessPoolExecutor(min(jobs, len(todo)), initializer=_start, initargs=(cells,)) as pool:
        running: deque[Future[list[Played]]] = deque()
        try:
            for first, count in todo:
                running.append(pool.submit(_in_worker, seed, first, count, keep))
                if len(running) > 2 * jobs:  # no more is kept than the workers need ahead
                    yield running.popleft().result()
            while running:
                yield running.popleft().result()
        except BrokenProcessPool:
            raise TrialstopError("a worker process died, perhaps for want of memory: try --jobs 1") from None
        except BaseException:
            for future in running:
                future.cancel()
            for process in list(getattr(pool, "_processes", {}).values()):
                process.terminate()
            raise


def _arrivals(cells: Mapping[Key, Program]) -> int:
    """Candidates drawn ahead per trial; any beyond are drawn when they turn up."""
    return min(max(program.max_treated for program in cells.values()), MOST_AHEAD)


def _play_block(
    cells: Mapping[Key, Program], seed: int, first: int, count: int, keep: bool
) -> Iterator[Played]:
    latents = BlockLatents(seed, first, count, _arrivals(cells))
    for key, program in cells.items():
        start = time.perf_counter()
        records = play(program, latents)
        seconds = time.perf_counter() - start
        yield Played(key, count, collect(program, records), records if keep else None, seconds)


_cells: dict[Key, Program] = {}  # of a worker process, set once when it starts


def _start(cells: Mapping[Key, Program]) -> None:
    """A worker leaves Ctrl-C to the process that started it, and goes when that one ends it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    _cells.update(cells)


def _in_worker(seed: int, first: int, count: int, keep: bool) -> list[Played]:
    return list(_play_block(_cells, seed, first, count, keep))
