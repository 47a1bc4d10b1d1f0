"""How many patients might have entered each trial, where amendments change that."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from simulator.model.records import Records
from simulator.program.tables import Program

__all__ = ["limits_of"]


def limits_of(program: Program, records: Records) -> NDArray[np.int64]:
    """Of each trial of a block the most patients, as the protocol was in the end. (trials,)."""
    trials = records.trials["trial"]
    version = np.zeros(len(trials), dtype=np.int64)
    if program.limits:
        np.maximum.at(version, records.decisions["trial"] - trials[0], records.decisions["version"])
    return np.array(program.limits or [program.max_treated], dtype=np.int64)[version]
