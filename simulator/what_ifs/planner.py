"""Answers for cells of any number and kind: exact where all that is asked is, else by weights or played.

What asks (a sweep, a search for a value) only chooses cells and reads answers. Cells are played one after
the other, and kept in the journal by what tells them apart, so that a search that is begun again finds what
it has asked before.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import chain, islice

from simulator.metrics.block import Floats
from simulator.metrics.registry import column_of
from simulator.metrics.tally import Tally
from simulator.metrics.text import Keyed
from simulator.model.estimate import Estimate
from simulator.model.metric import Key
from simulator.study.journal import Entry, Journal
from simulator.study.pool import available_jobs, in_order
from simulator.study.recount import natures
from simulator.study.settings import Settings
from simulator.study.underway import MismatchError, Progress, silent, unsaid
from simulator.study.units import BLOCK, EngineName, sample
from simulator.what_ifs.answers import Answer
from simulator.what_ifs.cells import BUILT, Cells, Place
from simulator.what_ifs.playing import Piece, Work, play_piece
from simulator.what_ifs.weights.weigher import Weigher

__all__ = ["Planner"]

Take = Callable[[Place, Entry], None]


@dataclass(slots=True, kw_only=True)
class Planner:
    """Answers cells of one file.

    settings: with nothing left open. metrics: what is asked of every cell. kept: metrics whose values are
    kept trial by trial. book: an open journal. weigher: answers by weights what it can; None: nothing is.
    progress: gets the cells answered, and those asked for so far. compared, seconds: trials replayed, and
    time of playing, so far.
    """

    cells: Cells
    settings: Settings
    engine: EngineName
    metrics: tuple[Key, ...]
    kept: tuple[Key, ...] = ()
    book: Journal | None = None
    progress: Progress = silent
    say: Callable[[str], None] = unsaid
    weigher: Weigher | None = None
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
        self._weigh(todo)
        left = (place for place in todo if place not in self._known and not self._calculated(place))
        self._play(left, self.settings.most, self.kept, self._take)
        for place, digest in same.items():
            self._known[place] = replace(self._known[self._first[digest]], place=place)
        return [self._known[place] for place in places]

    def answer(self, place: Place) -> Answer:
        """Of one cell."""
        return self.answers([place])[0]

    def _weigh(self, todo: Sequence[Place]) -> None:
        """Answer what can be answered by weights."""
        if self.weigher is None or self.kept:
            return
        for answer in self.weigher.answers(todo, self._anchors):
            self._known[answer.place] = answer
            self._came()

    def _anchors(self, places: Sequence[Place], kept: tuple[Key, ...]) -> list[Keyed[Floats]]:
        """A block of trials of each cell, trial by trial."""
        found: dict[Place, Keyed[Floats]] = {}

        def take(place: Place, entry: Entry) -> None:
            (summary,) = entry.summaries.values()
            found[place] = Keyed({key: summary.kept[key] for key in kept if key in summary.kept})

        self._play(iter(places), BLOCK, kept, take)
        return [found[place] for place in places]

    def _play(self, todo: Iterator[Place], trials: int, kept: tuple[Key, ...], take: Take) -> None:
        """Hand every cell on as it is done, so many trials of it; what the journal has is not played."""
        work = Work(
            seed=self.settings.seed,
            engine=self.engine,
            trials=trials,
            wanted=tuple(dict.fromkeys(map(column_of, self.metrics))),
            kept=kept,
        )
        playing = in_order(
            partial(play_piece, work),
            self._pieces(todo, trials, take),
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
                self._count(done.place, entry, take)
        finally:
            playing.close()

    def _pieces(self, todo: Iterator[Place], trials: int, take: Take) -> Iterator[Piece]:
        """Those that are to be played; what is stored is handed on."""
        first = list(islice(todo, BUILT))
        checked = self._sample(first, trials)
        for place in chain(first, todo):
            stored = (self._stored or {}).get(place.text())
            if stored is not None:
                self._count(place, stored, take)
                continue
            mine = frozenset(place.first + trial for trial in checked.get(place, ()))
            if self.engine == "compiled" and self.settings.self_check is None:
                mine = frozenset(range(place.first, place.first + trials))
            scenario, key = self.cells.scenario(place.changes), (place.variant, place.truth)
            nature = natures(scenario, [key])[key] if mine else None
            yield Piece(place, self.cells.program(place), mine, nature)

    def _count(self, place: Place, entry: Entry, take: Take) -> None:
        take(place, entry)
        self.compared += entry.compared
        self.seconds += entry.seconds

    def _calculated(self, place: Place) -> bool:
        """Whether a cell need not be played; it is answered then."""
        exact = self.cells.exact(place)
        if self.kept or not all(key in exact for key in self.metrics):
            return False
        metrics = Keyed({key: Estimate(value=None, exact=exact[key]) for key in self.metrics})
        self._known[place] = Answer(place=place, how="exact", trials=0, metrics=metrics)
        self._came()
        return True

    def _sample(self, first: Sequence[Place], trials: int) -> dict[Place, frozenset[int]]:
        """Trials that are played on SimPy too, of the cells that are played first; where not all are."""
        count = self.settings.self_check
        if self.engine != "compiled" or not count or not self._checks:
            return {}
        self._checks = not first
        found = sample([(str(i), "") for i in range(len(first))], trials, self.settings.seed, count)
        return {first[int(i)]: some for (i, _), some in found.items()}

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
        self._came()

    def _came(self) -> None:
        self._done += 1
        self.progress(self._done, self._goal)
