"""A number over trials, with its Monte Carlo error, or exact."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, sqrt

from simulator.units import format_share

__all__ = ["Estimate", "end_of", "percent"]


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

    @property
    def level(self) -> float | None:
        """The exact value, or the estimate; None where nothing can be said."""
        return self.value if self.exact is None else self.exact

    def z(self, *, share: bool = False) -> float | None:
        """How many standard errors the simulation is from the exact value.

        share: the standard error of a share follows from the exact value, sqrt(p (1 - p) / n), and
        holds also where the simulation met no case.
        """
        if self.value is None or self.exact is None or not self.n:
            return None
        error = sqrt(max(self.exact * (1.0 - self.exact), 0.0) / self.n) if share else self.mcse
        return (self.value - self.exact) / error if error else None


def percent(estimate: Estimate) -> str:
    """A share with its standard error, in %: `62.2 ± 1.5`, `<0.01 ± <0.01`; `-` if nothing can be said.

    Where no trial or every trial did, the error would read 0: `0.0 (<0.4)` and `100.0 (>99.6)` have the end
    of the 95 % interval, rounded away from the share.
    """
    if estimate.value is None:
        return "-"
    if estimate.value in (0.0, 1.0) and estimate.low is not None and estimate.high is not None:
        return f"{100 * estimate.value:.1f} ({end_of(estimate.value, estimate.low, estimate.high)})"
    error = estimate.mcse or 0.0
    decimals = 1 if error >= 0.0005 else 2
    return f"{format_share(estimate.value, decimals)} ± {format_share(error, decimals)}"


def end_of(share: float, low: float, high: float) -> str:
    """Of a share of 0 or 1, in %, the end of its interval that is not itself: `<0.4`, `>99.6`."""
    gap = _outward(100 * (high if share == 0 else 1.0 - low))
    return f"<{gap}" if share == 0 else f">{100 - float(gap):.{len(gap.partition('.')[2])}f}"


def _outward(gap: float) -> str:
    """A per cent rounded up, with the decimals at which it is 2 units or more of the last."""
    decimals = next((d for d in range(1, 8) if round(gap, d) >= 2 * 10.0**-d), 8)
    return f"{ceil(round(gap * 10**decimals, 6)) / 10**decimals:.{decimals}f}"
