"""Who turns up at a rate: how many until accrual closes, and how many that rate has come by then."""

from __future__ import annotations

from math import inf

import numpy as np

from simulator import streams
from simulator.formats import TICK
from simulator.metrics.block import Floats
from simulator.metrics.limits import last_days_of, limits_of
from simulator.metrics.risks import CROSSINGS, RISK
from simulator.model.metric import Key
from simulator.model.records import Records
from simulator.program.tables import Program
from simulator.program.words import WhileHeld

__all__ = ["ARRIVALS", "ARRIVED", "arrived"]

ARRIVALS = "the candidates", "who turn up"  # in the place of event and component; no name has a space in it
ARRIVED = CROSSINGS(*ARRIVALS), RISK(*ARRIVALS)
STREAM = "accrual/gap"
AT_ONCE = 64  # candidates whose draws are fetched together
MOST = 20_000  # candidates of a trial that are counted


def arrived(program: Program, records: Records, seed: int) -> dict[Key, Floats]:
    """Of each trial all who turn up in (0, C], enrolled, waiting or lost, and rate x C, for Poisson accrual.

    C: a day from which nobody who turns up matters: the last place is filled, a rule closes accrual, or its
    limit in days; without a limit the trial is over. A stopping time, so that N - A is a martingale there;
    the end of the last course is none where somebody might still enter. nan where more than MOST turn up.
    Candidates who are at hand on demand do not turn up.
    """
    shape = len(records.trials)
    if program.while_held is WhileHeld.ON_DEMAND:
        return {key: np.zeros(shape) for key in ARRIVED}
    rate, closed = program.accrual.per_day, _closed(program, records)
    count, day, going = np.zeros(shape), np.zeros(shape), np.ones(shape, dtype=bool)
    stream, trials = streams.stream_id(STREAM), records.trials["trial"].astype(np.uint64)
    for start in range(0, MOST, AT_ONCE):
        words = streams.words(seed, stream, trials, np.arange(start, start + AT_ONCE, dtype=np.uint64))
        for gap in -np.log(streams.uniforms(words)[:, :, 0]).T:
            day = np.floor((day + gap / rate) / TICK + 0.5) * TICK  # as `units.quantise`
            going &= day <= closed + TICK  # a tick for logarithms that differ in their last bit
            count += going
        if not going.any():
            break
    count[going] = np.nan
    return dict(zip(ARRIVED, (count, rate * closed), strict=True))


def _closed(program: Program, records: Records) -> Floats:
    """Of each trial the day after which nobody who turns up matters."""
    trials, first = records.trials, records.trials["trial"][0]
    last = np.full(len(trials), -inf)
    np.maximum.at(last, records.patients["trial"] - first, records.patients["entry"])
    limit = last_days_of(program, records)
    closed = np.where(limit == inf, trials["end"], limit)
    closed = np.minimum(closed, np.where(trials["enrolled"] >= limits_of(program, records), last, inf))
    firings = records.firings
    closing = np.array([monitor.closes_accrual for monitor in program.monitors], dtype=bool)
    firings = firings[closing[firings["monitor"]]] if len(closing) else firings[:0]
    np.minimum.at(closed, firings["trial"] - first, firings["effective"])
    return closed
