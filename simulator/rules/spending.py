"""Stop as soon as the count is improbable enough that the level spent by now allows it (lan1983)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import ClassVar

from simulator.contracts import Boundary, Observed, Plan, Rule, RuleTable, Unmet, Verdict
from simulator.rules import _shared
from simulator.rules._calibrated import MANY, StopFor, TargetValue
from simulator.rules._spent import Function, check_shape, spent, spent_in_words
from simulator.units import Number, PositiveCount, format_probability

__all__ = ["Spending"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Spending(Rule):
    """Stop at the least b with P(stop by now) <= a(t), t = n / N, N the largest n.

    P is at the rate of `false_stop`. With a its level (lan1983): `obrien_fleming` a(t) = 2 - 2 Phi(z(1 -
    a / 2) / sqrt(t)), `pocock` a log(1 + (e - 1) t), `kim_demets` a t^shape (kim1987),
    `hwang_shih_decani` a (1 - exp(-shape t)) / (1 - exp(-shape)) (hwang1990). What a look cannot spend,
    counts being whole, goes to the next. A bound at an n between planned looks is that of a look there
    after the planned ones before it. A trial that ends before N does not spend the rest.

    stop_for: `many` events, or `few`: then the greatest count that stops. minimum_n: no stop with fewer
    patients. Weak: P(stop by now) of a(t) is allowed, to 1e-12 of it.
    """

    kind: ClassVar[str] = "spending"
    sources: ClassVar[tuple[str, ...]] = ("lan1983", "kim1987", "hwang1990")
    endpoints: ClassVar[tuple[str, ...]] = ("event",)
    of_shares: ClassVar[bool] = True
    monotone_in_n: ClassVar[bool] = False
    examples: ClassVar[tuple[dict[str, object], ...]] = (
        {"false_stop": "at most 10% at 20%", "function": "obrien_fleming"},
        {"false_stop": "at most 10% at 20%", "function": "pocock", "minimum_n": 4},
        {"false_stop": "at most 10% at 20%", "function": "kim_demets", "shape": 2},
        {
            "false_stop": "at most 10% at 50%",
            "function": "hwang_shih_decani",
            "shape": -2,
            "stop_for": "few",
        },
    )

    false_stop: TargetValue
    function: Function
    shape: Number | None = None
    stop_for: StopFor = MANY
    minimum_n: PositiveCount = 1

    def __post_init__(self) -> None:
        """Refuse a target that is no upper limit, and a shape that the function does not have or need."""
        if self.false_stop.word != "at most":
            _shared.refuse(f"false_stop: {self.false_stop.text()}", "at most, a probability, at, a true rate")
        check_shape(self.function, self.shape)

    @property
    def uses_plan(self) -> bool:
        """Bounds depend on the looks before."""
        return True

    def known_rates(self) -> dict[str, float]:
        """The rate of false stops."""
        return {self.endpoints[0]: self.false_stop.rate}

    def formula(self) -> str:
        """The rule as one line of mathematics, with its numbers."""
        p = format_probability(self.false_stop.rate)
        allowed = spent_in_words(self.function, self.shape, self.false_stop.level, "n / N")
        bound = "x >= the least" if self.stop_for == MANY else "x <= the greatest"
        begin = f", n >= {self.minimum_n}" if self.minimum_n > 1 else ""
        return f"stop iff {bound} b with P(stop by now | {p}) <= {allowed}{begin}"

    def spent(self, t: float) -> float:
        """a(t), the level that may be spent when the part t of all patients is in; t in [0, 1]."""
        return spent(self.function, self.shape, self.false_stop.level, t)

    def assess(self, observed: Sequence[Observed], plan: Plan) -> Verdict:
        """`stop` at or beyond the bound at this n."""
        n, x = observed[0].n, observed[0].x
        if x > n:
            raise ValueError(f"{x} of {n:g}: this rule counts patients, so at most n can have the event")
        begin = f"{x} of {n:g} had the event"
        if n < self.minimum_n:
            return Verdict(outcome=None, why=f"{begin}; the rule begins at {self.minimum_n}")
        boundary = self.lower(plan).boundaries[0]
        bound = boundary.bound[int(n)]
        spent = f"{format_probability(self.spent(int(n) / max(plan.max_n, 1)))} may be spent by now"
        if bound is None:
            return Verdict(outcome=None, why=f"{begin}; {spent}, and no count stops")
        held = boundary.holds(n, x)
        word = "least" if self.stop_for == MANY else "most"
        return Verdict(
            outcome="stop" if held else None,
            why=f"{begin}, {'' if held else 'not '}at {word} {bound:g}; {spent}",
        )

    def lower(self, plan: Plan) -> RuleTable:
        """A bound for every n; a weighted n is rounded down."""
        many = self.stop_for == MANY
        return RuleTable(
            boundaries=(
                Boundary(
                    outcome="stop",
                    direction="at_least" if many else "at_most",
                    bound=_found(self, plan.max_n, plan.looks)[0],
                    minimum_n=self.minimum_n,
                ),
            )
        )

    def particulars(self, plan: Plan) -> tuple[str, ...]:
        """What is spent in all."""
        bounds, level = _found(self, plan.max_n, plan.looks)
        if all(bound is None for bound in bounds):
            return ("no count ever stops: the level is too small for so few patients",)
        rate, asked = format_probability(self.false_stop.rate), format_probability(self.false_stop.level)
        return (
            f"P(stop) = {100 * level:.4g}% at a true rate of {rate} {_shared.over_looks(plan.planned)} "
            f"(at most {asked} was asked for)",
        )

    def unmet(self, plan: Plan) -> Unmet | None:
        """A level with which no count ever stops."""
        bounds, _ = _found(self, plan.max_n, plan.looks)
        if plan.max_n < self.minimum_n or any(bound is not None for bound in bounds):
            return None
        p = self.false_stop.rate if self.stop_for == MANY else 1.0 - self.false_stop.rate
        least = format_probability(p**plan.max_n)
        return Unmet(
            key="false_stop",
            found=self.false_stop.text(),
            allowed=f"a level of {least} or more with {plan.max_n} patients: the rarest count is as probable",
        )


@lru_cache(maxsize=256)  # rules are values, and one rule serves many variants and truths
def _found(rule: Spending, max_n: int, looks: tuple[int, ...] | None) -> tuple[tuple[int | None, ...], float]:
    """The bound for each n = 0 ... max_n, and P(stop) over the planned looks."""
    import numpy as np

    many, planned = rule.stop_for == MANY, frozenset(range(1, max_n + 1) if looks is None else looks)
    p = rule.false_stop.rate if many else 1.0 - rule.false_stop.rate
    running = np.zeros(max_n + 2)  # P(not stopped, y of n), y the events, or the patients without one
    running[0] = 1.0
    stopped = 0.0
    bounds: list[int | None] = [None]
    for n in range(1, max_n + 1):
        running[1:] = (1.0 - p) * running[1:] + p * running[:-1]
        running[0] *= 1.0 - p
        if n < rule.minimum_n:
            bounds.append(None)
            continue
        left = rule.spent(n / max_n) * (1.0 + 1e-12) - stopped
        beyond = np.cumsum(running[n::-1])[::-1]  # P(at least y), y = 0 ... n
        least = int(np.argmax(beyond <= left)) if beyond[n] <= left else n + 1
        bounds.append((least if many else n - least) if least <= n else None)
        if n in planned and least <= n:
            stopped += float(beyond[least])
            running[least:] = 0.0
    return tuple(bounds), stopped
