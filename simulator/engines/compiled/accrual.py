"""Who turns up, when, and what becomes of those who come while accrual is held: `reference.accrual`.

Admission itself is in `trial`, since a patient who enters concerns every part of it.
"""

from __future__ import annotations

import math

from simulator.engines.compiled import layout as at
from simulator.engines.compiled import philox, queue
from simulator.engines.compiled.jit import kernel
from simulator.engines.compiled.layout import Floats, Ints, Words
from simulator.engines.compiled.tables import quantise

__all__ = ["full", "hold", "lift", "open_accrual", "schedule_arrival"]


@kernel
def open_accrual(ints: Ints, floats: Floats, words: Words) -> None:
    """The first candidates."""
    if ints[at.WHILE_HELD] != at.ON_DEMAND:
        schedule_arrival(ints, floats, words)
        return
    _admit_now(ints, floats)
    if floats[at.ACCRUAL_DAYS] < math.inf:
        order = queue.pack(queue.ARRIVAL, at.LAST, 0)
        queue.schedule(ints, floats, quantise(floats[at.ACCRUAL_DAYS]), order, at.ACCRUAL_ENDS, 0)


@kernel
def schedule_arrival(ints: Ints, floats: Floats, words: Words) -> None:
    """The next candidate turns up, unless accrual has reached its limit: then it closes."""
    candidate = ints[at.CANDIDATE]
    if floats[at.EVERY_DAYS] >= 0.0:
        arrival = quantise(candidate * floats[at.EVERY_DAYS])
    else:
        gap = philox.threshold(words[at.SEED], words[at.GAP_STREAM], ints[at.TRIAL], candidate, 0)
        arrival = quantise(floats[at.ARRIVAL] + gap / floats[at.PER_DAY])
    if full(ints):
        ints[at.OPEN] = 0
        return
    if arrival > floats[at.ACCRUAL_DAYS]:
        if ints[at.FIRST_WAITING] < ints[at.END_WAITING]:  # they may still enter until then
            order = queue.pack(queue.ARRIVAL, at.LAST, 0)
            queue.schedule(ints, floats, quantise(floats[at.ACCRUAL_DAYS]), order, at.ACCRUAL_ENDS, 0)
        else:
            ints[at.OPEN] = 0
        return
    floats[at.ARRIVAL] = arrival
    order = queue.pack(queue.ARRIVAL, candidate, 0)
    queue.schedule(ints, floats, arrival, order, at.CANDIDATE_ARRIVES, candidate)


@kernel
def full(ints: Ints) -> bool:
    """Whether as many have entered as may."""
    return ints[at.TREATED] >= ints[at.MAX_TREATED]


@kernel
def hold(ints: Ints, name: int) -> None:
    """Hold accrual under a name."""
    if ints[ints[at.HELD] + name] == 0:
        ints[ints[at.HELD] + name] = 1
        ints[at.HOLDS] += 1


@kernel
def lift(ints: Ints, floats: Floats, name: int) -> None:
    """Lift the hold of a name; those who wait enter at this instant if no other is on."""
    if ints[ints[at.HELD] + name] != 0:
        ints[ints[at.HELD] + name] = 0
        ints[at.HOLDS] -= 1
    if ints[at.HOLDS] == 0:
        _admit_now(ints, floats)


@kernel
def _admit_now(ints: Ints, floats: Floats) -> None:
    """Those at hand enter at this instant, after every dose decision of it and before arrivals."""
    anyone = ints[at.FIRST_WAITING] < ints[at.END_WAITING] or ints[at.WHILE_HELD] == at.ON_DEMAND
    if ints[at.ADMITTING] == 0 and anyone:
        ints[at.ADMITTING] = 1
        order = queue.pack(queue.GATE, at.LAST, 0)
        queue.schedule(ints, floats, floats[at.NOW], order, at.ADMISSION, 0)
