"""Stop when too many of the events are in the first of two arms (przyborowski1940, lan1983)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from simulator.contracts import SHARES, ComparingRule, Observed, Plan, Verdict
from simulator.rules import _shared
from simulator.rules._comparing import ARM_UNREAD, least_counts
from simulator.rules._posterior import BetaPrior, Tail
from simulator.rules._shared import SYMBOLS, UPWARD, beyond, digits, least_held, tie_of
from simulator.rules._spent import Function, check_shape, spent, spent_in_words
from simulator.rules._statistics import PValue
from simulator.scalars import one_word
from simulator.units import (
    Comparison,
    CutOff,
    Number,
    OpenProbability,
    PositiveCount,
    format_probability,
)

if TYPE_CHECKING:
    from simulator.rules._comparing import Floats, Ints

__all__ = ["EventSplit", "Spend"]

MOST_TOLD = 200  # events up to which the level of reading every one is worked out
RARE = (
    "Meant for rare events: that a patient with the event leaves those at risk is not counted, nor how many "
    "patients there are"
)
FOLLOWED = (
    "Follow-up of a patient runs from entry to the first of the data cut, the end of the course, the end of "
    "the window and, of what is reported by the cut, the day of the event (unless it repeats and events are "
    "counted) or of one that rules it out"
)
RARE_BY_TIME = (
    "Meant for rare events: the split is binomial while follow-up hardly depends on them, and the rate of "
    "each arm is the same at all times; not corrected for looks"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Spend:
    """A level that is spent as events come: `function` of events / planned events, as `spending` has them."""

    level: OpenProbability
    function: Function
    events: PositiveCount
    shape: Number | None = None

    def __post_init__(self) -> None:
        """Refuse a shape that does not fit the function, and a level that is none."""
        check_shape(self.function, self.shape)
        if self.level > _shared.LARGEST_LEVEL:
            found = f"level: {format_probability(self.level)}"
            _shared.refuse(found, f"at most {format_probability(_shared.LARGEST_LEVEL)}")

    def by(self, events: int) -> float:
        """What may be spent by so many events; all of it beyond those planned."""
        return spent(self.function, self.shape, self.level, min(events / self.events, 1.0))


@dataclass(frozen=True, slots=True, kw_only=True)
class EventSplit(ComparingRule):
    """Of d = x1 + x2 events so many are in the first arm: a share of them as allocated is what is expected.

    One of three versions. level (przyborowski1940): stop iff P(X >= x1) is beyond it, X ~ Binomial(d, share).
    certainty: stop iff P(s > share | x1 of d) is, s ~ Beta(events + x1, others + x2) of `prior` (berry2010).
    spend (lan1983): stop iff x1 is at least b(d), the least b with P(stop by now) within what may be spent by
    d events; as if every event were read, so that fewer looks spend less. One-sided; no stop without an event
    in the first arm.

    by    : `allocation`, or `person_time`: the share expected is T1 / (T1 + T2), the first arm's part of the
            follow-up at the data cut; no stop while an arm has none. Not with spend, whose bounds would
            depend on the follow-up at every event before.
    share : the first arm's part of the allocation; the design's unless given, 1/2 without one
    level : `at most 2.5%` at each look, not corrected for looks; `explain` and `boundaries` say the level of
            reading every event

    It needs no number of patients and counts every event of a patient; patients who had theirs leave the risk
    set, which only person-time sees, so events should be rare.
    """

    kind: ClassVar[str] = "event_split"
    sources: ClassVar[tuple[str, ...]] = ("przyborowski1940", "lan1983", "berry2010")
    of_shares: ClassVar[bool] = False
    examples: ClassVar[tuple[dict[str, object], ...]] = (
        {"level": "at most 2.5%"},
        {"level": "less than 5%", "share": "2/3"},
        {"certainty": "more than 95%", "prior": {"events": 1, "others": 1}},
        {"spend": {"level": "5%", "function": "pocock", "events": 20}, "share": "1/3"},
        {"spend": {"level": "5%", "function": "kim_demets", "shape": 2, "events": 12}},
        {"by": "person_time", "level": "at most 2.5%"},
        {"by": "person_time", "certainty": "more than 95%", "prior": {"events": 1, "others": 1}},
    )

    level: CutOff | None = None
    certainty: CutOff | None = None
    prior: BetaPrior | None = None
    spend: Spend | None = None
    share: OpenProbability | None = None
    by: Annotated[Literal["allocation", "person_time"], one_word("allocation", "person_time")] = "allocation"

    def __post_init__(self) -> None:
        """Refuse none or several versions, a prior of another, and cut-offs that point the wrong way."""
        given = [key for key in ("level", "certainty", "spend") if getattr(self, key) is not None]
        if len(given) != 1:
            _shared.refuse(" and ".join(given) or "none of level, certainty, spend", "one of the three")
        if (self.certainty is None) is not (self.prior is None):
            _shared.refuse(
                f"prior {'without' if self.prior else 'missing beside'} certainty", "both or neither"
            )
        if self.level is not None:
            _shared.check_level(self.level)
        if self.certainty is not None:
            _shared.check_direction("certainty", self.certainty, upward=True)
        if self.by_time and self.spend is not None:
            why = "its bounds would depend on the follow-up at every event before"
            _shared.refuse("spend by person_time", f"`level` or `certainty`: {why}")
        if self.by_time and self.share is not None:
            _shared.refuse("share by person_time", "no `share`: it is the first arm's part of the follow-up")

    @property
    def by_time(self) -> bool:
        """Whether the share expected is that of the follow-up."""
        return self.by == "person_time"

    @property
    def uses_plan(self) -> bool:
        """The share, where it is that of the design."""
        return self.share is None and not self.by_time

    @property
    def evidence_named(self) -> str:
        """A posterior or a p-value, as the version is; none of counts alone, where follow-up decides."""
        if self.by_time:
            return ""
        return "p-value" if self.certainty is None else "posterior"

    def formula(self) -> str:
        """The rule as one line of mathematics, with its numbers."""
        share = "the share allocated" if self.share is None else format_probability(self.share)
        share = "T1 / (T1 + T2)" if self.by_time else share
        if self.spend is not None:
            s = self.spend
            allowed = spent_in_words(s.function, s.shape, s.level, f"d / {s.events}")
            return (
                f"stop iff x1 >= the least b with P(stop by now) <= {allowed}, d = x1 + x2 events, each in "
                f"the first arm with probability {share}"
            )
        word, value = SYMBOLS[self._cutoff.word], format_probability(self._cutoff.value)
        of = ", T the follow-up of an arm" if self.by_time else ""
        if self.prior is not None:
            a, b = self.prior.events, self.prior.others
            return f"stop iff P(s > {share}) {word} {value}, s ~ Beta({a:.6g} + x1, {b:.6g} + x2){of}"
        return f"stop iff P(X >= x1) {word} {value}, X ~ Binomial(x1 + x2, {share}){of}, at each look"

    @property
    def _cutoff(self) -> Comparison:
        """That of the versions that have one."""
        found = self.certainty if self.level is None else self.level
        assert found is not None
        return found

    def _share(self, plan: Plan | None) -> float:
        if self.share is not None:
            return self.share
        return 0.5 if plan is None else plan.share

    def _values(self, x1: Ints, x2: Ints, share: float) -> Floats:
        """P(X >= x1) of x1 + x2 events, or the posterior probability. Shapes broadcast."""
        number = PValue(rate=share) if self.prior is None else Tail(prior=self.prior, standard=share)
        return number(x1 + x2, x1)

    def _held(self, x1: Ints, x2: Ints, share: float) -> Ints:
        value = self._values(x1, x2, share)
        tie = tie_of(self._cutoff, percent=True)
        return beyond(value, self._cutoff.word, self._cutoff.value, tie) & (x1 > 0)

    def rows_for(self, pairs: Ints, plan: Plan) -> list[tuple[int, ...]]:
        """The least count in the first arm up to n1 for each in the second; any larger n says the same.

        By person-time the critical shares of so many events.
        """
        if self.by_time:
            return [self._critical(events) for events, _ in pairs.tolist()]
        share = self._share(plan)
        return [self._row(n1, n2, share) for n1, n2 in pairs.tolist()]

    def _row(self, n1: int, n2: int, share: float) -> tuple[int, ...]:
        import numpy as np

        if self.spend is not None:
            return _spent_row(self.spend, n1, n2, share)
        x2 = np.arange(n2 + 1)
        low, high = np.zeros_like(x2), np.full_like(x2, n1 + 1)
        found = least_held(lambda open_, x1: self._held(x1, x2[open_], share), low, high)
        least: list[int] = found.tolist()
        return tuple(least)

    def _critical(self, events: int) -> tuple[int, ...]:
        """For x1 = 0 ... events the largest share with which it stops, in parts of SHARES; 0: with none.

        What it compares is monotone in the share, so that the quantile at the cut-off answers for all: level
        v is reached at I^-1_v(x1, x2 + 1), certainty at that of the posterior. Ties as in `_held`.
        """
        import numpy as np
        from scipy.special import betainccinv, betaincinv

        tie, weak = tie_of(self._cutoff, percent=True), self._cutoff.word in ("at least", "at most")
        edge = self._cutoff.value + (tie if weak is (self._cutoff.word not in UPWARD) else -tie)
        x1 = np.arange(1, events + 1)
        if self.prior is not None:
            share = betainccinv(self.prior.events + x1, self.prior.others + events - x1, edge)
        else:
            share = betaincinv(x1, events - x1 + 1.0, edge)
        parts: list[int] = np.minimum(np.floor(share * SHARES), SHARES - 1).astype(np.int64).tolist()
        return (0, *parts)

    def evidence_two(self, n1: int, x1: int, n2: int, x2: int, plan: Plan | None = None) -> float | None:
        """The posterior of `certainty`, else the p-value of the split; None without an event or by time."""
        import numpy as np

        del n1, n2
        if x1 < 0 or x2 < 0 or x1 + x2 == 0 or self.by_time:
            return None
        return float(self._values(np.array(x1), np.array(x2), self._share(plan)))

    def assess(self, observed: Sequence[Observed], plan: Plan) -> Verdict:
        """`stop` at or beyond the bound for so many events, with the number behind it."""
        first, second = observed
        if not (first.read and second.read):
            return Verdict(outcome=None, why=ARM_UNREAD)
        x1, x2, share = first.x, second.x, self._share(plan)
        begin, of = f"{x1} of {x1 + x2} events in the first arm", format_probability(share)
        if min(first.n, second.n) < 1:
            return Verdict(outcome=None, why=f"{begin}; nobody in one of the arms")
        if self.by_time:
            whole = first.days + second.days
            begin += f", in {first.days:.1f} of {whole:.1f} person-days"
            if min(first.days, second.days) <= 0:
                return Verdict(outcome=None, why=f"{begin}; nobody in one of the arms has been followed")
            share = first.days / whole
            of = f"{share:.4f}"
        if not x1 + x2:
            return Verdict(outcome=None, why=begin)
        if self.spend is not None:
            return _spent_verdict(self.spend, share, x1, x2, begin)
        import numpy as np

        counts = np.array(x1), np.array(x2)
        value, held = float(self._values(*counts, share)), bool(self._held(*counts, share))
        shown = digits(value, self._cutoff, tie_of(self._cutoff, percent=True), percent=True)
        named = "P(X >= x1)" if self.prior is None else f"P(s > {of})"
        why = f"{begin}; {named} = {shown}, {'' if held else 'not '}{self._cutoff.text()}"
        if not x1:
            why = f"{begin}; no stop without one"
        return Verdict(outcome="stop" if held else None, why=why)

    def particulars(self, plan: Plan) -> tuple[str, ...]:
        """The level of reading every event, or what follow-up is, and what the rule is meant for."""
        if self.by_time:
            return FOLLOWED, RARE_BY_TIME
        from simulator.stats.binomial import monitor

        most, share = min(plan.max_n, MOST_TOLD), self._share(plan)
        told = []
        if most:
            row = self._row(most, most, share)
            looks = range(1, most + 1)
            bounds = [next((k for k in range(1, d + 1) if k >= row[d - k]), None) for d in looks]
            level = monitor(looks, share, upper=bounds).p_stop
            told.append(
                f"P(stop) = {100 * level:.5g}% where {format_probability(share)} of events are expected in "
                f"the first arm, every event up to {most} being read"
            )
        return (*told, RARE)


def _spent_verdict(spend: Spend, share: float, x1: int, x2: int, begin: str) -> Verdict:
    bound = _spent_bounds(spend, share, _rounded(x1 + x2))[x1 + x2]
    held = x1 >= bound
    than = "no bound" if bound > x1 + x2 else f"{'' if held else 'not '}at least {bound}"
    why = f"{begin}, {than}; {format_probability(spend.by(x1 + x2))} may be spent by now"
    return Verdict(outcome="stop" if held else None, why=why)


def _spent_row(spend: Spend, n1: int, n2: int, share: float) -> tuple[int, ...]:
    """Least x1 up to n1 with x1 >= b(x1 + x2); so is every larger x1, as b rises by one at most."""
    import numpy as np

    bounds = np.array(_spent_bounds(spend, share, _rounded(n1 + n2)))
    x1, x2 = np.arange(n1 + 1)[:, None], np.arange(n2 + 1)
    return least_counts(x1 >= bounds[x1 + x2])  # (n1 + 1, n2 + 1)


def _rounded(events: int) -> int:
    """The next power of two, so that bounds are kept for few lengths."""
    return 1 << max(events, 1).bit_length()


@lru_cache(maxsize=256)
def _spent_bounds(spend: Spend, share: float, most: int) -> tuple[int, ...]:
    """b(d) for d = 0 ... most events, d + 1 where no count stops, by recursion over every event."""
    import numpy as np

    running = np.zeros(most + 2)  # P(not stopped, y of d events in the first arm)
    running[0] = 1.0
    stopped, bounds = 0.0, [1]
    for d in range(1, most + 1):
        running[1:] = (1.0 - share) * running[1:] + share * running[:-1]
        running[0] *= 1.0 - share
        left = spend.by(d) * (1.0 + 1e-12) - stopped
        beyond_ = np.cumsum(running[d::-1])[::-1]  # P(at least y), y = 0 ... d
        least = max(int(np.argmax(beyond_ <= left)), 1) if beyond_[d] <= left else d + 1
        bounds.append(least)
        stopped += float(running[least : d + 1].sum())
        running[least:] = 0.0
    return tuple(bounds)
