"""Reports that are withdrawn, or get another mark, after they have arrived: parts of `reference.trial`.

A correction is awaited once its report has arrived. Such a report is never called back, so that it holds
however often the patient's path is played again.
"""

from __future__ import annotations

import math

from simulator.engines.compiled import codes, queue
from simulator.engines.compiled.jit import kernel
from simulator.engines.compiled.monitor import on_report
from simulator.engines.compiled.outcome import ask
from simulator.engines.compiled.places import place_of
from simulator.engines.compiled.records.course import Occurrence
from simulator.engines.compiled.records.trial import Trial

__all__ = ["await_corrections", "corrected"]


@kernel
def await_corrections(trial: Trial, occurrence: Occurrence) -> None:
    """What will become of a report that has just arrived: it is withdrawn, or upgraded before that."""
    if occurrence.upgraded < occurrence.withdrawn:
        _await(trial, occurrence, occurrence.upgraded)
    _await(trial, occurrence, occurrence.withdrawn)


@kernel
def _await(trial: Trial, occurrence: Occurrence, day: float) -> None:
    if trial.now < day < math.inf:
        trial.under_way += 1
        order = queue.pack(queue.CORRECTION, occurrence.patient.number, occurrence.event)
        queue.schedule(trial, day, order, codes.CORRECTED, place_of(occurrence))


@kernel
def corrected(trial: Trial, occurrence: Occurrence) -> None:
    """A report that had arrived is withdrawn, or gets another mark."""
    trial.under_way -= 1
    trial.last_report = max(trial.last_report, trial.now)
    if occurrence.withdrawn == trial.now:
        trial.logged[occurrence.event] -= 1
    if trial.dosing and occurrence.event == trial.dosing.dlt:
        ask(trial)
    for i in range(trial.n_monitors):
        on_report(trial, trial.monitors[i], occurrence)
