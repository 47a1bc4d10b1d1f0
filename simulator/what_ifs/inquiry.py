"""A what-if ready to be asked: the file, what is asked of every cell, and how; kept as a run is."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from shlex import quote
from typing import Any, Generic, TypeVar

from simulator.errors import QuantityError, TrialstopError
from simulator.loading.nodes import Mapping as Node
from simulator.loading.paths import find, parse_path
from simulator.loading.source import Source
from simulator.metrics.collect import collect
from simulator.metrics.registry import column_of, is_headline, metric_of
from simulator.metrics.text import key_of, text_of
from simulator.model.metric import Key, Kind
from simulator.model.scenario import Scenario
from simulator.program.tables import Program
from simulator.study.engine import chosen_engine
from simulator.study.journal import Journal
from simulator.study.manifest import manifest_of
from simulator.study.results import RunInfo
from simulator.study.run import versions
from simulator.study.settings import Settings
from simulator.study.underway import Keeper, Progress, silent, unsaid
from simulator.study.units import EngineName, simpy_player
from simulator.what_ifs.cells import Cells, Place
from simulator.what_ifs.findings import Findings, Found, from_json
from simulator.what_ifs.planner import Planner
from simulator.what_ifs.vary import Vary
from simulator.what_ifs.weights.asked import PLAY, Weighing
from simulator.what_ifs.weights.weigher import Weigher, weighable

__all__ = ["Begun", "Inquiry", "begin", "overridden", "refuse_no_stops"]

F = TypeVar("F", bound=Found)
STOP = Key("p_stop")
SHOWN = 12  # metrics that an error lists


@dataclass(frozen=True, slots=True, kw_only=True)
class Begun:
    """What every what-if begins with: names and metrics that are there, an engine, settings without gaps.

    first: the Program of any cell as written. exact: whether every metric asked is exact in all of them.
    """

    cells: Cells
    settings: Settings
    engine: EngineName
    engine_note: str
    metrics: tuple[Key, ...]
    first: Program
    exact: bool


@dataclass(frozen=True, kw_only=True)
class Inquiry(ABC, Generic[F]):
    """One what-if. A subclass chooses cells (`ask`), and reads what was found back (`read_found`).

    asks: the command and its options, which tell one stored inquiry from another. weighing: how cells are
    answered by weights.
    """

    begun: Begun
    asks: tuple[str, ...]
    vary: tuple[Vary, ...] = ()
    kept: tuple[Key, ...] = ()
    notes: tuple[str, ...] = ()
    weighing: Weighing = PLAY

    @abstractmethod
    def ask(self, planner: Planner) -> tuple[F, Sequence[Place], Sequence[str]]:
        """Ask the planner; what was found, the cells in order, and notes."""

    @abstractmethod
    def read_found(self, data: Mapping[str, Any]) -> F:
        """What was found, from its part of results.json."""

    # -- as `runner.stored_or_played` needs it ------------------------------------------------------

    @property
    def scenario(self) -> Scenario:
        """As it is written."""
        return self.begun.cells.source.scenario

    @property
    def settings(self) -> Settings:
        """With nothing left open."""
        return self.begun.settings

    @property
    def engine(self) -> EngineName:
        """What plays."""
        return self.begun.engine

    @property
    def engine_note(self) -> str:
        """Why it is not the compiled engine."""
        return self.begun.engine_note

    @property
    def other(self) -> EngineName | None:
        """The engine that might as well have been chosen: the compiled one plays wherever it can."""
        return None

    @property
    def compiles(self) -> Program | None:
        """A Program to compile for; None where everything is likely to be calculated."""
        return self.begun.first if self.engine == "compiled" and (self.kept or not self.begun.exact) else None

    @property
    def versions(self) -> dict[str, str]:
        """What the numbers are made with."""
        return versions(self.scenario)

    def alike(self) -> Iterator[Inquiry[F]]:
        """This one alone."""
        yield self

    def play(
        self,
        *,
        progress: Progress = silent,
        keep: Keeper | None = None,
        journal: Path | None = None,
        command: str = "",
        say: Callable[[str], None] = unsaid,
    ) -> Findings[F]:
        """Ask, keeping what is finished in a journal; records of trials are not kept."""
        told = manifest_of(self.scenario, self.settings, self.versions, self.asks).told()
        with Journal(journal, told) if journal is not None else nullcontext() as book:
            planner = Planner(
                cells=self.begun.cells,
                settings=self.settings,
                engine=self.engine,
                metrics=self.begun.metrics,
                kept=self.kept,
                book=book,
                progress=progress,
                say=say,
                weigher=self.weigher(),
            )
            found, places, notes = self.ask(planner)
            answers = tuple(planner.answers(places))
        scenario = self.scenario
        return Findings(
            asked=self.asks[0],
            title=scenario.title,
            question=scenario.question,
            file=scenario.file,
            sha256=scenario.sha256,
            run=RunInfo(
                trials=self.settings.most,
                seed=self.settings.seed,
                engine=self.engine,
                versions=self.versions,
                command=command,
                seconds=round(planner.seconds, 3),
                engine_note=self.engine_note,
            ),
            metrics=self.begun.metrics,
            vary=self.vary,
            acceptable={name: scenario.truths[name].acceptable for name in self.settings.truths},
            answers=answers,
            found=found,
            compared=planner.compared,
            anchored=planner.weigher.anchored if planner.weigher else 0,
            notes=(*self.notes, *notes),
            warnings=tuple(problem.text() for problem in scenario.warnings),
        )

    def weigher(self) -> Weigher | None:
        """What answers by weights; None where every metric is played, or nothing is weighted."""
        if self.weighing.play or not weighable(self.begun.metrics):
            return None
        return Weigher(
            cells=self.begun.cells,
            metrics=self.begun.metrics,
            trials=self.settings.most,
            weighing=self.weighing,
        )

    def read(self, data: Mapping[str, Any]) -> Findings[F]:
        """Findings that are stored."""
        return from_json(self.asks[0], data, self.read_found(data["found"]))


def begin(
    source: Source,
    settings: Settings,
    metrics: Sequence[str | Key],
    *,
    origin: str = "--vary",
    numbers_only: bool = False,
) -> Begun:
    """Begin a what-if. metrics: keys or their texts (docs/results.md), the same of every cell; if there are
    none P(stop) or, where no rule can stop a trial, how often each dose is selected.

    numbers_only: metrics that are told by quantiles are refused. TrialstopError for names that the scenario
    does not have, for a metric that is none or that no cell has, for what a what-if does not take.
    """
    scenario = source.scenario
    if settings.precision is not None or settings.records:
        raise TrialstopError("a what-if takes a number of trials, no precision, and keeps no records")
    variants = scenario.named("variant", settings.variants)
    truths = scenario.named("truth", settings.truths)
    cells = Cells(source, variants, truths, origin)
    places = [Place((), variant, truth) for variant in variants for truth in truths]
    programs = [cells.program(place) for place in places]
    keys = _metrics(metrics or _headlines(programs), programs, numbers_only=numbers_only)
    chosen = chosen_engine(settings.engine, programs, settings.most, compare=True)
    return Begun(
        cells=cells,
        settings=replace(
            settings, variants=variants, truths=truths, trials=settings.most, engine=chosen.engine
        ),
        engine=chosen.engine,
        engine_note=chosen.note,
        metrics=keys,
        first=programs[0],
        exact=all(key in cells.exact(place) for place in places for key in keys),
    )


def _metrics(
    names: Sequence[str | Key], programs: Collection[Program], *, numbers_only: bool
) -> tuple[Key, ...]:
    """The keys of these texts, which any cell has; one trial of each cell tells which there are."""
    keys = tuple(dict.fromkeys(key_of(name) if isinstance(name, str) else name for name in names))
    for key in keys:
        if metric_of(key).kind is Kind.DIFFERENCE:
            of = "arms: ask for each" if key.arm else "variants: `trialstop compare` has it"
            raise TrialstopError(f"{text_of(key)} is a difference of {of}")
        if numbers_only and column_of(key) != key:
            raise TrialstopError(f"{text_of(key)} is a quantile, allowed a mean or a share")
    there: dict[Key, None] = {}
    for program in programs:
        there |= dict.fromkeys(collect(program, simpy_player(0)(program, 0, 1)))
        if all(column_of(key) in there for key in keys):
            return keys
    lacking = next(key for key in keys if column_of(key) not in there)
    known = sorted(text_of(each) for each in there if each.metric == lacking.metric)
    known = known or sorted({each.metric for each in there})
    raise TrialstopError(
        f"no metric {text_of(lacking)} in this scenario; there are: {', '.join(known[:SHOWN])}"
        + (", ..." if len(known) > SHOWN else "")
    )


def _headlines(programs: Collection[Program]) -> list[Key]:
    """What is asked if nothing is. TrialstopError where no rule can stop and no dose is selected."""
    if any(monitor.may_stop for program in programs for monitor in program.monitors):
        return [STOP]
    there = (key for program in programs for key in collect(program, simpy_player(0)(program, 0, 1)))
    found = [key for key in dict.fromkeys(there) if is_headline(key, acts=False)]
    if not found:
        raise TrialstopError("no rule can stop a trial here: name what is asked, such as --metric n_enrolled")
    return found


def refuse_no_stops(begun: Begun) -> None:
    """TrialstopError where P(stop) is all that is asked and no rule can stop a trial."""
    names = [Place((), v, t) for v in begun.settings.variants for t in begun.settings.truths]
    if begun.metrics != (STOP,) or any(
        m.may_stop for name in names for m in begun.cells.program(name).monitors
    ):
        return
    there = collect(begun.first, simpy_player(0)(begun.first, 0, 1))
    shares = [
        k for k in there if metric_of(k).kind is Kind.SHARE and not metric_of(k).undefined and k != STOP
    ]
    example = next((key for key in shares if is_headline(key, acts=False)), next(iter(shares), None))
    such = "" if example is None else f", such as --metric {quote(text_of(example))}"
    raise TrialstopError(f"no rule can stop a trial here, so P(stop) is 0: name what is asked{such}")


def overridden(source: Source, path: str, variants: Sequence[str]) -> list[str]:
    """A note of the variants that set what is varied, or a part of it, or what it is part of, themselves."""
    where, found = parse_path(path), []
    for name in variants if where[0] == "design" else ():
        changes = find(source.root, ("variants", name))
        for key in changes.items if isinstance(changes, Node) else ():
            try:
                own = parse_path(key)
            except QuantityError:  # found wrong when the file was read
                continue
            if own[: len(where)] == where[: len(own)]:
                found.append(name)
    if not found:
        return []
    whose = "variant" if len(found) == 1 else "variants"
    sets = "sets it" if len(found) == 1 else "set it"
    return [f"{path} does not move {whose} {', '.join(dict.fromkeys(found))}, which {sets} otherwise"]
