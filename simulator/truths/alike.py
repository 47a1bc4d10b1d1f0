"""What families share whose hazard is the same at every dose."""

from __future__ import annotations

from typing import ClassVar, Self

from simulator.model.base import Strict

__all__ = ["Alike"]


class Alike(Strict):
    """A family without doses of its own."""

    __slots__ = ()
    doses: ClassVar[tuple[str, tuple[str, ...]] | None] = None

    def at_dose(self, level: str) -> Self:
        """The same at every dose."""
        del level
        return self
