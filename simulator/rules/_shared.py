"""What rules share that compare a number with a cut-off: criteria that explain themselves and lower.

The number may be a posterior probability (`_posterior.py`), a p-value, a likelihood ratio or another
function of n and x. A rule hands its `Criterion`s to `assess`, `lower` and `evidence`; all three call it.
Nothing here imports numpy before a number is asked for, so that checking a file stays quick.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import ceil, inf, log10
from typing import TYPE_CHECKING, Any, ClassVar, Literal, NoReturn, Protocol

from simulator.contracts import Boundary, Observed, Plan, Quantity, Rule, RuleTable, Verdict
from simulator.errors import QuantityError
from simulator.units import Comparison, format_probability

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Ints = NDArray[Any]
    Bools = NDArray[Any]
    Floats = NDArray[Any]

__all__ = [
    "LARGEST_LEVEL", "ROUNDING", "SYMBOLS", "TIE", "UPWARD", "Criterion", "CriterionRule", "Evidence",
    "beyond", "check_direction", "check_level", "count_boundary", "digits", "least_held", "over_looks",
    "refuse", "tie_of", "weighted_boundary",
]  # fmt: skip

TIE = 1e-9  # a number this near its cut-off, in parts of it, equals it: the word, not the last bit, decides
ROUNDING = 2.0**-50  # a few last bits, in parts of a number
UPWARD = ("more than", "at least")
SYMBOLS = {"more than": ">", "at least": ">=", "less than": "<", "at most": "<="}
LARGEST_LEVEL = 0.5  # a larger one is no chance of a false stop that anybody allows


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
        return self.crossed(self.evidence(n, x))

    def plain(self, n: int, x: int) -> bool | None:
        """Whether the outcome holds at x among n, where that is plain without numpy; None where it is not."""
        del n, x
        return None

    @property
    def accuracy(self) -> float:
        """How far off the number may be beyond its last bits."""
        return 0.0

    @property
    def tie(self) -> float:
        """How far from the cut-off a number still equals it: 1e-9 of it, of a probability's nearer tail.

        At least as far as the number may be off. So `more than 99.99999999%` is told from 100%.
        """
        return tie_of(self.cutoff, self.percent, self.accuracy)

    def at(self, n: float) -> Criterion:
        """The criterion as it is at n, with the cut-off that holds there."""
        del n
        return self

    def crossed(self, evidence: Floats) -> Bools:
        """Whether each number satisfies the comparison; within `tie` of the cut-off they are equal.

        So `more than 99%` does not hold at a posterior of exactly 0.99 and `at least 99%` does, whatever
        the last bits of either number are.
        """
        return beyond(evidence, self.cutoff.word, self.cutoff.value, self.tie)

    def edges(self, first_n: int, max_n: int) -> list[int]:
        """The least x at which the outcome holds (`at_least`) or no longer holds, n = first_n ... max_n.

        n + 1 where no x up to n is that. By bisection over x, for all n at once.
        """
        import numpy as np

        n = np.arange(first_n, max_n + 1)
        edges: list[int] = self._between(n, np.zeros_like(n), n + 1).tolist()
        return edges

    def _between(self, n: Ints, low: Ints, high: Ints) -> Ints:
        """The edge of each n, which lies in [low, high]: by bisection over x."""
        upward = self.direction == "at_least"
        return least_held(lambda open_, x: self.holds(n[open_], x) == upward, low, high)


def least_held(held: Callable[[Ints, Ints], Bools], low: Ints, high: Ints) -> Ints:
    """Cell by cell the least x in [low, high) from which on `held` is true, `high` without one: by bisection.

    held: (indices of cells, one x for each) -> bool. low and high, (cells,), are used up.
    """
    import numpy as np

    while (open_ := np.flatnonzero(low < high)).size:
        middle = (low[open_] + high[open_]) // 2
        enough = held(open_, middle)
        high[open_] = np.where(enough, middle, high[open_])
        low[open_] = np.where(enough, low[open_], middle + 1)
    return low


def tie_of(cutoff: Comparison, percent: bool, accuracy: float = 0.0) -> float:
    """How far from a cut-off a number equals it, see `Criterion.tie`. accuracy: how far off it may be."""
    value = abs(cutoff.value)
    size = max(min(value, 1.0 - value), 0.0) if percent else value or 1.0
    return max(TIE * size, ROUNDING * value, accuracy)


def beyond(evidence: Floats, word: str, cutoff: Floats | float, tie: Floats | float) -> Bools:
    """Whether numbers are beyond a cut-off (each its own, or all the same) as the word says.

    Those within `tie` of it equal it.
    """
    import numpy as np

    values = np.asarray(evidence, dtype=np.float64)
    equal = np.abs(values - cutoff) <= tie
    further = values > cutoff if word in UPWARD else values < cutoff
    return further | equal if word in ("at least", "at most") else further & ~equal


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
        for each in self.criteria(plan):
            seen, criterion = observed[each.reading], each
            if not seen.read:
                continue
            begin = f"{seen.x} of {seen.n:g} had {criterion.event}"
            (value,) = self._values(criterion, [seen.n], [seen.x])
            if value is None:
                why.append(f"{begin}; the rule begins at {self.minimum_n}")
                continue
            criterion = each.at(seen.n)
            held = bool(criterion.crossed(np.array([value]))[0])
            word = "" if held else "not "
            shown = digits(value, criterion.cutoff, criterion.tie, criterion.percent)
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
        return self.evidence_each([n], [x], plan, outcome)[0]

    def evidence_each(
        self, n: Sequence[float], x: Sequence[int], plan: Plan, outcome: str | None = None
    ) -> list[float | None]:
        """`evidence` at many readings, all of them calculated at once."""
        criteria = self.criteria(plan)
        found = [c for c in criteria if outcome is None or c.outcome == outcome]
        if not found:
            known = ", ".join(c.outcome for c in criteria)
            raise ValueError(f"this rule has no outcome {outcome}; it has {known}")
        return self._values(found[0], n, x)

    def plainly_reached(self, most: Sequence[int], plan: Plan) -> bool:
        """Whether every criterion plainly holds, and none before it, at all or none of the most patients."""
        criteria = self.criteria(plan)
        for i, criterion in enumerate(criteria):
            n = most[criterion.reading]
            x = n if criterion.direction == "at_least" else 0
            before = [c for c in criteria[:i] if c.reading == criterion.reading]
            if (
                n < self.minimum_n
                or not criterion.plain(n, x)
                or any(c.plain(n, x) is not False for c in before)
            ):
                return False
        return True

    def _values(self, criterion: Criterion, n: Sequence[float], x: Sequence[int]) -> list[float | None]:
        import numpy as np

        for counted, events in zip(n, x, strict=True):
            if self.of_shares and events > counted:
                few = "this rule counts patients, so at most n can have the event"
                raise ValueError(f"{events} of {counted:g}: {few}")
        of, had = np.array(n), np.array(x)
        there = (of >= self.minimum_n) & (had >= 0)
        values = iter(np.asarray(criterion.evidence(of[there], had[there])).tolist())
        return [next(values) if known else None for known in there.tolist()]

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
    """Least x that holds (`at_least`) or greatest (`at_most`), n = 0 ... max_n; None below `minimum_n`."""
    shift = 0 if criterion.direction == "at_least" else 1
    first_n = min(minimum_n, max_n + 1)
    bounds = enumerate((edge - shift for edge in criterion.edges(first_n, max_n)), start=first_n)
    return (None,) * first_n + tuple(x if 0 <= x <= n else None for n, x in bounds)


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
    open_ = possible & ~everywhere  # elsewhere there is nothing to search
    left, right, counts = near[open_], far[open_], x[open_]
    for _ in range(48):
        middle = (left + right) / 2
        held = criterion.holds(middle, counts)
        left, right = np.where(held, middle, left), np.where(held, right, middle)
    edge = np.where(everywhere, inf if many else start, near)
    edge[open_] = left
    return tuple(n if ok else None for n, ok in zip(edge.tolist(), possible.tolist(), strict=True))


def digits(value: float, cutoff: Comparison, tie: float, percent: bool) -> str:
    """Four decimals, more where four would print a number that is not the cut-off as if it were.

    And more beside a probability so near 0 or 1 that four would print it as certain.
    """
    tail = min(cutoff.value, 1.0 - cutoff.value)
    least = max(4, ceil(-log10(tail) - 1e-9) + 1) if percent and tail > 0 else 4
    for decimals in range(least, least + 6):
        text = f"{value:.{decimals}f}"
        if abs(value - cutoff.value) <= tie or float(text) != cutoff.value:
            return text
    return text


# ---------------------------------------------------------------- words


def over_looks(looks: Sequence[int]) -> str:
    """At which looks a level is meant: `over 6 planned looks, the last one, at 30, included`."""
    if not looks:
        return "with no look"
    first, last = looks[0], looks[-1]
    if tuple(looks) == tuple(range(first, last + 1)):
        begin = f"from {first} " if first > 1 else ""
        return f"with a look after every patient {begin}to {last}"
    return f"over {len(looks)} planned looks, the last one, at {last}, included"


def check_direction(field: str, cutoff: Comparison, *, upward: bool) -> None:
    """Refuse a cut-off whose word points the wrong way: one way to say a thing."""
    if (cutoff.word in UPWARD) is not upward:
        allowed = "more than or at least" if upward else "less than or at most"
        refuse(f"{field}: {cutoff.text()}", f"{allowed}, with a value above 0% and below 100%")


def check_level(level: Comparison) -> None:
    """Refuse a level of each look that points up or is none."""
    check_direction("level", level, upward=False)
    if level.value > LARGEST_LEVEL:
        refuse(
            f"level: {level.text()}",
            f"at most {format_probability(LARGEST_LEVEL)}",
            "a level is the chance of a false stop at one look, such as at most 5%",
        )


def refuse(found: str, allowed: str, hint: str = "") -> NoReturn:
    """Raise `QuantityError`; the loader adds file, line and path."""
    raise QuantityError(found, allowed, hint)
