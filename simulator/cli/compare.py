"""`trialstop compare`: variants, or two files, trial by trial."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial, wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, Unpack, cast

import click

from simulator.cli.kept import counted, line_width, results_of, write_json
from simulator.cli.options import FILE, kept_options, set_option, settings_options
from simulator.cli.places import refuse_unless_writable
from simulator.cli.say import STDOUT, say
from simulator.errors import TrialstopError

if TYPE_CHECKING:
    from simulator.study.settings import Asked

__all__ = ["command"]


F = TypeVar("F", bound=Callable[..., Any])


def _match_options(function: F) -> F:
    """--match and --vary, handed on as `matching`."""

    @wraps(function)
    def packed(match: str | None, vary: str | None, **given: Any) -> Any:
        if (match is None) != (vary is None):
            raise TrialstopError("--match TARGET and --vary PATH=VALUES go together")
        return function(matching=None if match is None else (match, vary), **given)

    aim = click.option(
        "--match",
        metavar="TARGET",
        help="Set each variant first to the value of --vary whose level is nearest below this, such as "
        '"p_stop<=5% under TRUTH".',
    )
    value = click.option("--vary", metavar="PATH=VALUES", help="The value of the design that --match sets.")
    decorated: Any = aim(value(packed))
    return cast(F, decorated)


@click.command("compare", short_help="Two designs on the same trials: paired differences.")
@click.argument("file", metavar="FILE", type=FILE)
@click.argument("other", metavar="[FILE]", type=FILE, required=False)
@settings_options
@click.option(
    "--metric",
    "metrics",
    multiple=True,
    metavar="M",
    help="A metric to show beside P(stop), such as n_enrolled (docs/results.md); may be repeated.",
)
@_match_options
@set_option
@kept_options
def command(
    file: str,
    other: str | None,
    metrics: tuple[str, ...],
    sets: tuple[str, ...],
    out: str | None,
    force: bool,
    json_to: str | None,
    matching: tuple[str, str] | None,
    **asked: Unpack[Asked],
) -> None:
    """Compare variants of FILE, the first --variant minus each other; or the variants of two files.

    Each trial is played under both designs on the same candidates; tables have both values, the paired
    difference, its standard error and 95 % interval, and how much pairing gained. Everything that was
    compared stands in the folder DIR: results.json, table.txt, manifest.json. The same comparison again
    shows what is stored; one that was interrupted goes on where it stopped.
    """
    from simulator.loading.load import load
    from simulator.loading.source import read_source
    from simulator.reporting.comparison import render_comparison
    from simulator.study.comparing import metrics_of, prepare_comparison
    from simulator.study.runner import Written, default_folder
    from simulator.study.settings import Settings
    from simulator.what_ifs.matching import prepare_matched

    source = read_source(file, sets)
    against = load(other, sets) if other is not None else None
    if json_to is not None and json_to != STDOUT:
        refuse_unless_writable("--json", Path(json_to))
    if matching is None:
        prepared = prepare_comparison(source.scenario, against, Settings(**asked))
    elif against is not None:
        raise TrialstopError("--match compares variants of one file")
    else:
        prepared = prepare_matched(source, *matching, Settings(**asked))
    keys = metrics_of(prepared, metrics)
    for warning in prepared.scenario.warnings:
        say(warning.text(), err=True)
    folder = Path(out) if out else default_folder(prepared)
    events = counted(prepared)
    written = Written(table=partial(render_comparison, full=True))
    results = results_of(prepared, folder, force=force, written=written)
    write_json(results, json_to)
    say(f"results in {folder}/ (every metric: table.txt there)", err=True)
    if json_to != STDOUT:
        say(render_comparison(results, metrics=keys, events=events, width=line_width()))
