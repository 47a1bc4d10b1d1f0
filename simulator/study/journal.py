"""What a run has finished so far, on disk after every piece of work, so that it can go on where it stopped.

A journal is a line that names the run, then one entry per unit: format, number of the unit, length, SHA-256
over all of these and the bytes that follow. What can be read is the entries 0, 1, 2, ... that are whole and
of this run; at the first byte that is not as it was written the rest is cut off, and played again.
"""

from __future__ import annotations

import hashlib
import json
import os
import struct
import time
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from io import FileIO
from math import prod
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO

import numpy as np

from simulator.errors import TrialstopError
from simulator.metrics.adjusted import HALVES, Crosses, adjustable, components_of, numbers_of
from simulator.metrics.block import Floats
from simulator.metrics.paired import ROWS, Pair
from simulator.metrics.slopes import OF_METRIC, PER_COMPONENT, Slopes
from simulator.metrics.tally import Summary
from simulator.metrics.text import key_of, text_of
from simulator.metrics.weighted import ROWS as BLEND_ROWS
from simulator.metrics.weighted import Blend
from simulator.model.metric import Key
from simulator.study.ledger import Mark, named

__all__ = ["Entry", "Journal"]


@dataclass(frozen=True, slots=True)
class Entry:
    """One unit: variant -> its summary, trials replayed, seconds of playing, its Parquet parts; two
    variants -> what their trials differ by; and variant -> its block averaged over weighted truths, in
    the unit of the last of these."""

    summaries: Mapping[str, Summary]
    compared: int
    seconds: float
    parts: tuple[Mark, ...] = ()
    pairs: Mapping[tuple[str, str], Pair] = field(default_factory=dict)
    blends: Mapping[str, Blend] = field(default_factory=dict)


FORMAT = "trialstop/journal/3"
FIRST = struct.Struct("<20s32s")  # format, and the SHA-256 of what tells the run
HEAD = struct.Struct("<4sQQ32s")  # mark of an entry, number of the unit, bytes that follow, their SHA-256
ENTRY = b"TSJ3"
BESIDE = ("crosses", "slopes")  # parts of a summary that it may have
WORDS = struct.Struct("<Q")
MOST_TEXT = 1 << 26  # bytes of an entry's description: no more are unpacked
SECONDS_APART = 2.0  # between two times that the disk is waited for, at least ...
SYNC_SHARE = 0.005  # ... and so many that waiting takes at most this share of the time
DAMAGED = (
    ValueError,
    TypeError,
    KeyError,
    AttributeError,
    OverflowError,
    struct.error,
    zlib.error,
    TrialstopError,
)


def _any(number: int, entry: Entry) -> bool:
    return True


class Journal:
    """Finished work in order. Open it, read what `entries` has, then `append`.

    run: text that tells one run from another; a journal of another run has no entries. None: of any run.
    """

    def __init__(self, path: Path, run: str | None = None) -> None:
        self.path = path
        self.cut = 0  # bytes that could not be read
        self._run = None if run is None else hashlib.sha256(run.encode()).digest()
        self._file: FileIO | None = None
        self._number = 0
        self._synced, self._wait = -np.inf, SECONDS_APART

    def __enter__(self) -> Journal:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._file is not None:
            try:
                with named(self.path):
                    self._sync(self._file)
            finally:
                self._file.close()

    def entries(self, fits: Callable[[int, Entry], bool] = _any) -> Iterator[Entry]:
        """Every whole entry, in order, until one does not fit; what follows is cut off."""
        if not self.path.is_file():
            return
        with named(self.path), self.path.open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            first = file.read(FIRST.size)
            good = 0
            if self._is_first(first):
                good = FIRST.size
                while (entry := self._next(file, size)) is not None and fits(self._number, entry):
                    yield entry
                    self._number += 1
                    good = file.tell()
            good = good if self._number else 0
            self.cut = size - good
            if self.cut:
                os.truncate(self.path, good)

    def is_its(self) -> bool:
        """Whether the file is a journal of this run."""
        with suppress(OSError), self.path.open("rb") as file:
            return self._is_first(file.read(FIRST.size))
        return False

    def _is_first(self, found: bytes) -> bool:
        """Whether a journal of this run begins so."""
        if len(found) < FIRST.size or found[: len(FORMAT)] != FORMAT.encode():
            return False
        self._run = found[-32:] if self._run is None else self._run
        return found == FIRST.pack(FORMAT.encode(), self._run)

    def _next(self, file: BinaryIO, size: int) -> Entry | None:
        head = file.read(HEAD.size)
        if len(head) < HEAD.size:
            return None
        mark, number, length, digest = HEAD.unpack(head)
        if mark != ENTRY or number != self._number or length > size - file.tell():
            return None
        body = file.read(length)
        if self._digest(number, body) != digest:
            return None
        try:
            return _read(body)
        except DAMAGED:
            return None

    def _digest(self, number: int, body: bytes) -> bytes:
        return hashlib.sha256((self._run or b"") + WORDS.pack(number) + WORDS.pack(len(body)) + body).digest()

    def append(self, entry: Entry) -> None:
        """Write the next entry through to the system: a killed process loses none that were appended.

        A power loss loses those of the last seconds. TrialstopError if somebody removed the journal.
        """
        self._run = self._run or hashlib.sha256(b"").digest()
        body = _write(entry)
        digest = self._digest(self._number, body)
        text = HEAD.pack(ENTRY, self._number, len(body), digest) + body
        with named(self.path):
            if self._file is None:
                self._file = self.path.open("ab", buffering=0)  # so that closing writes nothing more
            if not os.path.exists(self.path) or not os.fstat(self._file.fileno()).st_nlink:
                raise TrialstopError(
                    f"{self.path} was removed during the run, and what was finished with it; "
                    "the same command begins anew"
                )
            left = memoryview((b"" if self._number else FIRST.pack(FORMAT.encode(), self._run)) + text)
            while left:
                left = left[self._file.write(left) :]
            if time.monotonic() - self._synced > self._wait:
                self._sync(self._file)
        self._number += 1

    def _sync(self, file: FileIO) -> None:
        start = time.monotonic()
        os.fsync(file.fileno())
        self._synced = time.monotonic()
        self._wait = max(SECONDS_APART, (self._synced - start) / SYNC_SHARE)


