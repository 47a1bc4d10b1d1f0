"""A request to end what is being played; both engines look for it while they play."""

from __future__ import annotations

import numpy as np

__all__ = ["Stop", "Stopped"]


class Stopped(Exception):  # noqa: N818 - not an error: nobody waits for the work any more
    """What was being played was ended by request."""


class Stop:
    """The request. asked: 1 once it is made, as kernels read it. (1,), whole numbers."""

    __slots__ = ("asked",)

    def __init__(self) -> None:
        self.asked = np.zeros(1, dtype=np.int64)

    def ask(self) -> None:
        """Whatever plays with this ends within a second, and raises `Stopped`; from any thread."""
        self.asked[0] = 1

    def check(self) -> None:
        """Raise `Stopped` if it was asked for."""
        if self.asked[0]:
            raise Stopped
