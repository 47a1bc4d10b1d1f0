"""The one place where the command prints; what cannot be seen, in a file's name say, is written out."""

from __future__ import annotations

import io
import sys

import click

from simulator.visible import visible

__all__ = ["STDOUT", "say", "spell_out"]

STDOUT = "-"  # in the place of a file


def say(text: str, err: bool = False) -> None:
    """One message, or a result; `err`: on stderr."""
    click.echo(visible(text), err=err)


def spell_out() -> None:
    r"""Have characters that the encoding of the screen or file lacks written as `\u2265`; they would fail."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
