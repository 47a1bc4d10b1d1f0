"""Escalation with overdose control, by the posterior of the maximum tolerated dose (babb1998)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from simulator.contracts import NO_DOSE, DoseChoices, DoseCounts
from simulator.dose_finding._amounts import Amounts, amounts_text
from simulator.dose_finding._exact import exceeds
from simulator.dose_finding._mtd import TIE, Model, at_most, mean_rates
from simulator.dose_finding._overdose_control import OverdoseControl
from simulator.errors import QuantityError
from simulator.scalars import one_word
from simulator.stats.rows import distinct
from simulator.units import Flag, OpenProbability, PositiveCount, PositiveNumber, format_probability

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Ints = NDArray[np.int64]
    Bools = NDArray[np.bool_]
    Floats = NDArray[np.float64]

__all__ = ["Ewoc"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ewoc(OverdoseControl):
    """The highest dose with P(MTD < dose) at most `overdose`; at the MTD the rate is the target (babb1998).

    logit p_d is a line in the amount, through the rate at the lowest dose, uniform on (0, target), and the
    target at the MTD, uniform on (lowest amount, `largest_mtd`). no_skip: never more than one dose above the
    last. stop_toxic: over without a dose once P(rate > target) at the lowest, by the counts there alone, is
    more than this; the model itself holds it to be safe. enough: over once the dose to be given next has so
    many. select: of all doses, or of those treated.
    """

    kind: ClassVar[str] = "ewoc"
    sources: ClassVar[tuple[str, ...]] = ("babb1998",)
    reasons: ClassVar[tuple[str, ...]] = (
        "up: a higher dose is likely enough not above the MTD",
        "stay: no higher dose is likely enough not above the MTD",
        "down: the dose is too likely above the MTD",
        "over: all patients are treated",
        "over: the lowest dose is too toxic",
        "over: enough patients at the dose",
    )
    examples: ClassVar[tuple[dict[str, object], ...]] = (
        {"target": "33%", "n_max": 30, "amounts": [5, 10, 25, 50], "largest_mtd": 75},
        {
            "target": "25%",
            "n_max": 24,
            "cohort": 1,
            "amounts": [140, 210, 285, 360, 425],
            "largest_mtd": 425,
            "overdose": "30%",
            "no_skip": False,
            "stop_toxic": "90%",
            "enough": 9,
            "select": "treated",
        },
    )

    target: OpenProbability
    n_max: PositiveCount
    amounts: Amounts
    largest_mtd: PositiveNumber
    cohort: PositiveCount = 3
    overdose: OpenProbability = 0.25
    no_skip: Flag = True
    stop_toxic: OpenProbability | None = None
    enough: PositiveCount | None = None
    select: Annotated[Literal["any", "treated"], one_word("any", "treated")] = "any"

    def __post_init__(self) -> None:
        """Refuse keys that do not go together."""
        self._refuse_numbers()
        if self.largest_mtd < self.amounts[-1] or self.largest_mtd == self.amounts[0]:
            least = f"at least the highest of the amounts, {self.amounts[-1]:g}, and above the lowest"
            raise QuantityError(f"largest_mtd: {self.largest_mtd:g}", least)

    def describe(self) -> tuple[str, ...]:
        """The model, the choice, what restricts and ends it, what is recommended."""
        target, least = format_probability(self.target), f"{self.amounts[0]:g}"
        never = ("So the highest dose is never given.",) if self.largest_mtd == self.amounts[-1] else ()
        skips = ("Never more than one dose above the last.",) if self.no_skip else ()
        among = "doses" if self.select == "any" else "doses that were given"
        at_most = format_probability(self.overdose)
        return (
            f"EWOC, target {target}: logit(rate) is a line in the amount, of {amounts_text(self.amounts)}.",
            f"The rate at {least} is uniform from 0 to {target}, the MTD, where it is {target}, uniform from "
            f"{least} to {self.largest_mtd:g}.",
            f"The next dose is the highest with P(MTD < dose) at most {at_most}, which is 0 at {least}.",
            *never,
            *self._stays(),
            *skips,
            "Never up from a dose at which nobody could be judged.",
            f"Cohorts of {self.cohort}; with {self.n_max} evaluable patients it is over.",
            *self._ends(),
            f"Recommended, also where the trial ends before, is the highest of the {among} with at most "
            f"{at_most}; no other restriction holds then.",
        )

    def _stays(self) -> tuple[str, ...]:
        """Counts at the lowest dose tell of the rate there alone, which does not depend on the MTD."""
        least, *others = self.amounts
        chance = (others[0] - least) / (self.largest_mtd - least) if others else 0.0
        if chance <= self.overdose + TIE:
            return ()
        so_far = f"P(MTD < {others[0]:g}) is {format_probability(chance)} whatever comes of them"
        return (f"While all are at {least:g} nobody goes up: {so_far}.",)

    def _ends(self) -> tuple[str, ...]:
        found = []
        if self.stop_toxic is not None:
            found.append(
                f"It is over without a dose once P(rate > {format_probability(self.target)}) at the lowest, "
                f"by the counts there alone, is more than {format_probability(self.stop_toxic)}."
            )
        if self.enough is not None:
            found.append(f"It is over as well once {self.enough} or more are at the dose to be given next.")
        return tuple(found)

    def toxic(self, counts: DoseCounts) -> Bools:
        """P(rate > target) more than 95% by the counts at the dose, rate ~ Beta(1 + DLTs, 1 + others)."""
        return self._toxic(counts, self.target)

    def decide(self, counts: DoseCounts) -> DoseChoices:
        """All patients; the lowest dose; the highest that is safe enough, without a skip; enough there."""
        import numpy as np

        safe = self._safe(counts)
        following = np.minimum(_highest(safe), self._reach(counts))
        return self._decided(counts, following, self._unsafe(counts), self._selected(counts, safe))

    def recommend(self, counts: DoseCounts) -> Ints:
        """(B,) the highest that is safe enough; none if the lowest is too toxic, or nobody was judged."""
        return self._selected(counts, self._safe(counts))

    def estimates(self, counts: DoseCounts) -> Floats:
        """Posterior means of the rates."""
        self.fit_ladder(counts.n.shape[1])
        return mean_rates(self._model, counts.n, counts.dlt)

    @property
    def _model(self) -> Model:
        return Model(self.target, self.amounts, self.largest_mtd)

    def _selected(self, counts: DoseCounts, safe: Bools) -> Ints:
        import numpy as np

        among = safe if self.select == "any" else safe & (counts.n > 0)
        none = self._unsafe(counts) | (counts.n.sum(axis=1) == 0)
        found: Ints = np.where(none, NO_DOSE, _highest(among))
        return found

    def _unsafe(self, counts: DoseCounts) -> Bools:
        """(B,) whether the lowest dose is too toxic."""
        if self.stop_toxic is None:
            return counts.current < 0
        return exceeds(counts.n[:, 0], counts.dlt[:, 0], self.target, self.stop_toxic)

    def _safe(self, counts: DoseCounts) -> Bools:
        """(B, D) P(MTD < dose) is at most `overdose`; summed once for counts that several standings have."""
        import numpy as np

        self.fit_ladder(counts.n.shape[1])
        each = distinct(np.hstack((counts.n, counts.dlt)))
        first = each.first()
        safe: Bools = at_most(self._model, self.overdose, counts.n[first], counts.dlt[first])[each.which()]
        return safe


def _highest(safe: Bools) -> Ints:
    """(B,) the highest dose of those; NO_DOSE where there is none."""
    import numpy as np

    last = safe.shape[1] - 1
    found: Ints = np.where(safe.any(axis=1), last - safe[:, ::-1].argmax(axis=1), NO_DOSE)
    return found
