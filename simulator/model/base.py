"""What every noun read from a scenario file shares."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from simulator.units import Shorthand

__all__ = ["OneOrMany", "Strict", "one_or_many"]


class Strict:
    """Base of the classes validated from a file: keys that are not fields are errors."""

    __slots__ = ()
    __pydantic_config__: ClassVar[Mapping[str, Any]] = {"extra": "forbid"}


def one_or_many(value: object) -> object:
    """A single item stands for a list of one."""
    return value if isinstance(value, list | tuple) else [value]


OneOrMany = Shorthand(one_or_many)
