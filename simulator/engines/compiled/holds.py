"""Holds of accrual by rules: `reference.holds` as kernels. A hold is a row of the records from its start."""

from __future__ import annotations

import math

from simulator.engines.compiled import codes, philox, queue
from simulator.engines.compiled.accrual import closed, hold, lift
from simulator.engines.compiled.described import NONE
from simulator.engines.compiled.jit import kernel
from simulator.engines.compiled.places import place_of
from simulator.engines.compiled.records.rows import hold_row_at
from simulator.engines.compiled.records.rules import Monitor
from simulator.engines.compiled.records.trial import Trial
from simulator.engines.compiled.rows import new_row
from simulator.engines.compiled.tables import delayed, quantise

__all__ = ["begin_hold", "close_accrual", "end_accrual", "hold_and_release", "hold_ends", "limit_holds"]


@kernel
def begin_hold(trial: Trial, monitor: Monitor, day: float) -> None:
    """A rule holds accrual from a day on; where that is closed only the review takes place."""
    no_more = closed(trial, day)
    if no_more and monitor.reviewed == 0:
        return
    number = monitor.n_holds
    monitor.n_holds += 1
    over = quantise(day + _days(trial, monitor, number))
    place = new_row(trial, codes.HOLDS)
    row = hold_row_at(trial, place)
    row.trial = trial.number
    row.monitor = monitor.number
    row.began = row.ended = day
    row.how = _outcome(trial, monitor, number)
    if no_more:
        return
    row.ended = monitor.busy_until = min(over, trial.last_days[trial.version])
    monitor.hold_row, monitor.hold_over = place, over
    hold(trial, trial.first_hold + monitor.number)
    if over < math.inf:
        order = queue.pack(queue.EFFECT, 1, monitor.number)
        queue.schedule(trial, over, order, codes.HOLD_ENDS, place_of(monitor))


@kernel
def _days(trial: Trial, monitor: Monitor, number: int) -> float:
    if monitor.until_released != 0:
        return math.inf
    return delayed(trial, monitor.takes, monitor.takes_stream, number, 0)


@kernel
def _outcome(trial: Trial, monitor: Monitor, number: int) -> int:
    """How the hold will end, if nothing else ends it before."""
    if monitor.until_released != 0:
        return codes.HOLD_CLOSED
    if monitor.reviewed == 0:
        return codes.HOLD_TIME
    u = philox.draw(trial.seed, monitor.review_stream, trial.number, number, 0)
    return codes.HOLD_RESUMED if u < monitor.resumes else codes.HOLD_NOT_RESUMED


@kernel
def hold_and_release(trial: Trial) -> None:
    """After every closing of an instant, what rules do that hold accrual or end a hold."""
    for i in range(trial.n_monitors):
        monitor = trial.monitors[i]
        if monitor.happens != 0 and monitor.holds != 0:
            begin_hold(trial, monitor, trial.now)
    for i in range(trial.n_monitors):
        monitor = trial.monitors[i]
        if monitor.happens != 0:
            monitor.happens = 0
            for k in range(monitor.releases.length):
                _release(trial, trial.monitors[monitor.releases[k]])


@kernel
def _release(trial: Trial, monitor: Monitor) -> None:
    """Another rule ends this one's hold, if it is on."""
    if monitor.hold_row != NONE:
        row = hold_row_at(trial, monitor.hold_row)
        if trial.now < row.ended:
            row.ended = monitor.busy_until = trial.now
            row.how = codes.HOLD_RELEASED
            _lift(trial, monitor)


@kernel
def hold_ends(trial: Trial, monitor: Monitor) -> None:
    """The time of a hold is over, unless it has ended before: accrual goes on, or closes."""
    if monitor.hold_row == NONE or monitor.hold_over != trial.now:
        return
    if hold_row_at(trial, monitor.hold_row).how == codes.HOLD_NOT_RESUMED:
        close_accrual(trial)
    else:
        _lift(trial, monitor)


@kernel
def _lift(trial: Trial, monitor: Monitor) -> None:
    monitor.hold_row = NONE
    lift(trial, trial.first_hold + monitor.number)


@kernel
def close_accrual(trial: Trial) -> None:
    """A rule has it that nobody enters any more, and no dose is chosen."""
    end_accrual(trial)
    if trial.dosing:
        trial.dosing.stage, trial.dosing.latest = codes.OVER, trial.now


@kernel
def end_accrual(trial: Trial) -> None:
    """Nobody enters any more, and no hold is on."""
    trial.open, trial.stopped = 0, 1
    _end_holds(trial)


@kernel
def limit_holds(trial: Trial) -> None:
    """The protocol has other limits: holds that are on end with accrual."""
    if closed(trial, trial.now):
        _end_holds(trial)
    for i in range(trial.n_monitors):
        monitor = trial.monitors[i]
        if monitor.hold_row != NONE:
            ends = min(monitor.hold_over, trial.last_days[trial.version])
            hold_row_at(trial, monitor.hold_row).ended = monitor.busy_until = ends


@kernel
def _end_holds(trial: Trial) -> None:
    """Accrual has closed: no hold is on any more."""
    for i in range(trial.n_monitors):
        monitor = trial.monitors[i]
        if monitor.hold_row != NONE:
            row = hold_row_at(trial, monitor.hold_row)
            if trial.now < row.ended:
                row.ended = monitor.busy_until = trial.now
            monitor.hold_row = NONE
