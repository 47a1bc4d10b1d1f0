"""`trialstop check`: read scenario files and say everything that is wrong with them."""

from __future__ import annotations

import click

from simulator.cli.options import FILE, set_option
from simulator.cli.say import say

__all__ = ["command"]


@click.command("check", short_help="Read scenario files; say everything that is wrong.")
@click.argument("files", metavar="FILE...", nargs=-1, required=True, type=FILE)
@set_option
def command(files: tuple[str, ...], sets: tuple[str, ...]) -> int:
    """Read each FILE and print what it holds, with warnings.

    Every problem of every file is printed at once, on stderr, with its line; the exit code is
    then 2.
    """
    from simulator.errors import TrialstopError
    from simulator.loading.load import load

    status = 0
    for file in files:
        try:
            scenario = load(file, sets)
        except TrialstopError as error:
            say(str(error), err=True)
            status = error.exit_code
            continue
        for warning in scenario.warnings:
            say(warning.text())
        sourced = len(scenario.provenance) - len(scenario.assumptions)
        counts = (
            _counted(len(scenario.designs), "variant"),
            _counted(len(scenario.truths), "truth"),
            _counted(sourced, "sourced value"),
            _counted(len(scenario.assumptions), "assumption"),
        )
        say(f"{file}: no errors; {', '.join(counts)}")
    return status


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
