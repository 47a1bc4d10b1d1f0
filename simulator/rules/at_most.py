"""Stop when so few have had the event by now (simon1989)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from simulator.contracts import Boundary, CountTable, ExposureTable, Observed, Verdict
from simulator.rules._shared import exposure_boundary
from simulator.units import Count, PositiveCount

__all__ = ["AtMost"]


@dataclass(frozen=True, slots=True, kw_only=True)
class AtMost:
    """Stop iff x <= count and n >= minimum_n: futility, as at the first stage of a two-stage design.

    simon1989 stops after n1 patients with at most r1 responses: `count` r1, one look at n1. With several
    looks state `minimum_n`, else nobody's response among the first few stops the trial.
    """

    kind: ClassVar[str] = "at_most"
    sources: ClassVar[tuple[str, ...]] = ("simon1989",)
    endpoints: ClassVar[tuple[str, ...]] = ("event",)
    examples: ClassVar[tuple[dict[str, object], ...]] = (
        {"count": 0, "minimum_n": 9},
        {"count": 3},
    )

    count: Count
    minimum_n: PositiveCount = 1

    def formula(self) -> str:
        """The rule as one line of mathematics."""
        return f"stop iff x <= {self.count}" + (f" and n >= {self.minimum_n}" if self.minimum_n > 1 else "")

    def assess(self, observed: Sequence[Observed]) -> Verdict:
        """`stop` at or below the count; one `Observed`."""
        n, x = observed[0].n, observed[0].x
        begin = f"{x} counted among {n:g}"
        if n < self.minimum_n:
            return Verdict(outcome=None, why=f"{begin}; the rule begins at {self.minimum_n}")
        if x <= self.count:
            return Verdict(outcome="stop", why=f"{begin}, at most {self.count}")
        return Verdict(outcome=None, why=f"{begin}, not at most {self.count}")

    def lower(self, max_n: int) -> CountTable:
        """`count` for every n from `minimum_n` on."""
        bound = tuple(self.count if n >= self.minimum_n else None for n in range(max_n + 1))
        return CountTable(boundaries=(Boundary(outcome="stop", direction="at_most", bound=bound),))

    def lower_exposure(self, max_n: int) -> ExposureTable:
        """Every denominator from `minimum_n` on, while x is at most the count."""
        bound = [0.0 if x <= self.count else None for x in range(max(max_n, self.count + 1) + 1)]
        return ExposureTable(boundaries=(exposure_boundary("stop", 0, "at_most", bound, self.minimum_n),))
