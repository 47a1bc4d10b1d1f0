"""How far a run has come, on stderr: a bar on a terminal, otherwise a line now and then."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import click

__all__ = ["progress"]

FIRST_LINE = 5.0  # seconds until the first line where there is no terminal
LINES_APART = 15.0


@contextmanager
def progress(quiet: bool = False) -> Iterator[Callable[[int, int], None]]:
    """Gives a function to be called with (trials played, trials in all)."""
    if quiet:
        yield lambda done, of: None
    elif sys.stderr.isatty():
        with _bar() as told:
            yield told
    else:
        yield _Lines()


@contextmanager
def _bar() -> Iterator[Callable[[int, int], None]]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    shown = (
        TextColumn("playing"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("trials,"),
        TimeRemainingColumn(),
        TextColumn("left"),
    )
    with Progress(*shown, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("playing", total=None)
        yield lambda done, of: bar.update(task, completed=done, total=of)


class _Lines:
    """Says a line when enough time has gone by."""

    def __init__(self) -> None:
        self.start = time.monotonic()
        self.next = self.start + FIRST_LINE

    def __call__(self, done: int, of: int) -> None:
        now = time.monotonic()
        if now < self.next or done == of:
            return
        self.next = now + LINES_APART
        left = (now - self.start) * (of - done) / done
        text = f"{left / 60:.0f} min" if left > 90 else f"{left:.0f} s"
        click.echo(f"{done:,} of {of:,} trials ({done / of:.0%}), about {text} left", err=True)
