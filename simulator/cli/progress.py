"""How far a run has come, on stderr: a bar on a terminal, otherwise a line now and then."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from simulator.cli.say import say

if TYPE_CHECKING:
    from rich.progress import ProgressColumn

__all__ = ["compiling", "progress"]

FIRST_LINE = 5.0  # seconds until the first line where there is no terminal
LINES_APART = 8.0
COMPILING_APART = 5.0


@contextmanager
def progress(cells: bool = False) -> Iterator[Callable[[int, int], None]]:
    """Gives a function to be called with (trials played, trials in all).

    cells: with (cells answered, cells asked for so far), some of them calculated.
    """
    noun = "cells" if cells else "trials"
    if sys.stderr.isatty():
        from rich.progress import MofNCompleteColumn, TextColumn, TimeRemainingColumn

        with _bar(
            "answering" if cells else "playing",
            MofNCompleteColumn(),
            TextColumn(f"{noun},"),
            TimeRemainingColumn(),
            TextColumn("left"),
        ) as told:
            yield lambda done, of: told(done, of, "")
    else:
        yield _Lines(noun, last_word=not cells)


@contextmanager
def compiling() -> Iterator[Callable[[str, int, int], None]]:
    """Gives a function to be called with (the kernel compiled last, how many so far, how many there are)."""
    if sys.stderr.isatty():
        from rich.progress import MofNCompleteColumn, TextColumn, TimeElapsedColumn

        with _bar(
            "compiling",
            MofNCompleteColumn(),
            TextColumn("kernels,"),
            TimeElapsedColumn(),
            TextColumn("{task.fields[last]}"),
        ) as told:
            yield lambda name, done, of: told(done, of, name)
    else:
        yield _CompilingLines()


@contextmanager
def _bar(doing: str, *columns: ProgressColumn) -> Iterator[Callable[[int, int, str], None]]:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn

    shown = (TextColumn(doing), BarColumn(), *columns)
    with Progress(*shown, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(doing, total=None, last="")
        yield lambda done, of, last: bar.update(task, completed=done, total=of, last=last)


class _Lines:
    """Says a line when enough time has gone by. last_word: once all is done, nothing more will be asked."""

    def __init__(self, noun: str, *, last_word: bool) -> None:
        self.noun, self.last_word = noun, last_word
        self.start = time.monotonic()
        self.next = self.start + FIRST_LINE

    def __call__(self, done: int, of: int) -> None:
        now = time.monotonic()
        if done == of:
            if self.last_word and now - self.start > FIRST_LINE:
                say(
                    f"{of:,} {self.noun} played in {now - self.start:.0f} s; what follows is written",
                    err=True,
                )
            return
        if now < self.next:
            return
        self.next = now + LINES_APART
        left = (now - self.start) * (of - done) / done
        text = f"{left / 60:.0f} min" if left > 90 else f"{left:.0f} s"
        say(f"{done:,} of {of:,} {self.noun} ({done / of:.0%}), about {text} left", err=True)


class _CompilingLines:
    """The same of kernels."""

    def __init__(self) -> None:
        self.start = self.last = time.monotonic()

    def __call__(self, name: str, done: int, of: int) -> None:
        now = time.monotonic()
        if now - self.last >= COMPILING_APART:
            self.last = now
            say(f"compiling: {done} of {of} kernels, {now - self.start:.0f} s, last {name}", err=True)
