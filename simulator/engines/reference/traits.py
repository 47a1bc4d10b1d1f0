"""What a patient is: traits drawn at entry."""

from __future__ import annotations

from functools import lru_cache

from simulator.model.latents import Latents
from simulator.program.tables import Program

__all__ = ["draw_traits"]


def draw_traits(program: Program, latents: Latents, candidate: int) -> tuple[float, ...]:
    """Per trait 0 or 1, or the patient's probability."""
    values: list[float] = []
    for trait in program.traits:
        u = latents.uniform(trait.stream, candidate, 0)
        if trait.beta is not None:
            values.append(_beta_quantile(*trait.beta, u))
        else:
            chance = trait.if_so if trait.after >= 0 and values[trait.after] else trait.probability
            values.append(1.0 if u < chance else 0.0)
    return tuple(values)


@lru_cache(maxsize=1 << 16)
def _beta_quantile(a: float, b: float, u: float) -> float:
    """Quantile of Beta(a, b)."""
    from scipy.special import betaincinv

    return float(betaincinv(a, b, u))
