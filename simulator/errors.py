"""What goes wrong, in words a user can act on: where, what was found, what is allowed, what to do.

A `Problem` is one line of a report about a file; a `ScenarioError` carries all of them at once;
a `QuantityError` is what the parsers of `units` raise before anybody knows the file and line.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar, Literal

from simulator.visible import visible

__all__ = [
    "Problem", "QuantityError", "ScenarioError", "TrialstopError", "UnattainableError", "refuse_unless_text",
    "show",
]  # fmt: skip

SHOWN_CHARACTERS = 70  # longest piece of user text repeated in a message; keeps it on one screen line
_PLAIN = re.compile(r"[^\s,;:\"'()]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One thing wrong in one place. `found` and `allowed` are phrases that read after those words.

    line     : 1-based; None when no line is to blame (the file as a whole, the command line)
    path     : dotted path inside the file, such as `design.monitoring.r.count`; "" for the whole file
    severity : an "error" stops the program, a "warning" is only reported
    """

    file: str
    line: int | None
    path: str
    found: str
    allowed: str
    hint: str = ""
    severity: Literal["error", "warning"] = "error"

    def text(self) -> str:
        """One line `file:line  path: found X, allowed Y`; the hint, if any, indented on a second."""
        place = self.file if self.line is None else f"{self.file}:{self.line}"
        mark = "warning: " if self.severity == "warning" else ""
        path = f"{self.path}: " if self.path else ""
        hint = f"\n    hint: {self.hint}" if self.hint else ""
        return visible(f"{place}  {mark}{path}found {self.found}, allowed {self.allowed}{hint}")


class TrialstopError(Exception):
    """Base of every error meant for the user: a one-line message, no traceback, exit code 2."""

    exit_code: ClassVar[int] = 2

    def __str__(self) -> str:
        return visible(super().__str__())


class ScenarioError(TrialstopError):
    """Everything wrong with a scenario: `problems`, in file order (files as first met, then lines)."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        given = tuple(problems)
        files = list(dict.fromkeys(problem.file for problem in given))
        self.problems: tuple[Problem, ...] = tuple(
            sorted(given, key=lambda problem: (files.index(problem.file), problem.line or 0))
        )
        super().__init__(self.problems)

    def __str__(self) -> str:
        errors = sum(problem.severity == "error" for problem in self.problems)
        summary = f"{_plural(errors, 'error')}, {_plural(len(self.problems) - errors, 'warning')}"
        return "\n".join([*(problem.text() for problem in self.problems), summary])


class UnattainableError(TrialstopError):
    """What was asked for cannot be had, which is the answer: there is nothing to go on with."""


class QuantityError(ValueError):
    """A value that cannot be read as its quantity. The loader adds file, line and path."""

    def __init__(self, found: str, allowed: str, hint: str = "") -> None:
        super().__init__(found, allowed, hint)
        self.found = found
        self.allowed = allowed
        self.hint = hint

    def __str__(self) -> str:
        hint = f" (hint: {self.hint})" if self.hint else ""
        return f"found {self.found}, allowed {self.allowed}{hint}"


def show(value: object) -> str:
    """A user's value as repeated in a message: short, quoted where bare words would be unclear."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dict):
        return "a mapping (key: value)"
    if isinstance(value, list | tuple):
        return "a list"
    text = " ".join(str(value).split())
    if len(text) > SHOWN_CHARACTERS:
        text = text[: SHOWN_CHARACTERS - 3] + "..."
    return text if _PLAIN.fullmatch(text) else f'"{text}"'


def refuse_unless_text(**given: object) -> None:
    """TrialstopError for the first of these arguments that is no text."""
    for name, value in given.items():
        if not isinstance(value, str):
            raise TrialstopError(f"{name} is {show(value)}, allowed a text")


def _plural(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
