"""Two trees of this project against each other: seconds per trial of the compiled engine, and compiling.

Run: python benchmarks/compare.py BEFORE AFTER [ROUNDS] [--compile N]

A process per tree plays every cell of `benchmarks/engines.py`; the two take turns, which first changing from
round to round, and count their own processor time, so that neither the drift of a machine nor what else it
does decides. Printed is the median of the paired ratios AFTER / BEFORE, per cell and over all cells together.
--compile compiles both N times in turn with an empty kernel cache.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path
from statistics import median

LEAST_ROUNDS = 25
PLAYED = 0.15  # seconds of processor time of one cell in one round, roughly

PLAYER = """
import json, sys, time
from engines import BLOCK, CELLS, in_blocks
from simulator.loading.load import load
from simulator.study.run import programs

found = [(programs(load(file), [variant], [truth]))[variant, truth] for file, variant, truth in CELLS]
print(json.dumps([f"{file.removeprefix('scenarios/').removesuffix('.yaml')}, {variant}, {truth}"
                  for file, variant, truth in CELLS]), flush=True)
for line in sys.stdin:
    cell, trials = map(int, line.split())
    start = time.process_time()
    in_blocks(found[cell], 0, trials)
    print(time.process_time() - start, flush=True)
"""
COMPILED = """
import sys
sys.path.insert(0, "benchmarks")
from engines import CELLS, compiled
from simulator.loading.load import load
from simulator.study.run import programs
file, variant, truth = CELLS[-1]
compiled(programs(load(file), [variant], [truth])[variant, truth], 1, 0, 1)
"""


class Player:
    """A process that plays cells of one tree on demand."""

    def __init__(self, tree: Path) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", PLAYER],
            cwd=tree,
            env=os.environ | {"PYTHONPATH": os.pathsep.join([str(tree), str(tree / "benchmarks")])},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.cells: list[str] = self.answer()

    def seconds(self, cell: int, trials: int) -> float:
        """Processor time of so many trials of a cell."""
        assert self.process.stdin is not None
        self.process.stdin.write(f"{cell} {trials}\n")
        self.process.stdin.flush()
        return float(self.answer())

    def answer(self):
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            raise SystemExit("a tree could not be played: see above")
        return json.loads(line)


def turns(number: int) -> tuple[int, int]:
    return (0, 1) if number % 2 else (1, 0)


def played(trees: list[Path], rounds: int) -> None:
    """Print the ratios of playing."""
    players = [Player(tree) for tree in trees]
    cells = players[0].cells
    assert players[1].cells == cells, "the trees have other cells in benchmarks/engines.py"
    for player in players:  # compiles, where the cache has nothing
        for cell in range(len(cells)):
            player.seconds(cell, 100)
    trials = [max(100, int(PLAYED * 1_000 / players[0].seconds(cell, 1_000))) for cell in range(len(cells))]
    took = [[[0.0, 0.0] for _ in cells] for _ in range(rounds)]
    for number in range(rounds):
        for cell in range(len(cells)):
            for tree in turns(number):
                took[number][cell][tree] = players[tree].seconds(cell, trials[cell])
    for cell, name in enumerate(cells):
        ratio = median(row[cell][1] / row[cell][0] for row in took)
        print(f"{ratio:.3f}  {name}  ({median(row[cell][1] for row in took) / trials[cell] * 1e6:.2f} us)")
    both = median(sum(cell[1] for cell in row) / sum(cell[0] for cell in row) for row in took)
    print(f"{both:.3f}  all cells together, {rounds} rounds")


def compiling(trees: list[Path], times: int) -> None:
    """Print the ratio of compiling everything, in processor time."""
    ratios, seconds = [], []
    for number in range(times):
        pair = [0.0, 0.0]
        for tree in turns(number):
            with ExitStack() as stack:
                cache = stack.enter_context(tempfile.TemporaryDirectory())
                before = os.times()
                subprocess.run(
                    [sys.executable, "-c", COMPILED],
                    cwd=trees[tree],
                    env=os.environ | {"PYTHONPATH": str(trees[tree]), "XDG_CACHE_HOME": cache},
                    check=True,
                )
                after = os.times()
                pair[tree] = after.children_user - before.children_user
        ratios.append(pair[1] / pair[0])
        seconds.append(pair[1])
    print(f"{median(ratios):.3f}  compiling everything, {times} times ({median(seconds):.1f} s)")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("before", type=Path)
    parser.add_argument("after", type=Path)
    parser.add_argument("rounds", type=int, nargs="?", default=LEAST_ROUNDS)
    parser.add_argument("--compile", type=int, default=0, metavar="N")
    asked = parser.parse_args()
    trees = [asked.before.resolve(), asked.after.resolve()]
    if asked.rounds:
        played(trees, asked.rounds)
    if asked.compile:
        compiling(trees, asked.compile)


if __name__ == "__main__":
    main()
