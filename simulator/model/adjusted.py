"""An estimate that takes into account how many events came beside the hazard that was used up."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Adjusted"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Adjusted:
    """A control-variate estimate of a share or a mean (docs/likelihood.md).

    value: unbiased, so of a rare share it may lie outside 0 to 1. mcse: its Monte Carlo standard error.
    factor: the variance of the plain estimate over that of this one; None where nothing of it is left.
    """

    value: float
    mcse: float
    factor: float | None
