"""Days at risk of each patient as known at a data cut: what rules by person-time read, from records."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from simulator.metrics.crossing import counted, members
from simulator.model.records import Records
from simulator.program.rule_tables import CounterTable
from simulator.program.tables import Program
from simulator.units import TICK

__all__ = ["follow_up"]

Floats = NDArray[np.float64]


def follow_up(program: Program, records: Records, counter: CounterTable, cut: float) -> Floats:
    """Days from entry to what ends risk first, 0 for those whom the counter does not read. (patients,)

    The cut, the course, the window, or an event whose report stands at the cut, on the day it occurred: one
    that counts, unless more may follow, or one that rules it out.
    """
    patients, events = records.patients, records.events
    window_ends = np.floor((patients["entry"] + counter.window) / TICK + 0.5) * TICK  # `quantise`
    end = np.minimum(np.minimum(patients["exit"], window_ends), cut)
    last = events[np.isin(events["event"], counter.ruled_out_by)]
    if counter.once:
        last = np.concatenate([last, counted(program, records, counter, cut)])
    last = last[last["reported"] <= cut]
    if program.corrects:
        last = last[last["withdrawn"] > cut]
    np.minimum.at(end, records.patient_of(last), last["occurred"])
    read = members(counter, patients) & (patients["entry"] <= cut)
    found: Floats = np.where(read, end - patients["entry"], 0.0)
    return found
