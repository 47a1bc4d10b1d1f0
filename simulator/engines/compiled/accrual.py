"""Who turns up, when, and what becomes of those who come while accrual is held: `reference.accrual`.

Admission itself is in `trial`, since a patient who enters concerns every part of it.
"""

from __future__ import annotations

import math

from simulator.engines.compiled import codes, philox, queue
from simulator.engines.compiled.jit import kernel
from simulator.engines.compiled.records.trial import Trial
from simulator.engines.compiled.tables import quantise

__all__ = [
    "closed",
    "full",
    "hold",
    "last_day_is_over",
    "lift",
    "limited",
    "lose",
    "open_accrual",
    "over",
    "schedule_arrival",
    "stagger",
    "wait",
]

MOST_LOST = 1_000_000  # in one go, so that a request to stop is soon heard


@kernel
def open_accrual(trial: Trial) -> None:
    """The first candidates."""
    if trial.moves_last_day != 0:
        _await_last_day(trial)
    if trial.while_held != codes.ON_DEMAND:
        schedule_arrival(trial)
        return
    _admit_now(trial)
    if trial.moves_last_day == 0:
        _await_last_day(trial)


@kernel
def _await_last_day(trial: Trial) -> None:
    """Nobody enters after the last day, unless it is another by then."""
    day = quantise(trial.last_days[trial.version])
    if day < math.inf:
        queue.schedule(trial, day, queue.pack(queue.ARRIVAL, codes.LAST, 0), codes.ACCRUAL_ENDS, 0)


@kernel
def last_day_is_over(trial: Trial) -> bool:
    """Whether nobody enters after today."""
    return quantise(trial.last_days[trial.version]) <= trial.now


@kernel
def limited(trial: Trial) -> None:
    """The protocol has other limits: nobody enters any more if so many have, or the last day is over."""
    if full(trial) or trial.last_days[trial.version] < trial.now:
        trial.open = trial.awaited = 0
    elif trial.moves_last_day != 0:
        _await_last_day(trial)


@kernel
def schedule_arrival(trial: Trial) -> None:
    """The next candidate turns up, unless accrual has reached its limit: then it closes."""
    candidate, arrival = trial.candidate, _next_arrival(trial)
    if full(trial):
        trial.open = 0
        return
    if trial.registered >= trial.max_registered or arrival > trial.accrual_days or arrival == math.inf:
        trial.awaited = 1 if trial.registered < trial.max_registered and arrival < math.inf else 0
        _all_came(trial)
        return
    _comes(trial, arrival)
    order = queue.pack(queue.ARRIVAL, candidate, 0)
    queue.schedule(trial, arrival, order, codes.CANDIDATE_ARRIVES, candidate)


@kernel
def _all_came(trial: Trial) -> None:
    """Nobody turns up any more; those who wait may still enter."""
    trial.all_came = 1
    if over(trial):
        trial.open = 0
    elif trial.moves_last_day == 0:
        _await_last_day(trial)


@kernel
def _next_arrival(trial: Trial) -> float:
    """The day on which the next candidate turns up, inf for nobody; `coming` is then the sum behind it."""
    candidate, law = trial.candidate, trial.arrivals
    if law == codes.EVERY_SO_MANY_DAYS:
        return quantise(candidate * trial.every_days)
    if law == codes.UNIFORM and candidate >= trial.candidates:
        return math.inf
    gap = philox.threshold(trial.seed, trial.gap_stream, trial.number, candidate, 0)
    if law == codes.POISSON:
        return quantise(trial.arrival + gap / trial.per_day)
    if law == codes.UNIFORM:
        trial.coming = trial.came + gap / (trial.candidates - candidate)
        return quantise(trial.within * (1.0 - math.exp(-trial.coming)))
    trial.coming = trial.came + gap
    piece = trial.n_pieces - 1
    while trial.reached[piece] > trial.coming:
        piece -= 1
    return quantise(trial.starts[piece] + (trial.coming - trial.reached[piece]) / trial.rates[piece])


@kernel
def _comes(trial: Trial, arrival: float) -> None:
    """The candidate whose day was asked for last does turn up."""
    trial.arrival = arrival
    trial.came = trial.coming


@kernel
def stagger(trial: Trial) -> None:
    """Somebody has entered; nobody else does until the stagger is over."""
    if trial.stagger > 0.0:
        hold(trial, trial.stagger_hold)
        order = queue.pack(queue.EFFECT, 1, codes.LAST_STREAM)
        queue.schedule(trial, quantise(trial.now + trial.stagger), order, codes.STAGGER_ENDS, 0)


@kernel
def lose(trial: Trial) -> None:
    """The one who has turned up is lost, and so are those who do before anything else happens."""
    trial.lost += 1
    until = min(queue.next_time(trial), trial.accrual_days)
    for _ in range(MOST_LOST if until < math.inf else 0):
        arrival = _next_arrival(trial)
        if arrival >= until:
            return
        trial.lost += 1
        trial.candidate += 1
        _comes(trial, arrival)


@kernel
def wait(trial: Trial, candidate: int) -> None:
    """A candidate who may enter waits until accrual is held no more."""
    if not trial.screening:  # candidates come, and so wait, in the order of their numbers
        if trial.first_waiting == trial.end_waiting:
            trial.first_waiting = candidate
        trial.end_waiting = candidate + 1
        return
    if trial.first_waiting == trial.end_waiting:
        trial.first_waiting = trial.end_waiting = 0
    if trial.end_waiting == trial.waiting_room:
        trial.status, trial.short_of = codes.SHORT, codes.WAITING
        return
    trial.waiting[trial.end_waiting] = candidate
    trial.end_waiting += 1


@kernel
def closed(trial: Trial, day: float) -> bool:
    """Whether nobody may enter any more, as far as it is known on a day."""
    if trial.open != 0:
        return False
    return trial.stopped != 0 or full(trial) or trial.awaited == 0 or day >= trial.last_days[trial.version]


@kernel
def over(trial: Trial) -> bool:
    """Whether all have turned up who will, and nobody waits or is being screened."""
    return trial.all_came != 0 and trial.first_waiting == trial.end_waiting and trial.in_screening == 0


@kernel
def full(trial: Trial) -> bool:
    """Whether as many have entered as may."""
    return trial.treated >= trial.limits[trial.version]


@kernel
def hold(trial: Trial, name: int) -> None:
    """Hold accrual under a name."""
    if trial.held[name] == 0:
        trial.held[name] = 1
        trial.holds += 1


@kernel
def lift(trial: Trial, name: int) -> None:
    """Lift the hold of a name; those who wait enter at this instant if no other is on."""
    if trial.held[name] != 0:
        trial.held[name] = 0
        trial.holds -= 1
    if trial.holds == 0:
        _admit_now(trial)


@kernel
def _admit_now(trial: Trial) -> None:
    """Those at hand enter at this instant, after every dose decision of it and before arrivals."""
    anyone = trial.first_waiting < trial.end_waiting or trial.while_held == codes.ON_DEMAND
    if trial.admitting == 0 and anyone:
        trial.admitting = 1
        order = queue.pack(queue.GATE, codes.LAST, 0)
        queue.schedule(trial, trial.now, order, codes.ADMISSION, 0)
