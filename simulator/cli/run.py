"""`trialstop run`: play every variant under every truth; table, folder, JSON."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from simulator.cli.options import FILE, seed_option, set_option, truth_option, variant_option
from simulator.errors import TrialstopError

if TYPE_CHECKING:
    from simulator.model.scenario import Scenario
    from simulator.study.manifest import Manifest
    from simulator.study.results import Results

__all__ = ["command"]

STDOUT = "-"


@click.command("run", short_help="Play the trials: table, figures, results on disk.")
@click.argument("file", metavar="FILE", type=FILE)
@variant_option(many=True)
@truth_option(many=True)
@click.option(
    "--trials",
    type=click.IntRange(min=1),
    default=1_000,
    show_default=True,
    metavar="N",
    help="Trials per variant and truth.",
)
@seed_option
@click.option(
    "--engine",
    type=click.Choice(["auto", "simpy"]),
    default="auto",
    show_default=True,
    help="What plays the trials; auto takes the fastest there is.",
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
    "--jobs",
    type=click.IntRange(min=0),
    default=0,
    show_default=True,
    metavar="N",
    help="Processes that play; 0 takes as many as there are processors and work. Results are the same.",
)
def command(  # noqa: PLR0913, PLR0917 - one per option
    file: str,
    variants: tuple[str, ...],
    truths: tuple[str, ...],
    trials: int,
    seed: int,
    engine: str,
    sets: tuple[str, ...],
    out: str | None,
    force: bool,
    json_to: str | None,
    no_figures: bool,
    jobs: int,
) -> None:
    """Play N trials of every variant under every truth, on the same candidates.

    The table goes to stdout, everything else to the folder DIR: results.json, trials.parquet,
    patients.parquet, looks.parquet, table.txt, manifest.json and figures. The same run again shows
    what is stored.
    """
    del engine  # one engine so far
    from simulator.loading.load import load
    from simulator.study.manifest import manifest_of
    from simulator.study.run import programs, versions

    scenario = load(file, sets)
    for warning in scenario.warnings:
        click.echo(warning.text(), err=True)
    programs(scenario, variants, truths)  # names that are not there are errors before anything is made
    manifest = manifest_of(
        scenario,
        variants=variants,
        truths=truths,
        trials=trials,
        seed=seed,
        engine="simpy",
        versions=versions(),
    )
    folder = Path(out) if out else Path("runs") / f"{Path(file).stem}-{manifest.digest()}"
    _check_json(json_to)
    results = _stored_or_played(scenario, manifest, folder, force, figures=not no_figures, jobs=jobs)
    _show(scenario, results, folder, json_to)


def _stored_or_played(
    scenario: Scenario, manifest: Manifest, folder: Path, force: bool, *, figures: bool, jobs: int
) -> Results:
    """The results that are there already, or those of trials played now."""
    from simulator.study.store import reserve, stored

    there = stored(folder, manifest)
    if there is not None and not force:
        click.echo(f"{folder}: this run is stored there; shown as it is (--force plays it again)", err=True)
        if figures and not (folder / "figures").is_dir():
            click.echo(f"{folder}: stored without figures (--force draws them)", err=True)
        return there
    with reserve(folder, manifest, force=force) as work:
        return _play(scenario, manifest, work, figures, jobs)


def _play(scenario: Scenario, manifest: Manifest, folder: Path, figures: bool, jobs: int) -> Results:
    from simulator.cli.progress import progress
    from simulator.reporting.tables import render
    from simulator.study.recording import Recorder
    from simulator.study.run import run
    from simulator.study.store import write

    with progress() as told, Recorder(folder, _events(scenario), dose_finding=_doses(scenario)) as keep:
        results = run(
            scenario,
            variants=manifest.variants,
            truths=manifest.truths,
            trials=manifest.trials,
            seed=manifest.seed,
            command=manifest.command,
            jobs=jobs,
            progress=told,
            keep=keep,
        )
    draw = None
    if figures:
        from simulator.reporting.figures import draw_all

        draw = partial(draw_all, events=_counted(scenario))
    write(folder, results, manifest, render(results, events=_counted(scenario), full=True), draw)
    return results


def _show(scenario: Scenario, results: Results, folder: Path, json_to: str | None) -> None:
    from simulator.reporting.tables import render

    results = replace(results, file=scenario.file)  # the same scenario may since lie elsewhere
    text = json.dumps(results.as_json(), indent=1, ensure_ascii=False, allow_nan=False)
    if json_to == STDOUT:
        click.echo(text)
    else:
        click.echo(render(results, events=_counted(scenario)))
        if json_to is not None:
            Path(json_to).write_text(text + "\n", encoding="utf-8")
    click.echo(f"results in {folder}/", err=True)


def _events(scenario: Scenario) -> list[str]:
    """Events of all variants."""
    return list(dict.fromkeys(event for design in scenario.designs.values() for event in design.events))


def _doses(scenario: Scenario) -> bool:
    """Whether any variant finds a dose."""
    return any(design.dose_finding is not None for design in scenario.designs.values())


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
