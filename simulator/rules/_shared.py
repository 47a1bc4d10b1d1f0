"""What rules share that compare a number with a cut-off: criteria that explain themselves and lower.

The number may be a posterior probability (`_posterior.py`), a p-value, a likelihood ratio or another
function of n and x. A rule hands its `Criterion`s to `assess`, `lower` and `evidence`; all three call it.
Nothing here imports numpy before a number is asked for, so that checking a file stays quick.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import inf
from typing import TYPE_CHECKING, Any, ClassVar, Literal, NoReturn, Protocol

from simulator.contracts import Boundary, Observed, Plan, Quantity, Rule, RuleTable, Verdict
from simulator.errors import QuantityError
from simulator.units import Comparison

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Ints = NDArray[Any]
    Bools = NDArray[Any]
    Floats = NDArray[Any]

__all__ = [
    "SYMBOLS", "TIE", "UPWARD", "Criterion", "CriterionRule", "Evidence", "check_direction", "count_boundary",
    "crosses", "refuse", "weighted_boundary",
]  # fmt: skip

TIE = 1e-9  # a number this near its cut-off equals it: the word, not the last bit, decides; relative above 1
UPWARD = ("more than", "at least")
SYMBOLS = {"more than": ">", "at least": ">=", "less than": "<", "at most": "<="}


class Evidence(Protocol):
    """A number for every reading, monotone in x for a given n, and in n for a given x."""

    def __call__(self, n: Ints, x: Ints) -> Floats:
        """(cells,), (cells,) -> (cells,); n need not be whole."""
        ...

    def __hash__(self) -> int:
        """A value: bounds are kept per criterion."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Criterion:
    """One outcome: it holds iff `evidence(n, x)` is beyond `cutoff`, strictly or weakly as its word says.

    named     : the number in symbols, `P(rate > 10%)`
    event     : what x counts, as a noun phrase
    reading   : which `Observed` it reads
    direction : whether high counts (`at_least`) or low counts (`at_most`) bring it about
    percent   : whether the number is a probability
    """

    outcome: str
    named: str
    event: str
    reading: int = 0
    direction: Literal["at_least", "at_most"]
    cutoff: Comparison
    evidence: Evidence
    percent: bool = True

    def holds(self, n: Ints, x: Ints) -> Bools:
        """Whether the outcome holds at x events among n. (cells,), (cells,) -> (cells,) bool."""
        return crosses(self.cutoff, self.evidence(n, x))


def crosses(cutoff: Comparison, evidence: Floats) -> Bools:
    """Whether each number satisfies the comparison; within `TIE` of the cut-off they are equal.

    So `more than 99%` does not hold at a posterior of exactly 0.99 and `at least 99%` does, whatever
    the last bits of either number are.
    """
    import numpy as np

    values = np.asarray(evidence, dtype=np.float64)
    equal = np.abs(values - cutoff.value) <= _tie(cutoff.value)
    beyond = values > cutoff.value if cutoff.word in UPWARD else values < cutoff.value
    return beyond | equal if cutoff.word in ("at least", "at most") else beyond & ~equal


def _tie(cutoff: float) -> float:
    return TIE * max(1.0, abs(cutoff))


# ---------------------------------------------------------------- criteria -> verdict, table, evidence


class CriterionRule(Rule):
    """A rule made of criteria, the first that holds giving the outcome.

    A subclass has a field `minimum_n`, below which nothing holds, and says its criteria.
    """

    __slots__ = ()

    of_shares: ClassVar[bool] = True
    evidence_word: ClassVar[str] = "posterior"

    if TYPE_CHECKING:

        @property
        def minimum_n(self) -> int: ...

    @abstractmethod
    def criteria(self, plan: Plan) -> tuple[Criterion, ...]:
        """The criteria in the order of the outcomes; a cut-off may depend on the plan."""

    def assess(self, observed: Sequence[Observed], plan: Plan) -> Verdict:
        """The first criterion that holds gives the outcome; every one of them is explained."""
        import numpy as np

        outcome, why = None, []
        for criterion in self.criteria(plan):
            seen = observed[criterion.reading]
            begin = f"{seen.x} of {seen.n:g} had {criterion.event}"
            value = self._value(criterion, seen.n, seen.x)
            if value is None:
                why.append(f"{begin}; the rule begins at {self.minimum_n}")
                continue
            held = bool(crosses(criterion.cutoff, np.array([value]))[0])
            word = "" if held else "not "
            shown = _digits(value, criterion.cutoff.value)
            cutoff = criterion.cutoff.text(criterion.percent)
            why.append(f"{begin}; {criterion.named} = {shown}, {word}{cutoff}")
            if held and outcome is None:
                outcome = criterion.outcome
        return Verdict(outcome=outcome, why="; ".join(dict.fromkeys(why)))

    def lower(self, plan: Plan) -> RuleTable:
        """Per n the least (or greatest) count that is beyond, by bisection over x; None below `minimum_n`.

        Where follow-up is weighted: per x the greatest (or least) n that is.
        """
        return RuleTable(boundaries=tuple(self._boundary(c, plan) for c in self.criteria(plan)))

    def evidence(self, n: float, x: int, plan: Plan, outcome: str | None = None) -> float | None:
        """The number behind an outcome; None below `minimum_n` and for x < 0.

        ValueError if more patients had the event than were counted, or no criterion has that outcome.
        """
        criteria = self.criteria(plan)
        found = [c for c in criteria if outcome is None or c.outcome == outcome]
        if not found:
            known = ", ".join(c.outcome for c in criteria)
            raise ValueError(f"this rule has no outcome {outcome}; it has {known}")
        return self._value(found[0], n, x)

    def _value(self, criterion: Criterion, n: float, x: int) -> float | None:
        import numpy as np

        if self.of_shares and x > n:
            raise ValueError(f"{x} of {n:g}: this rule counts patients, so at most n can have the event")
        if n < self.minimum_n or x < 0:
            return None
        return float(criterion.evidence(np.array([n]), np.array([x]))[0])

    def _boundary(self, c: Criterion, plan: Plan) -> Boundary:
        if plan.weighted(c.reading):
            bound = _weighted_bounds(c, plan.max_n, self.minimum_n)
            return weighted_boundary(c.outcome, c.direction, bound, self.minimum_n, c.reading)
        return Boundary(
            outcome=c.outcome,
            reading=c.reading,
            direction=c.direction,
            bound=_bounds(c, plan.max_n, self.minimum_n),
            minimum_n=self.minimum_n,
        )


