"""Runs that are kept: shown if they are stored, gone on with if unfinished, else compiled for and played.

For the commands and for Python alike; nothing here prints or draws, that is what is handed in.

    prepared = prepare(load("scenarios/leni.yaml"), Settings(trials=100_000))
    results = stored_or_played(prepared, Path("runs/leni"))
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, Protocol, TypeVar

from simulator.model.scenario import Scenario
from simulator.program.tables import Program
from simulator.study.ledger import Mark
from simulator.study.manifest import Manifest, manifest_of, read_manifest
from simulator.study.recording import Recorder
from simulator.study.settings import Settings
from simulator.study.store import (
    Drawer,
    Storable,
    Workplace,
    partial_of,
    put_away,
    reserve,
    stored,
    unfinished,
    write,
)
from simulator.study.underway import Keeper, Progress, silent, unsaid
from simulator.study.units import EngineName

__all__ = [
    "Compiling",
    "Listener",
    "Playable",
    "Written",
    "compile_engine",
    "default_folder",
    "stored_or_played",
]

R = TypeVar("R", bound=Storable)

Compiling = Callable[[str, int, int], None]
"""Is told (name of the kernel compiled last, how many so far, how many there are)."""


def _unseen(name: str, done: int, of: int) -> None:
    pass


def _no_table(results: object) -> str:
    return ""


class Playable(Protocol[R]):
    """What can be played and kept in a folder: a run, or a what-if."""

    @property
    def scenario(self) -> Scenario:
        """What it is about."""
        ...

    @property
    def settings(self) -> Settings:
        """With nothing left open."""
        ...

    @property
    def asks(self) -> tuple[str, ...]:
        """The command and its options."""
        ...

    @property
    def versions(self) -> dict[str, str]:
        """What the numbers are made with."""
        ...

    @property
    def engine_note(self) -> str:
        """Why it is not the compiled engine."""
        ...

    @property
    def other(self) -> EngineName | None:
        """The engine that might as well have been chosen."""
        ...

    @property
    def compiles(self) -> Program | None:
        """A Program that the compiled engine is to be ready for; None where it does not play."""
        ...

    def alike(self) -> Iterator[Playable[R]]:
        """This, and whatever has the same results."""
        ...

    def play(
        self,
        *,
        progress: Progress,
        keep: Keeper | None,
        journal: Path | None,
        command: str,
        say: Callable[[str], None],
    ) -> R:
        """Play, going on from what the journal has."""
        ...

    def read(self, data: Mapping[str, Any]) -> R:
        """What is stored."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Listener:
    """Who is told what happens: `say` gets lines.

    compiling: open while kernels are compiled. progress: open while trials are played.
    """

    say: Callable[[str], None] = unsaid
    compiling: Callable[[], AbstractContextManager[Compiling]] = lambda: nullcontext(_unseen)
    progress: Callable[[], AbstractContextManager[Progress]] = lambda: nullcontext(silent)


@dataclass(frozen=True, slots=True, kw_only=True)
class Written(Generic[R]):
    """What stands in a folder beside the results: the text of table.txt, and figures."""

    table: Callable[[R], str] = _no_table
    draw: Drawer[R] | None = None


def stored_or_played(
    prepared: Playable[R],
    folder: Path,
    *,
    force: bool = False,
    written: Written[R] | None = None,
    listener: Listener | None = None,
) -> R:
    """The results that `folder` has already, or those of trials played now and written there.

    Unfinished work of the same run is gone on with. force: replace what is stored, by this or another run of
    ours. TrialstopError if the folder holds another run and is not to be replaced, or anything that is not
    ours, or if what it stores is not as it was written; whatever ends the run early, what is finished stays
    (`store.unfinished`).
    """
    written, listener = written if written is not None else Written(), listener or Listener()
    prepared = prepared if force else _as_begun(prepared, folder)
    manifest = _manifest(prepared)
    there = None if force else stored(folder, manifest, prepared.read)
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


def default_folder(prepared: Playable[Any]) -> Path:
    """`runs/SCENARIO-HASH`: another place for every other run."""
    folders = [
        Path("runs") / f"{Path(each.scenario.file).stem}-{_manifest(each).digest()}"
        for each in prepared.alike()
    ]
    return next((folder for folder in folders if folder.is_dir() or unfinished(folder)), folders[0])


def _as_begun(prepared: Playable[R], folder: Path) -> Playable[R]:
    """On the engine that a folder has this run of, finished or not: which it is makes no other run of it."""
    there = read_manifest(folder) or read_manifest(partial_of(folder))
    if there is None:
        return prepared
    return next((each for each in prepared.alike() if not there.differences(_manifest(each))), prepared)


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


def _manifest(prepared: Playable[Any]) -> Manifest:
    return manifest_of(prepared.scenario, prepared.settings, prepared.versions, prepared.asks)


def _played(
    prepared: Playable[R], manifest: Manifest, place: Workplace, listener: Listener
) -> tuple[R, Sequence[Mark]]:
    """The results, and the files of records that are in `result/` already."""
    if place.journal.is_file():
        listener.say(f"{place.folder}: going on from what is finished there")
    if prepared.engine_note:
        longer = "" if prepared.other is not None else ", which takes longer"
        listener.say(f"played on SimPy{longer}: {prepared.engine_note}")
    if (program := prepared.compiles) is not None:
        compile_engine(program, listener)
    keep = Recorder(place.folder, place.result.name, place.ledger) if prepared.settings.records else None
    with listener.progress() as told, keep or nullcontext():
        results = prepared.play(
            progress=told,
            keep=keep,
            journal=place.journal,
            command=manifest.command,
            say=listener.say,
        )
    return results, keep.files if keep is not None else ()
