"""Runs that are killed, interrupted, starved of disk, damaged and raced, at random moments: `make chaos`.

Every episode ends with the same command left alone, whose folder must be that of an undisturbed run to the
last bit, with nothing beside it. What happened is counted; the first thing that is not as promised
(docs/reliability.md) ends the program with the seed of its episode, exit code 1.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from random import Random
from unittest.mock import patch

from simulator.study import units
from tests.chaos.episodes import KINDS, Kind
from tests.chaos.small import BLOCK, Played
from tests.chaos.world import BrokenError, World

FEW = {"kill": 4, "interrupt": 4, "full disk": 4, "read-only": 2, "lost part": 2, "unfinished, damaged": 3}
FEW |= {"finished, damaged": 3, "folder deleted": 1, "race": 2}
MANY = {"kill": 200, "interrupt": 50, "full disk": 100, "read-only": 30, "lost part": 60}
MANY |= {"unfinished, damaged": 150, "finished, damaged": 150, "folder deleted": 30, "race": 60}
PAUSE = 0.01  # seconds that a unit takes then, so that there are moments between
WAYS = (("simpy", 1), ("simpy", 2), ("compiled", 2))  # engine, jobs


def main() -> int:
    """Play the episodes; 0 if every promise was kept."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--few", action="store_true", help="a few, with units played once, for make test")
    asked.add_argument("--seed", type=int, default=1, help="of the first episode (default 1)")
    asked.add_argument("--times", type=float, default=1.0, help="so many times as many episodes")
    asked.add_argument("--only", choices=list(KINDS), help="this kind alone")
    given = asked.parse_args()
    counts = FEW if given.few else MANY
    wanted = [kind for kind in counts if given.only in (None, kind)]
    todo = [kind for kind in wanted for _ in range(max(1, round(counts[kind] * given.times)))]
    start = time.monotonic()
    found: Counter[tuple[str, str]] = Counter()
    with tempfile.TemporaryDirectory(prefix="chaos-") as folder, patch.object(units, "BLOCK", BLOCK):
        ways = WAYS[:1] if given.few else WAYS
        world = World(Path(folder), ways, Played(PAUSE) if given.few else None)
        for number, kind in enumerate(todo, start=given.seed):
            try:
                found[kind, episode(world, KINDS[kind], number)] += 1
            except BrokenError as broken:
                print(f"{kind}, --only '{kind}' --seed {number}: {broken}", flush=True)
                return 1
    told(found, world, time.monotonic() - start)
    return 0


def episode(world: World, kind: Kind, seed: int) -> str:
    """One episode in a folder of its own; what it came to."""
    rng = Random(seed)
    world.begin(f"e{seed}", rng)
    return kind(world, rng)


def told(found: Counter[tuple[str, str]], world: World, seconds: float) -> None:
    """The counts."""
    for (kind, outcome), count in sorted(found.items()):
        print(f"{count:6,}  {kind}: {outcome}")
    print(f"{found.total():6,}  episodes of {world.started:,} processes in {seconds:.0f} s")
    print(f"{world.units:6,}  finished units were found again, none lost")
    print(f"{world.slowest:6.1f}  s at most from a signal to the end")


if __name__ == "__main__":
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    sys.exit(main())