def count_boundary(
    outcome: str, counts: Literal["at_least", "at_most"], count: int, minimum_n: int, plan: Plan
) -> Boundary:
    """The same count for every n; it serves a weighted n as it stands."""
    bound = tuple(count if n >= minimum_n else None for n in range(plan.max_n + 1))
    return Boundary(outcome=outcome, direction=counts, bound=bound, minimum_n=minimum_n)


def weighted_boundary(
    outcome: str,
    counts: Literal["at_least", "at_most"],
    bound: Sequence[float | None],
    minimum_n: int,
    reading: int = 0,
) -> Boundary:
    """The boundary over a weighted n whose outcome many (`at_least`) or few (`at_most`) counts bring about.

    bound : per x, the greatest n (many) or the least n (few) at which it holds
    """
    return Boundary(
        outcome=outcome,
        reading=reading,
        statistic=Quantity.WEIGHTED_N,
        direction="at_most" if counts == "at_least" else "at_least",
        bound=tuple(bound),
        minimum_n=minimum_n,
    )


@lru_cache(maxsize=256)  # rules are values, and one rule serves many variants and truths
def _bounds(criterion: Criterion, max_n: int, minimum_n: int) -> tuple[int | None, ...]:
    """Least x that holds (`at_least`) or greatest (`at_most`), n = 0 ... max_n."""
    import numpy as np

    upward = criterion.direction == "at_least"
    first_n = min(minimum_n, max_n + 1)
    n = np.arange(first_n, max_n + 1)
    low, high = np.zeros_like(n), n + 1  # the least x that holds (no longer holds) lies in [low, high]
    while (searching := low < high).any():
        middle = (low + high) // 2
        held = np.zeros(n.shape, dtype=np.bool_)
        held[searching] = criterion.holds(n[searching], middle[searching]) == upward
        high = np.where(searching & held, middle, high)
        low = np.where(searching & ~held, middle + 1, low)
    edge = low.tolist() if upward else (low - 1).tolist()
    never = (None,) * first_n
    return never + tuple(x if 0 <= x <= m else None for m, x in zip(n.tolist(), edge, strict=True))


@lru_cache(maxsize=256)
def _weighted_bounds(criterion: Criterion, max_n: int, minimum_n: int) -> tuple[float | None, ...]:
    """Greatest n (`at_least` counts) or least n (`at_most`) that holds, x = 0 ... max_n, to max_n 2^-48.

    The number is monotone in n for a given x, as it is in x for a given n.
    """
    import numpy as np

    many = criterion.direction == "at_least"
    x = np.arange(max_n + 1)
    start, end = (
        np.maximum(x, 0 if many else min(minimum_n, max_n)).astype(float),
        np.full(x.size, float(max_n)),
    )
    near, far = (start, end) if many else (end, start)  # if it holds anywhere it holds at `near`
    possible, everywhere = criterion.holds(near, x), criterion.holds(far, x)
    for _ in range(48):
        middle = (near + far) / 2
        held = criterion.holds(middle, x)
        near, far = np.where(held, middle, near), np.where(held, far, middle)
    edge = np.where(everywhere, inf if many else start, near)
    return tuple(n if ok else None for n, ok in zip(edge.tolist(), possible.tolist(), strict=True))


def _digits(value: float, cutoff: float) -> str:
    """Four decimals, more where four would print a number that is not the cut-off as if it were."""
    for decimals in range(4, 10):
        text = f"{value:.{decimals}f}"
        if abs(value - cutoff) <= _tie(cutoff) or float(text) != cutoff:
            return text
    return text


# ---------------------------------------------------------------- words


def check_direction(field: str, cutoff: Comparison, *, upward: bool) -> None:
    """Refuse a cut-off whose word points the wrong way: one way to say a thing."""
    if (cutoff.word in UPWARD) is not upward:
        allowed = "more than or at least" if upward else "less than or at most"
        refuse(f"{field}: {cutoff.text()}", f"{allowed}, with a value above 0% and below 100%")


def refuse(found: str, allowed: str, hint: str = "") -> NoReturn:
    """Raise `QuantityError`; the loader adds file, line and path."""
    raise QuantityError(found, allowed, hint)
