"""Where episodes of chaos take place: folders, processes forked from a warm one, what must be true."""

from __future__ import annotations

import os
import shutil
import signal
import sys
import time
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

from simulator.cli.main import main
from simulator.study import units
from simulator.study.journal import Journal
from tests.chaos.small import Played, same
from tests.cli.conftest import SMALL

__all__ = ["BrokenError", "Ended", "Process", "World"]

NOBODY = 65534
PATIENCE = 60.0  # seconds after which a process counts as hung
TRACEBACK = 70  # exit code of a child that raised what nobody caught
SETTLED = (0, 2, 128 + signal.SIGINT, 128 + signal.SIGTERM)


class BrokenError(Exception):
    """A promise was not kept."""


@dataclass(frozen=True, slots=True)
class Ended:
    """A process that has ended: its exit code, or minus the signal that killed it; what it said."""

    code: int
    said: str


class Process:
    """A command in a forked process, in the working folder."""

    def __init__(self, arguments: Sequence[str], folder: Path, before: Callable[[], object] | None) -> None:
        reading, writing = os.pipe()
        self.reading = reading
        self.pid = os.fork()
        if not self.pid:
            _become(arguments, folder, before, writing)
        os.close(writing)

    def signal(self, number: int) -> None:
        """Send a signal, if it is still there."""
        os.kill(self.pid, number)  # a zombie takes it, and nothing happens

    def wait(self) -> Ended:
        """Until it has ended; what it said, of the first 64 kB."""
        deadline = time.monotonic() + PATIENCE
        while (found := os.waitpid(self.pid, os.WNOHANG))[0] == 0:
            if time.monotonic() > deadline:
                self.signal(signal.SIGKILL)
                os.waitpid(self.pid, 0)
                raise BrokenError(f"a process did not end within {PATIENCE:.0f} s")
            time.sleep(0.002)
        said = os.read(self.reading, 1 << 16).decode(errors="replace")
        os.close(self.reading)
        return Ended(os.waitstatus_to_exitcode(found[1]), said)


def _become(
    arguments: Sequence[str], folder: Path, before: Callable[[], object] | None, writing: int
) -> None:
    """Run the command and end this process, whatever comes."""
    code = TRACEBACK
    try:
        for stream in (1, 2):
            os.dup2(writing, stream)
        sys.stdout, sys.stderr = open(1, "w", closefd=False), open(2, "w", closefd=False)  # noqa: SIM115
        os.chdir(folder)
        signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored where this is in the background
        if before is not None:
            before()
        main(arguments)
    except SystemExit as error:
        code = error.code if isinstance(error.code, int) else TRACEBACK
    except BaseException:
        traceback.print_exc()
    finally:
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
        os._exit(code)


