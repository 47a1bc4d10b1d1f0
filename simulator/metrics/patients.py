"""How many patients were enrolled and treated, and how many reached each phase."""

from __future__ import annotations

from simulator.metrics.block import Block, Floats

__all__ = ["columns"]


def columns(block: Block) -> dict[str, Floats]:
    """n_enrolled, n_treated (whoever is enrolled is treated), n_in.PHASE."""
    enrolled = block.records.trials["enrolled"].astype(float)
    out = {"n_enrolled": enrolled, "n_treated": enrolled}
    states = block.records.states
    phase_of = block.phase_of_state[states["state"]]
    for i, phase in enumerate(block.program.phases):
        out[f"n_in.{phase.name}"] = block.persons(states[phase_of == i])
    return out
