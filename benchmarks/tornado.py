"""Seconds that a tornado takes: every range of LENI under three truths, 41 cells.

Run: python benchmarks/tornado.py [TRIALS]   (by default 2,000 of each cell)

Reading, choosing and playing, without compiling and without starting Python; then of hazards' ranges alone.
Aims: 4 s on two idle cores, and 1 s.
"""

from __future__ import annotations

import sys
import time
from dataclasses import replace

from simulator.loading.source import read_source
from simulator.study.settings import Settings
from simulator.what_ifs.tornado import Tornado, prepare_tornado

FILE = "scenarios/leni.yaml"
ASKED = Settings(variants=["with_maintenance"], truths=["planned", "interaction_25", "withdrawal"])


def prepared(trials: int) -> Tornado:
    """The file read, and what is to be played."""
    return prepare_tornado(read_source(FILE), settings=replace(ASKED, trials=trials))


def main(trials: int) -> None:
    """Play, and print."""
    prepared(1).play()  # imports and compiles
    for what in ("", "hazards"):
        wall, cpu = time.perf_counter(), time.process_time()
        whole = prepared(trials)
        varied = tuple(each for each in whole.varied if what == "" or ".events." in each.path)
        cells = len(replace(whole, varied=varied).play().answers)
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
        print(f"{cells} cells {what} x {trials:,} trials: {wall:.2f} s, {cpu:.2f} s of processor time")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 2_000)
