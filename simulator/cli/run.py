"""`trialstop run`: play every variant under every truth; table, folder, JSON."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import partial
from pathlib import Path
from shutil import get_terminal_size
from typing import TYPE_CHECKING, Unpack

import click

from simulator.cli.options import FILE, set_option, settings_options
from simulator.cli.places import make_way, refuse_unless_writable
from simulator.cli.say import say
from simulator.cli.usage import Word

if TYPE_CHECKING:
    from simulator.study.results import Results
    from simulator.study.run import Prepared
    from simulator.study.settings import Asked

__all__ = ["command"]

STDOUT = "-"
INTERRUPTED = 130
LINE = 100  # characters, where there is no terminal
NARROWEST = 60


@click.command("run", short_help="Play the trials: table, figures, results on disk.")
@click.argument("file", metavar="FILE", type=FILE)
@settings_options
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
@click.option(
    "--tables",
    type=Word(["answer", "all"]),
    default="answer",
    show_default=True,
    help="What is printed: the answer alone, or every table and then the answer; table.txt has all.",
)
@click.option("--no-figures", is_flag=True, help="Draw nothing.")
def command(
    file: str,
    sets: tuple[str, ...],
    out: str | None,
    force: bool,
    json_to: str | None,
    tables: str,
    no_figures: bool,
    **asked: Unpack[Asked],
) -> None:
    """Play N trials of every variant under every truth, on the same candidates.

    The answer goes to stdout, everything else to the folder DIR: results.json, table.txt with all
    tables, manifest.json and figures; with --records Parquet files too. The same run again shows what is
    stored; one that was interrupted goes on where it stopped.
    """
    from simulator.loading.load import load
    from simulator.study.run import prepare
    from simulator.study.runner import default_folder
    from simulator.study.settings import Settings

    scenario = load(file, sets)
    if json_to is not None and json_to != STDOUT:
        refuse_unless_writable("--json", Path(json_to))
    prepared = prepare(scenario, Settings(**asked))
    for warning in scenario.warnings:
        say(warning.text(), err=True)
    folder = Path(out) if out else default_folder(prepared)
    results = _results(prepared, folder, force=force, figures=not no_figures)
    _show(prepared, results, folder, json_to, every_table=tables == "all")


def _results(prepared: Prepared, folder: Path, *, force: bool, figures: bool) -> Results:
    """What is stored in the folder, or played now."""
    from simulator.cli.progress import compiling, progress
    from simulator.reporting.figures import draw_all
    from simulator.reporting.tables import render
    from simulator.study.runner import Listener, Written, stored_or_played
    from simulator.study.store import unfinished

    events = _counted(prepared)
    written = Written(
        table=partial(render, events=events, full=True, true_rates=True),
        draw=partial(draw_all, events=events, true_rates=True) if figures else None,
    )
    listener = Listener(say=partial(say, err=True), compiling=compiling, progress=progress)
    try:
        return stored_or_played(prepared, folder, force=force, written=written, listener=listener)
    except KeyboardInterrupt:
        if unfinished(folder) is None:
            raise
        raise SystemExit(INTERRUPTED) from None  # said already


def _show(
    prepared: Prepared, results: Results, folder: Path, json_to: str | None, *, every_table: bool
) -> None:
    """What is printed, the answer last."""
    from simulator.reporting.tables import headline, render

    results = replace(results, file=prepared.scenario.file)  # the same scenario may since lie elsewhere
    text = json.dumps(results.as_json(), indent=1, ensure_ascii=False, allow_nan=False)
    if json_to is not None and json_to != STDOUT:
        make_way(Path(json_to)).write_text(text + "\n", encoding="utf-8")
    say(f"results in {folder}/ (all tables: table.txt there, or --tables all)", err=True)
    if json_to == STDOUT:
        say(text)
        return
    width = _width()
    events = _counted(prepared)
    say(render(results, events=events, full=every_table, true_rates=True, width=width))
    if every_table:
        say("\n" + headline(results, true_rates=True, width=width))


def _width() -> int:
    """Characters of a line of the terminal, or of what stands in its place."""
    return max(get_terminal_size((LINE, 0)).columns, NARROWEST)


def _counted(prepared: Prepared) -> list[str]:
    """Events that a rule of any variant counts, of those that there are in what is played."""
    designs = prepared.scenario.designs
    rules = (rule for design in designs.values() for rule in design.monitoring.values())
    there = {event for variant in prepared.settings.variants for event in designs[variant].events}
    return [event for event in dict.fromkeys(e for r in rules for e in r.counted_events) if event in there]
