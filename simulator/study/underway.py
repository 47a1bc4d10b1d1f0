"""A run under way: plays what its journal does not have, and keeps what is finished."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Protocol

from simulator.errors import TrialstopError
from simulator.metrics.block import Floats
from simulator.metrics.paired import Pair, PairTally
from simulator.metrics.registry import is_headline
from simulator.metrics.tally import Summary, Tally
from simulator.metrics.text import Keyed
from simulator.metrics.weighted import Blend, BlendTally, blend
from simulator.model.estimate import Estimate
from simulator.model.records import Records
from simulator.program.tables import Program
from simulator.study.journal import Entry, Journal
from simulator.study.ledger import Mark
from simulator.study.pool import available_jobs
from simulator.study.units import (
    BLOCK,
    CellKey,
    Names,
    PlayedUnit,
    Unit,
    Work,
    execute,
    units,
)

__all__ = ["Keeper", "MismatchError", "Progress", "Study", "silent", "unsaid"]

WORTH_A_WORKER = 3_000  # trials of the SimPy engine below which starting a process costs more than it saves
Progress = Callable[[int, int], None]
"""Is told (trials played, trials in all), over all cells."""


class MismatchError(TrialstopError):
    """The engines disagree on a trial, or its hazards with the file: the results cannot be trusted."""

    exit_code = 1


class Keeper(Protocol):
    """Takes what is played, for those who want more than its summary; in the order of trials."""

    def restore(self, kept: Sequence[tuple[Mark, ...]]) -> Sequence[int]:
        """The run goes on after units of which these files were kept; returns the numbers of those that
        are to be played once more, since a file of theirs is lost.
        """
        ...

    def take(self, program: Program, records: Records, columns: Keyed[Floats]) -> None:
        """A block of one cell."""
        ...

    def commit(self, number: int) -> tuple[Mark, ...]:
        """All cells of unit `number` were taken; returns the marks of the files in which they are kept."""
        ...


def silent(done: int, of: int) -> None:
    """No word about how far the run has come."""


def unsaid(text: str) -> None:
    """Say nothing."""


@dataclass(slots=True)
class Study:
    """A run under way: what was played so far, cell by cell, pair by pair under each truth, and variant by
    variant over the weighted truths.

    gathered: truth -> columns of the block that is not yet played under all weighted truths.
    """

    work: Work
    most: int
    precision: float | None
    progress: Progress
    keep: Keeper | None
    hand_back: bool
    tallies: dict[CellKey, Tally] = field(default_factory=dict)
    pairs: dict[tuple[Names, str], PairTally] = field(default_factory=dict)
    blends: dict[str, BlendTally] = field(default_factory=dict)
    columns: dict[CellKey, list[Keyed[Floats]]] = field(default_factory=dict)
    gathered: dict[str, dict[str, Keyed[Floats]]] = field(default_factory=dict)
    seconds: float = 0.0
    compared: int = 0
    done: int = 0

    @property
    def played(self) -> int:
        """Trials of each cell."""
        return min(tally.trials for tally in self.tallies.values())

    @property
    def truths(self) -> list[str]:
        """Those of any cell, in order."""
        return list(dict.fromkeys(truth for _, truth in self.work.cells))

    def play(self, jobs: int, book: Journal | None, say: Callable[[str], None]) -> None:
        """Go on after what the journal has, to the end or to the precision."""
        self.tallies = {key: Tally() for key in self.work.cells}
        self.columns = {key: [] for key in self.work.cells}
        truths = self.truths
        self.pairs = {
            (names, truth): PairTally()
            for names in self.work.pairs
            for truth in truths
            if names in self.work.compared(truth)
        }
        self.blends = {variant: BlendTally() for variant in self.work.averaged()}
        kept, enough = self._restore(book, say)
        lost = self.keep.restore(kept) if self.keep is not None else ()
        if lost:
            say(f"files of {len(lost)} units are lost: they are played again")
        once_more = self._half_averaged(len(kept)).union(lost)
        again = (unit for unit in units(truths, self.most) if unit.number in once_more)
        todo = chain(again if once_more else (), () if enough else units(truths, self.most, len(kept)))
        playing = execute(self.work, todo, self._jobs(jobs))
        try:
            for done in playing:
                if done.mismatch:
                    raise MismatchError(done.mismatch)
                new = done.unit.number >= len(kept)
                parts = self._keep(done) if new or done.unit.number in lost else ()
                blends = self._blended(done, len(kept))
                if not new:
                    continue
                entry = Entry(done.summaries, done.compared, done.seconds, parts, done.pairs, blends)
                if book is not None:
                    book.append(entry)
                self._take(done, entry)
                if done.unit.truth == truths[-1] and self._precise(done.unit.first + done.unit.trials):
                    break
        finally:
            playing.close()

    def _jobs(self, jobs: int) -> int:
        if jobs:
            return jobs
        if self.work.engine == "compiled":
            return available_jobs()
        return min(available_jobs(), max(1, self.most * len(self.work.cells) // WORTH_A_WORKER))

    def _restore(
        self, book: Journal | None, say: Callable[[str], None]
    ) -> tuple[list[tuple[Mark, ...]], bool]:
        """Take in what a journal has: the files of each unit, and whether they are precise enough."""
        kept: list[tuple[Mark, ...]] = []
        enough, truths = False, self.truths
        if book is not None:
            expected = units(truths, self.most)
            for entry in book.entries(lambda number, entry: self._fits(next(expected, None), entry)):
                truth = truths[len(kept) % len(truths)]
                self._add(truth, entry)
                kept.append(entry.parts)
                enough = truth == truths[-1] and self._precise(self.played)
            if book.cut:
                say(
                    f"{book.path}: after {len(kept)} whole units, {book.cut:,} bytes are not as they were "
                    "written and are cut off; what they held is played again"
                )
        self.progress(self.done, self._goal())
        return kept, enough

    def _fits(self, unit: Unit | None, entry: Entry) -> bool:
        """Whether an entry can be that of a unit: its variants, pairs, averages, trials and metrics."""
        if unit is None or list(entry.summaries) != self.work.variants(unit.truth):
            return False
        if list(entry.pairs) != self.work.compared(unit.truth):
            return False
        if list(entry.blends) != (list(self.blends) if unit.truth == self._last_weighted() else []):
            return False
        parts: list[tuple[Summary | Pair | Blend, Tally | PairTally | BlendTally]] = [
            (summary, self.tallies[variant, unit.truth]) for variant, summary in entry.summaries.items()
        ]
        parts += [(pair, self.pairs[names, unit.truth]) for names, pair in entry.pairs.items()]
        parts += [(each, self.blends[variant]) for variant, each in entry.blends.items()]
        return all(
            part.trials == unit.trials and (not tally.trials or tally.keys == part.keys)
            for part, tally in parts
        )

    def _add(self, truth: str, entry: Entry) -> None:
        for variant, summary in entry.summaries.items():
            self.tallies[variant, truth].add(summary)
            self.done += summary.trials
        for names, pair in entry.pairs.items():
            self.pairs[names, truth].add(pair)
        for variant, each in entry.blends.items():
            self.blends[variant].add(each)
        self.compared += entry.compared
        self.seconds += entry.seconds

    def _keep(self, done: PlayedUnit) -> tuple[Mark, ...]:
        """Hand a unit to the keeper, if there is one."""
        if self.keep is None:
            return ()
        for variant, records in done.records.items():
            program = self.work.cells[variant, done.unit.truth]
            self.keep.take(program, records, done.columns[variant])
        return self.keep.commit(done.unit.number)

    def _take(self, done: PlayedUnit, entry: Entry) -> None:
        self._add(done.unit.truth, entry)
        if self.hand_back:
            for variant, columns in done.columns.items():
                self.columns[variant, done.unit.truth].append(columns)
        self.progress(self.done, self._goal())

    # ------------------------------------------------------------ averages over truths

    def _last_weighted(self) -> str:
        """The last truth of a block that an average needs; "" where nothing is averaged."""
        weighted = [truth for truth in self.truths if truth in self.work.weights]
        return weighted[-1] if self.blends else ""

    def _half_averaged(self, kept: int) -> set[int]:
        """Units that a journal has, and whose trials the average of their block still needs."""
        truths = self.truths
        had = truths[: kept % len(truths)]
        if not self.blends or self._last_weighted() in had:
            return set()
        return {kept - len(had) + place for place, truth in enumerate(had) if truth in self.work.weights}

    def _blended(self, done: PlayedUnit, kept: int) -> dict[str, Blend]:
        """The averages of a block, once it is played under all weighted truths; before that nothing."""
        begun = kept - kept % len(self.truths)  # the block that the journal has a part of, or the next
        if not self.blends or done.unit.truth not in self.work.weights or done.unit.number < begun:
            return {}
        self.gathered[done.unit.truth] = done.columns
        if done.unit.truth != self._last_weighted():
            return {}
        found = {variant: self._blend(variant) for variant in self.blends}
        self.gathered.clear()
        return found

    def _blend(self, variant: str) -> Blend:
        weights = self.work.weights
        columns = {truth: self.gathered[truth][variant] for truth in weights}
        monitors = self.work.cells[variant, next(iter(weights))].monitors
        return blend(weights, columns, acts=any(monitor.may_stop for monitor in monitors))

    # ------------------------------------------------------------ how far it is

    def _goal(self) -> int:
        """Trials of all cells at the end, or until the precision is looked at next."""
        cells, goal = len(self.work.cells), self.most
        if self.precision is not None:
            goal = BLOCK
            while goal * cells <= self.done and goal < self.most:
                goal *= 2
        return min(goal, self.most) * cells

    def _precise(self, trials: int) -> bool:
        """Whether every headline is precise enough; asked after 1, 2, 4, ... blocks, so as not to peek."""
        blocks = trials // BLOCK
        if self.precision is None or blocks & (blocks - 1) or trials % BLOCK:
            return False
        return all(
            _half_width(estimate) <= self.precision
            for key, tally in self.tallies.items()
            for metric, estimate in tally.estimates().items()
            if is_headline(metric, acts=any(monitor.may_stop for monitor in self.work.cells[key].monitors))
        )


def _half_width(estimate: Estimate) -> float:
    assert estimate.low is not None
    assert estimate.high is not None
    return (estimate.high - estimate.low) / 2.0
