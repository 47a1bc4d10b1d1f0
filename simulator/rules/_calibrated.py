"""Rules whose cut-off is found: the largest stopping region with at most so many false stops, exactly.

A rule has a statistic; the cut-off is chosen on the planned looks, the last one included (`stats.calibrate`),
and read at any n. So a look at another n uses the same cut-off; the level is then another one.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from simulator.contracts import Plan, Unmet
from simulator.rules import _shared
from simulator.rules._posterior import Tail, check_certainty
from simulator.rules._shared import SYMBOLS, UPWARD, Criterion, CriterionRule, Evidence
from simulator.scalars import one_word, words
from simulator.units import Comparison, Parsed, format_probability, parse_cutoff

if TYPE_CHECKING:
    from simulator.stats.calibrate import Region, Statistic

__all__ = [
    "FEW", "MANY", "Calibrated", "CalibratedRule", "CertainRule", "CertaintyValue", "CountRule", "StopFor",
    "Target", "TargetValue", "beside", "calibrated", "check_delta", "constant_of", "looks_of", "parse_target",
    "unmet",
]  # fmt: skip

MANY: Literal["many"] = "many"
FEW: Literal["few"] = "few"
StopFor = Annotated[Literal["many", "few"], one_word(MANY, FEW)]
NEVER = 1e300  # no statistic is as large

TARGET = "at most or at least, a level, at, a true rate, such as at most 5% at 30%, each above 0%, below 100%"


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A limit for P(stop), over all looks, where the true rate is `rate`; each in (0, 1)."""

    word: Literal["at most", "at least"]
    level: float
    rate: float

    def text(self) -> str:
        """`at most 5% at 30%`."""
        return f"{self.word} {format_probability(self.level)} at {format_probability(self.rate)}"


def parse_target(value: object) -> Target:
    """`at most 5% at 30%` -> Target."""
    from simulator.errors import QuantityError
    from simulator.units import parse_open_probability

    limit, at, rate = words(value).rpartition(" at ")
    try:
        level, true = parse_cutoff(limit), parse_open_probability(rate)
    except QuantityError:
        _shared.refuse(str(value), TARGET)
    if not at or level.word not in ("at most", "at least"):
        _shared.refuse(str(value), TARGET)
    return Target(word=level.word, level=level.value, rate=true)


TargetValue = Annotated[Target, Parsed(parse_target)]


@dataclass(frozen=True, slots=True)
class Calibrated:
    """A criterion with the cut-off that was found, and what was found about it."""

    criterion: Criterion
    target: Target
    region: Region | None  # None: no look is planned
    looks: tuple[int, ...]
    meant: str = ""  # how the level is, where that is not plain

    @property
    def can_stop(self) -> bool:
        """Whether any region is within the target."""
        return self.region is not None and self.region.value is not None

    def text(self) -> str:
        """`stop: cut-off 0.963192; P(stop) = 9.957% at a true rate of 20% over the planned looks, ...`."""
        outcome, target, region = self.criterion.outcome, self.target, self.region
        if region is None or region.value is None:
            return f"{outcome}: no cut-off has P({outcome}) {target.text()}"
        size = "larger" if target.word == "at most" else "smaller"
        following = ""
        if region.next_level is not None:
            following = f"; the next {size} region: {_percent(region.next_level)}"
        return (
            f"{outcome}: cut-off {self.criterion.cutoff.value:.6g}; "
            f"P({outcome}) = {_percent(region.level)} at a true rate of {format_probability(target.rate)} "
            f"{_shared.over_looks(self.looks)}{self.meant}{following}; at another n the cut-off is the "
            "same, and the level no longer this one"
        )


def _percent(level: float | None) -> str:
    return "none" if level is None else f"{100 * level:.4g}%"


