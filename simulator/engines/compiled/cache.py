"""Where compiled kernels are kept: one folder per state of the sources, so that no stale code is run.

Numba looks for edits in a function's own file only: it would go on using a kernel whose callee, or a
constant taken from another module, has changed.  So the folder is named by everything compiled code
can depend on.  Nothing here imports Numba.
"""

from __future__ import annotations

import atexit
import hashlib
import os
import platform
import re
import shutil
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

__all__ = ["KEPT_DAYS", "fingerprint", "open_folder", "prune", "user_folder"]

KEPT_DAYS = 30.0  # a folder unused for longer is removed
SECONDS_PER_DAY = 86400.0
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
    return base / "trialstop" / "kernels"


def open_folder(parent: Path | None, key: str | None) -> Path | None:
    """The folder of fingerprint `key` in `parent`, made and marked as used today.

    Without a parent or a key, or when it cannot be written, a temporary folder that goes when the
    process ends; None when there cannot be one either.  Never raises OSError.
    """
    if parent is not None and key is not None:
        folder = parent / key
        try:
            folder.mkdir(parents=True, exist_ok=True)
            tempfile.TemporaryFile(dir=folder).close()
            os.utime(folder)
        except OSError:
            pass
        else:
            return folder
    try:
        folder = Path(tempfile.mkdtemp(prefix="trialstop-kernels-"))
    except OSError:
        return None
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


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
