"""`trialstop run`: play every variant under every truth; table, folder, JSON."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from simulator.cli.options import (
    FILE,
    HALF_WIDTH,
    SELF_CHECK,
    TRIALS,
    seed_option,
    set_option,
    truth_option,
    variant_option,
)
from simulator.errors import TrialstopError

if TYPE_CHECKING:
    from simulator.model.scenario import Scenario
    from simulator.program.tables import Program
    from simulator.study.engine import EngineAsked
    from simulator.study.manifest import Manifest
    from simulator.study.results import Results
    from simulator.study.units import Key

__all__ = ["command"]

STDOUT = "-"
INTERRUPTED = 130


@click.command("run", short_help="Play the trials: table, figures, results on disk.")
@click.argument("file", metavar="FILE", type=FILE)
@variant_option(many=True)
@truth_option(many=True)
@click.option(
    "--trials",
    type=TRIALS,
    metavar="N",
    help="Trials per variant and truth [default: 1000]; with --precision at most so many.",
)
@click.option(
    "--precision",
    type=HALF_WIDTH,
    metavar="X",
    help="Play until the 95 % half-width of every headline is at most X, such as 0.5%.",
)
@seed_option
@click.option(
    "--engine",
    type=click.Choice(["auto", "compiled", "simpy"]),
    default="auto",
    show_default=True,
    help="What plays the trials; auto takes the compiled engine where it can, and says where it cannot.",
)
@click.option(
    "--self-check",
    type=SELF_CHECK,
    default="20",
    show_default=True,
    metavar="N|all",
    help="How many random trials are played on the SimPy engine too and compared record by record.",
)
@set_option
@click.option("--out", type=FILE, metavar="DIR", help="Folder for the results [default: runs/SCENARIO-HASH].")
@click.option("--force", is_flag=True, help="Replace an earlier run in that folder.")
@click.option(
    "--json",
    "json_to",
    type=FILE,
    metavar="FILE|-",
    help="Also write results.json here; - for stdout, alone.",
)
@click.option("--no-figures", is_flag=True, help="Draw nothing.")
@click.option(
    "--records",
    is_flag=True,
    help="Also write every trial, patient, look and dose decision, as Parquet.",
)
@click.option(
    "--jobs",
    type=click.IntRange(min=0),
    default=0,
    show_default=True,
    metavar="N",
    help="Threads (of SimPy: processes) that play; 0: as many as there are processors. Same results.",
)
def command(  # noqa: PLR0913, PLR0917 - one per option
    file: str,
    variants: tuple[str, ...],
    truths: tuple[str, ...],
    trials: int | None,
    precision: float | None,
    seed: int,
    engine: EngineAsked,
    self_check: int | None,
    sets: tuple[str, ...],
    out: str | None,
    force: bool,
    json_to: str | None,
    no_figures: bool,
    records: bool,
    jobs: int,
) -> None:
    """Play N trials of every variant under every truth, on the same candidates.

    The table goes to stdout, everything else to the folder DIR: results.json, table.txt,
    manifest.json and figures; with --records Parquet files too. The same run again shows what is
    stored; one that was interrupted goes on where it stopped.
    """
    from simulator.loading.load import load
    from simulator.study.engine import chosen_engine
    from simulator.study.manifest import manifest_of
    from simulator.study.run import DEFAULT_TRIALS, MOST_TRIALS, programs, versions

    scenario = load(file, sets)
    for warning in scenario.warnings:
        click.echo(warning.text(), err=True)
    cells = programs(scenario, variants, truths)  # names that are not there are errors before all else
    plays, why = chosen_engine(engine, cells.values())
    if why:
        click.echo(f"played on SimPy, which takes longer: {why}", err=True)
    manifest = manifest_of(
        scenario,
        variants=variants,
        truths=truths,
        trials=trials or (DEFAULT_TRIALS if precision is None else MOST_TRIALS),
        seed=seed,
        engine=plays,
        versions=versions(scenario),
        precision=precision,
        self_check=self_check,
        records=records,
    )
    folder = Path(out) if out else Path("runs") / f"{Path(file).stem}-{manifest.digest()}"
    _check_json(json_to)
    play = partial(_play, scenario, manifest, cells=cells, engine=engine, figures=not no_figures, jobs=jobs)
    results = _stored_or_played(manifest, folder, play, force=force, figures=not no_figures)
    _show(scenario, results, folder, json_to)


def _stored_or_played(
    manifest: Manifest, folder: Path, play: Callable[[Path], Results], *, force: bool, figures: bool
) -> Results:
    """The results that are there already, or those of trials played now."""
    from simulator.study.store import JOURNAL, partial_of, reserve, stored

    there = stored(folder, manifest)
    if there is not None and not force:
        click.echo(f"{folder}: this run is stored there; shown as it is (--force plays it again)", err=True)
        if figures and not (folder / "figures").is_dir():
            click.echo(f"{folder}: stored without figures (--force draws them)", err=True)
        return there
    try:
        with reserve(folder, manifest, force=force) as work:
            return play(work)
    except (KeyboardInterrupt, SystemExit) as error:
        left = partial_of(folder)
        if (left / JOURNAL).is_file():
            click.echo(f"interrupted: what is finished is in {left}; the same command goes on", err=True)
            raise SystemExit(error.code if isinstance(error, SystemExit) else INTERRUPTED) from None
        raise


def _play(
    scenario: Scenario,
    manifest: Manifest,
    folder: Path,
    *,
    cells: Mapping[Key, Program],
    engine: EngineAsked,
    figures: bool,
    jobs: int,
) -> Results:
    from simulator.cli.progress import progress
    from simulator.reporting.tables import render
    from simulator.study.recording import Recorder
    from simulator.study.run import run
    from simulator.study.store import JOURNAL, write

    journal = folder / JOURNAL
    if journal.is_file():
        click.echo(f"{folder}: going on from what is finished there", err=True)
    if manifest.engine == "compiled":
        _compile(next(iter(cells.values())), manifest.seed)
    with progress() as told, Recorder(folder) if manifest.records else nullcontext() as keep:
        results = run(
            scenario,
            variants=manifest.variants,
            truths=manifest.truths,
            trials=manifest.trials,
            precision=manifest.precision,
            seed=manifest.seed,
            engine=engine,
            self_check=manifest.self_check,
            command=manifest.command,
            jobs=jobs,
            progress=told,
            keep=keep,
            journal=journal,
            cells=cells,
        )
    draw = None
    if figures:
        from simulator.reporting.figures import draw_all

        draw = partial(draw_all, events=_counted(scenario), scenario=scenario)
    text = render(results, events=_counted(scenario), full=True, scenario=scenario)
    write(folder, results, manifest, text, draw)
    return results


def _compile(program: Program, seed: int) -> None:
    """Before the clock that speed and the time left are told by."""
    from simulator.engines.compiled.driver import COMPILE_SECONDS, play, warm

    if not warm():
        click.echo(f"the engine is compiled, once: about {COMPILE_SECONDS} s", err=True)
    play(program, seed, 0, 1)


def _show(scenario: Scenario, results: Results, folder: Path, json_to: str | None) -> None:
    from simulator.reporting.tables import render

    results = replace(results, file=scenario.file)  # the same scenario may since lie elsewhere
    text = json.dumps(results.as_json(), indent=1, ensure_ascii=False, allow_nan=False)
    if json_to == STDOUT:
        click.echo(text)
    else:
        click.echo(render(results, events=_counted(scenario), scenario=scenario))
        if json_to is not None:
            Path(json_to).write_text(text + "\n", encoding="utf-8")
    click.echo(f"results in {folder}/", err=True)


def _counted(scenario: Scenario) -> list[str]:
    """Events that a rule of any variant counts."""
    monitors = (monitor for design in scenario.designs.values() for monitor in design.monitoring.values())
    return list(dict.fromkeys(event for monitor in monitors for event in monitor.counted_events))


def _check_json(json_to: str | None) -> None:
    """Refuse a place for --json that cannot be written, before any work."""
    if json_to in (None, STDOUT):
        return
    path = Path(str(json_to))
    if path.is_dir():
        raise TrialstopError(f"--json {path} is a folder, allowed a file or -")
    if not path.parent.is_dir():
        raise TrialstopError(f"--json {path}: there is no folder {path.parent}")
    if not os.access(path if path.exists() else path.parent, os.W_OK):
        raise TrialstopError(f"--json {path}: no permission to write there")
