"""Where a curve meets a level: asked at a few places at a time, each answered with a value and its error.

A search is a generator: it yields the numbers that it wants the metric at, is sent the estimates, and returns
the fields of a `Solution`. So several are asked in step (what_ifs/solving.py).
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from math import ceil, exp, floor, log
from typing import Any

from simulator.model.estimate import Estimate
from simulator.what_ifs.vary import Range

__all__ = ["Answers", "Search", "searched"]

GRID = 9  # numbers that are asked first
INSIDE = 3  # numbers that are asked at once within an interval, to close in
ROUNDS = 5  # of these: to 4^-5 / 8 of the range
ROUGH = 4  # digits of a value that trials tell, unless its interval tells more
MOST_DIGITS = 12
FINE = 0.05  # of the width of its interval: a value is rounded no coarser
NO_ROOT = 1e-6  # of the way from one side to the other: a curve that comes no closer to the aim jumps past it
STEPS = 60  # of the search for an exact value, at most
CLOSE = 1e-9  # of the range: an exact value is searched no closer
WIDE_APART = 20.0  # times the low end that the high end is, from which places are at equal ratios
MOST_WHOLE = 24  # whole numbers that are asked one and all

Answers = Mapping[float, Estimate | None]
Search = Generator[list[float], Answers, dict[str, Any]]


def _plain(level: float) -> str:
    return f"{level:.4g}"


def searched(within: Range, aim: float, *, whole: bool, written: Callable[[float], str] = _plain) -> Search:
    """Where a metric is `aim`, within a range. whole: of whole numbers the least that reaches it.

    written: a level of the metric, in words.
    """
    return (_Whole if whole else _Curve)(within, aim, written).search()


@dataclass(slots=True)
class _Curve:
    """What is known of the metric. found: number -> estimate. asked: numbers, also where there is none."""

    within: Range
    aim: float
    level_written: Callable[[float], str] = _plain
    found: dict[float, Estimate] = field(default_factory=dict)
    asked: set[float] = field(default_factory=set)

    def search(self) -> Search:
        """First over the whole range, then closer and closer."""
        yield from self.ask(self.inside(self.within.low, self.within.high, GRID, ends=True))
        if len(self.found) < 2:
            return {"why": "nothing can be said of the metric in this range"}
        exact = all(e.exact is not None for e in self.found.values())
        return (yield from self.exactly() if exact else self.simulated())

    def ask(self, numbers: Iterable[float]) -> Generator[list[float], Answers, None]:
        """Have the metric at these numbers, as far as anything can be said of it."""
        new = [x for x in dict.fromkeys(numbers) if x not in self.asked]
        if new:
            self.asked.update(new)
            answers = yield new
            self.found |= {x: e for x, e in answers.items() if e is not None}

    def inside(self, low: float, high: float, count: int, *, ends: bool = False) -> list[float]:
        """Numbers at equal distances, or ratios, between two; `ends`: these too."""
        apart = self.within.low > 0 and self.within.high >= WIDE_APART * self.within.low
        steps = count - 1 if ends else count + 1
        shares = [i / steps for i in (range(count) if ends else range(1, count + 1))]
        found = [low * exp(s * log(high / low)) if apart else low + s * (high - low) for s in shares]
        return [min(max(float(f"{x:.12g}"), low), high) for x in found]

    @property
    def xs(self) -> list[float]:
        """Numbers that were asked, in order."""
        return sorted(self.found)

    def value(self, x: float) -> float:
        """The metric there."""
        value = self.found[x].level
        assert value is not None
        return value

    def out_of_reach(self) -> dict[str, Any]:
        """Nothing in this range reaches the aim."""
        text, near = self.within.scale.text, 0 in map(self.side, self.xs)
        none = (
            "no estimate reaches it, though the 95 % interval of some does" if near else "no value reaches it"
        )
        least, most = (self.level(choose(self.xs, key=self.value)) for choose in (min, max))
        start, end = text(self.within.low), text(self.within.high)
        exact = ", exact" if all(e.exact is not None for e in self.found.values()) else ""
        return {"why": f"{none}: from {start} to {end} it is {least} to {most}{exact}"}

    def level(self, x: float) -> str:
        """The metric there, in words, with its 95 % interval where it is not exact: `53% (50% to 56%)`."""
        e, told = self.found[x], self.level_written(self.value(x))
        if e.exact is not None or e.low is None or e.high is None:
            return told
        return f"{told} ({self.level_written(e.low)} to {self.level_written(e.high)})"

    def written(self, x: float, digits: int = 6) -> str:
        """As it would stand in the file."""
        return self.within.scale.text(float(f"{x:.{digits}g}"))

    # -- a function that is calculated --------------------------------------------------------------

    def exactly(self) -> Search:
        """Every place where neighbours of the first numbers lie on both sides."""
        roots = [x for x in self.xs if self.value(x) == self.aim]
        jumps = []
        for low, high in list(pairwise(self.xs)):
            under, over = self.value(low) - self.aim, self.value(high) - self.aim
            if under * over < 0:
                root = yield from self.closed_in(low, high)
                roots.append(root)
                near = [x for x in self.xs if low <= x <= high]
                if min(abs(self.value(x) - self.aim) for x in near) > NO_ROOT * abs(over - under):
                    jumps.append(f"no value has it: at {self.written(root)} it jumps {self.step(near)}")
        if not roots:
            return self.out_of_reach()
        first, *more = sorted(roots)
        return {
            "value": self.written(first),
            "number": first,
            "exact": True,
            "several": tuple(map(self.written, more)),
            "why": "; ".join(jumps),
        }

    def step(self, near: Sequence[float]) -> str:
        """What the metric is on both sides of the aim, between the first neighbours that are apart."""
        values = [self.value(x) for x in near]
        below = [value < self.aim for value in values]
        i = next(i for i, (one, other) in enumerate(pairwise(below)) if one != other)
        return f"from {values[i]:.4g} to {values[i + 1]:.4g}"

    def closed_in(self, low: float, high: float) -> Generator[list[float], Answers, float]:
        """False position, of an end that stays with half its distance (Illinois: dowell1971)."""
        under, over = self.value(low) - self.aim, self.value(high) - self.aim
        start, x, moved = high - low, low, ""
        for _ in range(STEPS):
            if high - low <= CLOSE * start:
                break
            x = float(f"{(low * over - high * under) / (over - under):.15g}")
            if x in (low, high):
                break
            yield from self.ask([x])
            if x not in self.found or (off := self.value(x) - self.aim) == 0.0:
                break
            if (off < 0) == (under < 0):
                low, under, over, moved = x, off, over / 2 if moved == "low" else over, "low"
            else:
                high, over, under, moved = x, off, under / 2 if moved == "high" else under, "high"
        return x

    # -- a curve of trials ------------------------------------------------------------------------

    def simulated(self) -> Search:
        """Close in on where the curve, and the ends of its intervals, meet the aim."""
        for _ in range(ROUNDS):
            gaps = {gap for gap in (self.crossing(), *self.edges()) if gap is not None}
            yield from self.ask(x for low, high in gaps for x in self.inside(low, high, INSIDE))
        gap = self.crossing()
        if gap is None:
            return self.out_of_reach()
        number = self.between(*gap)
        low, high = self.ends(gap)
        steep = self.side(gap[0]) * self.side(gap[1]) < 0  # and nothing between them was asked
        return {
            "value": self.written(number, self.digits(number, low, high)),
            "number": number,
            "low": low,
            "high": high,
            "several": () if self.one_way() else ("the curve crosses it more than once",),
            "why": f"from {gap[0]:.9g} to {gap[1]:.9g} it goes {self.step(gap)}" if steep else "",
        }

    def digits(self, number: float, low: float | None, high: float | None) -> int:
        """Of a value: few, but so many that it stays where it is within its interval."""
        width = (self.within.high if high is None else high) - (self.within.low if low is None else low)
        enough = (
            d for d in range(ROUGH, MOST_DIGITS) if abs(float(f"{number:.{d}g}") - number) <= FINE * width
        )
        return next(enough, MOST_DIGITS)

    def ends(self, gap: tuple[float, float]) -> tuple[float | None, float | None]:
        """Of the numbers whose interval holds the aim, where limits meet it; None: beyond the first or last.

        Where no number does, the neighbours between which the curve meets it.
        """
        near = [i for i, x in enumerate(self.xs) if self.side(x) == 0]
        if not near:
            return gap
        first, last = near[0], near[-1]
        low = self.end(first, first - 1) if first > 0 else None
        return low, self.end(last, last + 1) if last + 1 < len(self.xs) else None

    def end(self, inside: int, outside: int) -> float:
        """Between neighbours, where the line between their limits meets the aim."""
        a, b = self.xs[inside], self.xs[outside]
        mine, theirs = (self.limit(x, self.side(b)) for x in (a, b))
        if mine is None or theirs is None:
            return b
        return b + (a - b) * (self.aim - theirs) / (mine - theirs)

    def limit(self, x: float, side: int) -> float | None:
        """The end of the interval there that faces the aim from this side of it."""
        e = self.found[x]
        return e.exact if e.exact is not None else (e.low if side > 0 else e.high)

    def side(self, x: float) -> int:
        """-1: surely below the aim, 1: surely above, 0: its interval holds the aim."""
        e = self.found[x]
        low, high = (e.exact, e.exact) if e.exact is not None else (e.low, e.high)
        if low is not None and low > self.aim:
            return 1
        return -1 if high is not None and high < self.aim else 0

    def one_way(self) -> bool:
        """Whether the curve may be one that only rises or only falls, and meets the aim as such."""
        sides = [side for side in map(self.side, self.xs) if side]
        turns = sum(a != b for a, b in pairwise(sides))
        return turns < 2 and self.meeting(self.monotone()) is not None

    def monotone(self) -> list[float]:
        """The curve as the nearest one that only rises, or only falls."""
        from scipy.optimize import isotonic_regression

        values = [self.value(x) for x in self.xs]
        fitted = isotonic_regression(values, increasing=values[-1] >= values[0])
        return [float(value) for value in fitted.x]

    def curve(self) -> list[float]:
        """What is crossed: the monotone curve, or the trials' own where that is none."""
        return self.monotone() if self.one_way() else [self.value(x) for x in self.xs]

    def meeting(self, values: Sequence[float]) -> tuple[float, float] | None:
        """The first neighbours between which a curve with these values meets the aim."""
        for (a, low), (b, high) in pairwise(zip(self.xs, values, strict=True)):
            if min(low, high) <= self.aim <= max(low, high) and low != high:
                return a, b
        return None

    def crossing(self) -> tuple[float, float] | None:
        """Neighbours between which the curve meets the aim."""
        return self.meeting(self.curve())

    def between(self, a: float, b: float) -> float:
        """Where the line between two neighbours meets the aim."""
        fitted = dict(zip(self.xs, self.curve(), strict=True))
        return a + (b - a) * (self.aim - fitted[a]) / (fitted[b] - fitted[a])

    def edges(self) -> list[tuple[float, float]]:
        """Neighbours between which the interval ceases to hold the aim, the first and the last of them."""
        gaps = [(a, b) for a, b in pairwise(self.xs) if (self.side(a) == 0) != (self.side(b) == 0)]
        return [gaps[0], gaps[-1]] if gaps else []


