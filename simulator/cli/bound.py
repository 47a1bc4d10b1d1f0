"""`trialstop bound`: the worst of a box of hazards, guaranteed."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Unpack

import click

from simulator.cli.options import FILE, once, what_if_options
from simulator.cli.what_if import Going, going_options, show

if TYPE_CHECKING:
    from simulator.study.settings import Asked

__all__ = ["command"]


@click.command("bound", short_help="The most that P(stop) can be over a range of hazards, guaranteed.")
@click.argument("file", metavar="FILE", type=FILE)
@click.option(
    "--over",
    multiple=True,
    required=True,
    metavar="'PATH = x1..x1.3'",
    help="A hazard of a truth and its range, as factors or, for a single value, as LOW..HIGH; once for each.",
)
@click.option(
    "--confidence",
    multiple=True,
    callback=once,
    metavar="P",
    help="With which the bound is one, such as 99%; nothing to a bound that is exact [default: 99%].",
)
@click.option(
    "--metric",
    multiple=True,
    callback=once,
    metavar="M",
    help="What is bounded, a share of all trials such as p_stop.RULE (docs/results.md) [default: p_stop].",
)
@what_if_options(metrics=None, variants="the benchmark", truths="those that --over names")
@partial(going_options, figures=False)
def command(
    file: str,
    over: tuple[str, ...],
    confidence: str | None,
    metric: str | None,
    going: Going,
    **asked: Unpack[Asked],
) -> None:
    """An upper bound on P(stop) in FILE, or on another share of all trials, for every truth of a box at once.

    Where the worst of the box is its upper corner, that is calculated or played; elsewhere cells inside the
    box are, and Hoelder's inequality says how much more it can be around them. Which of the two, and why, is
    told.
    The folder DIR holds results.json, table.txt and manifest.json; the same again shows what is stored, and
    what was interrupted goes on with what is left.
    """
    from simulator.loading.source import read_source
    from simulator.reporting.bound_tables import render_bound
    from simulator.study.settings import Settings
    from simulator.what_ifs.bounding import prepare_bound

    source = read_source(file, going.sets)
    prepared = prepare_bound(
        source,
        over,
        "p_stop" if metric is None else metric,
        "99%" if confidence is None else confidence,
        Settings(**asked),
    )
    show(prepared, going, table=render_bound, draw=None)
