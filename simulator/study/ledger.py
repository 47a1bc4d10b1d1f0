"""The files this program wrote, each with size and digest: nothing else is ever removed.

A finished folder has its list in manifest.json. A folder that is worked in has it in files.jsonl, a line
before a file is begun and another when it is whole, so that also after a kill every file of ours can be told
from one that somebody put there.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path, PurePosixPath

from simulator.errors import TrialstopError

__all__ = [
    "BY_NAME",
    "LIST",
    "Ledger",
    "Listed",
    "Mark",
    "changed",
    "files",
    "holds",
    "mark",
    "named",
    "remove",
    "set_aside",
    "strangers",
    "sync",
]

LIST = "files.jsonl"
FORMAT = "trialstop/files/1"
BY_NAME = -1  # size in lists of version 0.1.0, which have names only
SYNCED_AT_ONCE = 8  # files; a disk writes several in the time of one
OURS = ("parts", "result", "result/figures", "figures")  # folders, which may be empty after a kill


@dataclass(frozen=True, slots=True)
class Mark:
    """A whole file: its path relative to its folder, with /, its bytes, and their SHA-256.

    TrialstopError for a name that leads out of the folder.
    """

    name: str
    size: int
    sha256: str

    def __post_init__(self) -> None:
        path = PurePosixPath(self.name)
        if path.is_absolute() or ".." in path.parts or not path.parts:
            raise TrialstopError(f"{self.name!r} is no file of this folder")


Listed = Mapping[str, Mark | None]
"""Name -> its mark; None: begun, and perhaps not whole."""


class Ledger:
    """The list of a folder that is worked in.

    listed: what stands in it, for when somebody deletes it with the folder while files are being written.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.path = folder / LIST
        if not self.path.exists():
            with named(self.path):
                self.path.write_bytes(b"\n" + json.dumps({"format": FORMAT}).encode())
        self.listed = self.read(folder) or {}

    def begin(self, names: Iterable[str], *, through: bool = False) -> None:
        """These files will be written. through: wait until that is on the disk, so that no power loss leaves
        a file of which nobody knows that it is ours; once for many names, since it takes a while.
        """
        fresh: dict[str, Mark | None] = dict.fromkeys(names)
        self.listed |= fresh
        self._append(*({"name": name} for name in fresh), through=through)

    def whole(self, names: Iterable[str]) -> tuple[Mark, ...]:
        """These files are whole; returns their marks."""
        found = tuple(mark(self.folder, name) for name in names)
        self.listed |= {each.name: each for each in found}
        self._append(*map(asdict, found))
        return found

    def _append(self, *lines: Mapping[str, object], through: bool = False) -> None:
        """Each begins with a line feed: a line that a kill left half written spoils none after it.

        To a list that is there: one begun anew would be nobody's.
        """
        with named(self.path), self.path.open("r+b") as file:
            file.seek(0, os.SEEK_END)
            file.write("".join(f"\n{json.dumps(line)}" for line in lines).encode())
            if through:
                file.flush()
                os.fsync(file.fileno())

    @staticmethod
    def read(folder: Path) -> dict[str, Mark | None] | None:
        """The list of a folder; None if it has none of ours. A line that cannot be read lists nothing."""
        try:
            lines = (folder / LIST).read_bytes().split(b"\n")
        except OSError:
            return None
        head = json.dumps({"format": FORMAT}).encode()
        if not head.startswith(b"".join(lines[:2])):
            return None
        found: dict[str, Mark | None] = {LIST: None}
        for line in lines[2:]:
            with suppress(ValueError, TypeError, KeyError, TrialstopError):
                about = json.loads(line)
                found[str(about["name"])] = Mark(**about) if "size" in about else None
        return found


# ---------------------------------------------------------------- what is there


def mark(folder: Path, name: str) -> Mark:
    """The mark of a file as it is now."""
    with named(folder / name), (folder / name).open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
        return Mark(name, file.tell(), digest)


def holds(folder: Path, listed: Mark) -> bool:
    """Whether a file is there as it was written."""
    path = folder / listed.name
    if path.is_symlink() or not path.is_file():
        return False
    return listed.size == BY_NAME or (
        path.stat().st_size == listed.size and mark(folder, listed.name) == listed
    )


def changed(folder: Path, listed: Iterable[Mark | None]) -> list[str]:
    """Whole files that are not as they were written, or not there at all."""
    return [each.name for each in listed if each is not None and not holds(folder, each)]


def files(folder: Path) -> list[str]:
    """Files, and folders without files, below a folder; relative, in order."""
    paths = (p for p in sorted(folder.rglob("*")) if not p.is_dir() or p.is_symlink() or not any(p.iterdir()))
    return [p.relative_to(folder).as_posix() for p in paths]


def strangers(folder: Path, listed: Iterable[str]) -> list[str]:
    """What a folder holds beside the listed files and folders of ours."""
    known = {*listed, *OURS}
    return [name for name in files(folder) if name not in known]


# ---------------------------------------------------------------- removing, keeping


def remove(folder: Path, listed: Listed, kept: Path) -> list[str]:
    """Remove the listed files, and the folders that this leaves empty. What is not listed stays.

    Files that were changed since they were written go to the folder `kept`; returns where they are.
    """
    aside = []
    for name, whole in listed.items():
        path = folder / name
        if whole is not None and path.is_file() and not holds(folder, whole):
            aside.append(set_aside(folder, name, kept))
        else:
            path.unlink(missing_ok=True)
    below = sorted((p for p in folder.rglob("*") if p.is_dir() and not p.is_symlink()), reverse=True)
    for each in (*below, folder):
        with suppress(OSError):  # not empty
            each.rmdir()
    return aside


def set_aside(folder: Path, name: str, kept: Path) -> str:
    """Move a file to the folder `kept`, over nothing; returns where it is."""
    target, number = kept / name, 1
    while target.exists() or target.is_symlink():
        number += 1
        target = kept / f"{name}.{number}"
    target.parent.mkdir(parents=True, exist_ok=True)
    (folder / name).rename(target)
    return str(target)


@contextmanager
def named(path: Path) -> Iterator[None]:
    """An OSError within says the file it is about."""
    try:
        yield
    except OSError as error:
        if error.filename is not None:
            raise
        raise OSError(error.errno, error.strerror or str(error), str(path)) from error


def sync(*paths: Path) -> None:
    """Have files, and the names in folders, on the disk: they are there also after a power loss."""
    with ThreadPoolExecutor(SYNCED_AT_ONCE) as pool:
        list(pool.map(_synced, paths))


def _synced(path: Path) -> None:
    with named(path):
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
