"""Which arm a patient is drawn into, and which treatment is received: `reference.allocation` as kernels."""

from __future__ import annotations

from simulator.engines.compiled import philox
from simulator.engines.compiled.described import Ints
from simulator.engines.compiled.jit import kernel
from simulator.engines.compiled.occurrence import falls_to
from simulator.engines.compiled.records.arms import Arms, Filling, Stratum
from simulator.engines.compiled.records.course import Patient
from simulator.engines.compiled.records.trial import Trial

__all__ = ["allocate", "open_lists"]


@kernel
def open_lists(arms: Arms) -> None:
    """Before the first patient."""
    for i in range(arms.n_strata):
        of = arms.strata[i]
        of.placed = of.n_left = of.filled = 0
        of.block = -1


@kernel
def allocate(trial: Trial, patient: Patient) -> None:
    """The next place of the patient's list, and whether the patient refuses what it gives."""
    arms = trial.arms
    stratum = 1 if arms.stratum >= 0 and trial.traits[arms.stratum].value != 0.0 else 0
    of, filling = arms.strata[stratum], arms.fillings[arms.filling[trial.version]]
    arm = _from_block(trial, arms, filling, of) if arms.in_blocks != 0 else _alone(trial, filling, of)
    received = arms.then if _refuses(trial, arms, patient, arm) else arm
    patient.stratum = stratum
    patient.arm = arm
    patient.received = received
    patient.group = (trial.version * arms.n + arm) * (arms.n + 1) + received


@kernel
def _alone(trial: Trial, filling: Filling, of: Stratum) -> int:
    u = philox.draw(trial.seed, of.stream, trial.number, of.placed, 0)
    of.placed += 1
    return _falls(u, filling.shares, filling.all_shares)


@kernel
def _from_block(trial: Trial, arms: Arms, filling: Filling, of: Stratum) -> int:
    if of.n_left == 0 or of.filled != filling.number:
        of.filled = filling.number
        of.block += 1
        of.placed = 0
        u = philox.draw(trial.seed, of.stream, trial.number, of.block, 0)
        size = filling.sizes[int(u * filling.sizes.length)]
        of.n_left = size
        for i in range(arms.n):
            of.left[i] = size * filling.shares[i] // filling.all_shares
    of.placed += 1
    u = philox.draw(trial.seed, of.stream, trial.number, of.block, of.placed)
    arm = _falls(u, of.left, of.n_left)
    of.left[arm] -= 1
    of.n_left -= 1
    return arm


@kernel
def _falls(u: float, places: Ints, n: int) -> int:
    """Which of several kinds of places, n in all, a draw falls into."""
    at, kind, passed = u * n, 0, places[0]
    while at >= passed:  # a draw is below 1
        kind += 1
        passed += places[kind]
    return kind


@kernel
def _refuses(trial: Trial, arms: Arms, patient: Patient, arm: int) -> bool:
    if arms.only_if >= 0 and trial.traits[arms.only_if].value == 0.0:
        return False
    return falls_to(trial, patient, arms.refusing[arm], arms.refusal_stream)
