"""Units of work: a block of trials under one truth, all variants on the same patients; who plays them."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from math import ceil
from typing import Literal

import numpy as np

from simulator.engines.compare import first_difference
from simulator.engines.stop import Stop
from simulator.metrics.block import Floats
from simulator.metrics.collect import collect
from simulator.metrics.excess import against
from simulator.metrics.paired import Pair, pair
from simulator.metrics.tally import Summary, summarise
from simulator.metrics.text import Keyed
from simulator.metrics.weighted import Weight
from simulator.model.metric import Key
from simulator.model.records import Records
from simulator.program.tables import Program
from simulator.study.pool import in_order
from simulator.study.recount import CellKey, Nature, recounted

__all__ = [
    "BLOCK",
    "CellKey",
    "EngineName",
    "Names",
    "PlayedUnit",
    "Unit",
    "Work",
    "execute",
    "player",
    "replayed",
    "sample",
    "simpy_player",
    "units",
]

Names = tuple[str, str]  # of the two variants of a pair
EngineName = Literal["compiled", "simpy"]
Play = Callable[[Program, int, int], Records]

BLOCK = 1_000  # trials of a unit; fixed, so that results do not depend on how the work is shared
MOST_CANDIDATES = 20_000  # of all trials it plays together


@dataclass(frozen=True, slots=True)
class Unit:
    """`trials` trials from number `first` on, under one truth; `number`: its place in the order of work."""

    number: int
    truth: str
    first: int
    trials: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """What every unit needs. checked: per cell the trials that are also played on the SimPy engine.

    columns, records: whether every trial's metrics, and its records, are handed back. pairs: variants that
    are compared trial by trial, the first minus the other, under every truth that both are played under.
    natures: what Programs were made of, to count used-up hazards of checked trials once more.
    weights: truths over which every variant that is played under all of them is averaged; none: no average.
    sensitive: the metric whose derivatives by hazards are wanted.
    """

    cells: Mapping[CellKey, Program]
    benchmark: str
    seed: int
    engine: EngineName
    checked: Mapping[CellKey, frozenset[int]] = field(default_factory=dict)
    natures: Mapping[CellKey, Nature] = field(default_factory=dict)
    columns: bool = False
    records: bool = False
    pairs: tuple[Names, ...] = ()
    weights: Mapping[str, Weight] = field(default_factory=dict)
    sensitive: Key | None = None

    def variants(self, truth: str) -> list[str]:
        """Variants that are played under a truth."""
        return [variant for variant, name in self.cells if name == truth]

    def compared(self, truth: str) -> list[Names]:
        """Pairs that are compared under a truth."""
        there = self.variants(truth)
        return [names for names in self.pairs if all(name in there for name in names)]

    def averaged(self) -> list[str]:
        """Variants that are averaged over the weighted truths."""
        names = dict.fromkeys(variant for variant, _ in self.cells) if self.weights else ()
        return [name for name in names if all((name, truth) in self.cells for truth in self.weights)]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlayedUnit:
    """A unit played, per variant. compared: trials that were played twice; mismatch: what is wrong first.

    columns: also where they are only needed for an average over truths. pairs: of two variants, what their
    trials differ by.
    """

    unit: Unit
    summaries: dict[str, Summary]
    columns: dict[str, Keyed[Floats]]
    records: dict[str, Records]
    seconds: float
    compared: int
    mismatch: str
    pairs: dict[Names, Pair] = field(default_factory=dict)


def units(truths: Sequence[str], trials: int, start: int = 0) -> Iterator[Unit]:
    """Every unit in order, block by block and truth by truth, from number `start` on."""
    for number in range(start, ceil(trials / BLOCK) * len(truths)):
        block, which = divmod(number, len(truths))
        first = block * BLOCK
        yield Unit(number, truths[which], first, min(BLOCK, trials - first))


def sample(
    cells: Iterable[CellKey], trials: int, seed: int, count: int | None
) -> dict[CellKey, frozenset[int]]:
    """Random trials of random cells for the self-check, the same for the same seed; None: every trial."""
    keys = list(cells)
    if count is None or count >= trials * len(keys):
        return {key: frozenset(range(trials)) for key in keys}
    rng = np.random.default_rng([seed, len(keys), trials])
    picked = rng.choice(trials * len(keys), size=count, replace=False)
    chosen: dict[CellKey, set[int]] = {}
    for cell, trial in zip(*(part.tolist() for part in np.divmod(picked, trials)), strict=True):
        chosen.setdefault(keys[cell], set()).add(trial)
    return {key: frozenset(found) for key, found in chosen.items()}


# ---------------------------------------------------------------- playing a unit


def play_unit(work: Work, unit: Unit, stop: Stop | None = None) -> PlayedUnit:
    """Play every variant of a unit and sum it up. Stopped if `stop` was asked for."""
    play, seconds, compared, mismatch = player(work.engine, work.seed, stop), 0.0, 0, ""
    columns: dict[str, Keyed[Floats]] = {}
    kept: dict[str, Records] = {}
    for variant in work.variants(unit.truth):
        if stop is not None:
            stop.check()
        program, start = work.cells[variant, unit.truth], time.perf_counter()
        records = play(program, unit.first, unit.trials)
        columns[variant] = collect(program, records)
        seconds += time.perf_counter() - start
        key = variant, unit.truth
        count, difference = replayed(
            program, records, work.checked.get(key, ()), work.seed, stop, work.natures.get(key)
        )
        compared, mismatch = compared + count, mismatch or difference
        if work.records:
            kept[variant] = records
    _excess(columns, work.benchmark)
    return PlayedUnit(
        unit=unit,
        summaries={
            variant: summarise(found, first=unit.first, sensitive=work.sensitive)
            for variant, found in columns.items()
        },
        columns=columns if work.columns or unit.truth in work.weights else {},
        records=kept,
        seconds=seconds,
        compared=compared,
        mismatch=mismatch,
        pairs={names: pair(*(columns[name] for name in names)) for names in work.compared(unit.truth)},
    )


def _excess(columns: dict[str, Keyed[Floats]], benchmark: str) -> None:
    """Add to every other variant its differences from the benchmark."""
    for variant, mine in columns.items():
        if variant != benchmark and benchmark in columns:
            mine.update(against(mine, columns[benchmark]))


def replayed(
    program: Program,
    records: Records,
    checked: Iterable[int],
    seed: int,
    stop: Stop | None = None,
    nature: Nature | None = None,
) -> tuple[int, str]:
    """Trials of a block that were played once more, on SimPy, and whose used-up hazards were counted once
    more where their nature is known: how many, and what is wrong first or ""."""
    count, mismatch = 0, ""
    there, cell = records.trials["trial"], f"variant {program.variant}, truth {program.truth}"
    for trial in sorted(checked):
        if there[0] <= trial <= there[-1]:
            count += 1
            mine = records.only(trial)
            if mismatch:
                continue
            if found := first_difference(mine, simpy_player(seed, stop)(program, trial, 1)):
                mismatch = f"the engines disagree: {cell}, {found} (compiled, not SimPy)"
            elif nature is not None and (found := recounted(nature, program, mine, seed)):
                mismatch = f"hazards are not used up as the file says: {cell}, {found}"
    return count, mismatch


def player(engine: EngineName, seed: int, stop: Stop | None = None) -> Play:
    """(program, first trial, number of trials) -> records, on an engine."""
    if engine == "simpy":
        return simpy_player(seed, stop)
    from simulator.engines.compiled.driver import play

    return lambda program, first, trials: play(program, seed, first, trials, stop)


def simpy_player(seed: int, stop: Stop | None = None) -> Play:
    """The SimPy engine, a few trials at a time, so that the draws fetched ahead stay few."""
    from simulator.engines.reference.trial import play
    from simulator.model.latents import MOST_AHEAD, BlockLatents

    def played(program: Program, first: int, trials: int) -> Records:
        arrivals = min(program.max_treated, MOST_AHEAD)
        size = max(1, MOST_CANDIDATES // arrivals)
        parts = [
            play(program, BlockLatents(seed, start, min(size, first + trials - start), arrivals), stop)
            for start in range(first, first + trials, size)
        ]
        return parts[0] if len(parts) == 1 else Records.join(parts)

    return played


# ---------------------------------------------------------------- sharing the work


def execute(work: Work, todo: Iterator[Unit], jobs: int) -> Generator[PlayedUnit, None, None]:
    """Every unit in order. Threads play for the compiled engine, processes for the SimPy engine."""
    return in_order(partial(_played, work), todo, jobs, threads=work.engine == "compiled")


def _played(work: Work, unit: Unit, stop: Stop | None) -> PlayedUnit:
    return play_unit(work, unit, stop)
