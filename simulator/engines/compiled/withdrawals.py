"""Reports that are withdrawn after they have arrived: parts of `reference.trial` and `reference.monitor`.

A withdrawal is awaited once its report has arrived. Such a report is never called back, so that it holds
however often the patient's path is played again.
"""

from __future__ import annotations

import math

from simulator.engines.compiled import codes, queue
from simulator.engines.compiled.denominator import counts
from simulator.engines.compiled.jit import kernel
from simulator.engines.compiled.monitor import news
from simulator.engines.compiled.places import place_of
from simulator.engines.compiled.records.course import Occurrence
from simulator.engines.compiled.records.trial import Trial

__all__ = ["await_withdrawal", "withdraw"]


@kernel
def await_withdrawal(trial: Trial, occurrence: Occurrence) -> None:
    """A report that has just arrived will be withdrawn, if it is not at once, and if at all."""
    day = occurrence.withdrawn
    if trial.now < day < math.inf:
        trial.under_way += 1
        order = queue.pack(queue.WITHDRAWAL, occurrence.patient.number, occurrence.event)
        queue.schedule(trial, day, order, codes.WITHDRAWN, place_of(occurrence))


@kernel
def withdraw(trial: Trial, occurrence: Occurrence) -> None:
    """A report is withdrawn, which is news to rules that look at every report and have counted it."""
    trial.under_way -= 1
    trial.last_report = max(trial.last_report, trial.now)
    trial.logged[occurrence.event] -= 1
    for i in range(trial.n_monitors):
        monitor, counted = trial.monitors[i], False
        for k in range(monitor.used.length):
            counted |= counts(trial.counters[monitor.used[k]], occurrence)
        if counted and monitor.schedule == codes.EVERY_REPORT:
            news(trial, monitor)
