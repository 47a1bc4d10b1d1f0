"""What commands share whose runs are kept in a folder: playing or showing them, JSON, the width of a line."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path
from shutil import get_terminal_size
from typing import TYPE_CHECKING, TypeVar

from simulator.cli.places import make_way
from simulator.cli.say import STDOUT, say

if TYPE_CHECKING:
    from simulator.study.results import Results
    from simulator.study.run import Prepared
    from simulator.study.runner import Playable, Written
    from simulator.study.store import Storable

    R = TypeVar("R", bound=Storable)

__all__ = ["counted", "line_width", "results_of", "run_of", "write_json"]

INTERRUPTED = 130
LINE = 100  # characters, where there is no terminal
NARROWEST = 60


def results_of(
    prepared: Playable[R], folder: Path, *, force: bool, written: Written[R], cells: bool = False
) -> R:
    """What is stored in the folder, or played now. cells: progress is counted in cells, not in trials."""
    from simulator.cli.progress import compiling, progress
    from simulator.study.runner import Listener, stored_or_played
    from simulator.study.store import unfinished

    listener = Listener(say=partial(say, err=True), compiling=compiling, progress=partial(progress, cells))
    try:
        return stored_or_played(prepared, folder, force=force, written=written, listener=listener)
    except KeyboardInterrupt:
        if unfinished(folder) is None:
            raise
        raise SystemExit(INTERRUPTED) from None  # said already


def run_of(
    prepared: Prepared, folder: Path, *, force: bool, figures: bool = True, adjust: bool = False
) -> Results:
    """The results of a run that is stored in the folder, or played now, with its tables and figures."""
    from simulator.reporting.figures import draw_all
    from simulator.reporting.tables import render
    from simulator.study.runner import Written

    events = counted(prepared)
    written: Written[Results] = Written(
        table=partial(render, events=events, full=True, true_rates=True, adjust=adjust),
        draw=partial(draw_all, events=events, true_rates=True) if figures else None,
    )
    return results_of(prepared, folder, force=force, written=written)


def write_json(results: Storable, json_to: str | None) -> None:
    """results.json to a file, or to stdout, where it was asked for."""
    if json_to is None:
        return
    text = json.dumps(results.as_json(), indent=1, ensure_ascii=False, allow_nan=False)
    if json_to == STDOUT:
        say(text)
    else:
        make_way(Path(json_to)).write_text(text + "\n", encoding="utf-8")


def line_width() -> int:
    """Characters of a line of the terminal, or of what stands in its place."""
    return max(get_terminal_size((LINE, 0)).columns, NARROWEST)


def counted(prepared: Prepared) -> list[str]:
    """Events that a rule of any variant counts, of those that there are in what is played."""
    return prepared.scenario.counted_events(prepared.settings.variants)