class _Whole(_Curve):
    """The same of whole numbers."""

    def search(self) -> Search:
        """The least that reaches the aim, and the one before it."""
        first, last = ceil(self.within.low), floor(self.within.high)
        every = [float(x) for x in range(first, last + 1)]
        step = max(1, ceil(len(every) / MOST_WHOLE))
        yield from self.ask([*every[::step], every[-1]])
        if not self.found:
            return {"why": "nothing can be said of the metric in this range"}
        while new := self.wanted():
            yield from self.ask(new)
        gap = self.reached()
        if gap is None:
            start = self.xs[0]
            if not self.reaches(start):
                return self.out_of_reach()
            return self.least(start) | {"why": "the first value is there already"}
        return self.least(gap[1])

    def wanted(self) -> list[float]:
        """Numbers that were not asked, between the neighbours where it is reached and interval ends lie."""
        gaps = {gap for gap in (self.reached(), *self.edges()) if gap is not None}
        middle = (
            (low, high, float(round(x))) for low, high in sorted(gaps) for x in self.inside(low, high, INSIDE)
        )
        return [x for low, high, x in middle if low < x < high and x not in self.asked]

    def rises(self) -> bool:
        """From the first to the last number."""
        return self.value(self.xs[-1]) >= self.value(self.xs[0])

    def reaches(self, x: float) -> bool:
        """At or beyond the aim, in the direction that the metric goes."""
        return self.value(x) >= self.aim if self.rises() else self.value(x) <= self.aim

    def reached(self) -> tuple[float, float] | None:
        """The first neighbours of which the second reaches the aim and the first does not."""
        for a, b in pairwise(self.xs):
            if self.reaches(b) and not self.reaches(a):
                return a, b
        return None

    def least(self, x: float) -> dict[str, Any]:
        """What is told of it."""
        before = [other for other in self.xs if other < x][-1:]
        exact = self.found[x].exact is not None
        turns = sum(self.reaches(a) != self.reaches(b) for a, b in pairwise(self.xs))
        low, high = (None, None) if exact else self.span(x)
        return {
            "value": self.written(x, MOST_DIGITS),
            "number": x,
            "low": low,
            "high": high,
            "exact": exact,
            "least": tuple((self.written(other, MOST_DIGITS), self.value(other)) for other in (*before, x)),
            "several": ("it is left and reached again beyond",) if turns > 1 else (),
        }

    def span(self, x: float) -> tuple[float | None, float | None]:
        """From the first number that may be the least to the first that surely reaches the aim.

        None: beyond the first or the last.
        """
        near = [other for other in self.xs if self.side(other) == 0]
        low, last = min([x, *near]), max([x, *near])
        sure = [other for other in self.xs if other >= last and self.side(other) and self.reaches(other)]
        return (None if low == self.xs[0] else low), (sure[0] if sure else None)
