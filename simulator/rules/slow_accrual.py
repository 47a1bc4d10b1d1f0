"""Stop when too few enter (jiang2016)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Annotated, ClassVar

from simulator.contracts import EntriesRule
from simulator.errors import QuantityError, show
from simulator.rules import _shared
from simulator.units import (
    Comparison,
    CutOff,
    Parsed,
    Probability,
    format_days,
    format_probability,
    parse_duration,
)

__all__ = ["SlowAccrual"]

By = tuple[int, float]  # so many, by a day
BY_WORDS = "`17 by 42 months`, or a list of such, later ones with more"
WITHIN_WORDS = "`40 within 60 months`"


def read_by(value: object) -> tuple[By, ...]:
    """`17 by 42 months`, or a list of such -> (17, 1278.375), in the order of days."""
    if isinstance(value, tuple):
        return value
    found = tuple(_pair(one, "by", BY_WORDS, 0) for one in (value if isinstance(value, list) else [value]))
    if not found or any(a[1] >= b[1] or a[0] > b[0] for a, b in pairwise(found)):
        raise QuantityError(show(value), BY_WORDS)
    return found


def read_within(value: object) -> By:
    """`40 within 60 months`."""
    return value if isinstance(value, tuple) else _pair(value, "within", WITHIN_WORDS, 1)


def _pair(value: object, word: str, allowed: str, least: int) -> By:
    match = re.fullmatch(
        rf"([0-9]{{1,9}})(?: or fewer| randomised| treated| entered)? {word} (.+)", str(value).strip()
    )
    if match is None or int(match[1]) < least:
        raise QuantityError(show(value), allowed)
    return int(match[1]), parse_duration(match[2])


@dataclass(frozen=True, slots=True, kw_only=True)
class SlowAccrual(EntriesRule):
    """Stop iff entry is too slow, in one of three ways (jiang2016).

    at_most: `17 by 42 months`: with so few from that day on (entries of the day itself count), until the next
    of a list. target: `40 within 60 months`: at the pace so far, x entries in t days becoming x T / t, fewer
    would enter in time. target with `certainty`, `less than 5%`: P(target reached in time) is below it,
    the rate of entry being Gamma(w 40, w 60 months) before the trial and the entries to come negative
    binomial; `prior` is the weight w, the share of the plan that the prior is worth.
    """

    kind: ClassVar[str] = "slow_accrual"
    sources: ClassVar[tuple[str, ...]] = ("jiang2016",)
    evidence_word: ClassVar[str] = ""
    examples: ClassVar[tuple[dict[str, object], ...]] = (
        {"at_most": "17 by 42 months"},
        {"at_most": ["5 by 12 months", "17 by 42 months"]},
        {"target": "40 within 60 months"},
        {"target": "40 within 60 months", "certainty": "less than 5%", "prior": "50%"},
    )

    at_most: Annotated[tuple[By, ...] | None, Parsed(read_by, "string array")] = None
    target: Annotated[By | None, Parsed(read_within)] = None
    certainty: CutOff | None = None
    prior: Probability | None = None

    def __post_init__(self) -> None:
        """Refuse none or both ways, and a prior or a certainty without the other."""
        if (self.at_most is None) is (self.target is None):
            _shared.refuse(
                "at_most and target" if self.at_most else "neither at_most nor target", "one of the two"
            )
        if self.certainty is not None:
            _shared.check_direction("certainty", self.certainty, upward=False)
        if (self.certainty is None) is not (self.prior is None) or (self.at_most and self.certainty):
            _shared.refuse(
                "certainty or prior alone",
                "target, certainty and prior together",
                "prior: 50% is worth half the plan",
            )
        if self.prior == 0.0:
            _shared.refuse(
                "prior: 0%", "a share above 0%", "without entries nothing would be known of the rate"
            )

    @property
    def horizon(self) -> float:
        """The day of the target, or of the last fixed number, which then stays."""
        return self.target[1] if self.target is not None else self._fixed[-1][1]

    @property
    def most_wanted(self) -> int:
        """The target, or one more than the largest number that is too few."""
        return self.target[0] if self.target is not None else self._fixed[-1][0] + 1

    @property
    def _fixed(self) -> tuple[By, ...]:
        return self.at_most or ()

    def formula(self) -> str:
        """The rule as one line."""
        if self.target is None:
            return "stop iff entries <= " + ", ".join(f"{n} by {format_days(day)}" for n, day in self._fixed)
        n, by = self.target
        if self.certainty is None:
            return f"stop iff x T / t < {n}, x entries by day t, T = {format_days(by)}"
        prior = format_probability(self.prior or 0.0)
        cutoff = f"{_shared.SYMBOLS[self.certainty.word]} {format_probability(self.certainty.value)}"
        return f"stop iff P({n} enter within {format_days(by)}) {cutoff}, prior worth {prior} of the plan"

    def most_at(self, day: float) -> int | None:
        """The most entries by this day with which it stops."""
        if self.target is None:
            return next((n for n, since in reversed(self._fixed) if since <= day), None)
        n, by = self.target
        if day > by:
            return None
        if self.certainty is None or self.prior is None:
            most = min(int(n * day / by) + 1, n - 1)  # one more than may be, whatever rounding does
            while most >= 0 and most * by >= n * day:
                most -= 1
            return most if most >= 0 else None
        return _most(n, by, self.certainty, self.prior, day)


@lru_cache(maxsize=4096)
def _most(target: int, by: float, certainty: Comparison, prior: float, day: float) -> int | None:
    """The most entries with which P(target reached) is beyond the cut-off; it rises with them."""
    import numpy as np

    from simulator.stats.pace import reaches

    chances = reaches(np.arange(target), day, target, by, prior * target, prior * by)
    beyond = _shared.beyond(chances, certainty.word, certainty.value, _shared.tie_of(certainty, percent=True))
    return int(beyond.sum()) - 1 if beyond.any() else None
