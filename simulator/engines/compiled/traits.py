"""What a patient is from the start: `reference.traits`, and whether the DLT can be judged."""

from __future__ import annotations

from simulator.engines.compiled.jit import kernel
from simulator.engines.compiled.occurrence import draw, falls_to
from simulator.engines.compiled.records.course import Patient
from simulator.engines.compiled.records.trial import Trial

__all__ = ["draw_traits"]


@kernel
def draw_traits(trial: Trial, patient: Patient, candidate: int) -> None:
    """What a patient is: traits that matter, and whether the DLT can be judged."""
    dosing = trial.dosing
    patient.not_evaluable = 0
    if dosing and falls_to(trial, patient, dosing.not_evaluable, dosing.evaluable_stream):
        patient.not_evaluable = 1
    for i in range(trial.n_traits):
        trait = trial.traits[i]
        if trait.needed != 0 and trait.beta >= 0:
            row = trial.turn * trial.beta_candidates + candidate
            trait.value = trial.betas[row * trial.n_betas + trait.beta]
        elif trait.needed != 0:
            share = trait.share
            if trait.after and trait.after.value != 0.0:
                share = trait.if_so
            trait.value = 1.0 if draw(trial, patient, trait.stream, 0) < share else 0.0
