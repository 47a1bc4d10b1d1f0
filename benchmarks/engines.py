"""Trials per second of the SimPy engine on the shipped scenarios; not a test, machines differ.

Run: python benchmarks/engines.py [TRIALS]. Each figure is the best of three rounds, cells in turn, so
that a drift of the machine hits all alike; compare figures of one run only.
"""

from __future__ import annotations

import sys
import time

from simulator.engines.reference.trial import play
from simulator.loading.load import load
from simulator.metrics.collect import collect
from simulator.model.latents import BlockLatents
from simulator.study.run import programs

CELLS = (
    ("scenarios/checks/leni.yaml", "with_maintenance", "interaction_25"),
    ("scenarios/leni.yaml", "with_maintenance", "planned"),
    ("scenarios/leni.yaml", "combination_only", "observed_like"),
    ("scenarios/checks/ferrajoli.yaml", "joint", "design_null"),
    ("scenarios/ferrajoli.yaml", "as_designed", "as_reported_nonhaem"),
)
ROUNDS = 3


def main() -> None:
    """Print one line per cell: trials a second played, and with metrics."""
    trials = int(sys.argv[1]) if len(sys.argv) > 1 else 500
    built = [(cell, next(iter(programs(load(cell[0]), [cell[1]], [cell[2]]).values()))) for cell in CELLS]
    best: dict[tuple[str, str, str], tuple[float, float]] = {}
    for _ in range(ROUNDS):
        for cell, program in built:
            latents = BlockLatents(1, 0, trials, program.max_treated)
            start = time.perf_counter()
            records = play(program, latents)
            played = time.perf_counter() - start
            collect(program, records)
            whole = time.perf_counter() - start
            old = best.get(cell, (float("inf"), float("inf")))
            best[cell] = (min(old[0], played), min(old[1], whole))
    for (file, variant, truth), (played, whole) in best.items():
        print(f"{file:34} {variant:18} {truth:20}", end=" ")
        print(f"{trials / played:7.0f} trials/s, with metrics {trials / whole:7.0f}")


if __name__ == "__main__":
    main()
