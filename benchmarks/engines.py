"""Trials per second of both engines on the shipped scenarios, start-up, whole runs and memory (Linux).

Run: make bench, or python benchmarks/engines.py [SECONDS]. All is measured in rounds in one process, in turn,
so that a drift of the machine hits all alike; compare figures of one run only. `floor` is the time that
the draws of a trial take alone (Philox and a logarithm each), counted on the SimPy engine.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from simulator.engines.compiled.driver import play as compiled
from simulator.engines.compiled.jit import kernel, word
from simulator.engines.compiled.philox import threshold
from simulator.engines.reference.trial import play as simpy
from simulator.engines.reference.trial import play_one
from simulator.loading.load import load
from simulator.metrics.collect import collect
from simulator.model.latents import BlockLatents, Latents
from simulator.program.tables import Program
from simulator.study.run import programs
from simulator.study.units import BLOCK

CELLS = (
    ("scenarios/checks/leni.yaml", "with_maintenance", "interaction_25"),
    ("scenarios/leni.yaml", "combination_only", "observed_like"),
    ("scenarios/leni.yaml", "with_maintenance", "planned"),
    ("scenarios/checks/ferrajoli.yaml", "joint", "design_null"),
    ("scenarios/ferrajoli.yaml", "as_designed", "design_null"),
    ("scenarios/checks/mec.yaml", "variant_c", "observed_like"),
    ("scenarios/mec.yaml", "as_amended", "observed_like"),
)
ROUNDS = 5
TRIALSTOP = Path(sys.executable).with_name("trialstop")
COUNTED = 30  # trials over which draws are counted
DRAWS = 500_000  # of the floor, per round


@dataclass(slots=True)
class Counting:
    """Latents that count what is drawn."""

    of: Latents
    draws: int = 0

    def uniform(self, stream: str, arrival: int, k: int) -> float:
        self.draws += 1
        return self.of.uniform(stream, arrival, k)

    def threshold(self, stream: str, arrival: int, k: int) -> float:
        self.draws += 1
        return self.of.threshold(stream, arrival, k)

    def fixed_days(self, stream: str, arrival: int, k: int) -> float | None:
        return self.of.fixed_days(stream, arrival, k)


@dataclass(slots=True)
class Row:
    """Seconds per trial of each round, and draws per trial."""

    program: Program
    draws: float
    simpy: list[float] = field(default_factory=list)
    one: list[float] = field(default_factory=list)
    two: list[float] = field(default_factory=list)
    metrics: list[float] = field(default_factory=list)


@kernel
def bare(seed: int, stream: int, draws: int) -> float:
    """So many draws and nothing else."""
    total = 0.0
    for i in range(draws):
        total += threshold(seed, stream, i >> 6, i & 63, 0)
    return total


def draws_of(program: Program) -> float:
    """Draws per trial."""
    block = BlockLatents(1, 0, COUNTED, 1)
    counting = [Counting(block.trial(number)) for number in range(COUNTED)]
    for number, latents in enumerate(counting):
        play_one(program, latents, number)
    return sum(latents.draws for latents in counting) / COUNTED


def seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def in_blocks(program: Program, first: int, trials: int) -> None:
    """As a run does: block by block, nothing kept."""
    for start in range(first, first + trials, BLOCK):
        compiled(program, 1, start, min(BLOCK, first + trials - start))


def measure(row: Row, least: float) -> None:
    """One round of one cell; `least` seconds of each kind of work, roughly."""
    program = row.program
    trials = max(20, int(least / (row.simpy[-1] if row.simpy else 5e-3)))
    row.simpy.append(
        seconds(lambda: simpy(program, BlockLatents(1, 0, trials, program.max_treated))) / trials
    )
    trials = max(1_000, int(least / (row.one[-1] if row.one else 1e-4)))
    row.one.append(seconds(lambda: in_blocks(program, 0, trials)) / trials)
    with ThreadPoolExecutor(2) as pool:
        halves = [(0, trials), (trials, trials)]
        row.two.append(
            seconds(lambda: list(pool.map(lambda part: in_blocks(program, *part), halves))) / (2 * trials)
        )
    records = compiled(program, 1, 0, 1_000)
    row.metrics.append(seconds(lambda: collect(program, records)) / 1_000)


def table(rows: dict[tuple[str, str, str], Row], draw: float) -> None:
    """One line per cell, as a Markdown table."""
    print(
        "| scenario, variant, truth | SimPy /s | compiled /s | x SimPy | 2 threads | draws | x floor "
        "| metrics us |"
    )
    print("|---|---|---|---|---|---|---|---|")
    for (file, variant, truth), row in rows.items():
        ratio = median(a / b for a, b in zip(row.simpy, row.one, strict=True))
        two = median(a / b for a, b in zip(row.one, row.two, strict=True))
        over = median(row.one) / (row.draws * draw)
        name = file.removeprefix("scenarios/").removesuffix(".yaml")
        print(
            f"| {name}, {variant}, {truth} | {1 / median(row.simpy):,.0f} | {1 / median(row.one):,.0f} "
            f"| {ratio:.0f} | {two:.2f} x | {row.draws:.0f} | {over:.1f} | {median(row.metrics) * 1e6:.1f} |"
        )


LOADED = """
import time; t = time.perf_counter()
from simulator.loading.load import load
from simulator.study.run import programs, run
from simulator.engines.compiled.driver import play
scenario = load('scenarios/leni.yaml')
p = programs(scenario, ['combination_only'], ['observed_like'])['combination_only', 'observed_like']
a = time.perf_counter()
def peak():
    return next(int(line.split()[1]) for line in open('/proc/self/status') if line.startswith('VmHWM')) / 1024
