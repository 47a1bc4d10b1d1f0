"""A number over trials, with its Monte Carlo error, or exact."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

__all__ = ["Estimate"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """An operating characteristic.

    value: the mean or share over trials (None when nothing can be said, as for a conditional mean
    over no trials). mcse: its Monte Carlo standard error. low, high: 95 % interval (Wilson for
    shares). sd: standard deviation over trials. n: trials behind it. exact: the exact value where
    one was calculated.
    """

    value: float | None
    mcse: float | None = None
    low: float | None = None
    high: float | None = None
    sd: float | None = None
    n: int = 0
    exact: float | None = None

    def z(self, *, share: bool = False) -> float | None:
        """How many standard errors the simulation is from the exact value.

        share: the standard error of a share follows from the exact value, sqrt(p (1 - p) / n), and
        holds also where the simulation met no case.
        """
        if self.value is None or self.exact is None or not self.n:
            return None
        error = sqrt(max(self.exact * (1.0 - self.exact), 0.0) / self.n) if share else self.mcse
        return (self.value - self.exact) / error if error else None
