"""`trialstop calibrate`: the setting of a rule that reaches a target under the protocol's real conduct."""

from __future__ import annotations

from typing import TYPE_CHECKING, Unpack

import click

from simulator.cli.options import FILE, once, what_if_options
from simulator.cli.what_if import Going, going_options, show

if TYPE_CHECKING:
    from simulator.study.settings import Asked

__all__ = ["command"]


@click.command("calibrate", short_help="Set a rule so that it reaches a target, such as false stops in 5 %.")
@click.argument("file", metavar="FILE", type=FILE)
@click.option(
    "--rule",
    required=True,
    multiple=True,
    callback=once,
    metavar="R",
    help="The rule of `monitoring` that is set, by name.",
)
@click.option(
    "--vary",
    required=True,
    multiple=True,
    callback=once,
    metavar="PATH[=VALUES]",
    help="The value of the rule that is set: PATH=v1,v2,... or PATH=FROM:TO:HOW_MANY, or the same with :log; "
    "PATH alone: over the range that the file assumes.",
)
@click.option(
    "--target",
    required=True,
    multiple=True,
    callback=once,
    metavar="TARGET",
    help='What is to be reached: "p_stop<=5% under TRUTH", or >=; without a truth: under every truth that is '
    "acceptable, with >= every one that is not.",
)
@click.option(
    "--sure",
    is_flag=True,
    help="Not the estimate, but its one-sided 95 % limit (Clopper-Pearson) is to meet the target.",
)
@what_if_options(metrics=None, variants=None)
@going_options
def command(
    file: str,
    rule: str,
    vary: str,
    target: str,
    sure: bool,
    going: Going,
    **asked: Unpack[Asked],
) -> None:
    """Find the setting of one rule of FILE with which its trials, played as they are run, meet a target.

    Settings with the same boundary are one. Nested boundaries are bisected, all on the same trials; of those
    that meet the target the one nearest to it is chosen. What it achieves is told by as many other trials.
    Exact values are used where they exist. Results are kept, shown again and gone on with like a sweep's.
    """
    from simulator.loading.source import read_source
    from simulator.reporting.calibration import render_calibration
    from simulator.reporting.figures import draw_what_if
    from simulator.study.settings import Settings
    from simulator.what_ifs.calibrating import prepare_calibration

    source = read_source(file, going.sets)
    prepared = prepare_calibration(source, rule, vary, target, Settings(**asked), sure=sure)
    show(prepared, going, table=render_calibration, draw=draw_what_if)
