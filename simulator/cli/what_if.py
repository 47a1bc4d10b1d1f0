"""What the commands of what-ifs share: where findings go, and showing them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

import click

from simulator.cli.kept import line_width, results_of, write_json
from simulator.cli.options import FILE, kept_options, set_option
from simulator.cli.places import make_way, refuse_unless_writable
from simulator.cli.say import STDOUT, say
from simulator.errors import TrialstopError

if TYPE_CHECKING:
    from simulator.study.runner import Playable
    from simulator.study.store import Drawer
    from simulator.what_ifs.findings import Findings, Found

    R = TypeVar("R", bound=Found)

    class WhatIf(Playable[Findings[R]], Protocol[R]):
        """A what-if that can be played and kept."""

        @property
        def notes(self) -> tuple[str, ...]:
            """What a reader must know before it is played."""
            ...


__all__ = ["Going", "going_options", "show"]

F = TypeVar("F", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True, kw_only=True)
class Going:
    """What of the file is changed before it is read, and where findings go."""

    sets: tuple[str, ...]
    out: str | None
    force: bool
    json_to: str | None
    csv_to: str | None
    no_figures: bool = True

    def check(self) -> None:
        """TrialstopError for a place that cannot be written, before any work."""
        for option, place in (("--json", self.json_to), ("--csv", self.csv_to)):
            if place is not None and place != STDOUT:
                refuse_unless_writable(option, Path(place))
        if self.json_to == self.csv_to == STDOUT:
            raise TrialstopError("--json - and --csv -: each wants stdout alone; name a file for one of them")


def going_options(function: F, *, figures: bool = True) -> F:
    """--set, --out, --force, --json, --csv and, where there are any, --no-figures; handed on as `going`."""

    @wraps(function)
    def packed(**given: Any) -> Any:
        going = Going(**{name: given.pop(name) for name in Going.__dataclass_fields__ if name in given})
        going.check()
        return function(going=going, **given)

    options = [
        click.option(
            "--csv",
            "csv_to",
            type=FILE,
            metavar="FILE|-",
            help="Also write every number as CSV; - for stdout, alone.",
        ),
    ]
    if figures:
        options.append(click.option("--no-figures", is_flag=True, help="Draw nothing."))
    decorated: Any = kept_options(packed)
    for option in reversed(options):
        decorated = option(decorated)
    return set_option(decorated)  # type: ignore[no-any-return]


def show(
    prepared: WhatIf[R],
    going: Going,
    *,
    table: Callable[..., str],
    draw: Drawer[Findings[R]] | None,
    csv: Callable[[Findings[R]], str] | None = None,
    cells: bool = True,
) -> None:
    """Play what was prepared, or take it from its folder; print the table, or what is to go to stdout alone.

    table: of findings, `full` and `width`. csv: of findings; None: of their cells. cells: progress is counted
    in cells, not in trials.
    """
    from simulator.study.runner import Written, default_folder
    from simulator.what_ifs.tidy_cells import csv_of

    for text in (*(warning.text() for warning in prepared.scenario.warnings), *prepared.notes):
        say(text, err=True)
    folder = Path(going.out) if going.out else default_folder(prepared)
    written = Written(
        table=lambda findings: table(findings, full=True), draw=None if going.no_figures else draw
    )
    findings = results_of(prepared, folder, force=going.force, written=written, cells=cells)
    as_csv = csv or csv_of
    write_json(findings, going.json_to)
    if going.csv_to == STDOUT:
        say(as_csv(findings).rstrip("\n"))
    elif going.csv_to is not None:
        make_way(Path(going.csv_to)).write_text(as_csv(findings), encoding="utf-8")
    say(f"results in {folder}/", err=True)
    if STDOUT not in (going.json_to, going.csv_to):
        say(table(findings, width=line_width()))
