"""What is asked of weights: from how many effective trials a cell is answered by them."""

from __future__ import annotations

from dataclasses import dataclass

from simulator.errors import TrialstopError
from simulator.study.settings import whole

__all__ = ["LEAST", "PLAY", "Weighing"]

LEAST = 400  # effective trials below which linearised errors are not to be trusted
ENOUGH = 4_000  # effective trials of every cell, if nothing else is asked


@dataclass(frozen=True, slots=True, kw_only=True)
class Weighing:
    """effective: trials of its own that the weights of a cell must be worth; None: 4,000, or as many as are
    played where that is more. play: nothing is answered by weights. TrialstopError for a number below 400.
    """

    effective: int | None = None
    play: bool = False

    def __post_init__(self) -> None:
        """Check both."""
        if not isinstance(self.play, bool):
            raise TrialstopError(f"play is {self.play!r}, allowed True or False")
        if self.effective is not None:
            object.__setattr__(self, "effective", whole("effective", self.effective, LEAST))
            if self.play:
                raise TrialstopError(
                    "effective trials are asked of weights, and with play nothing is weighted: name one"
                )

    def enough(self, trials: int) -> int:
        """Effective trials that a cell must have, where so many are played of others."""
        return self.effective or max(ENOUGH, trials)

    @property
    def asks(self) -> tuple[str, ...]:
        """As options, which tell one stored inquiry from another."""
        effective = () if self.effective is None else (f"--effective={self.effective}",)
        return (*effective, *(("--play",) if self.play else ()))


PLAY = Weighing(play=True)
"""Everything that is not exact is played."""
