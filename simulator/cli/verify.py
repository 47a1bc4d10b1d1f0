"""`trialstop verify`: the engines against each other and against exact calculation."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

import click

from simulator.cli.options import FILE, TRIALS, seed_option, set_option, truth_option, variant_option
from simulator.cli.say import say
from simulator.cli.usage import Whole

if TYPE_CHECKING:
    from simulator.study.verify import Verdict

__all__ = ["command"]

TOO_RARE = "too rare to judge"
HEADS = ("variant", "truth", "trials on both engines", "exact values", "largest difference")


@click.command("verify", short_help="Compare the engines with each other and with exact values.")
@click.argument("file", metavar="FILE", type=FILE)
@variant_option(many=True)
@truth_option(many=True)
@click.option(
    "--trials",
    type=TRIALS,
    default=10_000,
    show_default=True,
    metavar="N",
    help="Trials per variant and truth that are compared with exact values.",
)
@click.option(
    "--replay",
    type=Whole(0),
    default=200,
    show_default=True,
    metavar="N",
    help="Trials per variant and truth that are played on both engines.",
)
@seed_option
@set_option
def command(
    file: str,
    variants: tuple[str, ...],
    truths: tuple[str, ...],
    trials: int,
    replay: int,
    seed: int,
    sets: tuple[str, ...],
) -> None:
    """Play trials on both engines and compare every field; compare estimates with exact values.

    Exit code 1 if the engines differ, or if a difference from an exact value is beyond chance.
    """
    from simulator.cli.progress import compiling, progress
    from simulator.loading.load import load
    from simulator.study.runner import Listener
    from simulator.study.verify import BEYOND_CHANCE, verify

    scenario = load(file, sets)
    listener = Listener(say=partial(say, err=True), compiling=compiling, progress=progress)
    found = verify(
        scenario,
        variants=variants,
        truths=truths,
        trials=trials,
        replay=replay,
        seed=seed,
        listener=listener,
    )
    for line in _table(found.verdicts):
        say(line)
    if found.compared:
        say(
            f"\nDifferences in standard errors, simulated minus exact. With {found.compared:,} compared, one "
            f"beyond {found.limit:.1f} has a chance of {BEYOND_CHANCE:g} when all is right."
        )
    for verdict in found.wrong:
        said = verdict.mismatch or f"{verdict.worst} is {verdict.largest:.1f} standard errors off"
        say(f"{verdict.variant}, {verdict.truth}: {said}", err=True)
    if found.wrong:
        raise click.exceptions.Exit(1)


def _table(verdicts: Sequence[Verdict]) -> list[str]:
    """One row per cell; the reasons for no exact values below, each once."""
    reasons = list(dict.fromkeys(v.no_exact for v in verdicts if v.no_exact))
    rows = [HEADS]
    for v in verdicts:
        same = f"{v.replayed:,} " + ("differ" if v.mismatch else "identical")
        engines = same if v.replayed else v.not_replayed
        exact = f"{len(v.differences)} compared" if v.differences else TOO_RARE
        if v.no_exact:
            exact = f"none ({reasons.index(v.no_exact) + 1})"
        rows.append((v.variant, v.truth, engines, exact, f"{v.largest:.1f} ({v.worst})" if v.worst else "-"))
    widths = [max(len(row[i]) for row in rows) for i in range(len(HEADS))]
    lines = [
        "  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip() for row in rows
    ]
    lines.insert(1, "-" * (sum(widths) + 2 * len(widths) - 2))
    notes = [f"({i}) no exact values: {reason}" for i, reason in enumerate(reasons, start=1)]
    if any(row[3] == TOO_RARE for row in rows):
        notes.append(f"{TOO_RARE}: too few trials are expected to stop, or not to; ask for more --trials")
    return [*lines, *([""] * bool(notes)), *notes]
