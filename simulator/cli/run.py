"""`trialstop run`: play every variant under every truth; table, folder, JSON."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from simulator.cli.kept import counted, line_width, run_of, write_json
from simulator.cli.options import FILE, kept_options, set_option, settings_options
from simulator.cli.places import refuse_unless_writable
from simulator.cli.report import refuse_places, write_report
from simulator.cli.say import STDOUT, say
from simulator.cli.usage import Word

if TYPE_CHECKING:
    from simulator.study.results import Results
    from simulator.study.run import Prepared

__all__ = ["command"]


@click.command("run", short_help="Play the trials: table, figures, results on disk.")
@click.argument("file", metavar="FILE", type=FILE)
@settings_options
@set_option
@kept_options
@click.option(
    "--tables",
    type=Word(["answer", "all"]),
    default="answer",
    show_default=True,
    help="What is printed: the answer alone, or every table and then the answer; table.txt has all.",
)
@click.option(
    "--adjust",
    is_flag=True,
    help="Tables show estimates adjusted for events against hazards used up, and by how much that divides "
    "their variance.",
)
@click.option("--report", type=FILE, metavar="FILE", help="Also write the report (`trialstop report`) here.")
@click.option("--no-figures", is_flag=True, help="Draw nothing.")
def command(
    file: str,
    sets: tuple[str, ...],
    out: str | None,
    force: bool,
    json_to: str | None,
    tables: str,
    no_figures: bool,
    **more: Any,
) -> None:
    """Play N trials of every variant under every truth, on the same candidates.

    The answer goes to stdout, everything else to the folder DIR: results.json, table.txt with all
    tables, manifest.json and figures; with --records Parquet files too. The same run again shows what is
    stored; one that was interrupted goes on where it stopped.
    """
    from simulator.loading.load import load
    from simulator.study.run import prepare, refuse_unadjustable
    from simulator.study.runner import default_folder
    from simulator.study.settings import Settings

    adjust, report = more.pop("adjust"), more.pop("report")
    scenario = load(file, sets)
    if json_to is not None and json_to != STDOUT:
        refuse_unless_writable("--json", Path(json_to))
    if report is not None:
        refuse_places(report, option="--report", force=force)
    prepared = prepare(scenario, Settings(**more))
    if adjust:
        refuse_unadjustable(prepared)
    for warning in scenario.warnings:
        say(warning.text(), err=True)
    folder = Path(out) if out else default_folder(prepared)
    results = run_of(prepared, folder, force=force, figures=not no_figures, adjust=adjust)
    _show(prepared, results, folder, json_to, every_table=tables == "all", adjust=adjust)
    if report is not None:
        write_report(prepared, results, report)
        say(f"report in {report}", err=True)


def _show(
    prepared: Prepared,
    results: Results,
    folder: Path,
    json_to: str | None,
    *,
    every_table: bool,
    adjust: bool,
) -> None:
    """What is printed, the answer last."""
    from simulator.reporting.tables import headline, render

    results = replace(results, file=prepared.scenario.file)  # the same scenario may since lie elsewhere
    write_json(results, json_to)
    say(f"results in {folder}/ (all tables: table.txt there, or --tables all)", err=True)
    if json_to == STDOUT:
        return
    shown = partial(render, events=counted(prepared), full=every_table)
    for text in (shown, headline) if every_table else (shown,):
        say("\n" * (text is headline) + text(results, true_rates=True, adjust=adjust, width=line_width()))
