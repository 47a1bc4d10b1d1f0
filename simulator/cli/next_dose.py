"""`trialstop next-dose`: what the dose finding says after the outcomes so far."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from simulator.cli.options import FILE, set_option, variant_option
from simulator.cli.places import make_way, refuse_unless_writable
from simulator.cli.say import STDOUT, say
from simulator.cli.usage import Whole
from simulator.errors import TrialstopError

if TYPE_CHECKING:
    from simulator.program.dose_outcomes import Outcomes

__all__ = ["command"]

AHEAD, MOST_AHEAD = 3, 20  # cohorts


@click.command("next-dose", short_help="Say which dose comes next, from the outcomes so far.")
@click.argument("file", metavar="FILE", type=FILE)
@click.option(
    "--outcomes",
    required=True,
    metavar="TEXT|FILE.csv",
    help="Cohorts in order: the dose, by number on the ladder or quoted name, and a letter per patient: N no "
    "DLT, T a DLT, M no DLT but the milder event of an accelerated first stage, X not evaluable, ? not known "
    "yet; such as `1NNN 2NTN`. Or a CSV file of cohort, patient, dose, tox.",
)
@variant_option(many=False)
@set_option
@click.option("--what-if", is_flag=True, help="Also for every number of DLTs in the cohort that comes next.")
@click.option(
    "--pathways",
    type=Whole(1, MOST_AHEAD),
    is_flag=False,
    flag_value=AHEAD,
    metavar="K",
    help=f"Also every way over the next K cohorts; {AHEAD} if K is left out.",
)
@click.option(
    "--out",
    type=FILE,
    metavar="FILE.png",
    help=f"Draw the ways as a tree; over {AHEAD} cohorts without --pathways.",
)
@click.option(
    "--json", "json_to", type=FILE, metavar="FILE|-", help="Also write the answer here; - for stdout, alone."
)
@click.option(
    "--csv",
    "csv_to",
    type=FILE,
    metavar="FILE|-",
    help="Also write the outcomes here, a row per patient; - for stdout, alone.",
)
def command(
    file: str,
    outcomes: str,
    variant: str | None,
    sets: tuple[str, ...],
    what_if: bool,
    pathways: int | None,
    **places: str | None,
) -> None:
    """Follow the dose finding of FILE through the outcomes so far, and say what it asks for next.

    Where cohorts are not as the design would have had them a warning says so, and the answer is that to
    the counts as they are. Amendments come where counts bring them about, or where | stands.
    """
    out, json_to, csv_to = (places[name] for name in ("out", "json_to", "csv_to"))
    _check(out, json_to, csv_to)
    from simulator.loading.load import load
    from simulator.reporting.next_dose import next_dose

    ahead = pathways or (AHEAD if out is not None else 0)
    answer = next_dose(
        load(file, sets), _read(outcomes), variant=variant, what_if=what_if, pathways_ahead=ahead
    )
    drawn = []
    if out is not None:
        from simulator.reporting.figures import draw_pathways

        drawn = draw_pathways(answer, make_way(Path(out)))
    for line in (*(f"warning: {remark}" for remark in answer.course.remarks), *map(str, drawn)):
        say(line, err=True)
    _write(json.dumps(answer.tree(), indent=1, ensure_ascii=False, allow_nan=False), json_to)
    _write(answer.csv().rstrip("\n"), csv_to)
    if STDOUT not in (json_to, csv_to):
        say(answer.text(pathways=pathways is not None))


def _check(out: str | None, json_to: str | None, csv_to: str | None) -> None:
    """TrialstopError for a place that cannot be written, before any work."""
    if out is not None and not out.endswith(".png"):
        raise TrialstopError(f"--out {out}: allowed a file that ends in .png")
    if json_to == csv_to == STDOUT:
        raise TrialstopError("--json - and --csv -: each wants stdout alone; name a file for one of them")
    for option, place in (("--out", out), ("--json", json_to), ("--csv", csv_to)):
        if place is not None and (place != STDOUT or option == "--out"):
            refuse_unless_writable(option, Path(place))


def _read(outcomes: str) -> Outcomes:
    """Cohorts as written, or from a CSV file."""
    from simulator.program.dose_outcomes import parse_outcome_csv, parse_outcomes

    if not outcomes.endswith(".csv"):
        return parse_outcomes(outcomes)
    try:
        text = Path(outcomes).read_text(encoding="utf-8")
    except (OSError, ValueError) as error:  # ValueError: no UTF-8
        reason = error.strerror if isinstance(error, OSError) and error.strerror else "it is not UTF-8"
        raise TrialstopError(f"--outcomes {outcomes}: cannot be read: {reason}") from None
    return parse_outcome_csv(text, outcomes)


def _write(text: str, place: str | None) -> None:
    if place == STDOUT:
        say(text)
    elif place is not None:
        make_way(Path(place)).write_text(text + "\n", encoding="utf-8")
