"""Answers for cells of any number and kind: exact where every metric asked is, else played, each cell whole.

What asks (a sweep, a search for a value) only chooses cells and reads answers. Cells are played one after
the other, and kept in the journal by what tells them apart, so that a search that is begun again finds what
it has asked before.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import islice
from typing import Literal

import numpy as np

from simulator.engines.stop import Stop
from simulator.metrics.block import Floats
from simulator.metrics.collect import collect
from simulator.metrics.registry import column_of
from simulator.metrics.tally import Summary, Tally, summarise
from simulator.metrics.text import Keyed
from simulator.model.estimate import Estimate
from simulator.model.metric import Key
from simulator.program.tables import Program
from simulator.study.journal import Entry, Journal
from simulator.study.pool import available_jobs, in_order
from simulator.study.recount import Nature, natures
from simulator.study.settings import Settings
from simulator.study.underway import MismatchError, Progress, silent, unsaid
from simulator.study.units import BLOCK, EngineName, player, replayed, sample
from simulator.what_ifs.cells import BUILT, Cells, Place

__all__ = ["Answer", "How", "Planner"]

How = Literal["exact", "played"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a cell came to.

    how: whether all its metrics are calculated, or it was played, `trials` trials, in which case some may be
    calculated too. metrics: of those asked, the ones that the cell has. columns: of some, a value per trial.
    """

    place: Place
    how: How
    trials: int
    metrics: Keyed[Estimate]
    columns: Keyed[Floats] = field(default_factory=Keyed)

    def estimate(self, key: Key) -> Estimate | None:
        """Of a metric; None where the cell does not have it, or nothing can be said."""
        found = self.metrics.get(key)
        return found if found is not None and found.level is not None else None


@dataclass(frozen=True, slots=True)
class _Piece:
    """A cell to be played, and which of its trials on SimPy too, and counted once more."""

    place: Place
    program: Program
    checked: frozenset[int] = frozenset()
    nature: Nature | None = None


@dataclass(frozen=True, slots=True)
class _Played:
    place: Place
    summary: Summary
    seconds: float
    compared: int
    mismatch: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Work:
    """What every cell needs. wanted: columns that are summed up. kept: those kept trial by trial."""

    seed: int
    engine: EngineName
    trials: int
    wanted: tuple[Key, ...]
    kept: tuple[Key, ...]


