"""Answers by weights: which cells can have them, and the trials of anchors that they are made of."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import ceil

from simulator.metrics import allocation, selection
from simulator.metrics.block import Floats
from simulator.metrics.registry import column_of, metric_of
from simulator.metrics.risks import CROSSINGS, RISK
from simulator.model.metric import Key
from simulator.study.units import BLOCK
from simulator.what_ifs.answers import Answer
from simulator.what_ifs.cells import Cells, Place
from simulator.what_ifs.weights.anchors import further, middle, worths
from simulator.what_ifs.weights.asked import LEAST, Weighing
from simulator.what_ifs.weights.pool import Names, Pool, Sizes, effective, estimates
from simulator.what_ifs.weights.scales import Scaled, Scales

__all__ = ["PlayAnchors", "Weigher", "weighable"]

PlayAnchors = Callable[[Sequence[Place], tuple[Key, ...]], Sequence[Mapping[Key, Floats]]]
"""Plays a block of each cell, and hands back the values of these metrics, one per trial."""

SAVED = 2  # anchors play at most one in so many of the trials that their cells would
MARGIN = 1.1  # times the effective trials that are wanted, while they are foretold from some trials
OF_PATIENTS = (allocation.ABOVE, allocation.BEST, allocation.OVER_60, allocation.OVER_80)
READ_RATES = {m.shape for m in (*OF_PATIENTS, selection.SELECT_ABOVE, selection.SELECT_BEST)}
"""Shapes of metrics that read the truth's DLT rates."""


def weighable(keys: Sequence[Key]) -> bool:
    """Whether metrics are means and shares of what happens in a trial, whatever the hazards were."""
    return all(
        column_of(key) == key and not metric_of(key).quantiles and key.shape != RISK.shape for key in keys
    )


@dataclass(slots=True)
class _Family:
    """Cells that differ in sizes alone. asked: how many were; fixed: sizes that all of them have."""

    asked: int = 0
    pool: Pool = field(default_factory=lambda: Pool(()))
    fixed: Mapping[Names, float] = field(default_factory=dict)

    def begun(self, members: Sequence[Scaled]) -> bool:
        """Whether it is known which sizes differ; the first cells that are not all alike tell."""
        if not self.pool.names:
            columns = zip(members[0].names, zip(*(each.sizes for each in members), strict=True), strict=True)
            several = {name: sizes for name, sizes in columns if len(set(sizes)) > 1}
            first = zip(members[0].names, members[0].sizes, strict=True)
            self.fixed = {name: size for name, size in first if name not in several}
            self.pool = Pool(tuple(several))
        return bool(self.pool.names)

    def sizes(self, scaled: Scaled) -> Sizes | None:
        """Those that differ; None for a cell of which another one does."""
        named = dict(zip(scaled.names, scaled.sizes, strict=True))
        if any(named[name] != size for name, size in self.fixed.items()):
            return None
        return tuple(named[name] for name in self.pool.names)


@dataclass(slots=True, kw_only=True)
class Weigher:
    """Answers cells by weights where that saves trials.

    trials: of a cell that is played. anchored: of cells played as anchors the trials, in all.
    """

    cells: Cells
    metrics: tuple[Key, ...]
    trials: int
    weighing: Weighing
    anchored: int = 0
    _families: dict[tuple[str, str, bytes], _Family] = field(default_factory=dict)
    _scales: Scales | None = None

    def answers(self, places: Sequence[Place], play: PlayAnchors) -> Iterator[Answer]:
        """Of those cells that can be answered by weights, and of which enough are asked."""
        if self._scales is None:
            self._scales = Scales(self.cells, any(key.shape in READ_RATES for key in self.metrics))
        groups: dict[tuple[str, str, bytes], dict[Place, Scaled]] = {}
        for place in places:
            if place.first == 0:
                scaled = self._scales.of(place)
                groups.setdefault(scaled.shape, {})[place] = scaled
        for shape, members in groups.items():
            yield from self._answered(self._families.setdefault(shape, _Family()), members, play)

    def _answered(
        self, family: _Family, members: Mapping[Place, Scaled], play: PlayAnchors
    ) -> Iterator[Answer]:
        family.asked += len(members)
        enough = self.weighing.enough(self.trials)
        room = family.asked * self.trials // (SAVED * BLOCK)  # blocks
        if room * BLOCK < enough or not family.begun(list(members.values())):
            return
        cells = self._uncalculated({p: s for p, each in members.items() if (s := family.sizes(each))})
        if not cells:
            return
        pool = family.pool
        self._grow(pool, cells, enough, room, play)
        partly = any(key in self.cells.exact(next(iter(cells))) for key in self.metrics)
        for place, sizes in cells.items() if pool.trials else ():
            weights = pool.weights(sizes)
            trials = int(effective(weights))
            if trials >= max(LEAST, min(self.trials, enough)):
                metrics = estimates(pool, weights, self.metrics)
                exact = self.cells.exact(place) if partly else {}
                metrics |= {key: replace(metrics[key], exact=exact[key]) for key in metrics if key in exact}
                yield Answer(place=place, how="weighted", trials=trials, metrics=metrics)

    def _uncalculated(self, cells: Mapping[Place, Sizes]) -> dict[Place, Sizes]:
        """Cells that are not calculated: whether they are is alike, but where a size is zero."""
        some = next((place for place, sizes in cells.items() if min(sizes) > 0.0), None)
        if some is None or self._is_exact(some):
            return {}
        return {p: sizes for p, sizes in cells.items() if min(sizes) > 0.0 or not self._is_exact(p)}

    def _is_exact(self, place: Place) -> bool:
        return all(key in self.cells.exact(place) for key in self.metrics)

    def _grow(
        self, pool: Pool, cells: Mapping[Place, Sizes], enough: float, room: int, play: PlayAnchors
    ) -> None:
        """Play anchors, twice as many every time, until every cell has enough or there is no more room."""
        places, sizes = list(cells), list(cells.values())
        names = (key(*name) for key in (CROSSINGS, RISK) for name in pool.names)
        kept = (*self.metrics, *names)
        if not pool.trials:
            first = middle(sizes)
            chosen = [] if first is None else [first]
        else:
            chosen = self._next(pool, sizes, enough, room)
        while chosen:
            start = ceil(self.trials / BLOCK) + len(pool.sizes)
            anchors = [replace(places[i], first=(start + k) * BLOCK) for k, i in enumerate(chosen)]
            pool.add(list(zip((sizes[i] for i in chosen), play(anchors, kept), strict=True)))
            self.anchored += BLOCK * len(chosen)
            chosen = self._next(pool, sizes, enough, room)

    def _next(self, pool: Pool, sizes: Sequence[Sizes], enough: float, room: int) -> list[int]:
        """Which cells are the next anchors; none where all have enough, or there is no more room."""
        most = min(len(pool.sizes), room - len(pool.sizes))
        if most <= 0:
            return []
        chosen = further(pool, sizes, MARGIN * enough, BLOCK, most)
        if chosen:
            return chosen
        worth = worths(pool, sizes)
        least = int(worth.argmin())
        return [least] if worth[least] < enough and min(sizes[least]) > 0.0 else []
