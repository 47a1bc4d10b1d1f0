"""A probability that differs from patient to patient."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from simulator.contracts import HazardFamily, HazardTable
from simulator.model.base import Strict
from simulator.units import Days, Name, format_days

__all__ = ["TraitProbability", "TraitWithin"]


@dataclass(frozen=True, slots=True, kw_only=True)
class TraitWithin(Strict):
    """The patient's own probability of an event within a time: a trait with a Beta law."""

    trait: Name
    within: Days


@dataclass(frozen=True, slots=True, kw_only=True)
class TraitProbability(Strict, HazardFamily):
    """`trait_probability: {trait: haem_risk, within: 28 days}`: each patient has a constant hazard.

    H(t) = -ln(1 - p) x t / within, p the patient's trait. In every stretch of that length the
    patient has an event with probability p, so over m stretches the number with an event is
    beta-binomial.
    """

    sources: ClassVar[tuple[str, ...]] = ()
    needs_clock: ClassVar[bool] = False
    examples: ClassVar[tuple[dict[str, object], ...]] = (
        {"trait_probability": {"trait": "haem_risk", "within": "28 days"}},
    )

    trait_probability: TraitWithin

    @property
    def trait(self) -> str:
        """The trait that scales the hazard."""
        return self.trait_probability.trait

    def cumulative(self, age: float, *, clocked: bool) -> float:
        """age / within, before the patient's own factor -ln(1 - p)."""
        del clocked
        return age / self.trait_probability.within

    def lower(self, *, clocked: bool) -> HazardTable:
        """One slope: exact."""
        del clocked
        return HazardTable(knots=(0.0,), cumulative=(0.0,), tail=1.0 / self.trait_probability.within)

    def describe(self, *, clocked: bool) -> str:
        """In words."""
        del clocked
        own = self.trait_probability
        return (
            f"constant hazard with the patient's own probability `{own.trait}` in {format_days(own.within)}"
        )
