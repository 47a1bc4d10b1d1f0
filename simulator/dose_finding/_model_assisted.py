"""Tables by an interval of rates around the target, with elimination by a posterior probability."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from simulator.dose_finding._by_table import ByTable
from simulator.dose_finding._exact import LEAST_ELIMINATED, as_written, exceeds
from simulator.errors import QuantityError
from simulator.units import OpenProbability, format_probability

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Ints = NDArray[np.int64]
    Bools = NDArray[np.bool_]

__all__ = ["ModelAssisted"]

HALF_WIDTH = Fraction(1, 20)  # of the interval around the target, where it is not given


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelAssisted(ByTable):
    """A table by p1 and p2, the ends of the interval of rates around the target with which to stay.

    eliminate: a dose is eliminated, with those above it, once P(rate > target) is more than this with 3
    patients or more, the rate Beta(1 + DLTs, 1 + others).
    """

    p1: OpenProbability | None = None
    p2: OpenProbability | None = None
    eliminate: OpenProbability = 0.95

    def __post_init__(self) -> None:
        """The interval holds the target."""
        ByTable.__post_init__(self)
        low, high = self.interval
        target = format_probability(self.target)
        hint = "give it: its default is no such rate"
        if not 0 < low < as_written(self.target):
            allowed = f"a rate above 0% and below the target of {target}"
            raise QuantityError(f"p1: {_rate(low)}", allowed, hint if self.p1 is None else "")
        if not as_written(self.target) < high < 1:
            allowed = f"a rate above the target of {target} and below 100%"
            raise QuantityError(f"p2: {_rate(high)}", allowed, hint if self.p2 is None else "")

    @property
    def interval(self) -> tuple[Fraction, Fraction]:
        """p1 and p2, exactly as written; those of `around` where they are not given."""
        low, high = self.around(as_written(self.target))
        return (
            low if self.p1 is None else as_written(self.p1),
            high if self.p2 is None else as_written(self.p2),
        )

    def around(self, target: Fraction) -> tuple[Fraction, Fraction]:
        """p1 and p2 where they are not given: 5 points below and above the target."""
        return target - HALF_WIDTH, target + HALF_WIDTH

    def ends(self) -> tuple[str, str]:
        """p1 and p2 in words."""
        low, high = self.interval
        return _rate(low), _rate(high)

    def elimination(self) -> str:
        """By the posterior probability."""
        certainty = format_probability(self.eliminate)
        return (
            f"once P(rate > {format_probability(self.target)}) is more than {certainty} "
            f"with {LEAST_ELIMINATED} patients or more, rate ~ Beta(1 + DLTs, 1 + others)"
        )

    def eliminated(self, n: Ints, dlt: Ints) -> Bools:
        """By `eliminate`."""
        return self.exceeds(n, dlt, self.eliminate)

    def exceeds(self, n: Ints, dlt: Ints, certainty: float) -> Bools:
        """Whether P(rate > target) is more than the certainty with 3 patients or more; any shape."""
        return exceeds(n, dlt, self.target, certainty)


def _rate(value: Fraction) -> str:
    return format_probability(float(value))