@dataclass(slots=True, kw_only=True)
class Planner:
    """Answers cells of one file.

    settings: with nothing left open. metrics: what is asked of every cell. kept: metrics whose values are
    kept trial by trial. book: an open journal. progress: gets the cells answered, and those asked for so far.
    compared, seconds: trials replayed, and time of playing, so far.
    """

    cells: Cells
    settings: Settings
    engine: EngineName
    metrics: tuple[Key, ...]
    kept: tuple[Key, ...] = ()
    book: Journal | None = None
    progress: Progress = silent
    say: Callable[[str], None] = unsaid
    compared: int = 0
    seconds: float = 0.0
    _known: dict[Place, Answer] = field(default_factory=dict)
    _first: dict[bytes, Place] = field(default_factory=dict)
    _stored: dict[str, Entry] | None = None
    _done: int = 0
    _goal: int = 0
    _checks: bool = True

    def answers(self, places: Sequence[Place]) -> list[Answer]:
        """Of each cell, in order; one that is no other than one asked for before is not played again.

        ScenarioError for changes that the file cannot have, MismatchError where the engines differ.
        """
        self._read_journal()
        unknown = [place for place in dict.fromkeys(places) if place not in self._known]
        same = {place: self.cells.same(place) for place in unknown}
        todo = []
        for place, digest in same.items():
            if digest not in self._first:
                self._first[digest] = place
                todo.append(place)
        self._goal += len(todo)
        playing = in_order(
            partial(_play, self._work()),
            self._pieces(todo),
            self.settings.jobs or available_jobs(),
            threads=self.engine == "compiled",
        )
        try:
            for done in playing:
                if done.mismatch:
                    raise MismatchError(done.mismatch)
                entry = Entry({done.place.text(): done.summary}, done.compared, done.seconds)
                if self.book is not None:
                    self.book.append(entry)
                self._take(done.place, entry)
        finally:
            playing.close()
        for place, digest in same.items():
            self._known[place] = replace(self._known[self._first[digest]], place=place)
        return [self._known[place] for place in places]

    def answer(self, place: Place) -> Answer:
        """Of one cell."""
        return self.answers([place])[0]

    def _pieces(self, todo: Sequence[Place]) -> Iterator[_Piece]:
        """Those that are to be played; the others are answered on the way."""
        checked = self._sample(todo)
        for place in todo:
            if self._is_exact(place):
                exact = self.cells.exact(place)
                metrics = Keyed({key: Estimate(value=None, exact=exact[key]) for key in self.metrics})
                self._known[place] = Answer(place=place, how="exact", trials=0, metrics=metrics)
                self._came()
                continue
            stored = (self._stored or {}).get(place.text())
            if stored is not None:
                self._take(place, stored)
                continue
            scenario, key = self.cells.scenario(place.changes), (place.variant, place.truth)
            nature = natures(scenario, [key])[key] if place in checked else None
            yield _Piece(place, self.cells.program(place), checked.get(place, frozenset()), nature)

    def _is_exact(self, place: Place) -> bool:
        """Whether a cell need not be played."""
        return not self.kept and all(key in self.cells.exact(place) for key in self.metrics)

    def _sample(self, todo: Sequence[Place]) -> dict[Place, frozenset[int]]:
        """Trials that are played on SimPy too: all, or some of the cells that are played first."""
        count, trials = self.settings.self_check, self.settings.most
        if self.engine != "compiled" or count == 0 or not self._checks:
            return {}
        if count is None:
            return {place: frozenset(range(place.first, place.first + trials)) for place in todo}
        played = list(islice((place for place in todo if not self._is_exact(place)), BUILT))
        self._checks = not played
        found = sample([(str(i), "") for i in range(len(played))], trials, self.settings.seed, count)
        return {
            played[int(i)]: frozenset(played[int(i)].first + trial for trial in some)
            for (i, _), some in found.items()
        }

    def _work(self) -> _Work:
        return _Work(
            seed=self.settings.seed,
            engine=self.engine,
            trials=self.settings.most,
            wanted=tuple(dict.fromkeys(map(column_of, self.metrics))),
            kept=self.kept,
        )

    def _read_journal(self) -> None:
        """What a journal has, once."""
        if self._stored is not None:
            return
        self._stored = {}
        if self.book is None:
            return
        for entry in self.book.entries(lambda number, entry: len(entry.summaries) == 1):
            self._stored.update({text: entry for text in entry.summaries})
        if self.book.cut:
            self.say(
                f"{self.book.path}: after {len(self._stored)} whole cells, {self.book.cut:,} bytes are not "
                "as they were written and are cut off; what they held is played again"
            )

    def _take(self, place: Place, entry: Entry) -> None:
        (summary,) = entry.summaries.values()
        tally = Tally()
        tally.add(summary)
        metrics = Keyed({key: e for key, e in tally.estimates().items() if key in self.metrics})
        exact = self.cells.exact(place)
        for key in self.metrics:
            if key in exact:
                metrics[key] = replace(metrics.get(key, Estimate(value=None)), exact=exact[key])
        self._known[place] = Answer(
            place=place,
            how="played",
            trials=summary.trials,
            metrics=metrics,
            columns=Keyed({key: summary.kept[key] for key in self.kept if key in summary.kept}),
        )
        self.compared += entry.compared
        self.seconds += entry.seconds
        self._came()

    def _came(self) -> None:
        self._done += 1
        self.progress(self._done, self._goal)


def _only(summary: Summary, wanted: Sequence[Key]) -> Summary:
    """The columns that are wanted, of a summary of all: sums are those of a run to the last bit only so."""
    there = [i for i, key in enumerate(summary.keys) if key in wanted]
    kept = {key: values for key, values in summary.kept.items() if key in wanted}
    return Summary(summary.trials, tuple(summary.keys[i] for i in there), summary.rows[:, there], kept)


def _play(work: _Work, piece: _Piece, stop: Stop | None) -> _Played:
    """Play a cell whole, block by block, and sum it up."""
    tally, columns = Tally(), dict[Key, list[Floats]]()
    start, compared, mismatch = time.perf_counter(), 0, ""
    play, end = player(work.engine, work.seed, stop), piece.place.first + work.trials
    for first in range(piece.place.first, end, BLOCK):
        if stop is not None:
            stop.check()
        records = play(piece.program, first, min(BLOCK, end - first))
        found = collect(piece.program, records)
        tally.add(_only(summarise(found), work.wanted))
        for key in work.kept:
            if key in found:
                columns.setdefault(key, []).append(found[key])
        count, difference = replayed(piece.program, records, piece.checked, work.seed, stop, piece.nature)
        compared, mismatch = compared + count, mismatch or difference
    kept = {key: tally.distribution(key) for key in tally.kept}
    kept |= {key: np.concatenate(blocks) for key, blocks in columns.items()}
    summary = Summary(tally.trials, tally.keys, tally.rows, kept)
    return _Played(piece.place, summary, time.perf_counter() - start, compared, mismatch)
