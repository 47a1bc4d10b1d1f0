"""Many generated scenarios on both engines: `python -m tests.generated.soak --scenarios 5000 --jobs 2`.

Scenario k is that of seed k, whatever came before, so a run goes on with `--first`. Every difference is made
small and written as YAML. Ends with 1 if there was any.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, ProcessPoolExecutor, wait
from dataclasses import dataclass
from itertools import islice
from multiprocessing import get_context
from pathlib import Path

from tests.generated.compare import Found, compare, same_failure
from tests.generated.scenario import text_of, tree_of
from tests.generated.shrink import shrink

__all__ = ["main"]

CHUNK = 20  # scenarios that a process plays before it reports
SHOWN_EVERY = 10.0  # seconds
SHRINKS = 10  # counterexamples made small; the others are written as they are
BAD = ("differs", "crashed")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of the scenario of a seed."""

    seed: int
    found: Found


def play(seeds: range, trials: int) -> list[Outcome]:
    """Compare the scenarios of some seeds."""
    found = []
    for seed in seeds:
        try:
            found.append(Outcome(seed, compare(tree_of(seed), seed, trials)))
        except Exception as problem:
            found.append(Outcome(seed, Found("crashed", f"{type(problem).__name__}: {problem}")))
    return found


def write_small(outcome: Outcome, trials: int, folder: Path, small: bool) -> Path:
    """The counterexample of a seed as a file, smaller if that is asked."""
    tree = tree_of(outcome.seed)
    if small:
        tree = shrink(tree, same_failure(outcome.found, outcome.seed, trials))
    why = compare(tree, outcome.seed, trials).why.replace("\n", " ")
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"seed-{outcome.seed}.yaml"
    head = f"# seed {outcome.seed}, {trials} trials from {outcome.seed % 5}: {outcome.found.how}\n# {why}\n"
    path.write_text(head + text_of(tree), encoding="utf-8")
    return path


def _chunks(first: int, scenarios: int) -> list[range]:
    last = first + scenarios
    return [range(start, min(start + CHUNK, last)) for start in range(first, last, CHUNK)]


def outcomes(first: int, scenarios: int, trials: int, jobs: int) -> Iterator[list[Outcome]]:
    """Chunk by chunk, as processes finish them; one process is this one."""
    chunks = _chunks(first, scenarios)
    if jobs <= 1:
        yield from (play(seeds, trials) for seeds in chunks)
        return
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:
        todo, running = iter(chunks), set()
        for seeds in islice(todo, jobs + 1):
            running.add(pool.submit(play, seeds, trials))
        while running:
            done, running = wait(running, return_when=FIRST_COMPLETED)
            for future in done:
                if (seeds := next(todo, None)) is not None:
                    running.add(pool.submit(play, seeds, trials))
                yield future.result()


def main(arguments: list[str] | None = None) -> int:
    """Play, tell how far it is, write what differs."""
    asked = _asked(arguments)
    began = shown = time.monotonic()
    counts: Counter[str] = Counter()
    bad: list[Outcome] = []
    for chunk in outcomes(asked.first, asked.scenarios, asked.trials, asked.jobs):
        counts.update(outcome.found.how for outcome in chunk)
        for outcome in chunk:
            if outcome.found.how in BAD:
                bad.append(outcome)
                print(f"seed {outcome.seed}: {outcome.found.how}: {outcome.found.why}", flush=True)
        if time.monotonic() - shown > SHOWN_EVERY or counts.total() == asked.scenarios:
            shown = time.monotonic()
            print(_progress(counts, asked, shown - began), flush=True)
        if asked.minutes and time.monotonic() - began > 60.0 * asked.minutes:
            break
    print(_summary(counts, asked, time.monotonic() - began), flush=True)
    for i, outcome in enumerate(sorted(bad, key=lambda one: one.seed)):
        print(f"written {write_small(outcome, asked.trials, asked.out, i < SHRINKS)}", flush=True)
    sys.stdout.flush()
    if asked.minutes and counts.total() < asked.scenarios:
        os._exit(1 if bad else 0)  # processes still at work are not waited for
    return 1 if bad else 0


def _asked(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="soak", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--scenarios", type=int, default=5000)
    parser.add_argument("--trials", type=int, default=50)
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--first", type=int, default=0, help="seed of the first scenario")
    parser.add_argument("--minutes", type=float, default=0.0, help="stop after so long; 0 = when done")
    parser.add_argument("--out", type=Path, default=Path("runs/soak"), help="folder of counterexamples")
    return parser.parse_args(arguments)


def _progress(counts: Counter[str], asked: argparse.Namespace, seconds: float) -> str:
    done = counts.total()
    left = seconds / done * (asked.scenarios - done)
    listed = ", ".join(f"{counts[how]} {how}" for how in sorted(counts))
    return f"{done} of {asked.scenarios} ({listed}), {seconds:.0f} s, about {left:.0f} s left"


def _summary(counts: Counter[str], asked: argparse.Namespace, seconds: float) -> str:
    compared = counts["same"] + counts["differs"]
    loaded = 1.0 - counts["refused"] / max(counts.total(), 1)
    return (
        f"{compared} scenarios compared over {asked.trials} trials each in {seconds:.0f} s: "
        f"{counts['same']} the same in every field, {counts['differs']} differ, {counts['crashed']} crashed; "
        f"{counts['skipped']} skipped, {loaded:.0%} loaded. Go on with --first {asked.first + counts.total()}"
    )


if __name__ == "__main__":
    sys.exit(main())
