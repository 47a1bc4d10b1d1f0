"""The tables of a comparison: what it costs, then how often trials stop, the differences in P(stop) last.

Two variants are A and B in tables, so that a row has room for both values, the paired difference, its
standard error, its interval and what pairing gains.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from math import ceil, floor

from simulator.metrics.registry import is_headline, metric_of
from simulator.model.difference import Difference
from simulator.model.estimate import end_of
from simulator.model.metric import Key, Kind
from simulator.reporting.answer import groups
from simulator.reporting.estimates import factor, label
from simulator.reporting.foot import foot
from simulator.reporting.grid import grid
from simulator.reporting.text import decimals_for, heading, number, paragraph, plus_minus, question
from simulator.stats.intervals import wilson
from simulator.study.pairs import PairCell
from simulator.study.results import Results
from simulator.units import format_share

__all__ = ["render_comparison"]

LINE = 100  # characters, where nothing else is asked for
LEAST, MOST = 1, 4  # decimals of a share in %
STOP = Key("p_stop")
HEADS = [[], ["A"], ["B"], ["A minus B"], ["95 %", "interval"], ["unpaired", "/ paired"]]
SIGNS = [[], ["trials"], ["A fewer,", "%"], ["equal,", "%"], ["A more,", "%"]]
STOPS = [[], ["both"], ["only A"], ["only B"], ["neither"]]
ABOUT = (
    "A minus B: the mean difference of the same trials, ± its Monte Carlo standard error; its 95 % interval, "
    "of shares Tango's. Unpaired / paired: how many times larger that error would be with trials of their "
    "own. < and >: no trial or every trial did; the end of the 95 % interval. The errors of A and of B alone "
    "are in results.json."
)

Pairs = Sequence[PairCell]  # of two variants, one per truth
Parts = list[list[str]]  # blocks of lines


def render_comparison(
    results: Results,
    *,
    metrics: Sequence[Key] = (),
    events: Sequence[str] = (),
    full: bool = False,
    width: int = LINE,
) -> str:
    """What is needed to judge a comparison, the cost, and last how often trials stop.

    metrics: those shown beside the headlines; if none is named, patients enrolled, those with each of
    `events`, and the duration. full: every metric that was compared. width: characters of a line.
    """
    costs, headlines, stops, answers = Parts(), Parts(), Parts(), Parts()
    for pairs in _by_names(results):
        above, last = _keys(results, pairs, metrics, events, full=full)
        costs += _costs(results, pairs, above, width)
        headlines += [_answer(results, pairs, key, width) for key in last if key != STOP]
        if STOP in last:
            stops.append(_stopped(results, pairs, width))
            answers.append(_answer(results, pairs, STOP, width))
    tables = [*costs, paragraph(ABOUT, width=width), *headlines, *stops, *answers]
    title = [*heading(results.title, "=", width=width), *question(results.question, width=width)]
    shown = [line for part in tables for line in part]
    below = [*foot(results, shown, full=full, width=width), *_unshared(results, width)]
    return "\n\n".join("\n".join(part) for part in (title, below, *tables) if part)


def _by_names(results: Results) -> Iterator[list[PairCell]]:
    """The pairs of two variants, truth by truth."""
    for names in dict.fromkeys((pair.first, pair.other) for pair in results.pairs):
        yield [pair for pair in results.pairs if (pair.first, pair.other) == names]


def _keys(
    results: Results, pairs: Pairs, metrics: Sequence[Key], events: Sequence[str], *, full: bool
) -> tuple[list[Key], list[Key]]:
    """Metrics of the cost, and headlines."""
    there = list(dict.fromkeys(key for pair in pairs for key in pair.metrics))
    acts = any(cell.facts.acts for cell in results.cells)
    headlines = [key for key in there if is_headline(key, acts=acts)]
    wanted: Sequence[Key] = metrics
    if not metrics:
        costs = [Key("patients_with", event=event) for event in events]
        wanted = [Key("n_enrolled"), *costs, Key("duration_days")]
    return [key for key in there if key not in headlines and (full or key in wanted)], headlines


def _title(pairs: Pairs, text: str, width: int) -> list[str]:
    return [*heading(f"{text}: A = {pairs[0].first}, B = {pairs[0].other}", width=width)]


def _costs(results: Results, pairs: Pairs, keys: Sequence[Key], width: int) -> list[list[str]]:
    """Each metric with a row per truth; then in how many trials there are fewer, as many, more."""
    if not keys:
        return []
    rows, signs = list[list[str]](), list[list[str]]()
    for key in keys:
        rows.append([label(key)])
        signs.append([label(key)])
        shown = _Shown(results, pairs, key)
        for pair in pairs:
            if key in pair.metrics:
                rows += shown.rows(pair)
                signs.append([f"  {pair.truth}", *_signs(pair.metrics[key])])
    return [
        [*_title(pairs, "Cost", width), *grid(HEADS, rows, width)],
        ["Trials in which A has fewer than B, or less; as many; more", "", *grid(SIGNS, signs, width)],
    ]


def _stopped(results: Results, pairs: Pairs, width: int) -> list[str]:
    """In how many trials both stop, only one, neither."""
    rows = [[f"  {pair.truth}", *_stops(pair.metrics[STOP])] for pair in _grouped(results, pairs)]
    return [*_title(pairs, "Trials that stop", width), *grid(STOPS, rows, width)]


def _answer(results: Results, pairs: Pairs, key: Key, width: int) -> list[str]:
    """A headline where a stop is a mistake, and where it is wanted."""
    shown, rows = _Shown(results, pairs, key), list[list[str]]()
    for text, truths in groups(results):
        members = [pair for pair in pairs if pair.truth in truths and key in pair.metrics]
        rows += [[text]] if members else []
        rows += [row for pair in members for row in shown.rows(pair)]
    return [*_title(pairs, label(key), width), *grid(HEADS, rows, width)]


def _grouped(results: Results, pairs: Pairs) -> list[PairCell]:
    """In the order of the answer."""
    truths = [truth for _, members in groups(results) for truth in members]
    return sorted(pairs, key=lambda pair: truths.index(pair.truth))


class _Shown:
    """One metric of a pair of variants as rows of a table, with the same decimals under every truth."""

    def __init__(self, results: Results, pairs: Pairs, key: Key) -> None:
        kind = metric_of(key).kind
        self.results, self.key, self.share = results, key, kind is Kind.SHARE
        self.factor = factor(key)
        there = [pair.metrics[key] for pair in pairs if key in pair.metrics]
        errors = [self.factor * e.mcse for e in there if e.mcse is not None]
        decimals = decimals_for(errors, smallest=not self.share)
        self.decimals = min(max(decimals, LEAST), MOST) if self.share else decimals
        self.exact = any(e.exact is not None for e in there)

    def rows(self, pair: PairCell) -> list[list[str]]:
        """A row of a truth, and one of exact values where both are known."""
        e = pair.metrics[self.key]
        interval = "-"
        if e.low is not None and e.high is not None and (e.mcse or self.share):  # a mean that never differs
            interval = f"{self._end(e.low, floor)} to {self._end(e.high, ceil)}"
        apart = plus_minus(self._scaled(e.value), self._scaled(e.mcse), self.decimals)
        gained = "-" if e.factor is None else f"{e.factor:.3g}"
        sides = [self._played(value, e.n) + " " * self.exact for value in (e.first_value, e.other_value)]
        rows = [[f"  {pair.truth}", *sides, apart, interval, gained]]
        if e.exact is not None:
            both = (self._exact(variant, pair.truth) for variant in (pair.first, pair.other))
            behind = " " * (self.decimals + 3 + (self.decimals > 0))  # so that points are below each other
            exact = number(e.exact * self.factor, self.decimals + 1) + behind
            rows.append(["    exact", *both, exact, "", ""])
        return rows

    def _scaled(self, value: float | None) -> float | None:
        return None if value is None else value * self.factor

    def _played(self, value: float | None, n: int) -> str:
        """The value of one variant in n trials; where none or every one did, the end of its interval."""
        if self.share and value is not None and value in {0.0, 1.0}:
            return end_of(value, *wilson(round(value * n), n))
        return self._side(value)

    def _side(self, value: float | None, more: int = 0) -> str:
        """The value of one variant, with so many digits more."""
        if value is None:
            return "-"
        decimals = self.decimals + more
        return format_share(value, decimals) if self.share else number(value * self.factor, decimals)

    def _exact(self, variant: str, truth: str) -> str:
        return self._side(self.results.cell(variant, truth).metrics[self.key].exact, more=1)

    def _end(self, value: float, away: Callable[[float], int]) -> str:
        """An end of an interval, rounded away from the difference."""
        scale = 10.0**self.decimals
        return number(away(round(value * self.factor * scale, 6)) / scale, self.decimals)


def _signs(e: Difference) -> list[str]:
    """Trials in which both have a value, and in % of them."""
    shares = [format_share(part / e.n, 1) if e.n else "-" for part in (e.fewer, e.equal, e.more)]
    return [f"{e.n:,}", *shares]


def _stops(e: Difference) -> list[str]:
    return [f"{count or 0:,}" for count in (e.both, e.more, e.fewer, e.neither)]


def _unshared(results: Results, width: int) -> list[str]:
    """Draws that only one of two variants has, and under which truths; what is alike said once."""
    found: dict[tuple[str, str], list[str]] = {}  # draws, truths -> variants
    for pairs in _by_names(results):
        for side in ("first", "other"):
            of: dict[tuple[str, ...], list[str]] = {}
            for pair in pairs:
                of.setdefault(pair.only_first if side == "first" else pair.only_other, []).append(pair.truth)
            for streams, truths in of.items():
                under = "" if len(truths) == len(pairs) else f" under {', '.join(truths)}"
                name = pairs[0].first if side == "first" else pairs[0].other
                if streams:
                    found.setdefault((", ".join(streams), under), []).append(name)
    lines: list[str] = []
    for (drawn, under), names in found.items():
        who = ", ".join(dict.fromkeys(names))
        lines += paragraph(f"draws of {who} alone{under}: {drawn}", 0, 2, width=width)
    return lines
