"""Where compiled kernels are kept: one folder per state of the sources, so that no stale code is run.

Numba looks for edits in a function's own file only: it would go on using a kernel whose callee, or a
constant taken from another module, has changed.  So the folder is named by everything compiled code
can depend on.  Kept code is unpickled and run, so a folder in which anybody else could have put some is not
used.  Nothing here imports Numba.
"""

from __future__ import annotations

import atexit
import hashlib
import os
import platform
import re
import shutil
import stat
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

__all__ = ["KEPT_DAYS", "Opened", "fingerprint", "open_folder", "prune", "user_folder"]

KEPT_DAYS = 30.0  # a folder unused for longer is removed
SECONDS_PER_DAY = 86400.0
WITHIN = ("trialstop", "kernels")  # the folder in the user's cache
PRIVATE = 0o700
OTHERS = stat.S_IRWXG | stat.S_IRWXO
OTHERS_WRITE = stat.S_IWGRP | stat.S_IWOTH
DIGITS = 32  # hexadecimal digits of a fingerprint: 128 bits

# Settings that change the machine code but not the key of a kernel in Numba's own index.
SETTINGS = (
    "NUMBA_BOUNDSCHECK",
    "NUMBA_CPU_FEATURES",
    "NUMBA_CPU_NAME",
    "NUMBA_DEBUGINFO",
    "NUMBA_LOOP_VECTORIZE",
    "NUMBA_OPT",
    "NUMBA_SLP_VECTORIZE",
)

_IMPORTED = re.compile(
    rb"^(?:from|import)[ ]+(simulator[\w.]*)(?:[ ]+import[ ]+(?:\(([^)]*)\)|(.*)))?", re.MULTILINE
)
_FINGERPRINT = re.compile(rf"[0-9a-f]{{{DIGITS}}}")


def fingerprint(package: Path, versions: Sequence[str] = ()) -> str | None:
    """A name for all that kernels of `package` are made of; None when its sources cannot be read.

    package: the folder `simulator/engines/compiled`.  versions: of whatever compiles, in a fixed order.
    Covered are every source file of the package, every file of `simulator` that one of them imports at
    its top level or gets by way of a package (Numba freezes the constants), Python, the processor, and the
    settings of Numba.
    """
    digest = hashlib.sha256()
    settings = [f"{name}={os.environ.get(name, '')}" for name in SETTINGS]
    for text in (platform.python_version(), platform.machine(), *versions, *settings):
        digest.update(text.encode() + b"\0")
    try:
        files = list(_sources(package))
        for name, content in files:
            digest.update(name.encode() + b"\0" + hashlib.sha256(content).digest())
    except OSError:
        return None
    return digest.hexdigest()[:DIGITS] if files else None


def user_folder() -> Path | None:
    """Where kernels of all fingerprints are kept for this user; None when there is no home folder."""
    given = os.environ.get("XDG_CACHE_HOME", "")
    try:
        base = Path(given) if os.path.isabs(given) else Path.home() / ".cache"
    except RuntimeError:
        return None
    return base.joinpath(*WITHIN)


class Opened(NamedTuple):
    """A folder to keep code in, None when there is none; and why it is not the user's own, else ""."""

    folder: Path | None
    why_not: str = ""


def open_folder(parent: Path | None, key: str | None) -> Opened:
    """The folder of fingerprint `key` in `parent` (as `user_folder`), made, and marked as used today.

    Without a parent or a key, when it cannot be written or others could have written there, a private
    temporary folder that goes when the process ends; None when there cannot be one either.  Never raises
    OSError.
    """
    why_not = "there is no home folder" if parent is None else "the sources cannot be read"
    if parent is not None and key is not None:
        try:
            why_not = _made(parent, parent / key)
        except OSError as error:
            why_not = f"{error.filename or parent}: {error.strerror or error}"
        if not why_not:
            return Opened(parent / key)
    try:
        folder = Path(tempfile.mkdtemp(prefix="trialstop-kernels-"))  # for this user alone
    except OSError:
        return Opened(None, why_not)
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return Opened(folder, why_not)


def _made(parent: Path, folder: Path) -> str:
    """Make what is missing of `folder`, from the user's cache down; why it is not to be used, else ""."""
    for place in (*reversed(parent.parents[: len(WITHIN)]), parent, folder):
        place.mkdir(mode=PRIVATE, parents=True, exist_ok=True)
        if why := _distrusted(place, above=place != folder):
            return why
    tempfile.TemporaryFile(dir=folder).close()
    os.utime(folder)
    return ""


def _distrusted(place: Path, *, above: bool) -> str:
    """Why code below a folder may be somebody else's; "" when it is the user's.

    Links are followed.  Those above the code may be root's.  The sticky bit, as /tmp has it, is not enough:
    there anybody can be first to make a folder.  Windows has no such bits; caches are in the profile.
    """
    if not hasattr(os, "geteuid"):
        return ""
    status, own = place.stat(), os.geteuid()
    if status.st_uid not in ({own, 0} if above else {own}):
        return f"{place} belongs to another user"
    if status.st_mode & OTHERS_WRITE:
        own_parent = above and status.st_uid == own and not status.st_mode & stat.S_ISVTX
        mend = f"chmod go-w {place}" if own_parent else "set XDG_CACHE_HOME to a folder of yours"
        return f"others can write to {place}; to keep it: {mend if above else f'remove {place}'}"
    reachable = bool(status.st_mode & OTHERS)
    for file in () if above else _files(place):
        if file.st_uid != own or (reachable and file.st_mode & OTHERS_WRITE):
            return f"others could have written the files in {place}; to keep it: remove {place}"
    return ""


def _files(folder: Path) -> Iterator[os.stat_result]:
    """What is known of each file; some go meanwhile, as other processes write theirs."""
    with os.scandir(folder) as entries:
        for entry in entries:
            with suppress(FileNotFoundError):
                yield entry.stat()


def prune(parent: Path | None, keep: Path | None, days: float = KEPT_DAYS) -> None:
    """Remove the fingerprints' folders in `parent`, `keep` excepted, that nobody used for `days` days."""
    if parent is None:
        return
    oldest = time.time() - days * SECONDS_PER_DAY
    try:
        for folder in parent.iterdir():
            known = _FINGERPRINT.fullmatch(folder.name) is not None
            if known and folder != keep and folder.stat().st_mtime < oldest:
                shutil.rmtree(folder, ignore_errors=True)
    except OSError:
        return


def _sources(package: Path) -> Iterator[tuple[str, bytes]]:
    """Name and content of every file that can get into a kernel, in a fixed order."""
    root = package.parents[2]  # the folder that holds `simulator`
    own = sorted(package.rglob("*.py"))
    imported: set[Path] = set()
    for path in own:
        content = path.read_bytes()
        yield path.relative_to(root).as_posix(), content
        imported.update(_imported(content, root))
    for path in [path for path in imported if path.name == "__init__.py"]:  # what a package passes on
        imported.update(_imported(path.read_bytes(), root))
    for path in sorted(imported.difference(own)):
        yield path.relative_to(root).as_posix(), path.read_bytes()


def _imported(content: bytes, root: Path) -> Iterator[Path]:
    """Files of `simulator` that a source imports at its top level."""
    for module, *names in _IMPORTED.findall(content):
        path = root.joinpath(*module.decode().split("."))
        parts = [path, *(path / name.decode() for name in re.findall(rb"\w+", b" ".join(names)))]
        for part in parts:
            yield from (file for file in (part.with_suffix(".py"), part / "__init__.py") if file.is_file())
