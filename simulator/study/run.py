"""Play every variant under every truth, on the same candidates."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext, suppress
from dataclasses import dataclass, field, replace
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Protocol

import numpy as np

from simulator.errors import TrialstopError
from simulator.exact.recognise import exact_values
from simulator.metrics.block import Floats
from simulator.metrics.tally import Tally
from simulator.model.estimate import Estimate
from simulator.model.records import Records
from simulator.model.scenario import Scenario
from simulator.plugins import versions_of
from simulator.program.build import build
from simulator.program.tables import Program
from simulator.study.engine import EngineAsked, chosen_engine
from simulator.study.journal import Entry, Journal
from simulator.study.results import Cell, Results, RunInfo
from simulator.study.units import BLOCK, Done, Key, Work, available_jobs, execute, sample, units

__all__ = [
    "DEFAULT_SEED",
    "DEFAULT_TRIALS",
    "Keeper",
    "MismatchError",
    "Progress",
    "programs",
    "run",
    "versions",
]

DEFAULT_TRIALS = 1_000
DEFAULT_SEED = 1
DEFAULT_CHECKED = 20
MOST_TRIALS = 10_000_000  # played for a precision that is not reached
KEPT_COLUMNS = 1_000_000  # trials over all cells up to which `run` hands back every trial's metrics
WORTH_A_WORKER = 3_000  # trials of the SimPy engine below which starting a process costs more than it saves
VERSIONED = ("trialstop", "numpy", "scipy", "simpy", "numba")
Progress = Callable[[int, int], None]


class MismatchError(TrialstopError):
    """The two engines disagree on a trial: the results cannot be trusted."""

    exit_code = 1


class Keeper(Protocol):
    """Takes what is played, for those who want more than its summary; in the order of trials."""

    def start(self, number: int) -> None:
        """The run begins with unit `number`; what was kept of later ones is not part of it."""
        ...

    def take(self, program: Program, records: Records, columns: Mapping[str, Floats]) -> None:
        """A block of one cell."""
        ...

    def commit(self, number: int) -> None:
        """All cells of unit `number` were taken."""
        ...


def programs(
    scenario: Scenario, variants: Sequence[str] = (), truths: Sequence[str] = ()
) -> dict[Key, Program]:
    """(variant, truth) -> Program for the named ones, all where none is named, in the file's order."""
    _known("variant", variants, scenario.designs)
    _known("truth", truths, scenario.truths)
    return {
        (variant, name): build(
            design, truth, amended=scenario.amended.get(variant, ()), variant=variant, truth_name=name
        )
        for variant, design in scenario.designs.items()
        if not variants or variant in variants
        for name, truth in scenario.truths.items()
        if not truths or name in truths
    }


def _known(what: str, asked: Sequence[str], there: Mapping[str, object]) -> None:
    for name in asked:
        if name not in there:
            raise TrialstopError(f"no {what} {name!r} in this scenario; it has: {', '.join(there)}")


def run(  # noqa: PLR0913 - the settings of a study, all but the first by name
    scenario: Scenario,
    *,
    variants: Sequence[str] = (),
    truths: Sequence[str] = (),
    trials: int | None = None,
    seed: int = DEFAULT_SEED,
    engine: EngineAsked = "auto",
    jobs: int = 0,
    self_check: int | None = DEFAULT_CHECKED,
    precision: float | None = None,
    command: str = "",
    progress: Progress = lambda done, of: None,
    keep: Keeper | None = None,
    journal: Path | None = None,
    cells: Mapping[Key, Program] | None = None,
) -> Results:
    """Operating characteristics of every cell; trial k is the same however many are asked for.

    trials: of each cell, default 1,000. engine: auto takes the compiled one where it can. jobs: threads (of
    the SimPy engine: processes) that play; 0 for as many as there are processors and work for them.
    self_check: how many random trials are played on the SimPy engine too (None: all); a difference
    raises MismatchError. precision: play until the 95 % half-width of every headline is at most this, and at
    most `trials` (default 10,000,000). progress(done, of) is called in trials over all cells. keep: takes
    every block played. journal: a file in which finished work is kept and from which it goes on. cells: what
    `programs` gives for these variants and truths, if it is at hand.
    """
    if trials is not None and trials < 1:
        raise TrialstopError(f"trials is {trials}, allowed a whole number from 1")
    if precision is not None and not 0.0 < precision < 0.5:
        raise TrialstopError(f"precision is {precision}, allowed above 0 and below 0.5")
    cells = programs(scenario, variants, truths) if cells is None else cells
    most = trials or (DEFAULT_TRIALS if precision is None else MOST_TRIALS)
    play, why = chosen_engine(engine, cells.values())
    hand_back = journal is None and most * len(cells) <= KEPT_COLUMNS
    work = Work(
        cells=cells,
        benchmark=scenario.benchmark,
        seed=seed,
        engine=play,
        checked=sample(cells, most if precision is None else min(most, BLOCK), seed, self_check)
        if play == "compiled"
        else {},
        columns=hand_back or keep is not None,
        records=keep is not None,
    )
    study = _Study(work, most, precision, progress, keep, hand_back=hand_back)
    study.play(jobs, journal)
    info = RunInfo(
        trials=study.played,
        seed=seed,
        engine=play,
        versions=versions(scenario),
        command=command,
        seconds=round(study.seconds, 3),
        engine_note=why,
        precision=precision,
    )
    return _results(scenario, info, study)


