"""What docstrings say of a class and of each of its fields, for the JSON Schema."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import fields
from inspect import cleandoc

__all__ = ["first_paragraph", "told_of"]


def told_of(cls: type) -> tuple[str, dict[str, str]]:
    """(what a dataclass is, field -> what it means), as far as its docstring says so.

    Fields are told as `name: words`, or several as `one, other: words`, each up to the next or to an empty
    line.
    """
    text = cleandoc(cls.__doc__ or "")
    names = "|".join(re.escape(field.name) for field in fields(cls))
    if not names:
        return _joined(text.partition("\n\n")[0]), {}
    name = f"(?:`(?:{names})`|(?:{names}))"
    begin = re.compile(rf"(?:^|\n|(?<=[.;])\s+)({name}(?:(?:,| /)\s+{name})*)(?:, [^:.\n]{{1,30}})?\s*:\s")
    told: dict[str, str] = {}
    found = list(begin.finditer(text))
    ends = [*(each.start() for each in found[1:]), len(text)]
    for here, end in zip(found, ends, strict=False):  # without fields there is an end still
        words = text[here.end() : end].partition("\n\n")[0]
        told |= {each.strip("` "): _joined(words) for each in re.split(r",|/", here[1])}
    return _joined(text[: found[0].start() if found else None].partition("\n\n")[0]), told


def first_paragraph(function: Callable[..., object]) -> str:
    """What a function's docstring begins with."""
    return _joined(cleandoc(function.__doc__ or "").partition("\n\n")[0])


def _joined(text: str) -> str:
    return " ".join(text.split()).rstrip(";")
