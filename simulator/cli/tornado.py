"""`trialstop tornado`: which assumption matters most."""

from __future__ import annotations

from typing import TYPE_CHECKING, Unpack

import click

from simulator.cli.options import FILE, what_if_options
from simulator.cli.what_if import Going, going_options, show

if TYPE_CHECKING:
    from simulator.study.settings import Asked

__all__ = ["command"]


@click.command("tornado", short_help="Every assumption at both ends of its range: which matters most.")
@click.argument("file", metavar="FILE", type=FILE)
@what_if_options(metrics=False, variants="the benchmark")
@going_options
def command(file: str, metric: str | None, going: Going, **asked: Unpack[Asked]) -> None:
    """Play FILE with every assumption at both ends of its range, the others as written.

    All on the same candidates; of the benchmark variant, unless --variant names others, under every truth.
    Tables have the largest difference first, with its paired standard error. Assumptions whose range is no
    value of the file are listed with the reason. The folder DIR holds results.json, table.txt, figures/ and
    manifest.json; the same again shows what is stored, and what was interrupted goes on with what is left.
    """
    from simulator.loading.source import read_source
    from simulator.reporting.figures import draw_what_if
    from simulator.reporting.tornado_tables import render_tornado
    from simulator.study.settings import Settings
    from simulator.what_ifs.tornado import prepare_tornado

    source = read_source(file, going.sets)
    prepared = prepare_tornado(source, "p_stop" if metric is None else metric, Settings(**asked))
    show(prepared, going, table=render_tornado, draw=draw_what_if)
