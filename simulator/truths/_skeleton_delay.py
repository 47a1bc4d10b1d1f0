"""A delay to copy: short ones are likeliest, and none is longer than a limit.

To add a delay: copy the class to `simulator/truths/delays.py`, change what is marked, add one line
`"KEY": "simulator.truths.delays:ClassName"` to DELAYS in `simulator/registry.py`, and the key to
docs/language.md. tests/conformance then holds the closed form and the table together.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from simulator.contracts import Delay, DelayTable
from simulator.model.base import Strict
from simulator.truths.tabulate import quantile_table
from simulator.units import Days, format_days

__all__ = ["Limit", "SkeletonDelay"]  # change


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit(Strict):
    """What stands under the key: the longest delay."""

    longest: Days


@dataclass(frozen=True, slots=True, kw_only=True)
class SkeletonDelay(Strict, Delay):
    """How a file says it, then the formula: `skeleton: {longest: 14 days}`.

    F(t) = 1 - (1 - t / longest)^2.
    """

    examples: ClassVar[tuple[object, ...]] = ({"skeleton": {"longest": "14 days"}},)  # as in YAML

    skeleton: Limit  # change: the field is the key by which a file chooses the delay

    def cdf(self, days: float) -> float:
        """The closed form."""
        return 1.0 - (1.0 - min(days / self.skeleton.longest, 1.0)) ** 2

    def lower(self) -> DelayTable:
        """Its quantiles to 1e-6 in F."""
        return quantile_table(self.cdf, self.skeleton.longest)

    def describe(self) -> str:
        """In words, with every number."""
        return f"up to {format_days(self.skeleton.longest)}, short ones likeliest"
