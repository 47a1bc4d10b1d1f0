"""Pieces of work shared among threads or processes, and handed back in their order."""

from __future__ import annotations

import os
import signal
import threading
from collections import deque
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from multiprocessing import parent_process
from multiprocessing.connection import wait
from typing import Any, TypeVar

from simulator.engines.stop import Stop, Stopped
from simulator.errors import TrialstopError

__all__ = ["available_jobs", "in_order"]

T = TypeVar("T")
R = TypeVar("R")
Play = Callable[[T, Stop | None], R]
"""Does a piece of work; Stopped soon after the stop was asked for."""

ENDING = (signal.SIGINT, signal.SIGTERM)


def available_jobs() -> int:
    """Processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def in_order(play: Play[T, R], todo: Iterator[T], jobs: int, *, threads: bool) -> Generator[R, None, None]:
    """Every piece in order; `play` and pieces can be pickled where they are for processes.

    No more pieces are under way or waiting than workers need, so memory does not grow with their number.
    One process is this one.
    """
    if threads:
        yield from _threads(play, todo, jobs)
    elif jobs == 1:
        for piece in todo:
            yield play(piece, None)
    else:
        yield from _processes(play, todo, jobs)


def _threads(play: Play[T, R], todo: Iterator[T], jobs: int) -> Iterator[R]:
    stop = Stop()
    pool = ThreadPoolExecutor(jobs)
    try:
        yield from _handed_back(pool, lambda piece: play(piece, stop), todo, jobs)
    finally:
        stop.ask()
        pool.shutdown(wait=True, cancel_futures=True)


def _processes(play: Play[T, R], todo: Iterator[T], jobs: int) -> Iterator[R]:
    with ProcessPoolExecutor(jobs, initializer=_start, initargs=(play,)) as pool:
        try:
            yield from _handed_back(pool, _in_worker, todo, jobs)
        except BaseException as error:
            for process in list((getattr(pool, "_processes", None) or {}).values()):
                process.terminate()  # which `_start` has it hear as a request
            if isinstance(error, BrokenProcessPool | Stopped):  # by somebody else than this process
                raise TrialstopError(
                    "a worker process died or was ended, perhaps for want of memory: try --jobs 1"
                ) from None
            raise


def _handed_back(pool: Executor, play: Callable[[T], R], todo: Iterator[T], jobs: int) -> Iterator[R]:
    running: deque[Future[R]] = deque()
    for piece in todo:
        with _undisturbed():
            running.append(pool.submit(play, piece))
        if len(running) > 2 * jobs:
            yield running.popleft().result()
    while running:
        yield running.popleft().result()


@contextmanager
def _undisturbed() -> Iterator[None]:
    """Signals wait: raised while a pool starts a worker, they would leave it one that it does not know of."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, ENDING)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


# ---------------------------------------------------------------- in a worker process

_plays: list[Play[Any, Any]] = []  # set once when it starts
_stop = Stop()


def _start(play: Play[Any, Any]) -> None:
    """A worker leaves Ctrl-C to the process that started it, and goes when that one ends it or is gone.

    Ended, it stops playing and hands that back: killed while it hands back a result it would leave half of
    it, for the rest of which the other process waits for ever.
    """
    threading.Thread(target=_leave_with_parent, daemon=True).start()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, lambda number, frame: _stop.ask())
    if hasattr(signal, "pthread_sigmask"):  # it was started undisturbed
        signal.pthread_sigmask(signal.SIG_UNBLOCK, ENDING)
    _plays.append(play)


def _leave_with_parent() -> None:
    """End this process when the one that started it has ended, also when it was killed."""
    if (parent := parent_process()) is not None:
        wait([parent.sentinel])
        os._exit(1)


def _in_worker(piece: Any) -> Any:
    _stop.check()
    return _plays[-1](piece, _stop)
