"""Runs that are kept: shown if they are stored, gone on with if unfinished, else compiled for and played.

For the commands and for Python alike; nothing here prints or draws, that is what is handed in.

    prepared = prepare(load("scenarios/leni.yaml"), Settings(trials=100_000))
    results = stored_or_played(prepared, Path("runs/leni"))
"""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path

from simulator.program.tables import Program
from simulator.study.manifest import Manifest, manifest_of
from simulator.study.recording import Recorder
from simulator.study.results import Results
from simulator.study.run import Prepared, Progress, play, silent, versions
from simulator.study.settings import DEFAULT_SEED
from simulator.study.store import JOURNAL, Drawer, reserve, stored, unfinished, write

__all__ = ["Listener", "Written", "compile_engine", "default_folder", "stored_or_played"]


def _nothing(text: str) -> None:
    pass


def _no_table(results: Results) -> str:
    return ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Listener:
    """Who is told what happens: `say` gets lines; `progress` is open while trials are played."""

    say: Callable[[str], None] = _nothing
    progress: Callable[[], AbstractContextManager[Progress]] = lambda: nullcontext(silent)


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What stands in a folder beside the results: the text of table.txt, and figures."""

    table: Callable[[Results], str] = _no_table
    draw: Drawer | None = None


def stored_or_played(
    prepared: Prepared,
    folder: Path,
    *,
    force: bool = False,
    written: Written | None = None,
    listener: Listener | None = None,
) -> Results:
    """The results that `folder` has already, or those of trials played now and written there.

    Unfinished work of the same run is gone on with. force: replace what is stored, by this or another run of
    ours. TrialstopError if the folder holds another run and is not to be replaced, or anything that is not
    ours; on KeyboardInterrupt and SystemExit what is finished stays (`store.unfinished`).
    """
    written, listener = written or Written(), listener or Listener()
    manifest = _manifest(prepared)
    there = stored(folder, manifest)
    if there is not None and not force:
        listener.say(f"{folder}: this run is stored there; shown as it is (--force plays it again)")
        if written.draw is not None and not (folder / "figures").is_dir():
            listener.say(f"{folder}: stored without figures (--force draws them)")
        return there
    try:
        with reserve(folder, manifest, force=force) as work:
            results = _played(prepared, manifest, work, listener)
            write(work, results, manifest, written.table(results), written.draw)
        return results
    except (KeyboardInterrupt, SystemExit):
        if (left := unfinished(folder)) is not None:
            listener.say(f"interrupted: what is finished is in {left}; the same command goes on")
        raise


def default_folder(prepared: Prepared) -> Path:
    """`runs/SCENARIO-HASH`: another place for every other run."""
    return Path("runs") / f"{Path(prepared.scenario.file).stem}-{_manifest(prepared).digest()}"


def compile_engine(
    program: Program, seed: int = DEFAULT_SEED, say: Callable[[str], None] = _nothing
) -> float:
    """Have the compiled engine ready to play any Program; returns the seconds that took.

    Before the clock that speed and the time left are told by. `say` is told if there is something to compile.
    """
    from simulator.engines.compiled.driver import COMPILE_SECONDS, play, warm

    start = time.perf_counter()
    if not warm():
        say(f"the engine is compiled, once: about {COMPILE_SECONDS} s")
    play(program, seed, 0, 1)
    return time.perf_counter() - start


def _manifest(prepared: Prepared) -> Manifest:
    return manifest_of(prepared.scenario, prepared.settings, versions(), prepared.asks)


def _played(prepared: Prepared, manifest: Manifest, folder: Path, listener: Listener) -> Results:
    journal, settings = folder / JOURNAL, prepared.settings
    if journal.is_file():
        listener.say(f"{folder}: going on from what is finished there")
    if prepared.engine == "compiled":
        compile_engine(next(iter(prepared.cells.values())), settings.seed, listener.say)
    with listener.progress() as told, Recorder(folder) if settings.records else nullcontext() as keep:
        return play(prepared, progress=told, keep=keep, journal=journal, command=manifest.command)
