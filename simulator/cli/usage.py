"""What is wrong with a command line, said as everything else is: found, allowed, and what to do."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import click

from simulator.errors import show
from simulator.repairs import close_match

__all__ = ["Whole", "Word", "misused", "unknown_command"]


# Without type arguments, which older versions of click do not take.
class Whole(click.ParamType):  # type: ignore[type-arg]
    """A whole number from `least` to `most`, in digits."""

    name = "whole number"

    def __init__(self, least: int, most: int | None = None) -> None:
        self.least, self.most = least, most

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """`12`."""
        text = str(value).strip()
        number = int(text) if text.isascii() and text.isdigit() and len(text) <= 30 else -1
        if self.least <= number and (self.most is None or number <= self.most):
            return number
        to = "" if self.most is None else f" to {self.most:,}"
        self.fail(f"found {show(value)}, allowed a whole number from {self.least}{to}", param, ctx)


class Word(click.Choice):  # type: ignore[type-arg]
    """One of a few words."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The word itself."""
        words = [str(word) for word in self.choices]
        if value in words:
            return value
        near = close_match(str(value), words)
        hint = f"\n    hint: {near}" if near else ""
        self.fail(f"found {show(value)}, allowed one of {', '.join(words)}{hint}", param, ctx)


def unknown_command(name: str, known: Sequence[str]) -> str:
    """That there is no such command."""
    hint = close_match(name, known) or "`trialstop --help` says what each does"
    return _said("trialstop", f"the command {show(name)}", f"one of {', '.join(known)}", hint)


def misused(error: click.ClickException, command: click.Command, name: str) -> str:
    """What click refused: where, what was found, what may stand there, and what to do.

    command: what was called, by this name; click forgets it where an option has no value.
    """
    ctx, path = getattr(error, "ctx", None), f"trialstop {name}".rstrip()
    if isinstance(ctx, click.Context):
        command, path = ctx.command, ctx.command_path
    help_ = f"`{path} --help` says what it takes"
    options = [param for param in command.params if isinstance(param, click.Option)]
    asked = str(getattr(error, "option_name", ""))
    if isinstance(error, click.NoSuchOption):
        known = [*(name for option in options for name in option.opts), "--help"]
        hint = close_match(asked, known, lead="--") or help_
        return _said(path, f"the option {asked}", f"one of {', '.join(known)}", hint)
    if isinstance(error, click.BadOptionUsage):
        option = next((option for option in options if asked in option.opts), None)
        if option is not None and option.is_flag:
            return _said(f"{path} {asked}", "a value", f"{asked} alone", help_)
        return _said(f"{path} {asked}", "nothing", (option and option.metavar) or "a value", help_)
    if isinstance(error, click.MissingParameter) and error.param is not None:
        return _said(path, "nothing", _written(error.param), help_)
    if isinstance(error, click.BadParameter) and error.param is not None:
        said = f"{path} {_name(error.param)}: {error.message}"
        return said if "\n" in said else f"{said}\n    hint: {help_}"
    extra = re.fullmatch(r"Got unexpected extra arguments? \((.*)\)", error.message)
    if extra is not None:
        files = [_name(param) for param in command.params if isinstance(param, click.Argument)]
        takes = " ".join(files) if len(files) > 1 else f"one {files[0]}" if files else "nothing"
        hint = "a value with spaces in it needs quotes"
        return _said(path, f"{show(extra[1])} besides", f"{takes}, and options", hint)
    return f"{path}: {error.format_message()}\n    hint: {help_}"


def _said(place: str, found: str, allowed: str, hint: str) -> str:
    return f"{place}: found {found}, allowed {allowed}\n    hint: {hint}"


def _name(param: click.Parameter) -> str:
    """As it is written: `--trials`, `FILE`."""
    return param.opts[0] if isinstance(param, click.Option) else str(param.metavar or param.name)


def _written(param: click.Parameter) -> str:
    """What should stand: `--trial K`, `FILE`."""
    return f"{_name(param)} {param.metavar}" if isinstance(param, click.Option) else _name(param)
