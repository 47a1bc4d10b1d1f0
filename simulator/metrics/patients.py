"""How many patients were enrolled and treated, and how many reached each phase."""

from __future__ import annotations

import numpy as np

from simulator.metrics.block import Block, Floats

__all__ = ["columns"]


def columns(block: Block) -> dict[str, Floats]:
    """n_enrolled, n_treated (whoever is enrolled is treated), n_in.PHASE."""
    enrolled = block.records.trials["enrolled"].astype(float)
    out = {"n_enrolled": enrolled, "n_treated": enrolled}
    trial, state, first = block.stays
    seen = np.left_shift(1, block.phase_of_state)[state]
    phases = np.bitwise_or.reduceat(seen, first) if len(first) else seen  # of each patient, as bits
    of_patient = trial[first]
    for i, phase in enumerate(block.program.phases):
        out[f"n_in.{phase.name}"] = block.tally(of_patient[(phases >> i) & 1 == 1])
    return out
