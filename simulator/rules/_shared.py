"""What the posterior rules share: Beta priors, one tail formula, and criteria that explain and lower.

A rule hands its `Criterion`s to `assess`, `lower` and `posterior`; all three call the same probability.
Nothing here imports numpy before a number is asked for, so that checking a file stays quick.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import inf
from typing import TYPE_CHECKING, Any, Literal, NoReturn

from simulator.contracts import Boundary, CountTable, ExposureBoundary, ExposureTable, Observed, Verdict
from simulator.errors import QuantityError
from simulator.units import Comparison, PositiveNumber, format_probability

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Ints = NDArray[Any]
    Bools = NDArray[Any]
    Floats = NDArray[Any]

__all__ = [
    "SYMBOLS", "TIE", "UPWARD", "BetaPrior", "Criterion", "Tail", "assess", "check_direction", "crosses",
    "exposure_boundary", "lower", "lower_exposure", "posterior", "refuse",
]  # fmt: skip

TIE = 1e-9  # a posterior this near its cut-off equals it: the word, not the last bit, decides
LARGEST_PRIOR = 100_000  # events + others
UPWARD = ("more than", "at least")
SYMBOLS = {"more than": ">", "at least": ">=", "less than": "<", "at most": "<="}


@dataclass(frozen=True, slots=True, kw_only=True)
class BetaPrior:
    """Beta(events, others): as if so many patients with and without the event had been seen before."""

    events: PositiveNumber
    others: PositiveNumber

    def __post_init__(self) -> None:
        """Refuse what is no longer an uncertain rate: quadrature over it would lose digits."""
        if self.events + self.others > LARGEST_PRIOR:
            refuse(
                self.text(), f"a prior worth at most {LARGEST_PRIOR} patients", "give the known rate instead"
            )

    def text(self) -> str:
        """`Beta(0.6, 1.4)`."""
        return f"Beta({self.events:.6g}, {self.others:.6g})"


# ---------------------------------------------------------------- the one formula


@dataclass(frozen=True, slots=True, kw_only=True)
class Tail:
    """P(p > standard + margin | x of n), or P(p < ...): p | x of n ~ Beta(events + x, others + n - x).

    standard : a known rate, or the Beta distribution of an uncertain one, independent of p
    above    : P(p > ...), else P(p < ...)
    """

    prior: BetaPrior
    standard: float | BetaPrior
    margin: float = 0.0
    above: bool = True

    def __call__(self, n: Ints, x: Ints) -> Floats:
        """(cells,), (cells,) -> (cells,)."""
        from simulator.stats import beta

        a, b = self.prior.events + x, self.prior.others + n - x
        if isinstance(self.standard, BetaPrior):
            exceeds = beta.prob_exceeds(a, b, self.standard.events, self.standard.others, self.margin)
            return exceeds if self.above else 1.0 - exceeds
        side = beta.upper_tail if self.above else beta.lower_tail
        return side(a, b, min(self.standard + self.margin, 1.0))

    def standard_text(self) -> str:
        """`30%`, `Beta(30, 70)`, `Beta(30, 70) + 15%`; a known standard and its margin are added up."""
        if isinstance(self.standard, BetaPrior):
            added = f" + {format_probability(self.margin)}" if self.margin else ""
            return self.standard.text() + added
        return format_probability(min(self.standard + self.margin, 1.0))


@dataclass(frozen=True, slots=True, kw_only=True)
class Criterion:
    """One outcome: it holds iff `probability(n, x)` is beyond `cutoff`.

    named       : the probability in symbols, `P(rate > 10%)`
    event       : what x counts, as a noun phrase
    endpoint    : which `Observed` it reads
    direction   : whether high counts (`at_least`) or low counts (`at_most`) bring it about
    probability : monotone in x
    """

    outcome: str
    named: str
    event: str
    endpoint: int
    direction: Literal["at_least", "at_most"]
    cutoff: Comparison
    probability: Tail

    def holds(self, n: Ints, x: Ints) -> Bools:
        """Whether the outcome holds at x events among n. (cells,), (cells,) -> (cells,) bool."""
        return crosses(self.cutoff, self.probability(n, x))


def crosses(cutoff: Comparison, probability: Floats) -> Bools:
    """Whether each probability satisfies the comparison; within `TIE` of the cut-off they are equal.

    So `more than 99%` does not hold at a posterior of exactly 0.99 and `at least 99%` does, whatever
    the last bits of either number are.
    """
    import numpy as np

    values = np.asarray(probability, dtype=np.float64)
    equal = np.abs(values - cutoff.value) <= TIE
    beyond = values > cutoff.value if cutoff.word in UPWARD else values < cutoff.value
    return beyond | equal if cutoff.word in ("at least", "at most") else beyond & ~equal


# ---------------------------------------------------------------- criteria -> verdict, table, posterior


def assess(criteria: Sequence[Criterion], observed: Sequence[Observed], minimum_n: int) -> Verdict:
    """The first criterion that holds gives the outcome; every one of them is explained."""
    import numpy as np

    outcome, why = None, []
    for criterion in criteria:
        seen = observed[criterion.endpoint]
        begin = f"{seen.x} of {seen.n:g} had {criterion.event}"
        value = posterior((criterion,), seen.n, seen.x, criterion.outcome, minimum_n)
        if value is None:
            why.append(f"{begin}; the rule begins at {minimum_n}")
            continue
        held = bool(crosses(criterion.cutoff, np.array([value]))[0])
        word = "" if held else "not "
        shown = _digits(value, criterion.cutoff.value)
        why.append(f"{begin}; {criterion.named} = {shown}, {word}{criterion.cutoff.text()}")
        if held and outcome is None:
            outcome = criterion.outcome
    return Verdict(outcome=outcome, why="; ".join(dict.fromkeys(why)))


def lower(criteria: Sequence[Criterion], max_n: int, minimum_n: int) -> CountTable:
    """Integer boundaries by bisection over x, all n at once; None below `minimum_n` and out of reach."""
    return CountTable(
        boundaries=tuple(
            Boundary(
                outcome=criterion.outcome,
                endpoint=criterion.endpoint,
                direction=criterion.direction,
                bound=_bounds(criterion, max_n, minimum_n),
            )
            for criterion in criteria
        )
    )


def lower_exposure(criteria: Sequence[Criterion], max_n: int, minimum_n: int) -> ExposureTable:
    """The same for real denominators, solved for n at each x."""
    return ExposureTable(
        boundaries=tuple(
            exposure_boundary(
                criterion.outcome,
                criterion.endpoint,
                criterion.direction,
                _exposure_bounds(criterion, max_n, minimum_n),
                minimum_n,
            )
            for criterion in criteria
        )
    )


def exposure_boundary(
    outcome: str,
    endpoint: int,
    counts: Literal["at_least", "at_most"],
    bound: Sequence[float | None],
    minimum_n: int,
) -> ExposureBoundary:
    """The boundary whose outcome many (`at_least`) or few (`at_most`) counts bring about.

    bound : per x, the greatest n (many) or the least n (few) at which it holds
    """
    return ExposureBoundary(
        outcome=outcome,
        endpoint=endpoint,
        direction="at_most" if counts == "at_least" else "at_least",
        bound=tuple(bound),
        minimum_n=float(minimum_n),
    )


def posterior(
    criteria: Sequence[Criterion], n: float, x: int, outcome: str | None, minimum_n: int
) -> float | None:
    """The probability behind an outcome (by default the first); None below `minimum_n` and outside 0..n.

    `ValueError` if more patients had the event than were counted, or no criterion has that outcome.
    """
    found = [c for c in criteria if outcome is None or c.outcome == outcome]
    if not found:
        known = ", ".join(c.outcome for c in criteria)
        raise ValueError(f"this rule has no outcome {outcome}; it has {known}")
    if x > n:
        raise ValueError(f"{x} of {n:g}: this rule counts patients, so at most n can have the event")
    if n < minimum_n or x < 0:
        return None
    return float(found[0].probability(*_cell(n, x))[0])


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
def _exposure_bounds(criterion: Criterion, max_n: int, minimum_n: int) -> tuple[float | None, ...]:
    """Greatest n (`at_least` counts) or least n (`at_most`) that holds, x = 0 ... max_n, to max_n 2^-48.

    The probability is monotone in n for a given x, as it is in x for a given n.
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


def _cell(n: float, x: int) -> tuple[Ints, Ints]:
    import numpy as np

    return np.array([n]), np.array([x])


def _digits(value: float, cutoff: float) -> str:
    """Four decimals, more where four would print a number that is not the cut-off as if it were."""
    for decimals in range(4, 10):
        text = f"{value:.{decimals}f}"
        if abs(value - cutoff) <= TIE or float(text) != cutoff:
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
