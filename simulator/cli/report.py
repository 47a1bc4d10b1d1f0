"""`trialstop report`: one HTML file that a board reads and a regulator can file; Word, Markdown and CSV."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from simulator.cli.kept import counted, results_of
from simulator.cli.options import FILE, set_option, settings_options
from simulator.cli.places import make_way, refuse_unless_writable
from simulator.cli.say import say
from simulator.errors import TrialstopError

if TYPE_CHECKING:
    from simulator.reporting.document.report import Report
    from simulator.study.results import Results
    from simulator.study.run import Prepared

__all__ = ["command", "refuse_places", "write_report"]

OURS = '<meta name="generator" content="trialstop">'
LOOKED_AT = 2_000  # letters of a file, among which it says whose it is


@click.command("report", short_help="One HTML file that tells everything; Word, Markdown and CSV.")
@click.argument("file", metavar="FILE", type=FILE)
@settings_options
@set_option
@click.option(
    "--out",
    type=FILE,
    metavar="FILE",
    default="report.html",
    show_default=True,
    help="Where the report goes.",
)
@click.option("--docx", type=FILE, metavar="FILE", help="Also the whole report as a Word file.")
@click.option("--markdown", type=FILE, metavar="FILE", help="Also its text and tables as Markdown.")
@click.option("--csv", "csv_to", type=FILE, metavar="DIR", help="Also each of its tables as a CSV file.")
@click.option("--figures", type=FILE, metavar="DIR", help="Also each of its figures as a PNG file.")
@click.option(
    "--run",
    "folder",
    type=FILE,
    metavar="DIR",
    help="Folder of the run it reports, played if it is not there [default: runs/SCENARIO-HASH].",
)
@click.option("--force", is_flag=True, help="Play the run again, and replace files that are not ours.")
def command(
    file: str,
    sets: tuple[str, ...],
    out: str,
    docx: str | None,
    markdown: str | None,
    csv_to: str | None,
    folder: str | None,
    **more: Any,
) -> None:
    """Write a report of every variant under every truth, to be opened in any browser, from any place.

    First the answer in three sentences, then sliders that weigh the trials anew as hazards change, then what
    ICH E20 asks of a simulation report in eleven parts. The run is kept in its folder, as `trialstop run`
    keeps it: what is stored is reported, what was interrupted goes on.
    """
    from simulator.loading.load import load
    from simulator.reporting.figures import draw_figures
    from simulator.study.run import prepare
    from simulator.study.runner import default_folder
    from simulator.study.settings import Settings

    force, figures = more.pop("force"), more.pop("figures")
    scenario = load(file, sets)
    refuse_places(out, docx, markdown, csv_to, figures, force=force)
    prepared = prepare(scenario, Settings(**more))
    for warning in scenario.warnings:
        say(warning.text(), err=True)
    place = Path(folder) if folder else default_folder(prepared)
    results = _played(prepared, place, force=force)
    made = write_report(prepared, results, out)
    if docx is not None:
        make_way(Path(docx)).write_bytes(made.docx())
    if markdown is not None:
        make_way(Path(markdown)).write_text(made.markdown(), encoding="utf-8")
    if csv_to is not None:
        for name, text in made.csv_files().items():
            make_way(Path(csv_to) / name).write_text(text, encoding="utf-8")
    if figures is not None:
        draw_figures(made.figures(), figures)
    for written in filter(None, (out, docx, markdown, csv_to, figures)):
        say(written)


def refuse_places(
    out: str,
    docx: str | None = None,
    markdown: str | None = None,
    csv_to: str | None = None,
    figures: str | None = None,
    *,
    force: bool,
    option: str = "--out",
) -> None:
    """TrialstopError for places that cannot be written to, before anything is played. option: names `out`."""
    taken: dict[Path, str] = {}
    for name, place in ((option, out), ("--docx", docx), ("--markdown", markdown)):
        if place is not None:
            refuse_unless_writable(name, Path(place))
            if (other := taken.setdefault(Path(place).resolve(), name)) != name:
                raise TrialstopError(f"{name} {place} is the file of {other} too, allowed one for each")
    for name, place in (("--csv", csv_to), ("--figures", figures)):
        if place is not None:
            refuse_unless_writable(name, Path(place) / "1")
    there = Path(out)
    if not force and there.exists() and OURS not in _beginning(there):
        raise TrialstopError(f"{option} {out} is a file that is no report of ours (--force replaces it)")
    if docx is not None:
        from importlib.util import find_spec

        if find_spec("docx") is None:
            raise TrialstopError(
                "--docx needs python-docx, which is not installed: pip install 'trialstop[word]'"
            )


def _beginning(path: Path) -> str:
    with path.open(encoding="utf-8", errors="replace") as file:
        return file.read(LOOKED_AT)


def _played(prepared: Prepared, folder: Path, *, force: bool) -> Results:
    """What is stored in the folder, or played now, with its table and figures as of `run`."""
    from simulator.reporting.figures import draw_all
    from simulator.reporting.tables import render
    from simulator.study.runner import Written

    events = counted(prepared)
    written: Written[Results] = Written(
        table=partial(render, events=events, full=True, true_rates=True),
        draw=partial(draw_all, events=events, true_rates=True),
    )
    return results_of(prepared, folder, force=force, written=written)


def write_report(prepared: Prepared, results: Results, out: str) -> Report:
    """Make the report of a run and write it; a file that was there stays until the new one is whole."""
    import os
    from dataclasses import replace
    from datetime import date

    from simulator.cli.progress import progress
    from simulator.reporting.document.report import report

    results = replace(results, file=prepared.scenario.file)
    seconds = results.run.seconds
    made = f"Made on {date.today().isoformat()}, from a run that took {seconds:,.1f} s."
    with progress() as told:
        found = report(prepared.scenario, results, made=made, progress=told, jobs=prepared.settings.jobs)
    path = make_way(Path(out))
    whole = path.with_name(f".{path.name}.part")
    whole.write_text(found.html(), encoding="utf-8")
    os.replace(whole, path)
    return found
