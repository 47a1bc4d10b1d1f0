"""A tornado: every assumption at both ends of its range, the others as written, the largest effect first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from math import inf
from typing import Any, Literal, get_args

from simulator.errors import Problem, ScenarioError, TrialstopError
from simulator.loading.paths import parse_path
from simulator.loading.source import Source
from simulator.metrics.paired import PairTally, compared, pair
from simulator.metrics.text import text_of
from simulator.model.difference import Difference
from simulator.model.estimate import Estimate
from simulator.model.metric import Key
from simulator.model.scenario import Provenance, Scenario
from simulator.study.settings import Settings
from simulator.what_ifs.answers import Answer
from simulator.what_ifs.cells import Cells, Place
from simulator.what_ifs.inquiry import Inquiry, begin, refuse_no_stops
from simulator.what_ifs.lever import Lever, lever_of
from simulator.what_ifs.planner import Planner

__all__ = ["ENDS", "Bar", "Bars", "End", "LeftOut", "Tornado", "Varied", "prepare_tornado"]

End = Literal["low", "written", "high"]
ENDS: tuple[End, ...] = get_args(End)

ERRORS = 2.0  # a difference within so many standard errors of none is not told from none
SAME = 1e-9  # exact values nearer than this are the same

NOTHING = Estimate(value=None)
UNKNOWN = Difference(first_value=None, other_value=None, value=None)
Name = tuple[str, str]  # a variant and a truth


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """What one assumption does to the metric under one variant and truth.

    path: of the assumption; lever: the value that is changed, and its texts. values: of the metric at the low
    end, as written, at the high end; None where it has none. largest, smallest: which of the three they are.
    difference: largest minus smallest, trial by trial; only `exact` where both are calculated.
    """

    variant: str
    truth: str
    path: str
    lever: Lever
    values: tuple[float | None, float | None, float | None]
    largest: End
    smallest: End
    difference: Difference

    @property
    def apart(self) -> float | None:
        """The largest minus the smallest, over the trials in which both have a value; None without any."""
        return self.difference.value if self.difference.exact is None else self.difference.exact

    @property
    def clear(self) -> bool:
        """Whether the difference is more than two standard errors from none."""
        if self.difference.exact is not None:
            return abs(self.difference.exact) > SAME
        apart, error = self.difference.value, self.difference.mcse
        return apart is not None and error is not None and abs(apart) > ERRORS * error

    def text(self, end: End) -> str:
        """The value of the file."""
        return str(getattr(self.lever, end))

    def place(self, end: End) -> Place:
        """The cell of an end; that of the file as written, where the end says the same."""
        return _place(self.lever, end, (self.variant, self.truth))

    def as_json(self) -> dict[str, Any]:
        """One of `found.bars` in results.json."""
        return asdict(self) | {"clear": self.clear}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Bar:
        """The bar read back."""
        kept = {name: value for name, value in data.items() if name != "clear"}
        kept |= {"lever": Lever(**data["lever"]), "difference": Difference(**data["difference"])}
        return cls(**kept | {"values": tuple(data["values"])})


@dataclass(frozen=True, slots=True)
class LeftOut:
    """An assumption that is not varied: its range, and why not."""

    path: str
    low: str
    high: str
    reason: str


@dataclass(frozen=True, slots=True)
class Bars:
    """bars: variant by variant, truth by truth, the largest first. left_out: in the order of the file."""

    bars: tuple[Bar, ...]
    left_out: tuple[LeftOut, ...]

    def of(self, variant: str, truth: str) -> tuple[Bar, ...]:
        """Those of one variant under one truth."""
        return tuple(bar for bar in self.bars if (bar.variant, bar.truth) == (variant, truth))

    def as_json(self) -> dict[str, Any]:
        """Its part of results.json."""
        return {
            "bars": [bar.as_json() for bar in self.bars],
            "left_out": [asdict(each) for each in self.left_out],
        }


@dataclass(frozen=True, slots=True)
class Varied:
    """An assumption that is varied. bears: the variants and truths whose trials can be others with it."""

    path: str
    lever: Lever
    bears: frozenset[Name]

    def places(self, name: Name) -> list[Place]:
        """The cells of its ends and of the value as written, under a variant and truth on which it bears."""
        return [_place(self.lever, end, name) for end in ENDS] if name in self.bears else []


@dataclass(frozen=True, kw_only=True)
class Tornado(Inquiry[Bars]):
    """A tornado ready to be played.

    exact: variants and truths in which every cell is calculated; of the others every cell is played.
    """

    varied: tuple[Varied, ...]
    exact: frozenset[Name]
    left_out: tuple[LeftOut, ...] = ()

    @property
    def names(self) -> list[Name]:
        """Variants and truths, in order."""
        return [(v, t) for v in self.settings.variants for t in self.settings.truths]

    def ask(self, planner: Planner) -> tuple[Bars, Sequence[Place], Sequence[str]]:
        """Every cell: played end by end, answered variant by variant, truth by truth."""
        (key,) = self.begun.metrics
        for exact in (False, True):  # those played first: some of their trials are played on SimPy too
            planner.kept = () if exact else (key,)
            planner.answers([place for place, name in self._places() if (name in self.exact) == exact])
        bars = [bar for name in self.names for bar in self._sorted(name, planner)]
        places = [Place((), *name) for name in self.names]
        places += [bar.place(end) for bar in bars for end in ENDS]
        order = {name: i for i, name in enumerate(self.names)}
        places = sorted(dict.fromkeys(places), key=lambda place: order[place.variant, place.truth])
        return Bars(tuple(bars), self.left_out), places, ()

    def read_found(self, data: Mapping[str, Any]) -> Bars:
        """From results.json."""
        bars, left_out = data["bars"], data["left_out"]
        return Bars(tuple(map(Bar.from_json, bars)), tuple(LeftOut(**each) for each in left_out))

    def _places(self) -> Iterator[tuple[Place, Name]]:
        yield from ((Place((), *name), name) for name in self.names)
        for each in self.varied:
            yield from ((place, name) for name in self.names for place in each.places(name))

    def _sorted(self, name: Name, planner: Planner) -> list[Bar]:
        """The bars of a variant and truth, the largest difference first."""
        bars = [
            _bar(each, name, planner.answers(each.places(name)), self.begun.metrics[0])
            for each in self.varied
            if name in each.bears
        ]
        return sorted(bars, key=lambda bar: -inf if bar.apart is None else bar.apart, reverse=True)


def prepare_tornado(
    source: Source, metric: str | Key = "p_stop", settings: Settings | None = None
) -> Tornado:
    """A tornado of a metric (a key or its text) ready to be played, or kept in a folder.

    Of the benchmark variant, unless `settings` names others, under every truth that it names, or all.
    TrialstopError where no assumption has a range that can be varied; and as `begin`.
    """
    scenario, settings = source.scenario, settings or Settings()
    if not settings.variants:
        settings = replace(settings, variants=(scenario.benchmark,))
    begun = begin(source, settings, [metric], origin="tornado", numbers_only=True)
    refuse_no_stops(begun)
    (key,) = begun.metrics
    if not compared(key):
        raise TrialstopError(f"{text_of(key)} is told by quantiles, allowed a mean or a share")
    if not scenario.assumptions:
        raise TrialstopError(
            f"{scenario.file}: found no assumption, so there is no range to vary; allowed entries of "
            "provenance such as `design.accrual.until: assumption (20 to 40): why`"
        )
    names = [(v, t) for v in begun.settings.variants for t in begun.settings.truths]
    varied, left_out = list[Varied](), list[LeftOut]()
    for item in _concerned(source, begun.cells):
        lever = lever_of(source.root, item)
        bears = _bears(begun.cells, lever, names) if isinstance(lever, Lever) else lever
        if isinstance(lever, Lever) and isinstance(bears, frozenset):
            varied += [Varied(item.path, lever, bears)] if bears else []
        else:
            left_out.append(LeftOut(item.path, item.low or "", item.high or "", str(bears)))
    if not varied:
        raise TrialstopError("\n".join([_nothing(begun.cells), *map(_told, left_out)]))
    exact = frozenset(name for name in names if _all_exact(begun.cells, varied, name, key))
    return Tornado(
        begun=begun,
        asks=("tornado", f"--metric={text_of(key)}"),
        kept=() if exact == set(names) else (key,),
        varied=tuple(varied),
        exact=exact,
        left_out=tuple(left_out),
    )


def _place(lever: Lever, end: End, name: Name) -> Place:
    text = str(getattr(lever, end))
    return Place(() if text == lever.written else (lever.change(text),), *name)


def _concerned(source: Source, cells: Cells) -> Iterator[Provenance]:
    """Assumptions that are not of variants or truths that nobody asked about."""
    there = {"variants": set(cells.variants), "truths": set[str]()}
    for truth in cells.truths:
        there["truths"] |= set(source.written.chain(truth))
    for item in source.scenario.assumptions:
        part, *below = parse_path(item.path)
        if not below or below[0] in there.get(str(part), below):
            yield item


def _bears(cells: Cells, lever: Lever, names: Sequence[Name]) -> frozenset[Name] | str:
    """The variants and truths on whose trials a value bears; or why it cannot be varied, in words."""
    if lever.low == lever.written == lever.high:
        return "both ends are what is written"
    found, read = set[Name](), False
    written = cells.scenario(())
    for end in ENDS:
        text = str(getattr(lever, end))
        if text == lever.written:
            continue
        try:
            changed = cells.scenario((lever.change(text),))
        except ScenarioError as error:
            return _refused(text, error.problems)
        for name in names:
            if name not in found and _parts(changed, name) != _parts(written, name):
                read = True
                if cells.program(_place(lever, end, name)) != cells.program(Place((), *name)):
                    found.add(name)
    return frozenset(found) if found or not read else "nothing that is played depends on it"


def _parts(scenario: Scenario, name: Name) -> tuple[object, ...]:
    """What a Program is made of."""
    variant, truth = name
    return scenario.designs[variant], scenario.amended.get(variant), scenario.truths[truth]


def _refused(text: str, problems: Sequence[Problem]) -> str:
    """Why a file cannot have a value."""
    problem = next(problem for problem in problems if problem.severity == "error")
    return f"{text} is refused: found {problem.found}, allowed {problem.allowed}"


def _all_exact(cells: Cells, varied: Sequence[Varied], name: Name, key: Key) -> bool:
    """Whether the metric is calculated as written and at every end."""
    places = [Place((), *name), *(place for each in varied for place in each.places(name))]
    return all(key in cells.exact(place) for place in places)


def _nothing(cells: Cells) -> str:
    names = f"{', '.join(cells.variants)} under {', '.join(cells.truths)}"
    return f"{cells.source.scenario.file}: no assumption whose range can be varied bears on {names}"


def _told(left: LeftOut) -> str:
    return f"  {left.path} ({left.low} to {left.high}): {left.reason}"


def _bar(varied: Varied, name: Name, answers: Sequence[Answer], key: Key) -> Bar:
    """What the three cells of an assumption differ by."""
    found = [answer.metrics.get(key) for answer in answers]
    values = [None if estimate is None else estimate.level for estimate in found]
    some = [i for i, value in enumerate(values) if value is not None]
    most = max(some, key=lambda i: values[i] or 0.0, default=0)
    least = min(reversed(some), key=lambda i: values[i] or 0.0, default=2)  # where all are alike not the same
    low, written, high = values
    return Bar(
        variant=name[0],
        truth=name[1],
        path=varied.path,
        lever=varied.lever,
        values=(low, written, high),
        largest=ENDS[most],
        smallest=ENDS[least],
        difference=_apart(answers[most], answers[least], key) if len(some) > 1 else UNKNOWN,
    )


def _apart(first: Answer, other: Answer, key: Key) -> Difference:
    """Of two cells, exact or trial by trial; nothing where one of them does not have the metric."""
    mine, theirs = (answer.metrics.get(key, NOTHING).exact for answer in (first, other))
    if mine is not None and theirs is not None:
        return Difference(first_value=None, other_value=None, value=None, exact=mine - theirs)
    if key not in first.columns or key not in other.columns:
        return UNKNOWN
    tally = PairTally()
    tally.add(pair({key: first.columns[key]}, {key: other.columns[key]}))
    return tally.differences()[key]