@lru_cache(maxsize=256)  # rules are values, and one rule serves many variants and truths
def calibrated(
    criterion: Criterion,
    target: Target,
    looks: tuple[int, ...],
    max_n: int,
    against: tuple[int | None, ...] | None = None,
    *,
    yields: bool = False,
) -> Calibrated:
    """The criterion with its cut-off; only the word of the one it comes with is read.

    looks: those at which it may stop. against: bounds there that end the trial first, the other way; and
    also where both hold at a look, if it `yields`.
    """
    region = None
    if looks:
        from simulator.stats.calibrate import Goal, calibrate

        region = calibrate(
            _statistic(criterion),
            looks,
            Goal(rate=target.rate, level=target.level, at_most=target.word == "at most"),
            against=against,
            yields=yields,
            max_n=max_n,
        )
    value = NEVER if region is None or region.value is None else region.value
    cutoff = replace(criterion.cutoff, value=value if criterion.cutoff.word in UPWARD else -value)
    return Calibrated(replace(criterion, cutoff=cutoff), target, region, looks)


def _statistic(criterion: Criterion) -> Statistic:
    """The criterion's number, the more extreme the larger."""
    from simulator.stats.calibrate import Statistic

    evidence = criterion.evidence
    return Statistic(
        of=evidence if criterion.cutoff.word in UPWARD else lambda n, x: -evidence(n, x),
        many=criterion.direction == "at_least",
        share=criterion.percent,
    )


def beside(
    found: Calibrated, max_n: int, against: tuple[int | None, ...], *, yields: bool = False
) -> Calibrated:
    """With the level that the region has beside other bounds than those it was found with."""
    if found.region is None or found.region.value is None:
        return found
    from simulator.stats.calibrate import level_from

    level = level_from(
        found.region.value,
        _statistic(found.criterion),
        found.looks,
        found.target.rate,
        against=against,
        yields=yields,
        max_n=max_n,
    )
    return replace(found, region=replace(found.region, level=level, next_level=None))


def looks_of(plan: Plan, minimum_n: int) -> tuple[int, ...]:
    """The planned looks from `minimum_n` on."""
    return tuple(n for n in plan.planned if n >= minimum_n)


class CalibratedRule(CriterionRule):
    """A rule of one criterion whose cut-off is found from the plan.

    A subclass has the fields `false_stop` and `minimum_n`, and says its criterion.
    """

    __slots__ = ()

    outcome: ClassVar[str] = "stop"

    if TYPE_CHECKING:

        @property
        def false_stop(self) -> Target | None: ...

    @property
    def uses_plan(self) -> bool:
        """The cut-off depends on the looks."""
        return True

    @abstractmethod
    def uncut(self, plan: Plan) -> Criterion:
        """The criterion, the value of its cut-off apart."""

    def found(self, plan: Plan) -> Calibrated:
        """The criterion with its cut-off."""
        assert self.false_stop is not None
        return calibrated(self.uncut(plan), self.false_stop, looks_of(plan, self.minimum_n), plan.max_n)

    def criteria(self, plan: Plan) -> tuple[Criterion, ...]:
        """Stop."""
        return (self.found(plan).criterion,)

    def particulars(self, plan: Plan) -> tuple[str, ...]:
        """The cut-off, and the level that it has."""
        return (self.found(plan).text(),)

    def unmet(self, plan: Plan) -> Unmet | None:
        """A target that no region meets."""
        return unmet("false_stop", self.found(plan))

    def known_rates(self) -> Mapping[str, float]:
        """The rate of false stops."""
        assert self.false_stop is not None
        return {self.endpoints[0]: self.false_stop.rate}

    def told(self, statistic: str) -> str:
        """The formula: `stop iff STATISTIC`, which names a constant c."""
        assert self.false_stop is not None
        begin = f" and n >= {self.minimum_n}" if self.minimum_n > 1 else ""
        return f"stop iff {statistic}{begin}; c: {constant_of(self.false_stop)}"


