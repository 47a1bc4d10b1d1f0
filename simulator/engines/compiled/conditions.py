"""`unless` and `only_if` of a step or a transition: `reference.patient._holds` as a kernel."""

from __future__ import annotations

from simulator.engines.compiled.jit import kernel
from simulator.engines.compiled.records.course import Patient
from simulator.engines.compiled.records.program import Next, Step

__all__ = ["allows"]


@kernel
def allows(patient: Patient, part: Step | Next) -> bool:
    """Whether what was detected by now, and the patient's traits, let it be."""
    if part.unless >= 0 and patient.history[part.unless].detected != 0:
        return False
    if part.only_if >= 0 and patient.history[part.only_if].detected == 0:
        return False
    if part.unless_trait >= 0 and patient.traits[part.unless_trait] != 0:
        return False
    return part.only_if_trait < 0 or patient.traits[part.only_if_trait] != 0
