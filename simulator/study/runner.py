"""Runs that are kept: shown if they are stored, gone on with if unfinished, else compiled for and played.

For the commands and for Python alike; nothing here prints or draws, that is what is handed in.

    prepared = prepare(load("scenarios/leni.yaml"), Settings(trials=100_000))
    results = stored_or_played(prepared, Path("runs/leni"))
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path

from simulator.program.tables import Program
from simulator.study.ledger import Mark
from simulator.study.manifest import Manifest, manifest_of, read_manifest
from simulator.study.recording import Recorder
from simulator.study.results import Results
from simulator.study.run import Prepared, play
from simulator.study.store import Drawer, Workplace, partial_of, put_away, reserve, stored, unfinished, write
from simulator.study.underway import Progress, silent, unsaid

__all__ = ["Compiling", "Listener", "Written", "compile_engine", "default_folder", "stored_or_played"]

Compiling = Callable[[str, int, int], None]
"""Is told (name of the kernel compiled last, how many so far, how many there are)."""


def _unseen(name: str, done: int, of: int) -> None:
    pass


def _no_table(results: Results) -> str:
    return ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Listener:
    """Who is told what happens: `say` gets lines.

    compiling: open while kernels are compiled. progress: open while trials are played.
    """

    say: Callable[[str], None] = unsaid
    compiling: Callable[[], AbstractContextManager[Compiling]] = lambda: nullcontext(_unseen)
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
    ours, or if what it stores is not as it was written; whatever ends the run early, what is finished stays
    (`store.unfinished`).
    """
    written, listener = written or Written(), listener or Listener()
    prepared = prepared if force else _as_begun(prepared, folder)
    manifest = _manifest(prepared)
    there = None if force else stored(folder, manifest)
    if there is not None:
        put_away(folder, listener.say)
        listener.say(f"{folder}: this run is stored there; shown as it is (--force plays it again)")
        if written.draw is not None and not (folder / "figures").is_dir():
            listener.say(f"{folder}: stored without figures (--force draws them)")
        return there
    with reserve(folder, manifest, force=force, say=listener.say) as place:
        results, records = _played(prepared, manifest, place, listener)
        write(place, results, manifest, written.table(results), written.draw, records)
    return results


def default_folder(prepared: Prepared) -> Path:
    """`runs/SCENARIO-HASH`: another place for every other run."""
    folders = [
        Path("runs") / f"{Path(each.scenario.file).stem}-{_manifest(each).digest()}"
        for each in _alike(prepared)
    ]
    return next((folder for folder in folders if folder.is_dir() or unfinished(folder)), folders[0])


def _alike(prepared: Prepared) -> Iterator[Prepared]:
    """What was prepared, and the same on the engine that might as well have been chosen."""
    yield prepared
    if prepared.other is not None:
        yield prepared.on(prepared.other)


def _as_begun(prepared: Prepared, folder: Path) -> Prepared:
    """On the engine that a folder has this run of, finished or not: which it is makes no other run of it."""
    there = read_manifest(folder) or read_manifest(partial_of(folder))
    if there is None:
        return prepared
    return next((each for each in _alike(prepared) if not there.differences(_manifest(each))), prepared)


def compile_engine(program: Program, listener: Listener) -> float:
    """Have the compiled engine ready to play any Program; returns the seconds that took.

    Before the clock that speed and the time left are told by. The listener is told if there is something to
    compile, and how far it has come.
    """
    from simulator.engines.compiled.driver import COMPILE_SECONDS, compile_kernels, warm
    from simulator.engines.compiled.jit import WHY_TEMPORARY

    start = time.perf_counter()
    if WHY_TEMPORARY:
        listener.say(f"compiled code is not kept: {WHY_TEMPORARY}")
    if warm():
        compile_kernels(program, _unseen)
    else:
        runs = "this run" if WHY_TEMPORARY else "all runs"
        listener.say(
            f"nothing is compiled yet: compiling, once for {runs}, takes about {COMPILE_SECONDS} s "
            "(twice as long on a slow machine)"
        )
        with listener.compiling() as told:
            compile_kernels(program, told)
    return time.perf_counter() - start


def _manifest(prepared: Prepared) -> Manifest:
    return manifest_of(prepared.scenario, prepared.settings, prepared.versions, prepared.asks)


def _played(
    prepared: Prepared, manifest: Manifest, place: Workplace, listener: Listener
) -> tuple[Results, Sequence[Mark]]:
    """The results, and the files of records that are in `result/` already."""
    if place.journal.is_file():
        listener.say(f"{place.folder}: going on from what is finished there")
    if prepared.engine_note:
        longer = "" if prepared.other is not None else ", which takes longer"
        listener.say(f"played on SimPy{longer}: {prepared.engine_note}")
    if prepared.engine == "compiled":
        compile_engine(next(iter(prepared.cells.values())), listener)
    keep = Recorder(place.folder, place.result.name, place.ledger) if prepared.settings.records else None
    with listener.progress() as told, keep or nullcontext():
        results = play(
            prepared,
            progress=told,
            keep=keep,
            journal=place.journal,
            command=manifest.command,
            say=listener.say,
        )
    return results, keep.files if keep is not None else ()
