"""What a metric does when a hazard grows, from the trials of the file as it is written.

Nothing is changed and nothing played twice: the derivative by the logarithm of a component's hazard is the
covariance of the metric with that component's N - A (metrics/slopes.py, docs/likelihood.md). Where the metric
can be calculated its exact derivative stands beside, from exact values with the hazard scaled.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from math import exp, log
from pathlib import Path
from typing import Any

from simulator.errors import TrialstopError
from simulator.exact.recognise import exact_values
from simulator.loading.source import Source
from simulator.metrics.paired import compared
from simulator.metrics.registry import metric_of
from simulator.metrics.risks import CROSSINGS, RISK
from simulator.metrics.text import Keyed, text_of
from simulator.model.metric import Key, Kind
from simulator.model.scenario import Scenario
from simulator.program.risks import judged_of
from simulator.program.tables import Program
from simulator.study.results import Cell, Results
from simulator.study.run import Prepared, prepare
from simulator.study.settings import Settings
from simulator.study.underway import Keeper, Progress, silent, unsaid
from simulator.study.units import CellKey, EngineName
from simulator.what_ifs.answers import Answer
from simulator.what_ifs.cells import Place
from simulator.what_ifs.findings import Findings, from_json
from simulator.what_ifs.inquiry import begin, refuse_no_stops

__all__ = [
    "MORE",
    "OUTCOMES",
    "Hazard",
    "Hazards",
    "Sensitivity",
    "exact_derivative",
    "hazards_of",
    "prepare_sensitivity",
]

MORE = 1.1  # times the hazard, of which people are told
ERRORS = 2.0  # a derivative within so many standard errors of none is not told from none
SAME = 1e-9  # exact derivatives nearer to none than this are none
STEP = 0.02  # of the logarithm of a hazard: the difference errs by STEP^4 / 30 of the fifth derivative
STENCIL = ((-2.0, 1.0 / 12.0), (-1.0, -8.0 / 12.0), (1.0, 8.0 / 12.0), (2.0, -1.0 / 12.0))  # at, weight
OUTCOMES = 20  # trials that have, and that lack, what a share is of, below which errors are not to be trusted
SHOWN = 12  # hazards that an error lists
Name = tuple[str, str]  # an event and a component


@dataclass(frozen=True, slots=True, kw_only=True)
class Hazard:
    """What one hazard does to the metric under one variant and truth.

    crossings: events it brought about in all trials. value: derivative of the metric by the logarithm of the
    hazard, None where trials cannot tell, having few crossings or few that have, or lack, the outcome; mcse:
    its Monte Carlo standard error. exact: the derivative, where it can be calculated.
    """

    variant: str
    truth: str
    event: str
    component: str
    crossings: int
    value: float | None
    mcse: float | None
    exact: float | None

    @property
    def name(self) -> str:
        """`thrombosis by on_drug`; the event alone where its hazard is called like it."""
        return self.event if self.event == self.component else f"{self.event} by {self.component}"

    @property
    def level(self) -> float | None:
        """The derivative from trials, or else the exact one."""
        return self.exact if self.value is None else self.value

    @property
    def more(self) -> float | None:
        """What a hazard MORE times as large adds to the metric, to first order in its logarithm."""
        return None if self.level is None else self.level * log(MORE)

    @property
    def clear(self) -> bool:
        """Whether it is more than two standard errors from none, or calculated to be some."""
        if self.value is None or self.mcse is None:
            return self.exact is not None and abs(self.exact) > SAME
        return abs(self.value) > ERRORS * self.mcse

    def as_json(self) -> dict[str, Any]:
        """One of `found.hazards` in results.json."""
        return asdict(self) | {"ten_percent_more": self.more, "clear": self.clear}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Hazard:
        """The hazard read back."""
        return cls(
            **{name: value for name, value in data.items() if name not in ("ten_percent_more", "clear")}
        )


@dataclass(frozen=True, slots=True)
class Hazards:
    """Variant by variant, truth by truth, the largest derivative first."""

    hazards: tuple[Hazard, ...]

    def of(self, variant: str, truth: str) -> tuple[Hazard, ...]:
        """Those of one variant under one truth."""
        return tuple(each for each in self.hazards if (each.variant, each.truth) == (variant, truth))

    def as_json(self) -> dict[str, Any]:
        """Its part of results.json."""
        return {"hazards": [each.as_json() for each in self.hazards]}


@dataclass(frozen=True, kw_only=True)
class Sensitivity:
    """Sensitivities ready to be played, as one run. asked: hazards that were named; all if none was."""

    prepared: Prepared
    metric: Key
    asked: frozenset[Name]

    # -- as `runner.stored_or_played` needs it ------------------------------------------------------

    @property
    def scenario(self) -> Scenario:
        """As it is written."""
        return self.prepared.scenario

    @property
    def settings(self) -> Settings:
        """With nothing left open."""
        return self.prepared.settings

    @property
    def asks(self) -> tuple[str, ...]:
        """The command and its options."""
        return self.prepared.asks

    @property
    def versions(self) -> dict[str, str]:
        """What the numbers are made with."""
        return self.prepared.versions

    @property
    def engine_note(self) -> str:
        """Why it is not the compiled engine."""
        return self.prepared.engine_note

    @property
    def other(self) -> EngineName | None:
        """The engine that might as well have been chosen."""
        return self.prepared.other

    @property
    def compiles(self) -> Program | None:
        """A Program that the compiled engine is to be ready for."""
        return self.prepared.compiles

    @property
    def notes(self) -> tuple[str, ...]:
        """What a reader must know."""
        return self.prepared.notes

    def alike(self) -> Iterator[Sensitivity]:
        """This, and the same played on the engine that might as well have been chosen."""
        yield from (replace(self, prepared=each) for each in self.prepared.alike())

    def play(
        self,
        *,
        progress: Progress = silent,
        keep: Keeper | None = None,
        journal: Path | None = None,
        command: str = "",
        say: Callable[[str], None] = unsaid,
    ) -> Findings[Hazards]:
        """Play the cells as a run does, keeping what is finished in a journal; records are not kept."""
        results = self.prepared.play(progress=progress, journal=journal, command=command, say=say)
        return Findings(
            asked=self.asks[0],
            title=results.title,
            question=results.question,
            file=results.file,
            sha256=results.sha256,
            run=results.run,
            metrics=(self.metric,),
            vary=(),
            acceptable={cell.truth: cell.acceptable for cell in results.cells},
            answers=tuple(_answer(cell, self.metric) for cell in results.cells),
            found=Hazards(tuple(self._hazards(results))),
            compared=results.compared,
            notes=results.notes,
            warnings=results.warnings,
        )

    def read(self, data: Mapping[str, Any]) -> Findings[Hazards]:
        """Findings that are stored."""
        found = Hazards(tuple(map(Hazard.from_json, data["found"]["hazards"])))
        return from_json(self.asks[0], data, found)

    def _hazards(self, results: Results) -> Iterator[Hazard]:
        for cell in results.cells:
            program = self.prepared.cells[cell.variant, cell.truth]
            yield from sorted(self._of(cell, program), key=lambda each: -abs(each.level or 0.0))

    def _of(self, cell: Cell, program: Program) -> Iterator[Hazard]:
        return hazards_of(cell, program, self.metric, self.asked)


def hazards_of(
    cell: Cell, program: Program, metric: Key, asked: frozenset[Name] = frozenset()
) -> Iterator[Hazard]:
    """Of a cell that was played for the derivatives of this metric. asked: which; all if none is named."""
    few = _few_outcomes(cell, metric)
    for slope in cell.slopes:
        event, component = CROSSINGS.names(slope.component)
        if asked and (event, component) not in asked:
            continue
        yield Hazard(
            variant=cell.variant,
            truth=cell.truth,
            event=event,
            component=component,
            crossings=slope.crossings,
            value=None if few else slope.value,
            mcse=None if few else slope.mcse,
            exact=exact_derivative(program, (event, component), metric)
            if cell.metrics[metric].exact is not None
            else None,
        )


def _few_outcomes(cell: Cell, key: Key) -> bool:
    """Whether fewer than OUTCOMES of the trials that a share is of have the outcome, or lack it."""
    estimate = cell.metrics.get(key)
    if metric_of(key).kind is not Kind.SHARE or estimate is None or estimate.value is None:
        return False
    hits = round(estimate.value * estimate.n)
    return min(hits, estimate.n - hits) < OUTCOMES


def prepare_sensitivity(
    source: Source,
    metric: str | Key = "p_stop",
    hazards: Sequence[str] = (),
    settings: Settings | None = None,
) -> Sensitivity:
    """Sensitivities of a metric (a key or its text) ready to be played, or kept in a folder.

    hazards: `EVENT.COMPONENT`, as in the metric `crossings.EVENT.COMPONENT`, or a component alone; every
    hazard if none is named. Of the benchmark variant, unless `settings` names others, under every truth that
    it names, or all. TrialstopError for a metric that is none, that no cell has, or that is told by
    quantiles; for what is no hazard; and for what a what-if does not take.
    """
    if isinstance(hazards, str):
        raise TrialstopError(f"hazards is {hazards!r}, allowed a list of names")
    settings = settings or Settings()
    if not settings.variants:
        settings = replace(settings, variants=(source.scenario.benchmark,))
    begun = begin(source, settings, [metric], origin="sensitivity", numbers_only=True)
    refuse_no_stops(begun)
    (key,) = begun.metrics
    if not compared(key):
        raise TrialstopError(f"{text_of(key)} is told by quantiles, allowed a mean or a share")
    if metric_of(key) is RISK:  # whose value in a given trial is another one with another hazard
        raise TrialstopError(
            f"{text_of(key)} is a hazard itself, allowed {text_of(CROSSINGS(*RISK.names(key)))}, which has "
            "the same mean"
        )
    cells: dict[CellKey, Program] = {
        (variant, truth): begun.cells.program(Place((), variant, truth))
        for variant in begun.settings.variants
        for truth in begun.settings.truths
    }
    asked = [_named(text, cells) for text in hazards]
    options = [f"--metric={text_of(key)}", *(f"--hazard={'.'.join(each)}" for each in dict.fromkeys(asked))]
    prepared = prepare(source.scenario, settings, cells=cells, asks=("sensitivity", *options), compare=True)
    return Sensitivity(prepared=replace(prepared, sensitive=key), metric=key, asked=frozenset(asked))


def _named(text: str, cells: Mapping[CellKey, Program]) -> Name:
    """The hazard that a text names."""
    there = dict.fromkeys(name for program in cells.values() for name in _names(program))
    found = [name for name in there if text in (".".join(name), name[1])]
    if len(found) == 1:
        return found[0]
    known = [".".join(name) for name in found or there]
    listed = ", ".join(known[:SHOWN]) + (", ..." if len(known) > SHOWN else "")
    if found:
        raise TrialstopError(f"--hazard {text} may be any of {listed}; name one of these")
    raise TrialstopError(
        f"no hazard {text!r} in these variants and truths; there {'is' if len(known) == 1 else 'are'}: "
        f"{listed or 'none'}"
    )


def _names(program: Program) -> list[Name]:
    return [(program.events[each.event].name, each.name) for each in program.components]


def _answer(cell: Cell, key: Key) -> Answer:
    """The cell as a what-if has it; without the metric where the variant does not have it."""
    metrics = Keyed({key: cell.metrics[key]} if key in cell.metrics else {})
    trials = cell.metrics[Key("n_enrolled")].n
    return Answer(place=Place((), cell.variant, cell.truth), how="played", trials=trials, metrics=metrics)


def exact_derivative(program: Program, name: Name, key: Key) -> float | None:
    """Derivative of an exact value by the logarithm of one component's hazard, right to 1e-6; None where
    there is none, or where what is counted would be another thing with the hazard scaled.
    """
    total = 0.0
    for at, weight in STENCIL:
        scaled = _scaled(program, name, exp(at * STEP))
        value = exact_values(scaled)[0].get(key)
        if value is None or judged_of(scaled) != judged_of(program):
            return None
        total += weight * value
    return total / STEP


def _scaled(program: Program, name: Name, times: float) -> Program:
    """The Program with the hazard of one component so many times as large, in every state."""
    components = tuple(
        replace(each, multiplier=tuple(times * factor for factor in each.multiplier))
        if (program.events[each.event].name, each.name) == name
        else each
        for each in program.components
    )
    return replace(program, components=components)
