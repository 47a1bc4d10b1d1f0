"""A journal with any bytes in it gives the uninterrupted results, or is refused in words."""

from __future__ import annotations

import json
import random
import struct
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.errors import TrialstopError
from simulator.study import journal as module
from simulator.study.journal import FIRST, HEAD, WORDS, Entry, Journal
from simulator.study.run import Prepared
from tests.chaos.damage import damaged
from tests.chaos.small import UNITS, Played, scenario, small, small_blocks

SOAK = 1_000  # damaged journals


@dataclass(frozen=True, slots=True)
class Kept:
    """A run and its journal; everything is played, so that going on costs nothing."""

    prepared: Prepared
    played: Played
    path: Path
    text: bytes
    whole: str

    def go_on(self, text: bytes) -> tuple[str, list[str]]:
        """The results of going on from a journal of this text, and what was said."""
        self.path.write_bytes(text)
        self.played.numbers.clear()
        return outcome(self.prepared, self.path)

    def entries(self) -> list[bytes]:
        """The text of each entry."""
        found, at = [], FIRST.size
        while at < len(self.text):
            length = HEAD.size + HEAD.unpack_from(self.text, at)[2]
            found.append(self.text[at : at + length])
            at += length
        return found


def outcome(prepared: Prepared, path: Path) -> tuple[str, list[str]]:
    said: list[str] = []
    data = prepared.play(journal=path, say=said.append).as_json()
    data["run"]["seconds"] = 0.0
    return json.dumps(data), said


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kept]:
    folder = tmp_path_factory.mktemp("journals")
    prepared, played, path = small(scenario(folder), records=False), Played(), folder / "journal.bin"
    with small_blocks(played):
        whole, said = outcome(prepared, path)
        assert said == [] and played.numbers == list(range(UNITS))
        yield Kept(prepared, played, path, path.read_bytes(), whole)


def test_a_whole_journal_leaves_nothing_to_play(kept: Kept) -> None:
    assert kept.go_on(kept.text) == (kept.whole, [])
    assert kept.played.numbers == []
    assert len(kept.entries()) == UNITS


def tail(bytes_: bytes) -> Callable[[Kept], bytes]:
    return lambda kept: kept.text + bytes_


def sealed(kept: Kept, number: int, body: bytes) -> bytes:
    """An entry whose number, length and checksum are right."""
    book = Journal(kept.path, "")
    book._run = FIRST.unpack_from(kept.text)[1]
    return HEAD.pack(module.ENTRY, number, len(body), book._digest(number, body)) + body


def after_five(body: bytes) -> Callable[[Kept], bytes]:
    """Five entries, then one of bad content with a checksum that is right."""
    return lambda kept: kept.text[: FIRST.size] + b"".join(kept.entries()[:5]) + sealed(kept, 5, body)


def described(**change: Any) -> bytes:
    about = {"variants": {}, "compared": 0, "seconds": 0.0, "parts": []} | change
    text = zlib.compress(json.dumps(about).encode())
    return WORDS.pack(len(text)) + text


TWICE = {
    "the last entry": lambda kept: kept.text + kept.entries()[-1],
    "every entry": lambda kept: kept.text[: FIRST.size] + b"".join(2 * each for each in kept.entries()),
    "the whole file": lambda kept: 2 * kept.text,
}
UNKNOWN = {"trials": 10, "keys": ["?"], "kept": {}}
CASES: dict[str, tuple[Callable[[Kept], bytes], int]] = {
    "zeros after a power loss": (tail(bytes(4096)), UNITS),
    "twenty bytes of junk": (tail(random.Random(1).randbytes(20)), UNITS),
    "a length of 2^63": (tail(HEAD.pack(module.ENTRY, UNITS, 1 << 63, bytes(32))), UNITS),
    "half an entry": (lambda kept: kept.text[:-9], UNITS - 1),
    "an entry left out": (lambda kept: kept.text.replace(kept.entries()[4], b""), 4),
    "two entries changed about": (
        lambda kept: kept.text[: FIRST.size] + b"".join([kept.entries()[i] for i in (0, 2, 1, 3)]),
        1,
    ),
    "nothing": (lambda kept: b"", 0),
    "a journal of the version before": (lambda kept: struct.pack("<QI", 4, zlib.crc32(b"body")) + b"body", 0),
    "no bytes": (after_five(b""), 5),
    "not compressed": (after_five(WORDS.pack(4) + b"abcd"), 5),
    "not closed": (after_five(described()[:-4]), 5),
    "no JSON": (after_five(WORDS.pack(len(zlib.compress(b"{"))) + zlib.compress(b"{")), 5),
    "no variants": (after_five(described()), 5),
    "another variant": (after_five(described(variants={"x": {"trials": 10, "keys": [], "kept": {}}})), 5),
    "a list": (after_five(described(variants=[])), 5),
    "an unknown metric": (after_five(described(variants={"narrow": UNKNOWN})), 5),
    "a file elsewhere": (after_five(described(parts=[{"name": "../x", "size": 1, "sha256": ""}])), 5),
    "numbers nobody describes": (after_five(described() + bytes(8)), 5),
    "7 bytes": (after_five(described() + bytes(7)), 5),
} | {f"{what} twice": (make, 1 if what == "every entry" else UNITS) for what, make in TWICE.items()}


