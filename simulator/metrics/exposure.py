"""Person-time in each phase and on each drug."""

from __future__ import annotations

import numpy as np

from simulator.metrics.block import Block, Floats

__all__ = ["columns"]


def columns(block: Block) -> dict[str, Floats]:
    """person_days.PHASE and person_days_on.DRUG, summed over patients in the order of their states."""
    rows, program = block.records.states, block.program
    last = np.ones(len(rows), dtype=bool)
    last[:-1] = (rows["trial"][1:] != rows["trial"][:-1]) | (rows["candidate"][1:] != rows["candidate"][:-1])
    until = np.empty(len(rows))
    until[:-1] = rows["time"][1:]
    until[last] = block.records.patients["exit"]
    days = until - rows["time"]
    trial = block.index(rows)
    out: dict[str, Floats] = {}
    phase_of = block.phase_of_state[rows["state"]]
    for i, phase in enumerate(program.phases):
        mine = phase_of == i
        out[f"person_days.{phase.name}"] = block.tally(trial[mine], days[mine])
    for i, drug in enumerate(program.drugs):
        on = np.array([state.levels[i] > 0 for state in program.states])[rows["state"]]
        out[f"person_days_on.{drug}"] = block.tally(trial[on], days[on])
    return out
