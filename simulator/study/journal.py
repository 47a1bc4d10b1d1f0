"""What a run has finished so far, on disk after every piece of work, so that it can go on where it stopped.

A journal is a file of entries, each its length, a checksum and its bytes. What a killed process left half
written fails its checksum and is cut off; everything before it counts.
"""

from __future__ import annotations

import json
import os
import struct
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO

import numpy as np

from simulator.metrics.tally import Summary
from simulator.metrics.text import key_of, text_of

__all__ = ["Entry", "Journal"]


@dataclass(frozen=True, slots=True)
class Entry:
    """One block under one truth: variant -> its summary, trials replayed, seconds of playing."""

    summaries: Mapping[str, Summary]
    compared: int
    seconds: float


HEAD = struct.Struct("<QI")  # bytes that follow, and their CRC-32
WORDS = struct.Struct("<Q")


class Journal:
    """Finished work in order. Open it, read what `entries` has, then `append`."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file: BinaryIO | None = None

    def __enter__(self) -> Journal:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._file is not None:
            self._file.close()

    def entries(self) -> Iterator[Entry]:
        """Every whole entry, in order; what follows the last whole one is cut off."""
        good = 0
        if self.path.is_file():
            with self.path.open("rb") as file:
                while (body := _next(file)) is not None:
                    yield _read(body)
                    good = file.tell()
            os.truncate(self.path, good)

    def append(self, entry: Entry) -> None:
        """Write an entry through to the disk's cache: a killed process loses none that were appended."""
        if self._file is None:
            self._file = self.path.open("ab")
        body = _write(entry)
        self._file.write(HEAD.pack(len(body), zlib.crc32(body)) + body)
        self._file.flush()


def _next(file: BinaryIO) -> bytes | None:
    head = file.read(HEAD.size)
    if len(head) < HEAD.size:
        return None
    length, checksum = HEAD.unpack(head)
    body = file.read(length)
    return body if len(body) == length and zlib.crc32(body) == checksum else None


def _write(entry: Entry) -> bytes:
    """Keys as text in JSON, then the numbers in their order."""
    variants = {
        variant: {
            "trials": s.trials,
            "keys": [text_of(key) for key in s.keys],
            "kept": {text_of(key): len(values) for key, values in s.kept.items()},
        }
        for variant, s in entry.summaries.items()
    }
    about = {"variants": variants, "compared": entry.compared, "seconds": entry.seconds}
    text = zlib.compress(json.dumps(about).encode(), 1)
    numbers = [part for s in entry.summaries.values() for part in (s.rows.ravel(), *s.kept.values())]
    return WORDS.pack(len(text)) + text + np.concatenate(numbers).tobytes()


def _read(body: bytes) -> Entry:
    (length,) = WORDS.unpack_from(body)
    start = WORDS.size + length
    described: Mapping[str, Any] = json.loads(zlib.decompress(body[WORDS.size : start]))
    numbers = np.frombuffer(body[start:])
    out: dict[str, Summary] = {}
    at = 0
    for variant, about in described["variants"].items():
        keys = tuple(key_of(text) for text in about["keys"])
        rows = numbers[at : at + 4 * len(keys)].reshape(4, len(keys))
        at += rows.size
        kept = {}
        for text, size in about["kept"].items():
            kept[key_of(text)] = numbers[at : at + size]
            at += size
        out[variant] = Summary(about["trials"], keys, rows, kept)
    return Entry(out, described["compared"], described["seconds"])
