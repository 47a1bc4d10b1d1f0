"""One run at a time writes to a folder: a lock of the operating system on an open file.

The system lets go of it when the process ends, however that ends; a number in a file would stay, and after a
while be that of another process. The file says who holds it, for the message only.
"""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from simulator.errors import TrialstopError

__all__ = ["locked"]

FORMAT = "trialstop/lock/1"
SIGNED = f'{{"format": "{FORMAT}"'.encode()  # how a lock file of ours begins
LONGEST = 1_000  # bytes of a lock file of ours
_held: set[int] = set()  # descriptors, which worker processes must not inherit: they may outlive this one


@contextmanager
def locked(path: Path, what: Path) -> Iterator[None]:
    """Hold the lock file `path`, which goes on leaving; `what` is written meanwhile, by nobody else.

    TrialstopError if another process, here or on another host, holds it, or if the file is not ours.
    """
    descriptor = _taken(path, what)
    _held.add(descriptor)
    try:
        yield
    finally:
        with suppress(OSError):
            path.unlink()  # before it is let go: who waits for it would else lock a file that is gone
        _held.discard(descriptor)
        os.close(descriptor)


def _taken(path: Path, what: Path) -> int:
    import portalocker  # late: not every command writes

    flags = portalocker.LockFlags.EXCLUSIVE | portalocker.LockFlags.NON_BLOCKING
    while True:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0), 0o666)
        try:
            holder = _holder(descriptor, path)
            portalocker.lock(descriptor, flags)
            if _is_at(descriptor, path):
                with suppress(OSError):  # a full disk: the signature is for messages only
                    _sign(descriptor)
                return descriptor
        except portalocker.exceptions.AlreadyLocked:
            os.close(descriptor)
            raise TrialstopError(f"another run ({holder}) is writing to {what}; name another --out") from None
        except portalocker.exceptions.LockException as error:
            os.close(descriptor)
            raise TrialstopError(
                f"{path} cannot be locked ({error}); name an --out on another disk"
            ) from None
        except BaseException:
            os.close(descriptor)
            raise
        os.close(descriptor)  # its holder removed it meanwhile: once more


def _holder(descriptor: int, path: Path) -> str:
    """Who signed the file, in words; empty, half signed, or zeros after a power loss, it is ours too."""
    text = os.read(descriptor, LONGEST).strip(b"\0")
    if not text.startswith(SIGNED[: len(text)]):
        raise TrialstopError(f"{path} is not a lock of trialstop: it is left as it is; name another --out")
    try:
        found: dict[str, Any] = json.loads(text)
        return f"process {found['process']} on {found.get('host')}, since {found.get('since')}"
    except (ValueError, KeyError):
        return "which has just begun"


def _is_at(descriptor: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(descriptor), os.stat(path))
    except FileNotFoundError:
        return False


def _sign(descriptor: int) -> None:
    since = datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    about = {"format": FORMAT, "host": socket.gethostname(), "process": os.getpid(), "since": since}
    text = json.dumps(about).encode() + b"\n"
    os.lseek(descriptor, 0, os.SEEK_SET)
    os.write(descriptor, text)
    os.ftruncate(descriptor, len(text))


def _let_go() -> None:
    """In a process that was forked from this one."""
    for descriptor in _held:
        os.close(descriptor)
    _held.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_let_go)
