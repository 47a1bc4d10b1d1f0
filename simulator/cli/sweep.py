"""`trialstop sweep`: one or two values moved, every operating characteristic beside them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Unpack

import click

from simulator.cli.options import FILE, once, what_if_options
from simulator.cli.usage import Whole
from simulator.cli.what_if import Going, going_options, show
from simulator.errors import TrialstopError

if TYPE_CHECKING:
    from simulator.study.settings import Asked

__all__ = ["command"]

LEAST = 400  # effective trials, as `what_ifs.weights.asked.LEAST`


@click.command("sweep", short_help="Move a value: operating characteristics at every setting.")
@click.argument("file", metavar="FILE", type=FILE)
@click.option(
    "--vary",
    "vary",
    multiple=True,
    required=True,
    metavar="PATH=VALUES",
    help="What is moved: PATH=v1,v2,... or PATH=FROM:TO:HOW_MANY, or the same with :log; once or twice.",
)
@what_if_options(metrics=True)
@click.option(
    "--solve",
    multiple=True,
    callback=once,
    metavar="METRIC=VALUE",
    help="Find the value of PATH at which a metric is this, such as p_stop=50%; searched from the first to "
    "the last of VALUES or, with --vary PATH alone, over the assumption's range.",
)
@click.option(
    "--effective",
    type=Whole(LEAST),
    metavar="N",
    help="How many trials of its own the weights of a cell must be worth, at least 400 [default: 4000, or "
    "--trials if that is more].",
)
@click.option("--play", is_flag=True, help="Play every cell that is not exact; answer none by weights.")
@click.option("--against", is_flag=True, help="Set true stops and their cost against false stops, too.")
@going_options
def command(
    file: str,
    vary: tuple[str, ...],
    metrics: tuple[str, ...],
    solve: str | None,
    effective: int | None,
    play: bool,
    against: bool,
    going: Going,
    **asked: Unpack[Asked],
) -> None:
    """Play FILE at every setting of one or two of its values, all on the same candidates.

    A cell whose metrics have exact values is calculated, not played. Where many cells differ in the sizes of
    hazards alone, trials of a few of them are weighed for the others. The folder DIR holds results.json,
    table.txt, figures/ and manifest.json; the same sweep again shows what is stored, and one that was
    interrupted goes on with the cells that are left.
    """
    from simulator.loading.source import read_source
    from simulator.reporting.figures import draw_what_if
    from simulator.reporting.solve_tables import render_solve
    from simulator.reporting.sweep_tables import render_sweep
    from simulator.study.settings import Settings
    from simulator.what_ifs.solving import prepare_solve
    from simulator.what_ifs.sweeping import prepare_sweep
    from simulator.what_ifs.weights.asked import Weighing

    weighing = Weighing(effective=effective, play=play)
    source = read_source(file, going.sets)
    if solve is None:
        swept = prepare_sweep(source, vary, metrics, Settings(**asked), against=against, weighing=weighing)
        show(swept, going, table=render_sweep, draw=draw_what_if)
        return
    if against or metrics or len(vary) != 1:
        raise TrialstopError("--solve takes one --vary, and no --metric and no --against beside it")
    solved = prepare_solve(source, vary[0], solve, Settings(**asked), weighing=weighing)
    show(solved, going, table=render_solve, draw=draw_what_if)
