"""Play every variant under every truth, on the same candidates."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from importlib.metadata import version

import numpy as np

from simulator.errors import TrialstopError
from simulator.exact.recognise import exact_values
from simulator.metrics.block import Floats
from simulator.metrics.collect import estimate
from simulator.model.estimate import Estimate
from simulator.model.records import Records
from simulator.model.scenario import Scenario
from simulator.program.build import build
from simulator.program.tables import Program
from simulator.study.blocks import Key, play_blocks
from simulator.study.results import Cell, Results, RunInfo

__all__ = ["DEFAULT_SEED", "DEFAULT_TRIALS", "Keep", "Progress", "programs", "run"]

DEFAULT_TRIALS = 1_000
DEFAULT_SEED = 1
VERSIONED = ("trialstop", "numpy", "scipy", "simpy")
Progress = Callable[[int, int], None]
Keep = Callable[[Program, Records], None]


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
    trials: int = DEFAULT_TRIALS,
    seed: int = DEFAULT_SEED,
    command: str = "",
    jobs: int = 1,
    progress: Progress = lambda done, of: None,
    keep: Keep | None = None,
) -> Results:
    """Operating characteristics of every cell; trial k is the same however many are asked for.

    progress(done, of) is called in trials played over all cells; keep(program, records) with every
    block played, for those who want patients and looks and not only their summary. jobs: processes
    that play; 0 for as many as there are processors and work for them.
    """
    if trials < 1:
        raise TrialstopError(f"trials is {trials}, allowed a whole number from 1")
    cells = programs(scenario, variants, truths)
    kept: dict[Key, list[dict[str, Floats]]] = {key: [] for key in cells}
    seconds, done = 0.0, 0
    for block in play_blocks(cells, trials=trials, seed=seed, jobs=jobs, keep=keep is not None):
        for played in block:
            kept[played.key].append(played.columns)
            if keep is not None and played.records is not None:
                keep(cells[played.key], played.records)
            seconds += played.seconds
            done += played.trials
        progress(done, trials * len(cells))
    columns = {key: _joined(kept.pop(key)) for key in cells}
    info = RunInfo(
        trials=trials,
        seed=seed,
        engine="simpy",
        versions=versions(),
        command=command,
        seconds=round(seconds, 3),
    )
    return Results(
        title=scenario.title,
        question=scenario.question,
        file=scenario.file,
        sha256=scenario.sha256,
        benchmark=scenario.benchmark,
        run=info,
        cells=tuple(_cell(scenario, key, cells[key], columns) for key in cells),
        assumptions=tuple(
            {"path": p.path, "low": p.low, "high": p.high, "why": p.why, "text": p.text}
            for p in scenario.assumptions
        ),
        warnings=tuple(problem.text() for problem in scenario.warnings),
    )


def versions() -> dict[str, str]:
    """What the numbers were made with."""
    return {"python": ".".join(map(str, sys.version_info[:3]))} | {name: version(name) for name in VERSIONED}


def _joined(blocks: list[dict[str, Floats]]) -> dict[str, Floats]:
    return {key: np.concatenate([block[key] for block in blocks]) for key in blocks[0]}


def _cell(scenario: Scenario, key: Key, program: Program, columns: Mapping[Key, dict[str, Floats]]) -> Cell:
    variant, truth = key
    mine = dict(columns[key])
    benchmark = columns.get((scenario.benchmark, truth))
    if benchmark is not None and variant != scenario.benchmark:
        for name in [
            k for k in mine if k.startswith("patients_with.") and k.count(".") == 1 and k in benchmark
        ]:
            mine[f"excess.{name}"] = mine[name] - benchmark[name]
    metrics = estimate(mine)
    exact, reason = exact_values(program)
    for name, value in exact.items():
        metrics[name] = replace(metrics.get(name, Estimate(value=None)), exact=value)
    return Cell(
        variant=variant,
        truth=truth,
        acceptable=scenario.truths[truth].acceptable,
        metrics=metrics,
        no_exact=reason,
        columns=mine,
    )
