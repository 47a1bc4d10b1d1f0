"""CPU milliseconds that a further cell costs beside loading and trials: build (tables included) and pack.

Run: python benchmarks/cells.py [CELLS]   (by default 25 per line)

Cells differ in one value, of a kind per line. The median is over cells after the first, which makes what the
others share. Aim: 2.5 ms (LENI) and 6 ms (MEC), where the shape of no law changes.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median
from typing import TypeVar

from simulator.engines.compiled.pack import pack
from simulator.loading.load import load
from simulator.study.run import programs

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Changed:
    """A value of a scenario that differs from cell to cell: what it is, where, and the k-th of it."""

    about: str
    file: str
    variant: str
    truth: str
    path: str
    value: Callable[[int], str]


LENI = "scenarios/leni.yaml", "with_maintenance", "planned"
MEC = "scenarios/mec.yaml", "as_amended", "observed_like"
LAW = "events.mmr_loss.onset.lognormal"
LAWS = "events.recovery.onset.lognormal"
CHANGED = (
    Changed(
        "a hazard",
        *LENI,
        "events.thrombosis.components.on_drug.hazard",
        lambda k: f"{3 + k} per 206 person-years",
    ),
    Changed("median of an onset", *LENI, f"{LAW}.median", lambda k: f"{100 + k} days"),
    Changed("sigma of an onset", *LENI, f"{LAW}.sigma", lambda k: f"{1 + k / 100}"),
    Changed("accrual", *MEC, "accrual", lambda k: f"{20 + k} per year"),
    Changed("day of 8 onsets", *MEC, f"{LAWS}.late.by", lambda k: f"{40 + k} days"),
    Changed("sigma of 8 onsets", *MEC, f"{LAWS}.sigma", lambda k: f"{0.2 + k / 100}"),
)


def timed(work: Callable[[], T]) -> tuple[float, T]:
    """CPU milliseconds, and what came of it."""
    start = time.process_time()
    found = work()
    return 1e3 * (time.process_time() - start), found


def of_cell(of: Changed, k: int) -> tuple[float, float]:
    """Build and pack of the k-th cell."""
    scenario = load(of.file, [f"truths.{of.truth}.{of.path}={of.value(k)}"])
    building, cells = timed(lambda: programs(scenario, [of.variant], [of.truth]))
    packing, _ = timed(lambda: pack(cells[of.variant, of.truth]))
    return building, packing


def main() -> None:
    """Measure and print, as a Markdown table."""
    cells = int(sys.argv[1]) if len(sys.argv) > 1 else 25
    print("| ms of CPU per further cell | changed | build | pack | both |")
    print("|---|---|---|---|---|")
    for of in CHANGED:
        found = [of_cell(of, k) for k in range(cells + 1)][1:]
        building, packing, both = (median(part) for part in (*zip(*found, strict=True), map(sum, found)))
        name = of.file.removeprefix("scenarios/").removesuffix(".yaml")
        print(f"| {name}, {of.variant} | {of.about} | {building:.2f} | {packing:.2f} | {both:.2f} |")


if __name__ == "__main__":
    main()