class CountRule(CalibratedRule):
    """A calibrated rule that compares one count with the rate of `false_stop`, for many events or for few.

    A subclass has the field `stop_for` too, and says its statistic and how that is named. word: which way the
    statistic is extreme. percent: whether it is a probability.
    """

    __slots__ = ()

    word: ClassVar[Literal["at most", "at least"]] = "at least"
    percent: ClassVar[bool] = False

    if TYPE_CHECKING:

        @property
        def stop_for(self) -> Literal["many", "few"]: ...

    @property
    def many(self) -> bool:
        """Whether many events stop."""
        return self.stop_for == MANY

    @property
    @abstractmethod
    def named(self) -> str:
        """The statistic in symbols."""

    @abstractmethod
    def statistic(self, plan: Plan) -> Evidence:
        """What is compared."""

    def formula(self) -> str:
        """The rule as one line of mathematics, with its numbers."""
        return self.told(f"{self.named} {SYMBOLS[self.word]} c")

    def uncut(self, plan: Plan) -> Criterion:
        """The statistic beyond any cut-off."""
        return Criterion(
            outcome=self.outcome,
            named=self.named,
            event="the event",
            direction="at_least" if self.many else "at_most",
            cutoff=Comparison(self.word, 0.0),
            evidence=self.statistic(plan),
            percent=self.percent,
        )


def check_delta(delta: float) -> None:
    """Refuse a power of n beyond those between a constant limit and O'Brien-Fleming's."""
    if not 0 <= delta <= 0.5:
        _shared.refuse(f"delta: {delta:g}", "from 0 to 0.5")


CALIBRATED = "calibrated"


def parse_certainty(value: object) -> Comparison | None:
    """`more than 90%`, or `calibrated`: None."""
    return None if words(value) == CALIBRATED else parse_cutoff(value)


CertaintyValue = Annotated[Comparison | None, Parsed(parse_certainty)]  # None: calibrated


class CertainRule(CalibratedRule):
    """A rule of one criterion with a cut-off as it is given, or found where `certainty` is `calibrated`."""

    __slots__ = ()

    if TYPE_CHECKING:

        @property
        def certainty(self) -> Comparison | None: ...

        @property
        def rate(self) -> Comparison: ...

    @property
    def uses_plan(self) -> bool:
        """Where the cut-off is found."""
        return self.certainty is None

    def criteria(self, plan: Plan) -> tuple[Criterion, ...]:
        """Stop."""
        return (self.uncut(plan) if self.certainty else self.found(plan).criterion,)

    def particulars(self, plan: Plan) -> tuple[str, ...]:
        """The cut-off that was found, and the level that it has."""
        return () if self.certainty else (self.found(plan).text(),)

    def unmet(self, plan: Plan) -> Unmet | None:
        """A target that no region meets."""
        return None if self.certainty else unmet("false_stop", self.found(plan))

    def known_rates(self) -> Mapping[str, float]:
        """The rate that posterior probabilities are of."""
        return {self.endpoints[0]: self.rate.value}

    def beyond(self) -> str:
        """The cut-off in the formula: `> 90%`, `>= c`."""
        if self.certainty is None:
            return ">= c"
        return f"{SYMBOLS[self.certainty.word]} {format_probability(self.certainty.value)}"

    def constant(self) -> str:
        """What the formula says of c, where it is found."""
        return "" if self.false_stop is None else f"; c: {constant_of(self.false_stop)}"

    def check_certainty(self, tail: Tail) -> None:
        """Refuse a cut-off that points down, or is there beside a target, or is not there without one."""
        if self.certainty is None and self.false_stop is None:
            _shared.refuse(
                "certainty: calibrated, without false_stop", "both", "false_stop: at most 5% at 30%"
            )
        if self.certainty is not None and self.false_stop is not None:
            found = f"certainty: {self.certainty.text()} and false_stop"
            _shared.refuse(found, "certainty: calibrated where false_stop is given")
        if self.certainty is not None:
            check_certainty("certainty", self.certainty, tail, upward=True)


def constant_of(target: Target) -> str:
    """What tells a constant: `that of the largest region with P(stop) at most 5% at 30% ...`."""
    size = "largest" if target.word == "at most" else "smallest"
    return f"that of the {size} region with P(stop) {target.text()} over the planned looks"


def unmet(key: str, found: Calibrated) -> Unmet | None:
    """What to say where no region is within the target of `key`."""
    if found.can_stop or found.region is None:
        return None
    target, attainable = found.target, _percent(found.region.next_level)
    which, word = (
        ("smallest region that stops", "more") if target.word == "at most" else ("largest region", "less")
    )
    return Unmet(
        key=key,
        found=target.text(),
        allowed=f"a level of {attainable} or {word}: with these looks that is P(stop) of the {which}",
    )
