"""How many patients were enrolled and treated, and how many reached each phase."""

from __future__ import annotations

import numpy as np

from simulator.metrics.block import Block, Floats
from simulator.model.metric import Key, Kind, Metric

__all__ = ["METRICS", "columns"]

ENROLLED = Metric(
    "n_enrolled", kind=Kind.MEAN, unit="patients", label="patients enrolled", about="patients enrolled"
)
TREATED = Metric(
    "n_treated",
    kind=Kind.MEAN,
    unit="patients",
    label="patients treated",
    about="patients treated: all who are enrolled but those who refuse and are then `untreated`",
)
IN_PHASE = Metric(
    "n_in.PHASE",
    kind=Kind.MEAN,
    unit="patients",
    label="patients in {phase}",
    about="who were ever in the phase",
)
METRICS = (ENROLLED, TREATED, IN_PHASE)


def columns(block: Block) -> dict[Key, Floats]:
    """Patients of each trial."""
    enrolled = block.records.trials["enrolled"].astype(float)
    out = {ENROLLED(): enrolled, TREATED(): enrolled - _untreated(block)}
    trial, state, first = block.stays
    seen = np.left_shift(1, block.phase_of_state)[state]
    phases = np.bitwise_or.reduceat(seen, first) if len(first) else seen  # of each patient, as bits
    of_patient = trial[first]
    for i, phase in enumerate(block.program.phases):
        out[IN_PHASE(phase.name)] = block.tally(of_patient[(phases >> i) & 1 == 1])
    return out


def _untreated(block: Block) -> Floats:
    """Of each trial the patients who receive nothing."""
    arms = block.program.arms
    if arms is None:
        return np.zeros(block.size)
    patients = block.records.patients
    return block.count(patients[patients["received"] == arms.untreated])