def _write(entry: Entry) -> bytes:
    """Keys as text in JSON, then the numbers in their order."""
    variants = {
        variant: {
            "trials": s.trials,
            "keys": [text_of(key) for key in s.keys],
            "kept": {text_of(key): len(values) for key, values in s.kept.items()},
            "beside": [name for name in BESIDE if getattr(s, name) is not None],
        }
        for variant, s in entry.summaries.items()
    }
    pairs = [
        {"of": names, "trials": pair.trials, "keys": [text_of(key) for key in pair.keys]}
        for names, pair in entry.pairs.items()
    ]
    parts = [asdict(part) for part in entry.parts]
    about = {
        "variants": variants,
        "compared": entry.compared,
        "seconds": entry.seconds,
        "parts": parts,
        "pairs": pairs,
    }
    if entry.blends:
        about["blends"] = [
            {"of": variant, "trials": each.trials, "keys": [text_of(key) for key in each.keys]}
            for variant, each in entry.blends.items()
        ]
    text = zlib.compress(json.dumps(about).encode(), 1)
    numbers = [part for s in entry.summaries.values() for part in _numbers(s)]
    numbers += [pair.rows.ravel() for pair in entry.pairs.values()]
    numbers += [each.rows.ravel() for each in entry.blends.values()]
    return WORDS.pack(len(text)) + text + np.concatenate(numbers).tobytes()


def _numbers(s: Summary) -> Iterator[Floats]:
    """Of one summary, in their order."""
    yield from (s.rows.ravel(), *s.kept.values())
    if s.crosses is not None:
        yield s.crosses.rows.ravel()
    if s.slopes is not None:
        yield from (s.slopes.head, s.slopes.rows.ravel())


def _read(body: bytes) -> Entry:
    """One of DAMAGED for bytes that `_write` does not make."""
    (length,) = WORDS.unpack_from(body)
    start = WORDS.size + length
    unpacking = zlib.decompressobj()
    text = unpacking.decompress(body[WORDS.size : start], MOST_TEXT)
    described: Mapping[str, Any] = json.loads(text if unpacking.eof else b"")
    numbers = _Reader(np.frombuffer(body[start:]))
    out = {variant: _summary(about, numbers) for variant, about in described["variants"].items()}
    pairs: dict[tuple[str, str], Pair] = {}
    for about in described["pairs"]:
        keys = _keys(about)
        first, other = about["of"]
        pairs[first, other] = Pair(int(about["trials"]), keys, numbers.take(ROWS, len(keys)))
    blends: dict[str, Blend] = {}
    for about in described.get("blends", ()):
        keys = _keys(about)
        blends[about["of"]] = Blend(int(about["trials"]), keys, numbers.take(BLEND_ROWS, len(keys)))
    numbers.end()
    parts = tuple(Mark(**part) for part in described["parts"])
    return Entry(out, int(described["compared"]), float(described["seconds"]), parts, pairs, blends)


@dataclass(slots=True)
class _Reader:
    """Numbers one after another."""

    numbers: Floats
    at: int = 0

    def take(self, *shape: int) -> Floats:
        """The next ones."""
        first, self.at = self.at, self.at + prod(shape)
        return self.numbers[first : self.at].reshape(shape)

    def end(self) -> None:
        """ValueError unless all were taken."""
        if self.at != len(self.numbers):
            raise ValueError(f"{len(self.numbers)} numbers, {self.at} described")


def _keys(about: Mapping[str, Any]) -> tuple[Key, ...]:
    return tuple(key_of(text) for text in about["keys"])


def _summary(about: Mapping[str, Any], numbers: _Reader) -> Summary:
    keys, beside = _keys(about), about["beside"]
    found = Summary(
        int(about["trials"]),
        keys,
        numbers.take(4, len(keys)),
        {key_of(text): numbers.take(int(size)) for text, size in about["kept"].items()},
    )
    parts = components_of(keys)
    if "crosses" in beside:
        asked = adjustable(keys)
        rows = numbers.take(HALVES, numbers_of(len(asked), len(parts)) // HALVES)
        found = replace(found, crosses=Crosses(asked, len(parts), rows))
    if "slopes" in beside:
        head, rows = numbers.take(OF_METRIC), numbers.take(PER_COMPONENT, len(parts))
        found = replace(found, slopes=Slopes(parts, head, rows))
    return found
