"""Many damaged files: `python -m tests.fuzz.fuzz --files 100000 --jobs 2`.

File k is that of number k, whatever came before, so a run goes on with `--first`. Prints how many came to
what, and every kind of failure with the number of its first file. Ends with 1 if there was any.
"""

from __future__ import annotations

import argparse
import gc
import resource
import sys
import tempfile
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from itertools import islice
from multiprocessing import get_context
from pathlib import Path

from tests.fuzz.mutations import damaged
from tests.fuzz.probe import Outcome, probe

__all__ = ["alone", "fuzz", "judge", "main"]

CHUNK = 50
MOST_MEMORY = 1_000_000  # kB that a process may have taken at most
COLLECTED_EVERY = 10  # files
SHOWN_EVERY = 10.0  # seconds


def fuzz(numbers: range) -> list[tuple[int, Outcome]]:
    """What became of the files of some numbers."""
    found = []
    gc.freeze()  # what is imported stays; looking through it for garbage would take a fifth of the time
    gc.disable()
    with tempfile.TemporaryDirectory() as folder:
        for number in numbers:
            path = Path(folder) / "scenario.yaml"
            made = damaged(number)
            path.write_bytes(made.data)
            before = _memory()
            outcome = probe(path, number, made.sets)
            if MOST_MEMORY < (memory := _memory()) > before:
                outcome = Outcome("memory", outcome.where, f"{memory} kB")
            found.append((number, outcome))
            if number % COLLECTED_EVERY == 0:
                gc.collect()
    gc.enable()
    return found


def alone(numbers: range) -> list[tuple[int, Outcome]]:
    """The same in a process of its own, whose memory nothing else has taken."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(fuzz, numbers).result()


def _memory() -> int:
    """Of this process at most so far, in kB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def judge(found: list[tuple[int, Outcome]]) -> None:
    """Nobody was let down, and enough files play for the engines to be reached."""
    kinds = Counter(outcome.kind for _, outcome in found)
    print(f"{len(found)} files from {found[0][0]}: {dict(kinds)}")
    bad = {number: (outcome.kind, outcome.where, outcome.text) for number, outcome in found if outcome.bad}
    assert not bad
    assert kinds["plays"] > len(found) / 4
    assert kinds["refused"] > len(found) / 4


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=2_000)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--jobs", type=int, default=2)
    asked = parser.parse_args()
    numbers = range(asked.first, asked.first + asked.files)
    chunks = iter([numbers[i : i + CHUNK] for i in range(0, len(numbers), CHUNK)])
    kinds: Counter[str] = Counter()
    bad: dict[tuple[str, str, str], list[tuple[int, Outcome]]] = {}
    start = shown = time.monotonic()
    with ProcessPoolExecutor(asked.jobs, mp_context=get_context("spawn")) as pool:
        while some := list(islice(chunks, 20 * asked.jobs)):
            for found in pool.map(fuzz, some):
                for number, outcome in found:
                    kinds[outcome.kind] += 1
                    if outcome.bad:
                        last = outcome.text.strip().rsplit("\n", 1)[-1][:100]
                        bad.setdefault((outcome.kind, outcome.where, last), []).append((number, outcome))
                if time.monotonic() - shown > SHOWN_EVERY:
                    shown = time.monotonic()
                    print(f"{sum(kinds.values()):,} of {len(numbers):,}: {dict(kinds)}", flush=True)
    print(f"{len(numbers):,} files from {asked.first} in {time.monotonic() - start:.0f} s: {dict(kinds)}")
    for (kind, where, last), cases in sorted(bad.items(), key=lambda item: -len(item[1])):
        print(f"\n{len(cases)} x {kind} in {where}, first file {cases[0][0]}: {last}\n{cases[0][1].text}")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
