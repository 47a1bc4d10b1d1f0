"""What is done to a run, at a random moment, kind by kind; each says in a word what came of it."""

from __future__ import annotations

import resource
import shutil
import signal
import time
from collections.abc import Callable
from pathlib import Path
from random import Random

from simulator.study.ledger import LIST
from tests.chaos.damage import damaged
from tests.chaos.world import BrokenError, Ended, World

__all__ = ["KINDS", "Kind"]

Kind = Callable[[World, Random], str]
REFUSED = ("did not write", "not as it was written")


def _went_on(world: World, ended: Ended) -> str:
    """What came of a run that was stopped, when the same command is given again."""
    again = world.whole()
    if ended.code == 0 or "shown as it is" in again.said:
        return "had ended"
    return "went on, the same" if "going on" in again.said else "began anew, the same"


def kill(world: World, rng: Random) -> str:
    """SIGKILL, once to three times."""
    for _ in range(rng.randint(1, 3)):
        ended = world.stop(rng)
    return _went_on(world, ended)


def interrupt(world: World, rng: Random) -> str:
    """Ctrl-C or termination, once or twice."""
    for _ in range(rng.randint(1, 2)):
        ended = world.stop(rng, (signal.SIGINT, signal.SIGTERM))
        if ended.code == 0 and not world.out.is_dir():
            raise BrokenError(f"exit code 0 without results: {ended.said}")
    return _went_on(world, ended)


def full_disk(world: World, rng: Random) -> str:
    """No file may grow beyond a random size."""
    most = int(2 ** rng.uniform(4, 17))

    def limited() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))

    ended = world.run(before=limited)
    if ended.code and "File too large" not in ended.said:
        raise BrokenError(f"a full disk is not said: {ended.said}")
    if world.finished() and "the same command goes on" not in ended.said:
        raise BrokenError(f"that it goes on is not said: {ended.said}")
    return _went_on(world, ended)


def read_only(world: World, rng: Random) -> str:
    """A folder that cannot be written to: from the beginning, or from some moment on."""
    nobody = world.yield_to_nobody()
    late = rng.random() < 0.7
    if late:
        process = world.start(before=nobody)
        time.sleep(rng.uniform(0, world.seconds))
    shut = [path for path in (world.partial, world.out.parent) if path.is_dir()][: rng.randint(1, 2)]
    for path in shut:
        path.chmod(0o555)
    ended = world.settled(process.wait()) if late else world.run(before=nobody)
    for path in shut:
        if path.is_dir():
            path.chmod(0o755)
    if ended.code and "ermission denied" not in ended.said:
        raise BrokenError(f"what cannot be written is not said: {ended.said}")
    return _went_on(world, ended)


def lost_part(world: World, rng: Random) -> str:
    """A Parquet part of unfinished work is removed or damaged."""
    ended = world.stop(rng)
    parts = sorted((world.partial / "parts").glob("*")) if world.partial.is_dir() else []
    for path in rng.sample(parts, min(len(parts), rng.randint(1, 3))):
        if rng.random() < 0.5:
            path.unlink()
        else:
            path.write_bytes(damaged(path.read_bytes(), rng))
    again = world.whole(kept=True)
    return "played again, the same" if "are lost" in again.said else _nothing(ended, again)


def _nothing(ended: Ended, again: Ended) -> str:
    if ended.code == 0:
        return "had ended"
    return "nothing was lost" if "going on" in again.said else "began anew"


def unfinished_damaged(world: World, rng: Random) -> str:
    """Bytes of any file of unfinished work."""
    ended = world.stop(rng)
    paths = _files(world.partial)
    if not paths:
        return _went_on(world, ended)
    path, stands = rng.choice(paths), world.out.is_dir()
    path.write_bytes(damaged(path.read_bytes(), rng))
    before = _files(world.partial)
    again = world.run()
    if again.code:
        if not any(word in again.said for word in REFUSED) or _files(world.partial) != before:
            raise BrokenError(f"refused, but not as it should be: {again.said}")
        return "refused in words, nothing removed"
    world.whole(kept=True, nobodys=path.name == LIST and stands)
    return "the same"


def finished_damaged(world: World, rng: Random) -> str:
    """Bytes of any file of a finished run: it is not shown; when forced, it is played again."""
    world.whole()
    path = rng.choice(_files(world.out))
    data = path.read_bytes()
    path.write_bytes(damaged(data, rng))
    if path.read_bytes() == data:
        return "nothing was changed"
    again = world.run()
    if again.code == 0 and path.name != "manifest.json":
        raise BrokenError(f"{path.name} was changed and is shown: {again.said}")
    forced = world.run("--force")
    if forced.code == 0:
        world.whole(kept=True)
        return "not shown; forced, the same" if again.code else "shown, the same"
    if not any(word in forced.said for word in REFUSED):
        raise BrokenError(f"refused, but not as it should be: {forced.said}")
    return "refused in words, nothing removed"


def folder_deleted(world: World, rng: Random) -> str:
    """Somebody deletes the folder of unfinished work under way."""
    process = world.start()
    time.sleep(rng.uniform(0, world.seconds))
    shutil.rmtree(world.partial, ignore_errors=True)
    ended = world.settled(process.wait())
    world.whole(kept=True)
    return "said, then the same" if ended.code else "had ended, or had not begun"


def race(world: World, rng: Random) -> str:
    """Two or three of the same command at once, one of them perhaps killed."""
    racing = []
    for _ in range(rng.randint(2, 3)):
        racing.append(world.start())
        time.sleep(rng.uniform(0, 0.5 * world.seconds))
    killed = rng.random() < 0.3
    if killed:
        rng.choice(racing).signal(signal.SIGKILL)
    ended = [process.wait() for process in racing]
    for each in ended:
        if each.code != -signal.SIGKILL:
            world.settled(each)
        if each.code == 2 and not any(word in each.said for word in ("another run", "this run already")):
            raise BrokenError(f"lost the race, and does not say so: {each.said}")
    if not killed and all(each.code for each in ended):
        raise BrokenError(f"nobody won: {ended}")
    world.whole()
    return f"{sum(each.code == 2 for each in ended)} told that another is writing, the same"


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


KINDS: dict[str, Kind] = {
    "kill": kill,
    "interrupt": interrupt,
    "full disk": full_disk,
    "read-only": read_only,
    "lost part": lost_part,
    "unfinished, damaged": unfinished_damaged,
    "finished, damaged": finished_damaged,
    "folder deleted": folder_deleted,
    "race": race,
}
