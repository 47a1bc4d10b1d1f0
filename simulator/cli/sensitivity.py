"""`trialstop sensitivity`: what a metric does when a hazard grows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Unpack

import click

from simulator.cli.options import FILE, what_if_options
from simulator.cli.what_if import Going, going_options, show

if TYPE_CHECKING:
    from simulator.study.settings import Asked

__all__ = ["command"]


@click.command("sensitivity", short_help="How a metric moves with each hazard, from one run.")
@click.argument("file", metavar="FILE", type=FILE)
@click.option(
    "--hazard",
    "hazards",
    multiple=True,
    metavar="EVENT.COMPONENT",
    help="A hazard that is asked about; may be repeated; every one if left out.",
)
@what_if_options(metrics=False, variants="the benchmark")
@going_options
def command(
    file: str, metric: str | None, hazards: tuple[str, ...], going: Going, **asked: Unpack[Asked]
) -> None:
    """Play FILE as it is written, and tell how the metric would move with the size of each hazard.

    Of the benchmark variant, unless --variant names others, under every truth; the largest first, with its
    standard error, and the exact one where it can be calculated. Nothing is changed and nothing played twice:
    a trial's events against the hazard that it used up tell. The folder DIR holds results.json, table.txt,
    figures/ and manifest.json; the same again shows what is stored, and what was interrupted goes on.
    """
    from simulator.loading.source import read_source
    from simulator.reporting.figures import draw_what_if
    from simulator.reporting.sensitivity import csv_of_hazards
    from simulator.reporting.sensitivity_tables import render_sensitivity
    from simulator.study.settings import Settings
    from simulator.what_ifs.sensitivity import prepare_sensitivity

    source = read_source(file, going.sets)
    prepared = prepare_sensitivity(source, "p_stop" if metric is None else metric, hazards, Settings(**asked))
    show(prepared, going, table=render_sensitivity, draw=draw_what_if, csv=csv_of_hazards, cells=False)
