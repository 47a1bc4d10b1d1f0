"""Play every variant under every truth, on the same candidates."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import nullcontext, suppress
from dataclasses import dataclass, field, replace
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from os import PathLike
from pathlib import Path
from typing import Any, Unpack

import numpy as np

from simulator.exact.recognise import exact_values
from simulator.loading.load import scenario_of
from simulator.metrics.adjusted import refuse_too_many
from simulator.metrics.block import Floats
from simulator.metrics.collect import collect
from simulator.metrics.text import Keyed
from simulator.metrics.weighted import Weight
from simulator.model.estimate import Estimate
from simulator.model.metric import Key
from simulator.model.scenario import Scenario
from simulator.plugins import versions_of
from simulator.program.build import build
from simulator.program.tables import Program
from simulator.study.engine import SOONER, chosen_engine
from simulator.study.facts import facts_of
from simulator.study.journal import Journal
from simulator.study.manifest import manifest_of
from simulator.study.pairs import PairCell, pair_cell
from simulator.study.recount import Nature, natures
from simulator.study.results import Cell, Results, RunInfo
from simulator.study.settings import Asked, Settings
from simulator.study.underway import Keeper, MismatchError, Progress, Study, silent, unsaid
from simulator.study.units import (
    BLOCK,
    CellKey,
    EngineName,
    Names,
    Work,
    sample,
    simpy_player,
)
from simulator.study.weighted import WeightedCell

__all__ = [
    "Keeper",
    "MismatchError",
    "Prepared",
    "Progress",
    "prepare",
    "programs",
    "refuse_unadjustable",
    "run",
    "silent",
    "versions",
]

KEPT_COLUMNS = 1_000_000  # trials over all cells up to which `run` hands back every trial's metrics
VERSIONED = ("trialstop", "numpy", "scipy", "simpy", "numba")


def programs(
    scenario: Scenario, variants: Sequence[str] = (), truths: Sequence[str] = ()
) -> dict[CellKey, Program]:
    """(variant, truth) -> Program for the named ones, all where none is named, in the file's order."""
    names = scenario.named("truth", truths)
    return {
        (variant, name): build(
            scenario.designs[variant],
            scenario.truths[name],
            amended=scenario.amended.get(variant, ()),
            variant=variant,
            truth_name=name,
        )
        for variant in scenario.named("variant", variants)
        for name in names
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """What will be played: the cells of a scenario, and settings that leave nothing open.

    settings : with every variant, truth, number of trials and engine that was left to be chosen
    engine_note : why it is not the compiled engine
    other    : the engine that might as well have been chosen, with the same results
    pairs    : variants that are compared trial by trial, the first minus the other
    also     : another scenario that some of the cells are of
    natures  : what each cell's Program was made of
    notes    : what a reader of the results must know
    sensitive: the metric whose derivatives by hazards are wanted
    asks     : the command that asks, and what it asks beside the settings: ("run",), or of a further command
               its name and options; part of what tells one stored run from another
    """

    scenario: Scenario
    settings: Settings
    cells: Mapping[CellKey, Program]
    engine: EngineName
    engine_note: str
    asks: tuple[str, ...] = ("run",)
    other: EngineName | None = None
    pairs: tuple[Names, ...] = ()
    also: Scenario | None = None
    natures: Mapping[CellKey, Nature] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    sensitive: Key | None = None

    @property
    def versions(self) -> dict[str, str]:
        """What the numbers are made with."""
        found = versions(self.scenario)
        return found if self.also is None else found | versions_of(self.also)

    @property
    def compiles(self) -> Program | None:
        """A Program that the compiled engine is to be ready for, if it plays."""
        return next(iter(self.cells.values())) if self.engine == "compiled" else None

    def alike(self) -> Iterator[Prepared]:
        """This, and the same played on the engine that might as well have been chosen."""
        yield self
        if self.other is not None:
            note = SOONER if self.other == "simpy" else ""
            settings = replace(self.settings, engine=self.other)
            yield replace(self, settings=settings, engine=self.other, engine_note=note, other=self.engine)

    def play(
        self,
        *,
        progress: Progress = silent,
        keep: Keeper | None = None,
        journal: Path | None = None,
        command: str = "",
        say: Callable[[str], None] = unsaid,
    ) -> Results:
        """Play it, as `run` does.

        command: the line that repeats it. say: is told what of the journal or of kept files was lost.
        """
        settings, cells = self.settings, self.cells
        most, precision = settings.most, settings.precision
        hand_back = journal is None and most * len(cells) <= KEPT_COLUMNS
        first_look = most if precision is None else min(most, BLOCK)
        work = Work(
            cells=cells,
            benchmark=self.scenario.benchmark,
            seed=settings.seed,
            engine=self.engine,
            checked=sample(cells, first_look, settings.seed, settings.self_check)
            if self.engine == "compiled"
            else {},
            natures=self.natures if self.engine == "compiled" else {},
            columns=hand_back or keep is not None,
            records=keep is not None,
            pairs=self.pairs,
            weights=_weights(self),
            sensitive=self.sensitive,
        )
        study = Study(work, most, precision, progress, keep, hand_back=hand_back)
        told = manifest_of(self.scenario, settings, self.versions, self.asks).told()
        with Journal(journal, told) if journal is not None else nullcontext() as book:
            study.play(settings.jobs, book, say)
        info = RunInfo(
            trials=study.played,
            seed=settings.seed,
            engine=self.engine,
            versions=self.versions,
            command=command,
            seconds=round(study.seconds, 3),
            engine_note=self.engine_note,
            precision=precision,
        )
        results = replace(_results(self.scenario, info, study), notes=self.notes)
        if (hazards := results.hazards()) is not None:
            hazards.demand()
        return results

    def read(self, data: Mapping[str, Any]) -> Results:
        """Results that are stored."""
        return Results.from_json(data)


def prepare(
    scenario: Scenario,
    settings: Settings | None = None,
    *,
    cells: Mapping[CellKey, Program] | None = None,
    asks: tuple[str, ...] = ("run",),
    pairs: tuple[Names, ...] = (),
    compare: bool = False,
) -> Prepared:
    """A run ready to be played, or kept in a folder (`runner.stored_or_played`).

    cells: what is played, if it is not every variant under every truth that the settings name; their keys are
    variants and truths of the scenario all the same. pairs: as in `Prepared`. compare: it is played to be
    compared with SimPy, on the compiled engine also where SimPy would end before that is compiled.
    TrialstopError for names that the scenario does not have and for an engine that cannot play it.
    """
    settings = settings or Settings()
    variants, truths = scenario.named("variant", settings.variants), scenario.named("truth", settings.truths)
    cells = programs(scenario, variants, truths) if cells is None else cells
    most = settings.most
    chosen = chosen_engine(settings.engine, list(cells.values()), most, compare=compare)
    return Prepared(
        scenario=scenario,
        settings=replace(settings, variants=variants, truths=truths, trials=most, engine=chosen.engine),
        cells=cells,
        natures=natures(scenario, cells),
        engine=chosen.engine,
        engine_note=chosen.note,
        asks=asks,
        other=chosen.other,
        pairs=pairs,
    )


def refuse_unadjustable(prepared: Prepared) -> None:
    """TrialstopError where a cell has too many numbers for adjusted estimates; one trial tells how many."""
    cells = prepared.cells.items()
    refuse_too_many(
        {
            f"variant {variant}, truth {truth}": collect(program, simpy_player(0)(program, 0, 1))
            for (variant, truth), program in cells
        }
    )


def run(
    scenario: Scenario | str | PathLike[str],
    settings: Settings | None = None,
    *,
    progress: Progress = silent,
    keep: Keeper | None = None,
    journal: Path | None = None,
    **asked: Unpack[Asked],
) -> Results:
    """Operating characteristics of every cell; trial k is the same however many are asked for.

    scenario : a scenario, or the path of its file
    settings : what is asked (study/settings.py), or by keyword: variants, truths, trials, precision, seed,
               engine, self_check, jobs; a keyword wins over `settings`
    progress : called with (trials played, trials in all), over all cells
    keep     : takes every block played
    journal  : a file in which finished work is kept, and from which the same run goes on

    TrialstopError for what cannot be read or is not allowed, MismatchError where the engines differ,
    HazardError where events do not come as the hazards say.
    """
    prepared = prepare(scenario_of(scenario), (settings or Settings()).changed(asked))
    return prepared.play(progress=progress, keep=keep, journal=journal)


def _weights(prepared: Prepared) -> dict[str, Weight]:
    """Weighted truths; none of a comparison, and none where one of them is not played."""
    scenario, played = prepared.scenario, {truth for _, truth in prepared.cells}
    if prepared.pairs or not played.issuperset(scenario.weights):
        return {}
    return {name: Weight(share, scenario.truths[name].acceptable) for name, share in scenario.weights.items()}


def versions(scenario: Scenario) -> dict[str, str]:
    """What the numbers were made with, as far as it is installed, and what brings kinds of its own."""
    return _installed() | versions_of(scenario)


@cache
def _installed() -> dict[str, str]:
    found = {"python": ".".join(map(str, sys.version_info[:3]))}
    for name in VERSIONED:
        with suppress(PackageNotFoundError):
            found[name] = version(name)
    return found


def _joined(blocks: list[Keyed[Floats]]) -> Keyed[Floats]:
    first = blocks[0] if blocks else ()
    return Keyed({key: np.concatenate([block[key] for block in blocks]) for key in first})


def _results(scenario: Scenario, info: RunInfo, study: Study) -> Results:
    cells = {key: _cell(scenario, key, program, study) for key, program in study.work.cells.items()}
    return Results(
        title=scenario.title,
        question=scenario.question,
        file=scenario.file,
        sha256=scenario.sha256,
        benchmark=scenario.benchmark,
        run=info,
        cells=tuple(cells.values()),
        assumptions=tuple(
            {"path": p.path, "low": p.low, "high": p.high, "why": p.why, "text": p.text}
            for p in scenario.assumptions
        ),
        warnings=tuple(problem.text() for problem in scenario.warnings),
        compared=study.compared,
        pairs=tuple(_pair(cells, names, truth, study) for names, truth in study.pairs),
        weights={} if study.pairs else dict(scenario.weights),
        weighted=tuple(_weighted(cells, variant, study) for variant in study.blends),
    )


def _pair(cells: Mapping[CellKey, Cell], names: Names, truth: str, study: Study) -> PairCell:
    first, other = ((name, truth) for name in names)
    return pair_cell(
        cells[first],
        cells[other],
        (study.work.cells[first], study.work.cells[other]),
        study.pairs[names, truth].differences(),
    )


def _weighted(cells: Mapping[CellKey, Cell], variant: str, study: Study) -> WeightedCell:
    weights = study.work.weights
    metrics = {truth: cells[variant, truth].metrics for truth in weights}
    return WeightedCell(variant=variant, metrics=study.blends[variant].estimates(weights, metrics))


def _cell(scenario: Scenario, key: CellKey, program: Program, study: Study) -> Cell:
    variant, truth = key
    tally = study.tallies[key]
    metrics = tally.estimates()
    exact, reason = exact_values(program)
    for metric, value in exact.items():
        metrics[metric] = replace(metrics.get(metric, Estimate(value=None)), exact=value)
    return Cell(
        variant=variant,
        truth=truth,
        acceptable=scenario.truths[truth].acceptable,
        metrics=metrics,
        adjusted=tally.adjusted(),
        no_exact=reason,
        facts=facts_of(program),
        slopes=tuple(tally.slopes.found()),
        distributions=Keyed({metric: tally.distribution(metric) for metric in tally.kept}),
        columns=_joined(study.columns.pop(key)) if study.hand_back else Keyed(),
    )
