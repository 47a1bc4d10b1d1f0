"""Bayesian logistic regression with overdose control (neuenschwander2008, babb1998)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import inf
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from simulator.contracts import NO_DOSE, DoseChoices, DoseCounts
from simulator.dose_finding._amounts import Amounts, amounts_text
from simulator.dose_finding._overdose_control import OverdoseControl
from simulator.dose_finding._two_parameter import Prior, above
from simulator.errors import QuantityError
from simulator.scalars import one_word, refuse
from simulator.stats.rows import distinct
from simulator.units import (
    Flag,
    OpenProbability,
    Parsed,
    PositiveCount,
    PositiveNumber,
    format_probability,
    parse_number,
    parse_positive_number,
)

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Ints = NDArray[np.int64]
    Bools = NDArray[np.bool_]
    Floats = NDArray[np.float64]

__all__ = ["Blrm"]

TIE = 1e-9  # probabilities that are equal


def _two(read: Callable[[object], float]) -> Callable[[object], tuple[float, float]]:
    def pair(value: object) -> tuple[float, float]:
        if not isinstance(value, list | tuple) or len(value) != 2:
            refuse(value, "two numbers, of log alpha and of log beta, such as [-0.85, 0]")
        return read(value[0]), read(value[1])

    return pair


def _correlation(value: object) -> float:
    found = parse_number(value)
    return found if -1.0 < found < 1.0 else refuse(value, "a number above -1 and below 1")


@dataclass(frozen=True, slots=True, kw_only=True)
class Blrm(OverdoseControl):
    """logit p_d = log alpha + beta log(amount / reference); the most P(p1 <= p_d < p2) (neuenschwander2008).

    Only doses with P(p_d > p2) below `overdose` are chosen from, which controls overdoses (babb1998); where
    there is none it is over without a dose. choose: the one with most probability for the target, or the
    highest. prior_mean, prior_sd, prior_correlation: of log alpha and log beta, normal together. no_skip:
    never more than one dose above the last. enough: over once the dose to be given next has so many.
    Recommended is the dose chosen of those that were given.
    """

    kind: ClassVar[str] = "blrm"
    sources: ClassVar[tuple[str, ...]] = ("neuenschwander2008", "babb1998")
    reasons: ClassVar[tuple[str, ...]] = (
        "up: a higher dose is safe enough and chosen",
        "stay: no other dose is chosen",
        "down: a lower dose is chosen",
        "over: all patients are treated",
        "over: every dose is too likely an overdose",
        "over: enough patients at the dose",
    )
    examples: ClassVar[tuple[dict[str, object], ...]] = (
        {
            "n_max": 30,
            "amounts": [10, 20, 40, 60, 80],
            "reference": 40,
            "prior_mean": [-0.85, 0],
            "prior_sd": [1, 1],
            "prior_correlation": -0.5,
        },
        {
            "n_max": 24,
            "cohort": 1,
            "amounts": [1, 2, 4],
            "reference": 4,
            "prior_mean": [0, 0],
            "prior_sd": [2, 1],
            "choose": "highest",
            "p1": "20%",
            "p2": "35%",
            "overdose": "30%",
            "enough": 9,
            "no_skip": False,
        },
    )

    n_max: PositiveCount
    amounts: Amounts
    reference: PositiveNumber
    prior_mean: Annotated[tuple[float, float], Parsed(_two(parse_number), "array")]
    prior_sd: Annotated[tuple[float, float], Parsed(_two(parse_positive_number), "array")]
    prior_correlation: Annotated[float, Parsed(_correlation, "number")] = 0.0
    cohort: PositiveCount = 3
    p1: OpenProbability = 0.16
    p2: OpenProbability = 0.33
    overdose: OpenProbability = 0.25
    choose: Annotated[Literal["target", "highest"], one_word("target", "highest")] = "target"
    no_skip: Flag = True
    enough: PositiveCount | None = None

    def __post_init__(self) -> None:
        """Refuse keys that do not go together."""
        self._refuse_numbers()
        if not self.p1 < self.p2:
            raise QuantityError(
                f"p1: {format_probability(self.p1)}", f"below {format_probability(self.p2)}, p2"
            )

    def describe(self) -> tuple[str, ...]:
        """The model, the prior, the choice, what restricts and ends it."""
        low, high = format_probability(self.p1), format_probability(self.p2)
        (a, b), (c, d) = self.prior_mean, self.prior_sd
        chosen = {
            "target": f"the one with most P({low} < rate < {high}), of equal ones the lower",
            "highest": "the highest",
        }[self.choose]
        skips = ("Never more than one dose above the last.",) if self.no_skip else ()
        enough = f"It is over as well once {self.enough} or more are at the dose to be given next."
        return (
            f"BLRM: logit(rate) = log alpha + beta log(amount / {self.reference:g}), amounts "
            f"{amounts_text(self.amounts)}.",
            f"(log alpha, log beta) is normal with means {a:g} and {b:g}, standard deviations {c:g} and "
            f"{d:g} and correlation {self.prior_correlation:g}.",
            f"Of the doses with P(rate > {high}) below {format_probability(self.overdose)} the next is "
            f"{chosen}; without such a dose it is over, and none is recommended.",
            *skips,
            "Never up from a dose at which nobody could be judged.",
            f"Cohorts of {self.cohort}; with {self.n_max} evaluable patients it is over.",
            *((enough,) if self.enough is not None else ()),
            "Recommended, also where the trial ends before, is the dose so chosen of those that were given.",
        )

    def toxic(self, counts: DoseCounts) -> Bools:
        """P(rate > p2) more than 95% by the counts at the dose, rate ~ Beta(1 + DLTs, 1 + others)."""
        return self._toxic(counts, self.p2)

    def decide(self, counts: DoseCounts) -> DoseChoices:
        """All patients; no dose that is safe enough; the choice; enough there."""
        import numpy as np

        worth = self._worth(counts)
        reached = np.arange(worth.shape[1]) <= self._reach(counts)[:, None]
        following = _best(np.where(reached, worth, -inf))
        treated = _best(np.where(counts.n > 0, worth, -inf))
        return self._decided(counts, following, following == NO_DOSE, treated)

    def recommend(self, counts: DoseCounts) -> Ints:
        """(B,) the choice among doses that were given."""
        import numpy as np

        return _best(np.where(counts.n > 0, self._worth(counts), -inf))

    def _worth(self, counts: DoseCounts) -> Floats:
        """(B, D) by which a dose is chosen, the largest; -inf where it is too likely an overdose."""
        import numpy as np

        self.fit_ladder(counts.n.shape[1])
        each = distinct(np.hstack((counts.n, counts.dlt)))
        prior = Prior(self.prior_mean, self.prior_sd, self.prior_correlation)
        amounts = tuple(amount / self.reference for amount in self.amounts)
        first = each.first()
        tails = above(prior, amounts, (self.p1, self.p2), counts.n[first], counts.dlt[first])
        worth = tails[:, :, 0] - tails[:, :, 1]
        if self.choose == "highest":
            worth = np.broadcast_to(np.arange(worth.shape[1], dtype=np.float64), worth.shape)
        found: Floats = np.where(tails[:, :, 1] < self.overdose - TIE, worth, -inf)
        return found[each.which()]


def _best(worth: Floats) -> Ints:
    """(B,) where it is largest, of equal ones, to 1e-9, the lower; NO_DOSE where it is -inf everywhere."""
    import numpy as np

    most = worth.max(axis=1, keepdims=True)
    found: Ints = np.where(most[:, 0] == -inf, NO_DOSE, (worth >= most - TIE).argmax(axis=1))
    return found