"""
STARTED = """
play(p, 1, 0, 1); b = time.perf_counter(); play(p, 1, 0, 10_000); c = time.perf_counter()
print(f'{a - t:.2f} s imports and scenario, {b - a:.2f} s first trial, {c - b:.3f} s 10,000 trials at once')
"""
STUDIED = """
from pathlib import Path; from tempfile import TemporaryDirectory
with TemporaryDirectory() as folder:  # with a journal, as `trialstop run`: only summaries stay in memory
    run(scenario, variants=['combination_only'], truths=['observed_like'], trials=TRIALS, self_check=0,
        journal=Path(folder, 'journal'))
print(f'{time.perf_counter() - a:.2f} s, peak memory {peak():.0f} MB')
"""


def processes() -> None:
    """Fresh processes: with code to compile and with code kept; a run of one cell; the whole LENI run."""
    with TemporaryDirectory() as folder:
        print(f"cold: {_python(LOADED + STARTED, XDG_CACHE_HOME=folder)}")
        print(f"warm: {_python(LOADED + STARTED)}")
        for trials in (10_000, 20_000, 1_000_000):
            found = _python(LOADED + STUDIED.replace("TRIALS", str(trials)))
            print(f"run of one LENI cell, {trials:,} trials: {found}")
        command = ["run", "scenarios/leni.yaml", "--trials", "10000", "--out", f"{folder}/run"]
        taken = seconds(lambda: subprocess.run([TRIALSTOP, *command], check=True, capture_output=True))
        print(f"trialstop {' '.join(command[:4])}: {taken:.1f} s")


def _python(code: str, **environment: str) -> str:
    found = subprocess.run(
        [sys.executable, "-c", code],
        check=True,
        capture_output=True,
        text=True,
        env={**os.environ, **environment},
    )
    return found.stdout.strip()


def main() -> None:
    """Measure and print."""
    least = float(sys.argv[1]) if len(sys.argv) > 1 else 0.3
    rows = {}
    for cell in CELLS:
        program = programs(load(cell[0]), [cell[1]], [cell[2]])[cell[1], cell[2]]
        compiled(program, 1, 0, 10)
        rows[cell] = Row(program, draws_of(program))
    bare(word(1), word(2), 10)
    floor = []
    for _ in range(ROUNDS):
        floor.append(seconds(lambda: bare(word(1), word(2), DRAWS)) / DRAWS)
        for row in rows.values():
            measure(row, least)
    print(f"one draw: {median(floor) * 1e9:.1f} ns\n")
    table(rows, median(floor))
    print()
    processes()


if __name__ == "__main__":
    main()