def versions(scenario: Scenario) -> dict[str, str]:
    """What the numbers were made with, as far as it is installed, and what brings kinds of its own."""
    found = {"python": ".".join(map(str, sys.version_info[:3]))}
    for name in VERSIONED:
        with suppress(PackageNotFoundError):
            found[name] = version(name)
    return found | versions_of(scenario)


@dataclass(slots=True)
class _Study:
    """A run under way: what was played so far, cell by cell."""

    work: Work
    most: int
    precision: float | None
    progress: Progress
    keep: Keeper | None
    hand_back: bool
    tallies: dict[Key, Tally] = field(default_factory=dict)
    columns: dict[Key, list[dict[str, Floats]]] = field(default_factory=dict)
    seconds: float = 0.0
    compared: int = 0
    done: int = 0

    @property
    def played(self) -> int:
        """Trials of each cell."""
        return min(tally.trials for tally in self.tallies.values())

    def play(self, jobs: int, journal: Path | None) -> None:
        """Go on after what the journal has, to the end or to the precision."""
        self.tallies = {key: Tally() for key in self.work.cells}
        self.columns = {key: [] for key in self.work.cells}
        truths = list(dict.fromkeys(truth for _, truth in self.work.cells))
        with Journal(journal) if journal is not None else nullcontext() as book:
            start, enough = self._restore(book, truths)
            if self.keep is not None:
                self.keep.start(start)
            todo = iter(()) if enough else units(truths, self.most, start)
            playing = execute(self.work, todo, self._jobs(jobs))
            try:
                for done in playing:
                    if done.mismatch:
                        raise MismatchError(f"the engines disagree: {done.mismatch} (compiled, not SimPy)")
                    self._take(done)
                    if book is not None:
                        book.append(Entry(done.summaries, done.compared, done.seconds))
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

    def _restore(self, book: Journal | None, truths: Sequence[str]) -> tuple[int, bool]:
        """Take in what a journal has: (how many units that are, whether they are precise enough)."""
        number, enough = 0, False
        for entry in book.entries() if book is not None else ():
            truth = truths[number % len(truths)]
            self._add(truth, entry)
            number += 1
            enough = truth == truths[-1] and self._precise(self.played)
        self.progress(self.done, self._goal())
        return number, enough

    def _add(self, truth: str, entry: Entry) -> None:
        for variant, summary in entry.summaries.items():
            self.tallies[variant, truth].add(summary)
            self.done += summary.trials
        self.compared += entry.compared
        self.seconds += entry.seconds

    def _take(self, done: Done) -> None:
        truth = done.unit.truth
        self._add(truth, Entry(done.summaries, done.compared, done.seconds))
        for variant in done.summaries:
            if self.hand_back:
                self.columns[variant, truth].append(done.columns[variant])
            if self.keep is not None:
                self.keep.take(self.work.cells[variant, truth], done.records[variant], done.columns[variant])
        if self.keep is not None:
            self.keep.commit(done.unit.number)
        self.progress(self.done, self._goal())

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
            for name, estimate in tally.estimates().items()
            if _headline(self.work.cells[key], name)
        )


def _headline(program: Program, name: str) -> bool:
    """Whether a metric is what the scenario is about: stopping, and the dose selected."""
    acts = any(monitor.acts for monitor in program.monitors)
    return (name == "p_stop" and acts) or (name.startswith("p_select.") and program.dosing is not None)


def _half_width(estimate: Estimate) -> float:
    assert estimate.low is not None
    assert estimate.high is not None
    return (estimate.high - estimate.low) / 2.0


def _joined(blocks: list[dict[str, Floats]]) -> dict[str, Floats]:
    return {key: np.concatenate([block[key] for block in blocks]) for key in blocks[0]} if blocks else {}


def _results(scenario: Scenario, info: RunInfo, study: _Study) -> Results:
    return Results(
        title=scenario.title,
        question=scenario.question,
        file=scenario.file,
        sha256=scenario.sha256,
        benchmark=scenario.benchmark,
        run=info,
        cells=tuple(_cell(scenario, key, program, study) for key, program in study.work.cells.items()),
        assumptions=tuple(
            {"path": p.path, "low": p.low, "high": p.high, "why": p.why, "text": p.text}
            for p in scenario.assumptions
        ),
        warnings=tuple(problem.text() for problem in scenario.warnings),
        compared=study.compared,
    )


def _cell(scenario: Scenario, key: Key, program: Program, study: _Study) -> Cell:
    variant, truth = key
    tally = study.tallies[key]
    metrics = tally.estimates()
    exact, reason = exact_values(program)
    for name, value in exact.items():
        metrics[name] = replace(metrics.get(name, Estimate(value=None)), exact=value)
    return Cell(
        variant=variant,
        truth=truth,
        acceptable=scenario.truths[truth].acceptable,
        metrics=metrics,
        no_exact=reason,
        distributions={name: tally.distribution(name) for name in tally.kept},
        columns=_joined(study.columns.pop(key)) if study.hand_back else {},
    )
