"""Person-time in each phase and on each drug."""

from __future__ import annotations

import numpy as np

from simulator.metrics.block import Block, Floats
from simulator.model.metric import Key, Kind, Metric

__all__ = ["METRICS", "columns"]

IN_PHASE = Metric(
    "person_days.PHASE",
    kind=Kind.MEAN,
    unit="person-days",
    label="person-days in {phase}",
    about="spent in the phase, summed over patients",
)
ON_DRUG = Metric(
    "person_days_on.DRUG",
    kind=Kind.MEAN,
    unit="person-days",
    label="person-days on {drug}",
    about="on any level of the drug, summed over patients",
)
METRICS = (IN_PHASE, ON_DRUG)


def columns(block: Block) -> dict[Key, Floats]:
    """Days of each trial, summed over patients in the order of their states."""
    program, (trial, state, first) = block.program, block.stays
    start = np.ascontiguousarray(block.records.states["time"])
    until = np.empty(len(start))
    until[:-1] = start[1:]
    until[np.append(first[1:], len(start)) - 1 if len(first) else []] = block.records.patients["exit"]
    days = until - start
    phases = len(program.phases)
    place = trial * phases + block.phase_of_state[state]
    spent = np.bincount(place, weights=days, minlength=block.size * phases).reshape(-1, phases)
    out: dict[Key, Floats] = {
        IN_PHASE(phase.name): np.ascontiguousarray(spent[:, i]) for i, phase in enumerate(program.phases)
    }
    for i, drug in enumerate(program.drugs):
        on = np.array([float(state.levels[i] > 0) for state in program.states])[state]
        out[ON_DRUG(drug)] = block.tally(trial, days * on)
    return out
