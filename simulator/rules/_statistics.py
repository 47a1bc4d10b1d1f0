"""Statistics of a count against a known rate: exact p-values, standardised counts, likelihood ratios.

Each is an `Evidence`, monotone in x for a given n, and serves an n that is not whole.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import log
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from simulator.rules._shared import Floats, Ints

NOTHING = 2.0**-48  # of two terms that cancel

__all__ = ["LogRatio", "MaxLogRatio", "NominalLevel", "PValue", "Standardised"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PValue:
    """P(X >= x), X ~ Binomial(n, rate), or P(X <= x) where few events are extreme."""

    rate: float
    many: bool = True

    def __call__(self, n: Ints, x: Ints) -> Floats:
        """(cells,), (cells,) -> (cells,); P(X >= x) = I_rate(x, n - x + 1)."""
        import numpy as np

        from simulator.stats.binomial import tail

        counts = np.asarray(x, dtype=np.float64)
        return tail(n, self.rate, counts) if self.many else tail(n, 1.0 - self.rate, n - counts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Standardised:
    """(x - n rate) / ((n / planned)^(delta - 1/2) sqrt(n rate (1 - rate))): wang1987; delta 0 is obrien1979.

    Its negative where few events are extreme.
    """

    rate: float
    delta: float
    planned: int
    many: bool = True

    def __call__(self, n: Ints, x: Ints) -> Floats:
        """(cells,), (cells,) -> (cells,); 0 for n = 0."""
        import numpy as np

        size = np.maximum(np.asarray(n, dtype=np.float64), 1e-9)
        spread = (size / self.planned) ** (self.delta - 0.5) * np.sqrt(size * self.rate * (1.0 - self.rate))
        mean = n * self.rate
        off = np.where(np.abs(x - mean) > NOTHING * mean, x - mean, 0.0)
        above = off / spread
        return np.asarray(above if self.many else -above)


@dataclass(frozen=True, slots=True, kw_only=True)
class NominalLevel:
    """The a at which x is just significant at level Phi(Phi^-1(a) / (n / planned)^delta): the power family.

    delta 0 is pocock1977, 1/2 nearly obrien1979.
    """

    rate: float
    delta: float
    planned: int
    many: bool = True

    def __call__(self, n: Ints, x: Ints) -> Floats:
        """(cells,), (cells,) -> (cells,)."""
        import numpy as np
        from scipy.special import ndtr, ndtri

        share = (np.asarray(n, dtype=np.float64) / self.planned) ** self.delta
        p = np.minimum(PValue(rate=self.rate, many=self.many)(n, x), 1.0 - 2.0**-53)  # so that z is finite
        return np.asarray(np.where(share > 0, ndtr(share * ndtri(p)), 1.0))


@dataclass(frozen=True, slots=True, kw_only=True)
class LogRatio:
    """log L(other) - log L(null) of x among n."""

    null: float
    other: float

    def __call__(self, n: Ints, x: Ints) -> Floats:
        """(cells,), (cells,) -> (cells,); what is 0 but for rounding is 0."""
        import numpy as np

        event, none = log(self.other / self.null), log((1.0 - self.other) / (1.0 - self.null))
        ratio = x * event + (n - x) * none
        size = x * abs(event) + (n - x) * abs(none)
        return np.where(np.abs(ratio) > NOTHING * size, ratio, 0.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class MaxLogRatio:
    """log of the greatest likelihood over rates above `rate`, against it; below it where `many` is false."""

    rate: float
    many: bool = True

    def __call__(self, n: Ints, x: Ints) -> Floats:
        """(cells,), (cells,) -> (cells,); 0 on the side that is not extreme."""
        import numpy as np
        from scipy.special import xlogy

        size, count = np.asarray(n, dtype=np.float64), np.asarray(x, dtype=np.float64)
        mean = np.maximum(size * self.rate, 1e-300)
        others = np.maximum(size * (1.0 - self.rate), 1e-300)
        ratio = xlogy(count, count / mean) + xlogy(size - count, np.maximum(size - count, 0.0) / others)
        extreme = count > size * self.rate if self.many else count < size * self.rate
        return np.where(extreme, np.maximum(ratio, 0.0), 0.0)
