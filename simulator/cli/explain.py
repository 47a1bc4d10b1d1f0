"""`trialstop explain`: the scenario in words, fit to be read aloud."""

from __future__ import annotations

import click

from simulator.cli.options import FILE, set_option, truth_option, variant_option
from simulator.cli.say import say

__all__ = ["command"]


@click.command("explain", short_help="Say the scenario in words, with its risks and assumptions.")
@click.argument("file", metavar="FILE", type=FILE)
@variant_option(many=True)
@truth_option(many=True)
@set_option
def command(file: str, variants: tuple[str, ...], truths: tuple[str, ...], sets: tuple[str, ...]) -> None:
    """Tell FILE in words: the protocol, its rules with formula, source and boundary, each truth with
    the total risk per phase, and every assumption with its range.

    The first variant (the benchmark) is told in full, the others by what differs from it.
    """
    from simulator.loading.load import load
    from simulator.reporting.explain import explain

    say(explain(load(file, sets), variants=variants, truths=truths))