class World:
    """A working folder, and per way of playing the folder of an undisturbed run and the time it takes.

    played: in place of playing again and again, where time is short.
    """

    def __init__(self, folder: Path, ways: Sequence[tuple[str, int]], played: Played | None) -> None:
        self.folder = folder
        self.started = self.units = 0
        self.slowest = 0.0
        (folder / "small.yaml").write_text(SMALL, encoding="utf-8")
        folder.chmod(0o755)
        if played is not None:
            units.play_unit = played
        self.ways: list[tuple[list[str], dict[str, str], float]] = []
        for engine, jobs in ways:
            command = ["run", "small.yaml", "--trials", "60", "--no-figures", "--records"]
            command += ["--engine", engine, "--jobs", str(jobs)]
            self.ways.append(self._measured(command, f"whole-{engine}-{jobs}"))
        self.out, self.way = folder, self.ways[0]

    def _measured(self, command: list[str], name: str) -> tuple[list[str], dict[str, str], float]:
        """Once in this process, so that its children have everything loaded; then in one of them."""
        here = Path.cwd()
        os.chdir(self.folder)
        try:
            main([*command, "--out", name])
        except SystemExit as error:
            if error.code:
                raise
        finally:
            os.chdir(here)
        start = time.monotonic()
        ended = Process([*command, "--out", f"{name}-again"], self.folder, None).wait()
        seconds = time.monotonic() - start
        whole = same(self.folder / name)
        if ended.code or same(self.folder / f"{name}-again") != whole:
            raise BrokenError(f"an undisturbed run ended with {ended}, or differs from another")
        return command, whole, seconds

    # ---------------------------------------------------------------- an episode

    def begin(self, name: str, rng: Random) -> None:
        """A new folder, and one of the ways of playing."""
        if self.out != self.folder:
            shutil.rmtree(self.out.parent)
        (self.folder / name).mkdir()
        self.out, self.way = self.folder / name / "here", rng.choice(self.ways)

    @property
    def partial(self) -> Path:
        """Where work goes on."""
        return self.out.with_name("here.partial")

    @property
    def seconds(self) -> float:
        """That an undisturbed run takes."""
        return self.way[2]

    def start(self, *more: str, before: Callable[[], object] | None = None) -> Process:
        """The command, on its way."""
        self.started += 1
        out = self.out.relative_to(self.folder)
        return Process([*self.way[0], "--out", str(out), *more], self.folder, before)

    def run(self, *more: str, **how: Any) -> Ended:
        """The command, to its end, which must be one that is promised."""
        return self.settled(self.start(*more, **how).wait())

    def settled(self, ended: Ended) -> Ended:
        """What ended as is promised: done, mended by the user, or interrupted; in words."""
        if ended.code not in SETTLED or "Traceback" in ended.said:
            raise BrokenError(f"exit code {ended.code}: {ended.said}")
        return ended

    def finished(self) -> int:
        """Units in the journal."""
        journal, copy = self.partial / "journal.bin", self.out.with_name("copy")
        if not journal.is_file():
            return 0
        shutil.copy(journal, copy)
        count = len(list(Journal(copy).entries()))
        copy.unlink()
        return count

    def stop(self, rng: Random, numbers: Sequence[int] = (signal.SIGKILL,)) -> Ended:
        """Start the command, and send a signal at a random moment; what was finished before still is."""
        before = self.finished()
        process = self.start()
        time.sleep(rng.uniform(0, 1.1 * self.seconds))
        number = rng.choice(numbers)
        sent = time.monotonic()
        process.signal(number)
        ended = process.wait()
        if number != signal.SIGKILL:
            self.slowest = max(self.slowest, time.monotonic() - sent)
            self.settled(ended)
        elif ended.code not in (0, -signal.SIGKILL):
            raise BrokenError(f"exit code {ended.code}: {ended.said}")
        after = self.finished()
        if after < before and not self.out.is_dir():
            raise BrokenError(f"{before} units were finished, now {after}: {ended.said}")
        return ended

    def whole(self, *more: str, kept: bool = False, nobodys: bool = False) -> Ended:
        """The command left alone: exit code 0, the undisturbed run's folder, nothing beside it.

        kept: but for what was damaged. nobodys: and for work whose list was, when results were in place.
        """
        self.units += self.finished()
        ended = self.run(*more)
        if ended.code:
            raise BrokenError(f"left alone, exit code {ended.code}: {ended.said}")
        found, wanted = same(self.out), self.way[1]
        if found != wanted:
            names = [name for name in {**found, **wanted} if found.get(name) != wanted.get(name)]
            raise BrokenError(f"{names} differ from those of an undisturbed run: {ended.said}")
        allowed = {"here"} | ({"here.kept"} if kept else set()) | ({"here.partial"} if nobodys else set())
        beside = {path.name for path in self.out.parent.iterdir()} - allowed
        if beside:
            raise BrokenError(f"left behind: {beside}")
        return ended

    def yield_to_nobody(self) -> Callable[[], object] | None:
        """What a child does first so that permissions hold for it: root, who has none, becomes nobody."""
        if os.geteuid():
            return None
        for path in (self.out.parent, *self.out.parent.rglob("*")):
            os.chown(path, NOBODY, NOBODY)
        return lambda: os.setuid(NOBODY)
