"""A bound on a probability that holds for every truth of a box of hazards at once."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal

from simulator.errors import QuantityError, TrialstopError
from simulator.loading.source import Source
from simulator.metrics.registry import metric_of
from simulator.metrics.text import text_of
from simulator.model.metric import Key, Kind
from simulator.program.most_used import most_used_up
from simulator.program.tables import Program
from simulator.stats.hoelder import bound as hoelder
from simulator.stats.intervals import clopper_pearson
from simulator.study.settings import Settings
from simulator.units import parse_open_probability
from simulator.what_ifs.cells import Cells, Place
from simulator.what_ifs.corner import Condition, conditions
from simulator.what_ifs.inquiry import Inquiry, begin
from simulator.what_ifs.over import Over, factors, parse_over
from simulator.what_ifs.planner import Answer, Planner

__all__ = ["Bound", "Bounded", "Bounds", "Guard", "Hazard", "Method", "prepare_bound"]

Method = Literal["corner", "hoelder"]

MOST_GUARDS = 32  # cells that are played for one variant and truth
NEAR = 4e-4  # sum of A (r - 1)^2 up to which a finer box gains less than the trials' own error


@dataclass(frozen=True, slots=True, kw_only=True)
class Hazard:
    """A hazard of the box.

    low, high: its range as factors of the file's own. low_text, high_text: the value at `path` at both ends.
    most: what a trial can use up of it at most, as it is written; None where that is not asked.
    """

    path: str
    event: str
    component: str
    low_text: str
    high_text: str
    low: float
    high: float
    most: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Guard:
    """A cell, and what it says of the part of the box around it.

    changes: that lead to it. parts: per hazard its range as factors of that of the cell; (1, 1) of the corner.
    hits, trials: with and in all; None where it is exact. p: the exact value, or its upper limit at `level`. q: as Hoelder's
    inequality has it; None where it is not needed. bound: on every truth of the part.
    """

    changes: tuple[str, ...]
    parts: tuple[tuple[float, float], ...]
    hits: int | None
    trials: int | None
    level: float | None
    p: float
    q: float | None
    bound: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounded:
    """What was found under one variant and truth.

    bound: on the metric, for every truth of the box at once. confidence: of its being one; None where it is
    certain, all cells being exact. conditions: of the corner. guards: the corner alone, or one per part.
    """

    variant: str
    truth: str
    bound: float
    confidence: float | None
    method: Method
    conditions: tuple[Condition, ...]
    box: tuple[Hazard, ...]
    guards: tuple[Guard, ...]

    def as_json(self) -> dict[str, Any]:
        """One of `found.bounds` in results.json."""
        return asdict(self) | {"conditions": [each.as_json() for each in self.conditions]}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Bounded:
        """Read back."""
        guards = [
            each | {"changes": tuple(each["changes"]), "parts": tuple(map(tuple, each["parts"]))}
            for each in data["guards"]
        ]
        kept = dict(data) | {
            "conditions": tuple(Condition(each["name"], each["against"]) for each in data["conditions"]),
            "box": tuple(Hazard(**each) for each in data["box"]),
            "guards": tuple(Guard(**each) for each in guards),
        }
        return cls(**kept)


@dataclass(frozen=True, slots=True)
class Bounds:
    """bounds: variant by variant, truth by truth."""

    bounds: tuple[Bounded, ...]

    def as_json(self) -> dict[str, Any]:
        """Its part of results.json."""
        return {"bounds": [each.as_json() for each in self.bounds]}


@dataclass(frozen=True, slots=True)
class _Part:
    """A part of the box. spreads: per hazard its range as factors of that of the cell, and its A there."""

    place: Place
    spreads: tuple[tuple[float, float, float], ...]


@dataclass(frozen=True, slots=True)
class Box:
    """What is to be asked of one variant under one truth."""

    variant: str
    truth: str
    method: Method
    conditions: tuple[Condition, ...]
    hazards: tuple[Hazard, ...]
    parts: tuple[_Part, ...]


@dataclass(frozen=True, kw_only=True)
class Bound(Inquiry[Bounds]):
    """A bound ready to be played."""

    boxes: tuple[Box, ...]
    confidence: float

    def ask(self, planner: Planner) -> tuple[Bounds, Sequence[Place], Sequence[str]]:
        """Every guard; boxes that have one in common play it once."""
        places = [part.place for box in self.boxes for part in box.parts]
        planner.answers(places)
        return (
            Bounds(tuple(self._bounded(box, planner) for box in self.boxes)),
            list(dict.fromkeys(places)),
            (),
        )

    def read_found(self, data: Mapping[str, Any]) -> Bounds:
        """From results.json."""
        return Bounds(tuple(map(Bounded.from_json, data["bounds"])))

    def _bounded(self, box: Box, planner: Planner) -> Bounded:
        (key,) = self.begun.metrics
        answers = planner.answers([part.place for part in box.parts])
        played = sum(answer.metrics[key].exact is None for answer in answers)
        level = 1.0 - (1.0 - self.confidence) / max(played, 1)
        guards = [_guard(part, each, key, level) for part, each in zip(box.parts, answers, strict=True)]
        return Bounded(
            variant=box.variant,
            truth=box.truth,
            bound=max(guard.bound for guard in guards),
            confidence=self.confidence if played else None,
            method=box.method,
            conditions=box.conditions,
            box=box.hazards,
            guards=tuple(guards),
        )


def _guard(part: _Part, answer: Answer, key: Key, level: float) -> Guard:
    """What a cell says, by its exact value or the upper limit of its trials."""
    estimate = answer.metrics[key]
    hits = None
    if estimate.exact is not None:
        p = min(max(estimate.exact, 0.0), 1.0)
    else:
        assert estimate.value is not None
        hits = round(estimate.value * estimate.n)
        p = clopper_pearson(hits, estimate.n, level)[1]
    apart = any((low, high) != (1.0, 1.0) for low, high, _ in part.spreads)
    most, q = hoelder(p, part.spreads) if apart else (p, None)
    return Guard(
        changes=part.place.changes,
        parts=tuple((low, high) for low, high, _ in part.spreads),
        hits=hits,
        trials=None if hits is None else estimate.n,
        level=None if hits is None else level,
        p=p,
        q=q,
        bound=most,
    )


def prepare_bound(
    source: Source,
    over: Sequence[str],
    metric: str | Key = "p_stop",
    confidence: float | str = 0.99,
    settings: Settings | None = None,
) -> Bound:
    """A bound of a metric (a share of all trials) over a box, ready to be played, or kept in a folder.

    over: `PATH = x1..x1.3` or `PATH = LOW..HIGH`, one per hazard. Of the benchmark variant and of the truths
    that the paths name, unless `settings` names others. TrialstopError where a path is no hazard, a range no
    range, a confidence not between 0 and 1, or where neither the corner nor Hoelder's inequality gives a
    bound; and as `begin`.
    """
    confidence = _confidence(confidence)
    if not over:
        raise TrialstopError('no hazard is named, allowed one --over "PATH = x1..x1.3" for each')
    overs = tuple(parse_over(text, source) for text in over)
    settings = settings or Settings()
    settings = replace(
        settings,
        variants=settings.variants or (source.scenario.benchmark,),
        truths=settings.truths or tuple(dict.fromkeys(each.truth for each in overs)),
    )
    begun = begin(source, settings, [metric], origin="--over", numbers_only=True)
    (key,) = begun.metrics
    if metric_of(key).kind is not Kind.SHARE or metric_of(key).undefined:
        raise TrialstopError(f"{text_of(key)} is no share of all trials, allowed one such as p_stop")
    boxes = [
        _box(begun.cells, overs, v, t, key) for v in begun.settings.variants for t in begun.settings.truths
    ]
    asks = ["bound", *(f"--over={each.text}" for each in overs)]
    return Bound(
        begun=begun,
        asks=(*asks, f"--metric={text_of(key)}", f"--confidence={confidence!r}"),
        boxes=tuple(boxes),
        confidence=confidence,
    )


def _confidence(given: float | str) -> float:
    try:
        return parse_open_probability(given)
    except QuantityError as error:
        raise TrialstopError(f"--confidence: found {error.found}, allowed above 0% and below 100%") from None


def _box(cells: Cells, overs: Sequence[Over], variant: str, truth: str, key: Key) -> Box:
    """How the bound of one variant and truth is to be had."""
    axes = [axis for each in overs if (axis := _Axis.of(cells, each, truth)) is not None]
    if not axes:
        raise TrialstopError(
            f"no --over moves a hazard of {truth}; allowed are truths that have what is moved"
        )
    names = [(axis.event, axis.component) for axis in axes]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise TrialstopError(f"{'.'.join(twice)} of {truth} is moved by two --over, allowed one")
    corner = Place(tuple(axis.over.change(axis.worst) for axis in axes), variant, truth)
    program = cells.program(corner)
    parts = [_index(program, axis) for axis in axes]
    found = conditions(program, key, parts)
    hazards = tuple(axis.hazard() for axis in axes)
    if all(each.holds for each in found):
        only = _Part(corner, ((1.0, 1.0, 0.0),) * len(axes))
        return Box(variant, truth, "corner", found, hazards, (only,))
    most = [most_used_up(program, part) for part in parts]
    reasons = [each for each in most if isinstance(each, str)]
    if reasons:
        against = next(each.against for each in found if not each.holds)
        raise TrialstopError(
            f"no bound for {variant} under {truth}: the upper corner need not be the worst ({against}), and "
            f"{reasons[0]}"
        )
    written = [float(each) / axis.factor(axis.worst) for each, axis in zip(most, axes, strict=True)]
    hazards = tuple(replace(each, most=a) for each, a in zip(hazards, written, strict=True))
    return Box(variant, truth, "hoelder", found, hazards, tuple(_parts(axes, written, variant, truth)))


def _index(program: Program, axis: _Axis) -> int:
    """The component in a Program."""
    for i, part in enumerate(program.components):
        if (program.events[part.event].name, part.name) == (axis.event, axis.component):
            return i
    raise TrialstopError(
        f"--over {axis.over.text}: found a hazard of {axis.event}, which is no event of {program.variant}"
    )


@dataclass(frozen=True, slots=True)
class _Axis:
    """A hazard of the box under one truth, by the number that is put into the file."""

    cells: Cells
    over: Over
    truth: str
    event: str
    component: str

    @classmethod
    def of(cls, cells: Cells, over: Over, truth: str) -> _Axis | None:
        """The hazard that is moved under a truth; None where it is not. Refuses ends that cannot be."""
        found = list[tuple[str, str]]()
        for number in (over.low, over.high, over.at(0.5)):
            found += () if over.is_no_hazard(number) else cls._moved(cells, over, truth, number)
        return cls(cells, over, truth, *found[0]) if found else None

    @staticmethod
    def _moved(cells: Cells, over: Over, truth: str, number: float) -> Mapping[tuple[str, str], float]:
        written, changed = (cells.scenario(each).truths[truth] for each in ((), (over.change(number),)))
        return factors(over, number, written, changed)

    def factor(self, number: float) -> float:
        """By what the hazard is multiplied where this number stands in the file."""
        if self.over.is_no_hazard(number):
            return 0.0
        found = self._moved(self.cells, self.over, self.truth, number)
        return found.get((self.event, self.component), 1.0)

    @property
    def worst(self) -> float:
        """The end with the higher hazard."""
        return max(self.over.high, self.over.low, key=self.factor)

    def hazard(self) -> Hazard:
        """As it is told."""
        low, high = sorted(map(self.factor, (self.over.low, self.over.high)))
        ends = [self.over.scale.text(number) for number in (self.over.low, self.over.high)]
        return Hazard(
            path=self.over.path,
            event=self.event,
            component=self.component,
            low_text=ends[0],
            high_text=ends[1],
            low=low,
            high=high,
        )

    def pieces(self, count: int) -> list[tuple[float, float, float]]:
        """(number in the middle, low, high) of equal pieces of the range; the ends as factors of the middle."""
        cuts = [self.over.at(i / count) for i in range(count + 1)]
        found = []
        for first, last in itertools.pairwise(cuts):
            middle = float(f"{(first + last) / 2.0:.6g}")
            middle = middle if first <= middle <= last else last
            ends = sorted(self.factor(each) / self.factor(middle) for each in (first, last))
            found.append((middle, ends[0], ends[1]))
        return found


def _parts(axes: Sequence[_Axis], most: Sequence[float], variant: str, truth: str) -> list[_Part]:
    """The box in parts, each with a cell in its middle: finer where more hazard can be used up.

    Chosen before anything is played, since cells that were chosen by their results would need another level.
    most: A of each hazard as written.
    """
    counts = [1] * len(axes)
    while True:
        pieces = [axis.pieces(count) for axis, count in zip(axes, counts, strict=True)]
        loss = [
            max(a * axis.factor(middle) * max(1.0 - low, high - 1.0) ** 2 for middle, low, high in each)
            for each, axis, a in zip(pieces, axes, most, strict=True)
        ]
        longest = max(range(len(axes)), key=loss.__getitem__)
        finer = [count + (i == longest) for i, count in enumerate(counts)]
        guards = 1
        for count in finer:
            guards *= count
        if sum(loss) <= NEAR or guards > MOST_GUARDS:
            break
        counts = finer
    found = []
    for chosen in itertools.product(*pieces):
        changes = tuple(axis.over.change(middle) for axis, (middle, _, _) in zip(axes, chosen, strict=True))
        spreads = tuple(
            (low, high, a * axis.factor(middle))
            for axis, a, (middle, low, high) in zip(axes, most, chosen, strict=True)
        )
        found.append(_Part(Place(changes, variant, truth), spreads))
    return found
