"""When accrual was full, and which day was its last, where amendments change that."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from simulator.model.records import Records
from simulator.program.tables import Program

__all__ = ["last_days_of", "limits_of"]


def limits_of(program: Program, records: Records) -> NDArray[np.int64]:
    """Of each trial of a block the most patients, by the protocol under which accrual closed. (trials,)."""
    return _in_force(program, records)[0]


def last_days_of(program: Program, records: Records) -> NDArray[np.float64]:
    """Of each trial of a block the last day of accrual, by the same protocol; inf without one. (trials,).

    Where an amendment brought one that was over by then, its own day.
    """
    return _in_force(program, records)[1]


def _in_force(program: Program, records: Records) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Both. An amendment that finds accrual closed by these limits opens it no more."""
    trials, patients = records.trials["trial"], records.patients
    most = np.full(len(trials), program.limit(0), dtype=np.int64)
    last = np.full(len(trials), program.last_day(0))
    for version in range(1, len(program.entries) if program.limits or program.last_days else 1):
        rows = records.decisions[records.decisions["amendment"] == version - 1]
        at = rows["trial"] - trials[0]
        before = patients["trial"][patients["version"] < version] - trials[0]
        open_still = np.bincount(before, minlength=len(trials))[at] < most[at]
        open_still &= rows["time"] <= last[at]
        at = at[open_still]
        most[at] = program.limit(version)
        last[at] = np.maximum(program.last_day(version), rows["time"][open_still])
    return most, last
