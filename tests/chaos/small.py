"""A run of twelve units that is played in a fraction of a second, and what is compared of its folder."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import lru_cache, partial
from hashlib import sha256
from pathlib import Path
from typing import Any
from unittest.mock import patch

from simulator.loading.load import load
from simulator.model.scenario import Scenario
from simulator.reporting.tables import render
from simulator.study import units
from simulator.study.results import Results
from simulator.study.run import Prepared, prepare
from simulator.study.runner import Listener, Written, stored_or_played
from simulator.study.settings import Settings
from simulator.study.units import PlayedUnit, Unit, Work, play_unit
from tests.cli.conftest import SMALL

__all__ = ["BLOCK", "UNITS", "Played", "drawn", "same", "scenario", "small", "small_blocks", "take_up"]

BLOCK, TRIALS, TRUTHS = 10, 60, 2
UNITS = TRIALS // BLOCK * TRUTHS
Contents = dict[str, str]


@lru_cache
def scenario(folder: Path) -> Scenario:
    """Two variants under two truths."""
    path = folder / "small.yaml"
    path.write_text(SMALL, encoding="utf-8")
    return load(path)


def small(given: Scenario, **asked: Any) -> Prepared:
    """All of it on SimPy in one process, with records."""
    settings = Settings(trials=TRIALS, engine="simpy", jobs=1, records=True)
    return prepare(given, settings.changed(asked))  # type: ignore[arg-type]


@contextmanager
def small_blocks(play: Callable[..., PlayedUnit] = play_unit) -> Iterator[None]:
    """Units of ten trials, played by `play`."""
    with patch.object(units, "BLOCK", BLOCK), patch.object(units, "play_unit", play):
        yield


def drawn(results: Results, folder: Path) -> None:
    """In place of figures, which take longer than all the rest."""
    (folder / "stops.png").write_text(",".join(str(cell.metrics["p_stop"].value) for cell in results.cells))


def take_up(prepared: Prepared, out: Path, *, force: bool = False, **more: Any) -> list[str]:
    """The run into a folder; what it said, also to the list `said`."""
    said: list[str] = more.pop("said", [])
    written = Written(table=partial(render, full=True), draw=more.pop("draw", drawn))
    stored_or_played(prepared, out, force=force, written=written, listener=Listener(say=said.append))
    return said


def same(out: Path) -> Contents:
    """Digest of every file of a finished folder, but for the seconds that playing took."""
    found = {}
    for path in sorted(path for path in out.rglob("*") if path.is_file()):
        data = path.read_bytes()
        if path.name == "results.json":
            about = json.loads(data)
            about["run"]["seconds"] = 0.0
            data = json.dumps(about).encode()
        if path.name not in ("table.txt", "manifest.json"):  # which say seconds, and digests
            found[path.relative_to(out).as_posix()] = sha256(data).hexdigest()
    return found


class Played:
    """Plays each unit once and remembers it: what follows costs nothing but a pause of so many seconds.

    numbers: of units that were asked for.
    """

    def __init__(self, pause: float = 0.0) -> None:
        self.pause = pause
        self.known: dict[int, PlayedUnit] = {}
        self.numbers: list[int] = []

    def __call__(self, work: Work, unit: Unit, *more: Any) -> PlayedUnit:
        self.numbers.append(unit.number)
        if unit.number not in self.known:
            self.known[unit.number] = play_unit(work, unit)
        time.sleep(self.pause)
        return self.known[unit.number]
