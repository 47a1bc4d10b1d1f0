"""What every noun read from a scenario file shares."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any, ClassVar

from simulator.units import Shorthand

__all__ = ["OneOrMany", "Strict", "apart", "one_or_many"]


class Strict:
    """Base of the classes validated from a file: keys that are not fields are errors."""

    __slots__ = ()
    __pydantic_config__: ClassVar[Mapping[str, Any]] = {"extra": "forbid"}


def apart(cls: type, value: object) -> object:
    """A mapping as written -> the keys that are no fields of its class under `cls.beside`."""
    beside: str = cls.beside  # type: ignore[attr-defined]
    if not isinstance(value, dict):
        return value
    own = {f.name for f in fields(cls)} - {beside}
    others = {key: item for key, item in value.items() if key not in own}
    return {key: item for key, item in value.items() if key in own} | {beside: others}


def one_or_many(value: object) -> object:
    """A single item stands for a list of one."""
    return value if isinstance(value, list | tuple) else [value]


OneOrMany = Shorthand(one_or_many)
