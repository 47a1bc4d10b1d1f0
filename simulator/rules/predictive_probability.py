"""Stop when what is counted so far makes success at the end unlikely, or as good as certain (lee2008)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from math import inf
from typing import TYPE_CHECKING, ClassVar

from simulator.contracts import Plan
from simulator.rules import _shared
from simulator.rules._posterior import BetaPrior, Tail, TailCriterion, check_certainty
from simulator.rules._shared import SYMBOLS, UPWARD, Criterion, CriterionRule
from simulator.units import ComparisonValue, CutOff, PositiveCount, format_probability

if TYPE_CHECKING:
    from simulator.rules._shared import Floats, Ints

__all__ = ["PredictiveProbability"]

CELLS_AT_ONCE = 1_000_000  # of readings by further patients, held in memory


@lru_cache(maxsize=256)
def _least(final: TailCriterion, max_n: int) -> int:
    """Fewest events among max_n that succeed, if many do; else fewest that no longer do."""
    return final.edges(max_n, max_n)[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Predictive:
    """P(success among all max_n patients | x of n), further patients drawn from the posterior.

    final: holds at the end iff the posterior of max_n patients is beyond its certainty.
    """

    final: TailCriterion
    max_n: int

    def __call__(self, n: Ints, x: Ints) -> Floats:
        """(cells,), (cells,) -> (cells,); n whole. Y ~ BetaBin(max_n - n; events + x, others + n - x)."""
        import numpy as np

        n, x = np.asarray(n), np.asarray(x)
        if (n > self.max_n).any():
            raise ValueError(f"n {n.max():g} is beyond the {self.max_n} patients planned")
        least, at_once = _least(self.final, self.max_n), max(1, CELLS_AT_ONCE // (self.max_n + 1))
        parts = [
            self._chance(n[i : i + at_once], x[i : i + at_once], least) for i in range(0, n.size, at_once)
        ]
        return np.concatenate(parts) if parts else np.zeros(0)

    def _chance(self, n: Ints, x: Ints, least: int) -> Floats:
        """By ratios of neighbouring terms, divided by their sum: no gamma function, nothing cancels."""
        import numpy as np

        prior = self.final.evidence.prior
        events, others = prior.events + x[:, None], prior.others + (n - x)[:, None]
        left = np.asarray(self.max_n - n, dtype=np.float64)[:, None]
        y = np.arange(self.max_n)
        more = y < left
        ratio = (left - y) * (events + y) / ((y + 1.0) * np.where(more, others + left - y - 1.0, 1.0))
        logs = np.cumsum(np.log(np.where(more, ratio, 1.0)), axis=1)
        logs = np.where(more, logs, -inf)
        logs = np.concatenate([np.zeros((n.size, 1)), logs], axis=1)
        terms = np.exp(logs - logs.max(axis=1, keepdims=True))
        many = np.arange(self.max_n + 1) >= (least - x)[:, None]
        succeeds = many if self.final.direction == "at_least" else ~many
        chance: Floats = np.where(succeeds, terms, 0.0).sum(axis=1) / terms.sum(axis=1)
        return chance


@dataclass(frozen=True, slots=True, kw_only=True)
class _PredictiveCriterion(Criterion):
    """A criterion on a predictive probability."""

    evidence: _Predictive

    def edges(self, first_n: int, max_n: int) -> list[int]:
        """As of every criterion, but for all n at once, from the last patient back.

        P(success | x of n) is the mean of those of x + 1 and x of n + 1, weighted by the posterior mean.
        """
        import numpy as np

        final = self.evidence.final
        prior, least = final.evidence.prior, _least(final, max_n)
        x = np.arange(max_n + 1)
        chance = ((x >= least) == (final.direction == "at_least")).astype(np.float64)
        edges = [self._edge(chance)]
        for n in range(max_n - 1, first_n - 1, -1):
            event = (prior.events + x[: n + 1]) / (prior.events + prior.others + n)
            chance = event * chance[1:] + (1.0 - event) * chance[:-1]
            edges.append(self._edge(chance))
        return edges[::-1] if first_n <= max_n else []

    def _edge(self, chance: Floats) -> int:
        held = int(self.crossed(chance).sum())
        return chance.size - held if self.direction == "at_least" else held


@dataclass(frozen=True, slots=True, kw_only=True)
class PredictiveProbability(CriterionRule):
    """Stop iff PP is beyond a cut-off, PP = P(success at N | x of n), N the largest n of the trial (lee2008).

    Success is decided at n = N: P(p > rate | x of N) beyond the certainty, with p | x of n ~ Beta(events + x,
    others + n - x); among the N - n patients to come events are beta-binomial. At N itself PP is 0 or 1.

    rate, certainty : `more than 60%` and `more than 90%` (strict; `at least 90%` weak), as of beta_binomial
    futility        : the events are responses; outcome "futility" for too few, `at most 5%`
    effective       : outcome "effective" for so many that it may end early, `at least 95%`
    harm, cleared   : the same of events that are harm: "harm" for too many, "cleared" for few enough
    minimum_n       : no verdict with fewer patients

    At least one of a pair is given, of one pair only. With `rate: more than ...` PP rises with the events, so
    `futility` and `cleared` are downwards (`at most`, `less than`), `effective` and `harm` upwards; with
    `less than ...` the other way round. Within 1e-9 of the nearer tail they tie. Where two hold the stop for
    harm or futility is named. Follow-up cannot be weighted.
    """

    kind: ClassVar[str] = "predictive_probability"
    sources: ClassVar[tuple[str, ...]] = ("lee2008",)
    endpoints: ClassVar[tuple[str, ...]] = ("toxicity", "response")
    good: ClassVar[tuple[str, ...]] = ("response",)
    whole_n: ClassVar[bool] = True
    evidence_word: ClassVar[str] = "predictive"
    examples: ClassVar[tuple[dict[str, object], ...]] = (
        {
            "prior": {"events": 0.6, "others": 0.4},
            "rate": "more than 60%",
            "certainty": "more than 90%",
            "futility": "at most 5%",
            "effective": "at least 95%",
            "minimum_n": 10,
        },
        {
            "prior": {"events": 0.6, "others": 1.4},
            "rate": "more than 30%",
            "certainty": "at least 95%",
            "harm": "more than 90%",
            "cleared": "less than 2%",
        },
        {
            "prior": {"events": 1, "others": 1},
            "rate": "less than 30%",
            "certainty": "at least 95%",
            "harm": "at most 1%",
        },
    )

    prior: BetaPrior
    rate: ComparisonValue
    certainty: CutOff
    futility: CutOff | None = None
    effective: CutOff | None = None
    harm: CutOff | None = None
    cleared: CutOff | None = None
    minimum_n: PositiveCount = 1

    def __post_init__(self) -> None:
        """Refuse a rate of 0% or 100%, no outcome or those of both pairs, cut-offs of the wrong way."""
        if not 0 < self.rate.value < 1:
            _shared.refuse(f"rate: {self.rate.text()}", "a rate above 0% and below 100%")
        check_certainty("certainty", self.certainty, self._tail, upward=True)
        of_responses = [self.futility, self.effective]
        of_harm = [self.harm, self.cleared]
        given = [any(cutoff is not None for cutoff in pair) for pair in (of_responses, of_harm)]
        if given[0] is given[1]:
            found = "futility or effective beside harm or cleared" if given[0] else "no outcome"
            _shared.refuse(
                found,
                "futility, effective or both; or harm, cleared or both",
                "the events are responses or harm",
            )
        for name, cutoff, many in self._outcomes():
            check_certainty(name, cutoff, self._tail, upward=many is self._rises)

    @property
    def uses_plan(self) -> bool:
        """N is of the plan."""
        return True

    def particulars(self, plan: Plan) -> tuple[str, ...]:
        """The planned N."""
        return (f"N = {plan.max_n}",)

    @property
    def used_endpoints(self) -> tuple[str, ...]:
        """What the outcomes are about."""
        return (self.endpoints[self._reading],)

    def known_rates(self) -> dict[str, float]:
        """The rate that success is about."""
        return {self.endpoints[self._reading]: self.rate.value}

    def prior_of(self, endpoint: str) -> tuple[float, float]:
        """Of its only endpoint."""
        del endpoint
        return self.prior.events, self.prior.others

    def formula(self) -> str:
        """The rule as one line of mathematics, with its numbers."""
        parts = [
            f"{name} iff PP {SYMBOLS[cutoff.word]} {format_probability(cutoff.value)}"
            for name, cutoff, _ in self._outcomes()
        ]
        begin = f" (n >= {self.minimum_n})" if self.minimum_n > 1 else ""
        a, b = self.prior.events, self.prior.others
        return (
            f"{'; '.join(parts)}{begin}, PP = P({self._success('p')} at n = N | x of n)"
            f", p ~ Beta({a:.6g} + x, {b:.6g} + n - x)"
        )

    def criteria(self, plan: Plan) -> tuple[Criterion, ...]:
        """`harm` or `futility`, then `cleared` or `effective`; N is the largest n of the plan."""
        final = TailCriterion(
            outcome="success",
            named=self._success("p"),
            event="",
            direction="at_least" if self._rises else "at_most",
            cutoff=self.certainty,
            evidence=self._tail,
        )
        return tuple(
            _PredictiveCriterion(
                outcome=name,
                named=f"P({self._success('rate')} at n {plan.max_n})",
                event="a response" if self._reading else "toxicity",
                reading=self._reading,
                direction="at_least" if many else "at_most",
                cutoff=cutoff,
                evidence=_Predictive(final=final, max_n=plan.max_n),
            )
            for name, cutoff, many in self._outcomes()
        )

    @property
    def _tail(self) -> Tail:
        return Tail(prior=self.prior, standard=self.rate.value, above=self._rises)

    @property
    def _rises(self) -> bool:
        """Whether more events make success likelier."""
        return self.rate.word in UPWARD

    @property
    def _reading(self) -> int:
        return 1 if self.futility is not None or self.effective is not None else 0

    def _success(self, symbol: str) -> str:
        named = f"P({symbol} {SYMBOLS[self.rate.word]} {format_probability(self.rate.value)})"
        return f"{named} {SYMBOLS[self.certainty.word]} {format_probability(self.certainty.value)}"

    def _outcomes(self) -> list[tuple[str, CutOff, bool]]:
        """(outcome, its cut-off, whether many events bring it about), in the order of trial."""
        every = (
            ("harm", self.harm, True),
            ("cleared", self.cleared, False),
            ("futility", self.futility, False),
            ("effective", self.effective, True),
        )
        return [(name, cutoff, many) for name, cutoff, many in every if cutoff is not None]