@pytest.mark.parametrize("what", list(CASES))
def test_what_is_not_as_it_was_written_is_cut_off_and_played_again(kept: Kept, what: str) -> None:
    make, whole = CASES[what]
    found, said = kept.go_on(make(kept))
    assert found == kept.whole
    assert kept.played.numbers == list(range(whole, UNITS))
    if what == "nothing":
        assert said == []
    else:
        (line,) = said
        assert line.startswith(f"{kept.path}: after {whole} whole units, ") and "played again" in line
    assert kept.path.read_bytes() == kept.text, "the journal is whole again"


def test_a_journal_of_another_run_is_not_gone_on_with(kept: Kept) -> None:
    """Other numbers would come of it: `run(journal=...)` has no manifest that tells."""
    other = small(kept.prepared.scenario, records=False, seed=2)
    kept.path.unlink(missing_ok=True)
    with small_blocks():
        right, _ = outcome(other, kept.path)
        kept.path.write_bytes(kept.text)
        found, said = outcome(other, kept.path)
    assert found == right != kept.whole
    assert "after 0 whole units" in said[0]


def test_an_entry_that_was_sealed_and_does_not_fit_is_cut_off(kept: Kept) -> None:
    """Its checksum is right, and its last number is missing."""
    entries = kept.entries()
    body = entries[4][HEAD.size :]
    text = kept.text[: FIRST.size] + b"".join(entries[:5]) + sealed(kept, 5, body[:-8])
    found, said = kept.go_on(text)
    assert found == kept.whole and "after 5 whole units" in said[0]


def goes_on(kept: Kept, text: bytes) -> bool:
    """Whether it gives the results, and is not refused; anything else is an error."""
    try:
        found, _ = kept.go_on(text)
    except TrialstopError:
        return False
    assert found == kept.whole
    return True


@settings(max_examples=40)
@given(data=st.data())
def test_any_bytes_in_place_of_any_bytes(kept: Kept, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(kept.text)))
    end = data.draw(st.integers(at, len(kept.text)))
    assert goes_on(kept, kept.text[:at] + data.draw(st.binary(max_size=200)) + kept.text[end:])


@settings(max_examples=30)
@given(order=st.lists(st.integers(0, UNITS - 1), max_size=2 * UNITS))
def test_any_entries_in_any_order_any_number_of_times(kept: Kept, order: list[int]) -> None:
    entries = kept.entries()
    assert goes_on(kept, kept.text[: FIRST.size] + b"".join(entries[each] for each in order))


@pytest.mark.parametrize("count", [40, pytest.param(SOAK, marks=pytest.mark.slow)])
def test_damaged_journals_by_seed(kept: Kept, count: int) -> None:
    assert all(goes_on(kept, damaged(kept.text, random.Random(seed))) for seed in range(count))


def test_reading_takes_no_more_memory_than_the_file(kept: Kept) -> None:
    """A description that unpacks to a gigabyte is none."""
    packer = zlib.compressobj(9)
    text = b"".join(packer.compress(bytes(1 << 20)) for _ in range(100)) + packer.flush()
    found, _ = kept.go_on(after_five(WORDS.pack(len(text)) + text)(kept))
    assert found == kept.whole and kept.played.numbers == list(range(5, UNITS))


def test_entries_are_read_without_knowing_the_run(kept: Kept) -> None:
    kept.path.write_bytes(kept.text)
    found = list(Journal(kept.path).entries())
    assert len(found) == UNITS and all(isinstance(entry, Entry) for entry in found)
