"""Stop when a treatment is probably not good enough, by a cut-off that rises with n (zhou2017)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from simulator.contracts import Plan
from simulator.rules import _shared
from simulator.rules._posterior import BetaPrior, Tail, TailCriterion, check_certainty
from simulator.rules._shared import ROUNDING, SYMBOLS, TIE, Criterion, CriterionRule, beyond
from simulator.scalars import one_word
from simulator.units import (
    Comparison,
    ComparisonWord,
    CutOff,
    Number,
    OpenProbability,
    PositiveCount,
    format_probability,
)

if TYPE_CHECKING:
    from simulator.rules._shared import Bools, Floats, Ints

__all__ = ["Bop2", "NullRate"]

LARGEST_POWER = 10.0  # of n / N
COMPLEMENT: dict[str, ComparisonWord] = {"less than": "at most", "at most": "less than"}

Efficacy = Literal["power", "obrien_fleming"]


@dataclass(frozen=True, slots=True, kw_only=True)
class NullRate:
    """One endpoint of the rule: the rate under the null hypothesis, and the prior of the true one.

    prior : by default Beta(rate, 1 - rate): the null rate as its mean, worth one patient (zhou2017)
    """

    rate: OpenProbability
    prior: BetaPrior | None = None

    def tail(self, *, above: bool) -> Tail:
        """P(p > rate | x of n), or P(p <= rate | x of n)."""
        prior = self.prior or BetaPrior(events=self.rate, others=1.0 - self.rate)
        return Tail(prior=prior, standard=self.rate, above=above)


@dataclass(frozen=True, slots=True, kw_only=True)
class _RisingCriterion(TailCriterion):
    """A posterior probability against a cut-off that is `cutoff` at n = max_n and less before.

    power : the cut-off is that times (n / max_n)^power; None: 2 Phi(-z / sqrt(n / max_n)) with
            z = Phi^-1(1 - cutoff / 2), of O'Brien-Fleming type (xu2025)
    """

    max_n: int
    power: float | None

    def cutoffs(self, n: Ints) -> Floats:
        """(cells,) -> (cells,)."""
        import numpy as np

        share = np.asarray(n, dtype=np.float64) / self.max_n
        if self.power is not None:
            return self.cutoff.value * share**self.power
        from scipy.special import ndtr, ndtri

        return np.asarray(2.0 * ndtr(ndtri(self.cutoff.value / 2.0) / np.sqrt(share)), dtype=np.float64)

    def at(self, n: float) -> TailCriterion:
        """With the cut-off of that n."""
        import numpy as np

        return TailCriterion(
            outcome=self.outcome,
            named=self.named,
            event=self.event,
            reading=self.reading,
            direction=self.direction,
            cutoff=replace(self.cutoff, value=float(self.cutoffs(np.array([n]))[0])),
            evidence=self.evidence,
        )

    def holds(self, n: Ints, x: Ints) -> Bools:
        """Each reading against the cut-off of its n. (cells,), (cells,) -> (cells,) bool."""
        import numpy as np

        cutoffs = self.cutoffs(n)
        tie = np.maximum(TIE * np.minimum(cutoffs, 1.0 - cutoffs), ROUNDING * cutoffs)
        return beyond(self.evidence(n, x), self.cutoff.word, cutoffs, tie)

    def edges(self, first_n: int, max_n: int) -> list[int]:
        """Each n by itself: where the cut-off rises with n the least x may fall."""
        return Criterion.edges(self, first_n, max_n)

    def plain(self, n: int, x: int) -> bool | None:
        """Left to the boundaries: the cut-off of an n needs numpy."""
        del n, x
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Bop2(CriterionRule):
    """Stop iff P(good | x of n) is beyond cutoff x (n / N)^gamma, N the largest n of the trial (zhou2017).

    response  : good is pR > rate; outcome "futility" for too few responses
    toxicity  : good is pT <= rate; outcome "toxicity" for too many. Either endpoint, or both: then each
                is compared with the same cut-off, and toxicity is named first
    cutoff    : lambda, the cut-off at n = N: `less than 95%` is strict, as theirs, `at most 95%` weak
    gamma     : its power of n / N, from 0 (the same at every n) to 10
    effective : also outcome "effective" iff P(pR <= rate | x of n) is at most (1 - cutoff) (n / N)^eta
                (`power`), or the same of O'Brien-Fleming type, 2 Phi(-z / sqrt(n / N)) with 1 - cutoff at N
                (`obrien_fleming`), both of xu2025. Weak where `cutoff` is strict, so that at N exactly one
                of the two holds. For the response alone: beside toxicity both would have to be good at once
    minimum_n : no verdict with fewer patients

    p | x of n ~ Beta(events + x, others + n - x), margins of their Dirichlet prior: two counts suffice.
    Within 1e-9 of the nearer tail they tie. The cut-off rises with n, so that bounds of toxicity may fall
    again: a look at a later n may stop with fewer. Follow-up cannot be weighted.

    DEVIATION zhou2017: lambda and gamma are as given; theirs are searched for the largest power.
    """

    kind: ClassVar[str] = "bop2"
    sources: ClassVar[tuple[str, ...]] = ("zhou2017", "xu2025")
    endpoints: ClassVar[tuple[str, ...]] = ("toxicity", "response")
    good: ClassVar[tuple[str, ...]] = ("response",)
    monotone_in_n: ClassVar[bool] = False
    whole_n: ClassVar[bool] = True
    examples: ClassVar[tuple[dict[str, object], ...]] = (
        {
            "toxicity": {"rate": "30%"},
            "response": {"rate": "20%", "prior": {"events": 1, "others": 3}},
            "cutoff": "less than 80%",
            "gamma": 0.7,
            "minimum_n": 3,
        },
        {"toxicity": {"rate": "30%"}, "cutoff": "at most 95%", "gamma": 1},
        {
            "response": {"rate": "20%"},
            "cutoff": "less than 95%",
            "gamma": 1,
            "effective": "power",
            "eta": 2,
        },
        {"response": {"rate": "20%"}, "cutoff": "less than 90.9%", "gamma": 1, "effective": "obrien_fleming"},
    )

    toxicity: NullRate | None = None
    response: NullRate | None = None
    cutoff: CutOff
    gamma: Number
    effective: Annotated[Efficacy | None, one_word("power", "obrien_fleming")] = None
    eta: Number | None = None
    minimum_n: PositiveCount = 1

    def __post_init__(self) -> None:
        """Refuse a rule without endpoints, a cut-off that points up, powers out of range, eta alone."""
        if self.toxicity is None and self.response is None:
            _shared.refuse("neither toxicity nor response", "at least one of the two")
        for endpoint, above in ((self.toxicity, False), (self.response, True)):
            if endpoint is not None:
                check_certainty("cutoff", self.cutoff, endpoint.tail(above=above), upward=False)
        for name, value in (("gamma", self.gamma), ("eta", self.eta)):
            if value is not None and not 0 <= value <= LARGEST_POWER:
                _shared.refuse(f"{name}: {value:g}", f"0 to {LARGEST_POWER:g}")
        if self.effective is not None and (self.toxicity is not None or self.response is None):
            _shared.refuse("effective beside toxicity", "effective with the response alone")
        if (self.effective == "power") is not (self.eta is not None):
            found = "effective: power without eta" if self.eta is None else "eta without effective: power"
            _shared.refuse(found, "eta with `effective: power`, and only with it")

    @property
    def uses_plan(self) -> bool:
        """N is of the plan."""
        return True

    def particulars(self, plan: Plan) -> tuple[str, ...]:
        """The planned N."""
        return (f"N = {plan.max_n}",)

    @property
    def used_endpoints(self) -> tuple[str, ...]:
        """The endpoints this rule reads; the others may be observed as 0 of 0."""
        return tuple(self.known_rates())

    def known_rates(self) -> dict[str, float]:
        """The null rates."""
        named = zip(self.endpoints, (self.toxicity, self.response), strict=True)
        return {name: endpoint.rate for name, endpoint in named if endpoint is not None}

    def formula(self) -> str:
        """The rule as one line of mathematics, with its numbers."""
        parts = []
        for c in self._criteria(1):
            at_end = format_probability(c.cutoff.value)
            if c.power is None:
                bound = f"2 Phi(Phi^-1({at_end} / 2) / sqrt(n/N))"
            else:
                bound = f"{at_end} (n/N)^{c.power:g}"
            parts.append(f"{c.outcome} iff {c.named} {SYMBOLS[c.cutoff.word]} {bound}")
        priors = {c.reading: c.evidence.prior for c in self._criteria(1)}
        laws = [
            f"{('pT', 'pR')[reading]} ~ Beta({prior.events:.6g} + x, {prior.others:.6g} + n - x)"
            for reading, prior in priors.items()
        ]
        begin = f" (n >= {self.minimum_n})" if self.minimum_n > 1 else ""
        return f"{'; '.join(parts)}{begin}, {', '.join(laws)}"

    def criteria(self, plan: Plan) -> tuple[Criterion, ...]:
        """`toxicity`, `futility`, then `effective`; N is the largest n of the plan."""
        return self._criteria(plan.max_n)

    def _criteria(self, max_n: int) -> tuple[_RisingCriterion, ...]:
        found = []
        if self.toxicity is not None:
            found.append(self._criterion("toxicity", self.toxicity, self.cutoff, self.gamma, max_n))
        if self.response is not None:
            found.append(self._criterion("futility", self.response, self.cutoff, self.gamma, max_n))
            if self.effective is not None:
                rest = Comparison(COMPLEMENT[self.cutoff.word], 1.0 - self.cutoff.value)
                found.append(self._criterion("effective", self.response, rest, self.eta, max_n))
        return tuple(found)

    @staticmethod
    def _criterion(
        outcome: str, endpoint: NullRate, cutoff: Comparison, power: float | None, max_n: int
    ) -> _RisingCriterion:
        above, symbol = outcome == "futility", "pT" if outcome == "toxicity" else "pR"
        return _RisingCriterion(
            outcome=outcome,
            named=f"P({symbol} {'>' if above else '<='} {format_probability(endpoint.rate)})",
            event="toxicity" if outcome == "toxicity" else "a response",
            reading=0 if outcome == "toxicity" else 1,
            direction="at_most" if outcome == "futility" else "at_least",
            cutoff=cutoff,
            evidence=endpoint.tail(above=above),
            max_n=max_n,
            power=power,
        )
