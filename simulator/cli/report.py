"""`trialstop report`: one HTML file that a board reads and a regulator can file; Word, Markdown and CSV."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from simulator.cli.kept import run_of
from simulator.cli.options import FILE, set_option, settings_options
from simulator.cli.places import refuse_unless_folder, refuse_unless_writable, write_whole
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
    results = run_of(prepared, place, force=force)
    made = write_report(prepared, results, out)
    if docx is not None:
        write_whole(Path(docx), made.docx())
    if markdown is not None:
        write_whole(Path(markdown), made.markdown().encode())
    if csv_to is not None:
        for name, text in made.csv_files().items():
            write_whole(Path(csv_to) / name, text.encode())
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
            refuse_unless_folder(name, Path(place))
    if docx is not None:
        from simulator.reporting.document.word import need_docx

        need_docx()
    if not force:
        refuse_others(out, docx, markdown, option)


def refuse_others(out: str, docx: str | None, markdown: str | None, option: str) -> None:
    """TrialstopError for a file that is there and was not written by us, or was saved by somebody since."""
    from simulator.reporting.document.lifted import OURS_MARKDOWN
    from simulator.reporting.document.word import is_ours

    looked_at: tuple[tuple[str, str | None, Callable[[Path], bool]], ...] = (
        (option, out, lambda path: OURS in _beginning(path)),
        ("--docx", docx, is_ours),
        ("--markdown", markdown, lambda path: OURS_MARKDOWN in _beginning(path)),
    )
    for name, place, ours in looked_at:
        if place is not None and Path(place).exists() and not ours(Path(place)):
            raise TrialstopError(f"{name} {place} is a file that is no report of ours (--force replaces it)")


def _beginning(path: Path) -> str:
    with path.open(encoding="utf-8", errors="replace") as file:
        return file.read(LOOKED_AT)


def write_report(prepared: Prepared, results: Results, out: str) -> Report:
    """Make the report of a run and write it."""
    from dataclasses import replace
    from datetime import date

    from simulator.cli.progress import progress
    from simulator.reporting.document.report import report_of

    results = replace(results, file=prepared.scenario.file)
    seconds = results.run.seconds
    made = f"Made on {date.today().isoformat()}, from a run that took {seconds:,.1f} s."
    with progress() as told:
        found = report_of(prepared, results, made=made, progress=told)
    write_whole(Path(out), found.html().encode())
    return found
