"""BOIN: up or down as the share of DLTs at a dose leaves an interval around the target (liu2015)."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from math import inf, log
from typing import TYPE_CHECKING, ClassVar

from simulator.contracts import DoseChoices, DoseCounts
from simulator.dose_finding._by_table import DOWN, STAY, UP
from simulator.dose_finding._exact import LEAST_ELIMINATED
from simulator.dose_finding._model_assisted import ModelAssisted
from simulator.dose_finding._one_a_dose import one_a_dose
from simulator.errors import QuantityError
from simulator.units import Flag, OpenProbability, format_probability

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["Boin"]

LOW, HIGH = Fraction(6, 10), Fraction(14, 10)  # of the target: p1 and p2 where they are not given
TIE = 1e-9  # DLTs: lambda n is whole where it is this near a whole number
TITRATION = (6, 7, 7)  # its reasons: up, the dose is filled, nobody could be judged


@dataclass(frozen=True, slots=True, kw_only=True)
class Boin(ModelAssisted):
    """Up iff y <= lambda_e n, down iff y >= lambda_d n: y of n with a DLT at the dose last given (liu2015).

    p1, p2      : the highest rate that is too low and the lowest that is too high; 0.6 and 1.4 of the target
    extra_safe  : over without a dose once P(rate > target) at the lowest dose is more than this
    titration   : one patient a dose until the first DLT or the top dose, which is then filled to a cohort
    bounded_mtd : no dose is recommended whose estimated rate is above lambda_d
    """

    kind: ClassVar[str] = "boin"
    sources: ClassVar[tuple[str, ...]] = ("liu2015",)
    reasons: ClassVar[tuple[str, ...]] = (
        *ModelAssisted.reasons,
        "up: no DLT in the only patient at the dose",
        "stay: the cohort is filled after one patient",
    )
    examples: ClassVar[tuple[dict[str, object], ...]] = (
        {"target": "30%", "n_max": 30},
        {"target": "25%", "n_max": 24, "cohort": 1, "enough": 9, "extra_safe": "90%"},
        {"target": "20%", "n_max": 36, "titration": True, "bounded_mtd": True, "p1": "10%", "p2": "26%"},
    )

    extra_safe: OpenProbability | None = None
    titration: Flag = False
    bounded_mtd: Flag = False

    def __post_init__(self) -> None:
        """Refuse options that can do nothing, beside what every table refuses."""
        ModelAssisted.__post_init__(self)
        if self.extra_safe is not None and self.extra_safe >= self.eliminate:
            allowed = f"below the {format_probability(self.eliminate)} with which a dose is eliminated"
            raise QuantityError(f"extra_safe: {format_probability(self.extra_safe)}", allowed)
        if self.titration and self.cohort == 1:
            raise QuantityError("titration with a cohort of 1", "titration before cohorts of 2 or more")

    def around(self, target: Fraction) -> tuple[Fraction, Fraction]:
        """0.6 and 1.4 of the target."""
        return target * LOW, target * HIGH

    @property
    def lambdas(self) -> tuple[float, float]:
        """lambda_e and lambda_d: shares of DLTs at which two rates are as likely as each other."""
        low, high = map(float, self.interval)
        return _as_likely(low, self.target), _as_likely(self.target, high)

    @property
    def first_cohort(self) -> int:
        """One patient where doses are titrated."""
        return 1 if self.titration else self.cohort

    @property
    def highest_selected(self) -> float:
        """lambda_d, if so asked."""
        return self.lambdas[1] if self.bounded_mtd else inf

    def moves(self, n: int) -> tuple[int, ...]:
        """Bounds belong to the moves, as published.

        Where lambda_d n is whole, BOIN 2.7.2 goes down from one DLT more on.
        """
        low, high = self.lambdas
        return tuple(
            UP if y <= low * n + TIE else DOWN if y >= high * n - TIE else STAY for y in range(n + 1)
        )

    def rule(self) -> tuple[str, ...]:
        """The two bounds, ties with the package, and the options."""
        low, high = self.lambdas
        whole = [n for n in range(1, self.n_max) if abs(high * n - round(high * n)) < TIE]
        return (
            f"BOIN, target {format_probability(self.target)}: up if the share of DLTs at the dose is at most "
            f"lambda_e = {low:.7f}, down if it is at least lambda_d = {high:.7f}, else stay.",
            *(
                f"With {n} patients {round(high * n)} with a DLT are exactly lambda_d: down, as published, "
                "where the R package BOIN wants one more."
                for n in whole[:1]
            ),
            *self._options(),
        )

    def _options(self) -> tuple[str, ...]:
        options = []
        if self.titration:
            options.append(
                "At first one patient a dose, up until the first DLT or the top dose; that dose is then "
                f"filled to {self.cohort} before it is judged."
            )
        if self.extra_safe is not None:
            options.append(
                f"It is over without a dose once P(rate > {format_probability(self.target)}) at the lowest "
                f"dose is more than {format_probability(self.extra_safe)} with {LEAST_ELIMINATED} patients "
                "or more."
            )
        if self.bounded_mtd:
            options.append("No dose is recommended whose estimated rate is above lambda_d.")
        return tuple(options)

    def unsafe(self, counts: DoseCounts) -> NDArray[np.bool_]:
        """The lowest dose is eliminated, or nearly so where it is to be extra safe."""
        certainty = self.eliminate if self.extra_safe is None else self.extra_safe
        return self.exceeds(counts.n[:, 0], counts.dlt[:, 0], certainty)

    def decide(self, counts: DoseCounts) -> DoseChoices:
        """By the table, once titration is over: some dose has more than one patient."""
        by_table = partial(ModelAssisted.decide, self)
        if not self.titration:
            return by_table(counts)
        left = self.n_max - counts.n.sum(axis=1)
        return one_a_dose(counts, self.cohort, by_table, reasons=TITRATION, left=left)


def _as_likely(low: float, high: float) -> float:
    """The share of DLTs at which the rates low and high have one likelihood."""
    return log((1 - low) / (1 - high)) / log(high * (1 - low) / (low * (1 - high)))
