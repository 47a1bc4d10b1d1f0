"""A box of hazards under one variant and truth, and the cells that are asked about it."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from math import expm1, prod

from simulator.errors import TrialstopError
from simulator.model.metric import Key
from simulator.program.most_used import at_most_once, most_used_up
from simulator.program.tables import Program
from simulator.stats.hoelder import Spread
from simulator.what_ifs.bounded import Hazard, Method
from simulator.what_ifs.cells import Cells, Place
from simulator.what_ifs.corner import Condition, conditions
from simulator.what_ifs.over import Over, factors

__all__ = ["Box", "Part", "box_of"]

MOST_CELLS = 32  # that are played for one variant and truth
NEAR = 4e-4  # sum of `_loss` up to which a finer box gains less than the trials' own error


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the box. spreads: of each hazard, its range as factors of what it is in the cell."""

    place: Place
    spreads: tuple[Spread, ...]


@dataclass(frozen=True, slots=True)
class Box:
    """What is to be asked of one variant under one truth."""

    variant: str
    truth: str
    method: Method
    conditions: tuple[Condition, ...]
    hazards: tuple[Hazard, ...]
    parts: tuple[Part, ...]


def box_of(cells: Cells, overs: Sequence[Over], variant: str, truth: str, key: Key) -> Box:
    """How the bound of one variant and truth is to be had."""
    axes = [axis for each in overs if (axis := Axis.of(cells, each, truth)) is not None]
    if not axes:
        texts = ", ".join(f"--over {each.text}" for each in overs)
        raise TrialstopError(
            f"{texts}: found nothing that moves a hazard of {truth}, allowed a range beyond what is "
            "written, of a truth that has what is moved"
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
        only = Part(corner, (Spread(low=1.0, high=1.0),) * len(axes))
        return Box(variant, truth, "corner", found, hazards, (only,))
    most = [most_used_up(program, part) for part in parts]
    reasons = [each for each in most if isinstance(each, str)]
    if reasons:
        against = next(each.against for each in found if not each.holds)
        raise TrialstopError(
            f"no bound for {variant} under {truth}: the upper corner need not be the worst ({against}), and "
            f"{reasons[0]}"
        )
    written = [
        Spread(
            low=1.0,
            high=1.0,
            most=float(each) / axis.factor(axis.worst),
            patients=program.max_treated,
            once=at_most_once(program, part),
        )
        for each, axis, part in zip(most, axes, parts, strict=True)
    ]
    hazards = tuple(
        replace(each, most=spread.most, patients=spread.patients, once=spread.once)
        for each, spread in zip(hazards, written, strict=True)
    )
    return Box(variant, truth, "hoelder", found, hazards, tuple(parts_of(axes, written, variant, truth)))


def _index(program: Program, axis: Axis) -> int:
    """The component in a Program."""
    for i, part in enumerate(program.components):
        if (program.events[part.event].name, part.name) == (axis.event, axis.component):
            return i
    raise TrialstopError(
        f"--over {axis.over.text}: found a hazard of {axis.event}, which is no event of {program.variant}"
    )


@dataclass(frozen=True, slots=True)
class Axis:
    """A hazard of the box under one truth, by the number that is put into the file."""

    cells: Cells
    over: Over
    truth: str
    event: str
    component: str

    @classmethod
    def of(cls, cells: Cells, over: Over, truth: str) -> Axis | None:
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
        """(number in the middle, low, high) of equal pieces; low and high as factors of the middle."""
        cuts = [self.over.at(i / count) for i in range(count + 1)]
        found = []
        for first, last in itertools.pairwise(cuts):
            middle = float(f"{(first + last) / 2.0:.6g}")
            middle = middle if first <= middle <= last else last
            ends = sorted(self.factor(each) / self.factor(middle) for each in (first, last))
            found.append((middle, ends[0], ends[1]))
        return found


def parts_of(axes: Sequence[Axis], written: Sequence[Spread], variant: str, truth: str) -> Iterator[Part]:
    """The box in parts, each with a cell in its middle: finer where more hazard can be used up.

    Chosen before anything is played, since cells that were chosen by their results would need another level.
    written: of each hazard as it is in the file.
    """
    counts = [1] * len(axes)
    while True:
        pieces = [
            [_spread(piece, axis, spread) for piece in axis.pieces(count)]
            for axis, count, spread in zip(axes, counts, written, strict=True)
        ]
        loss = [max(_loss(spread) for _, spread in each) for each in pieces]
        longest = max(range(len(axes)), key=loss.__getitem__)
        finer = [count * (1 + (i == longest)) for i, count in enumerate(counts)]
        if sum(loss) <= NEAR or prod(finer) > MOST_CELLS:
            break
        counts = finer
    for chosen in itertools.product(*pieces):
        changes = tuple(axis.over.change(number) for axis, (number, _) in zip(axes, chosen, strict=True))
        yield Part(Place(changes, variant, truth), tuple(spread for _, spread in chosen))


def _spread(piece: tuple[float, float, float], axis: Axis, written: Spread) -> tuple[float, Spread]:
    """A piece of a range as a number and what is around it."""
    number, low, high = piece
    return number, replace(written, low=low, high=high, most=written.most * axis.factor(number))


def _loss(spread: Spread) -> float:
    """About how much a trial tells of the hazard, times how far the ends are."""
    told = -expm1(-spread.most) if spread.once else spread.most
    return spread.patients * told * max(1.0 - spread.low, spread.high - 1.0) ** 2
