"""What the same trials differ by under two designs."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Difference"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """A metric of two cells, trial by trial, over the n trials in which both have a value.

    first_value, other_value: theirs there. value: first minus other. mcse: its Monte Carlo standard error, of
    pairs. low, high: 95 % interval (Tango's score interval for shares). unpaired: the standard error that as
    many trials of their own would give. fewer, equal, more: trials in which the first has less than the
    other, as much, more; of a share `fewer` is the other alone, `more` the first alone. both: of a share,
    trials in which it is so of both. exact: of the difference, where both have an exact value.
    """

    first_value: float | None
    other_value: float | None
    value: float | None
    mcse: float | None = None
    low: float | None = None
    high: float | None = None
    unpaired: float | None = None
    n: int = 0
    fewer: int = 0
    equal: int = 0
    more: int = 0
    both: int | None = None
    exact: float | None = None

    @property
    def factor(self) -> float | None:
        """The unpaired standard error in paired ones; None where no trial differs."""
        return self.unpaired / self.mcse if self.unpaired is not None and self.mcse else None

    @property
    def neither(self) -> int | None:
        """Of a share, trials in which it is so of neither."""
        return None if self.both is None else self.equal - self.both
