"""Places for files that a command writes: tried before any work, with the folders that lead to them."""

from __future__ import annotations

import os
from pathlib import Path

from simulator.errors import TrialstopError

__all__ = ["make_way", "refuse_unless_folder", "refuse_unless_writable", "write_whole"]


def refuse_unless_writable(option: str, path: Path) -> None:
    """TrialstopError if no file can be written to `path`. Folders that are not there yet are no hindrance."""
    if path.is_dir():
        raise TrialstopError(f"{option} {path} is a folder, allowed a file")
    there = path if path.exists() else next(above for above in path.absolute().parents if above.exists())
    if not path.exists() and not there.is_dir():
        raise TrialstopError(f"{option} {path}: {there} is a file, allowed a folder")
    if not os.access(there, os.W_OK):
        raise TrialstopError(f"{option} {path}: no permission to write there")


def refuse_unless_folder(option: str, path: Path) -> None:
    """TrialstopError if no files can be written into the folder `path`, which need not be there yet."""
    if path.exists() and not path.is_dir():
        raise TrialstopError(f"{option} {path} is a file, allowed a folder")
    there = next(above for above in (path, *path.absolute().parents) if above.exists())
    if not there.is_dir():
        raise TrialstopError(f"{option} {path}: {there} is a file, allowed a folder")
    if not os.access(there, os.W_OK):
        raise TrialstopError(f"{option} {path}: no permission to write there")


def write_whole(path: Path, data: bytes) -> None:
    """A file, with the folders that lead to it; one that was there stays until the new one is whole."""
    whole = make_way(path).with_name(f".{path.name}.part")
    try:
        whole.write_bytes(data)
        os.replace(whole, path)
    finally:
        whole.unlink(missing_ok=True)


def make_way(path: Path) -> Path:
    """`path`, with the folder it lies in made."""
    path.parent.mkdir(parents=True, exist_ok=True)
    return path
