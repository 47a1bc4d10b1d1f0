"""`trialstop trace`: one trial narrated day by day, with its swimmer plot."""

from __future__ import annotations

from pathlib import Path

import click

from simulator.cli.options import FILE, only, seed_option, set_option, truth_option, variant_option
from simulator.cli.places import make_way, refuse_unless_writable
from simulator.cli.say import say
from simulator.cli.usage import Whole
from simulator.errors import TrialstopError

__all__ = ["command"]


@click.command("trace", short_help="Tell one trial day by day, with its swimmer plot.")
@click.argument("file", metavar="FILE", type=FILE)
@truth_option(many=False)
@click.option(
    "--trial", type=Whole(0, 10**12), required=True, metavar="K", help="Which trial, counted from 0."
)
@variant_option(many=False)
@seed_option
@set_option
@click.option(
    "--out", type=FILE, metavar="FILE.png", help="Where the plot goes [default: runs/trace-...-K.png]."
)
def command(
    file: str,
    truth: str | None,
    trial: int,
    variant: str | None,
    seed: int,
    sets: tuple[str, ...],
    out: str | None,
) -> None:
    """Play trial K alone and tell what happens: entries, phases, doses, events, reports, looks, stops.

    It is the same trial as number K of `run` with the same seed. The story goes to stdout.
    """
    from simulator.loading.load import load

    scenario = load(file, sets)
    variant = only("variant", variant, list(scenario.designs))
    truth = only("truth", truth, list(scenario.truths))
    from simulator.reporting.figures import draw_trace, file_name

    stem = file_name(f"trace-{Path(scenario.file).stem}-{variant}-{truth}-{trial}")
    path = Path(out) if out else Path("runs") / f"{stem}.png"
    _check(path)

    from simulator.reporting.narrative import trace

    told = trace(scenario, variant=variant, truth=truth, trial=trial, seed=seed)
    say(told.text())
    drawn = draw_trace(told, make_way(path))
    say(f"swimmer plot in {', '.join(map(str, drawn))}", err=True)


def _check(path: Path) -> None:
    """Refuse a place that cannot be written, before any work."""
    if path.suffix != ".png":
        raise TrialstopError(f"--out {path}: allowed a file that ends in .png")
    refuse_unless_writable("--out", path)
