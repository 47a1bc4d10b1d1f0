"""Which law candidates follow, as numbers."""

from __future__ import annotations

import itertools
from bisect import bisect_right
from dataclasses import dataclass
from math import inf

from simulator.model.accrual import AccrualLaw
from simulator.program.words import Arrivals

__all__ = ["ArrivalTable", "lower_arrivals"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ArrivalTable:
    """When candidate k = 0, 1, ... turns up, from sums S of unit exponentials E_0, E_1, ...

    EVERY: on day k * every_days. POISSON: per_day, gap by gap: the day before + E_k / per_day. PIECES: the
    cumulative rate is `reached[i]` on day `starts[i]` and goes on by `rates[i]` per day; the day on which it
    comes to E_0 + ... + E_k. UNIFORM: N `candidates` in all, within * (1 - exp(-(E_0 / N + ... +
    E_k / (N - k)))), the order statistics of N uniform days.
    """

    kind: Arrivals
    every_days: float = 0.0
    per_day: float = 0.0
    candidates: float = inf
    within: float = inf
    starts: tuple[float, ...] = ()
    rates: tuple[float, ...] = ()
    reached: tuple[float, ...] = ()

    def expected_by(self, day: float) -> float:
        """Candidates expected by a day, where they come as a Poisson process."""
        if self.kind is Arrivals.POISSON:
            return self.per_day * day
        piece = bisect_right(self.starts, day) - 1
        return self.reached[piece] + self.rates[piece] * (day - self.starts[piece])


def lower_arrivals(law: AccrualLaw, assessed: float) -> ArrivalTable:
    """A law as it is written -> numbers. assessed: days after which a patient is assessed."""
    if law.one_by_one:
        return ArrivalTable(kind=Arrivals.EVERY, every_days=assessed)
    if law.every_days is not None:
        return ArrivalTable(kind=Arrivals.EVERY, every_days=law.every_days)
    if law.candidates is not None:
        return ArrivalTable(kind=Arrivals.UNIFORM, candidates=law.candidates, within=law.within)
    if not law.pieces:
        return ArrivalTable(kind=Arrivals.POISSON, per_day=law.per_day or 0.0)
    rates = [piece.per_day for piece in law.pieces]
    starts = [0.0, *(piece.to for piece in law.pieces[:-1])]
    lengths = [end - start for start, end in itertools.pairwise(starts)]
    steps = [rate * days for rate, days in zip(rates, lengths, strict=False)]  # the last has no end
    return ArrivalTable(
        kind=Arrivals.PIECES,
        starts=tuple(starts),
        rates=tuple(rates),
        reached=tuple(itertools.accumulate(steps, initial=0.0)),
    )
