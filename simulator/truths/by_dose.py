"""A probability for each dose of a drug."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar

from simulator.contracts import HazardFamily, HazardTable
from simulator.model.base import Strict
from simulator.scalars import Parsed
from simulator.truths.probability import Inside, ProbabilityWithin, inside
from simulator.units import Days, Name, Probability, Risk, Text, format_days, format_probability

__all__ = ["ByDose", "ProbabilityByDose", "one_drug"]

ByDose = dict[Name, dict[Text, Probability]]


def one_drug(by_dose: ByDose) -> tuple[str, dict[str, float]]:
    """The drug and its probabilities; ValueError unless there is one drug with at least one dose."""
    if len(by_dose) != 1:
        raise ValueError("one drug with its doses, {DRUG: {DOSE: PROBABILITY, ...}}")
    ((drug, levels),) = by_dose.items()
    if not levels:
        raise ValueError("at least one dose, {DRUG: {DOSE: PROBABILITY, ...}}")
    return drug, levels


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbabilityByDose(Strict, HazardFamily):
    """`probability_by_dose: {lenalidomide: {5 mg: 5%, 10 mg: 12%}}` with `within: 28 days`.

    At each dose it is `probability: p in T` on the component's clock. A patient has one threshold for all
    doses, so who has the event at a dose has it at every dose with a higher probability.
    """

    sources: ClassVar[tuple[str, ...]] = ()
    needs_clock: ClassVar[bool] = True
    examples: ClassVar[tuple[dict[str, object], ...]] = (
        {"probability_by_dose": {"lenalidomide": {"5 mg": "5%", "10 mg": "12%"}}, "within": "28 days"},
        {
            "probability_by_dose": {"lenalidomide": {"5 mg": "20%", "10 mg": "45%"}},
            "within": "28 days",
            "onset": "uniform",
        },
    )

    probability_by_dose: ByDose
    within: Days
    onset: Annotated[Inside, Parsed(inside, "string")] = "constant hazard"

    def __post_init__(self) -> None:
        """One drug, and no certainty: that is no hazard."""
        _, levels = one_drug(self.probability_by_dose)
        if any(p == 1.0 for p in levels.values()):
            raise ValueError("probabilities below 100%: certainty within a time is no hazard")

    @property
    def doses(self) -> tuple[str, tuple[str, ...]]:
        """The drug and its doses."""
        drug, levels = one_drug(self.probability_by_dose)
        return drug, tuple(levels)

    def at_dose(self, level: str) -> ProbabilityWithin:
        """The probability at one dose."""
        _, levels = one_drug(self.probability_by_dose)
        return ProbabilityWithin(
            probability=Risk(probability=levels[level], days=self.within), onset=self.onset
        )

    def once(self, *, clocked: bool) -> bool:
        """Once per start of the clock."""
        del clocked
        return True

    def cumulative(self, age: float, *, clocked: bool) -> float:
        """That of the first dose; see `at_dose`."""
        return self.at_dose(self.doses[1][0]).cumulative(age, clocked=clocked)

    def lower(self, *, clocked: bool) -> HazardTable:
        """That of the first dose; see `at_dose`."""
        return self.at_dose(self.doses[1][0]).lower(clocked=clocked)

    def describe(self, *, clocked: bool) -> str:
        """Every dose in words."""
        del clocked
        drug, levels = one_drug(self.probability_by_dose)
        listed = ", ".join(f"{format_probability(p)} at {level}" for level, p in levels.items())
        return f"by dose of {drug}: {listed}, in {format_days(self.within)}, {self.onset} inside, none after"
