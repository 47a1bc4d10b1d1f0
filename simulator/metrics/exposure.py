"""Person-time in each phase and on each drug."""

from __future__ import annotations

import numpy as np

from simulator.metrics.block import Block, Floats

__all__ = ["columns"]


def columns(block: Block) -> dict[str, Floats]:
    """person_days.PHASE and person_days_on.DRUG, summed over patients."""
    states, patients = block.records.states, block.records.patients
    order = np.lexsort((states["candidate"], states["trial"]))  # stable: in order of time within a patient
    rows = states[order]
    last = np.ones(len(rows), dtype=bool)
    last[:-1] = (rows["trial"][1:] != rows["trial"][:-1]) | (rows["candidate"][1:] != rows["candidate"][:-1])
    until = np.empty(len(rows))
    until[:-1] = rows["time"][1:]
    until[last] = patients["exit"][np.lexsort((patients["candidate"], patients["trial"]))]
    days = until - rows["time"]
    out: dict[str, Floats] = {}
    phase_of = block.phase_of_state[rows["state"]]
    for i, phase in enumerate(block.program.phases):
        out[f"person_days.{phase.name}"] = block.count(rows, weights=np.where(phase_of == i, days, 0.0))
    for i, drug in enumerate(block.program.drugs):
        on = np.array([state.levels[i] > 0 for state in block.program.states])[rows["state"]]
        out[f"person_days_on.{drug}"] = block.count(rows, weights=np.where(on, days, 0.0))
    return out
