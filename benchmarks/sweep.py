"""A sweep of 20 x 20 hazards of one LENI variant, 2,000 trials a cell: python benchmarks/sweep.py [JOBS]

Prints seconds by the clock and of the processor: by weights, played whole, and of reading and lowering alone.
Aims: under 2 s of the processor by weights, under 10 s on two idle cores played.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

from simulator.loading.source import read_source
from simulator.study.settings import Settings
from simulator.what_ifs.cells import Place
from simulator.what_ifs.sweeping import prepare_sweep, settings_of
from simulator.what_ifs.weights.asked import Weighing

LENI = Path(__file__).parents[1] / "scenarios" / "leni.yaml"
COMPONENTS = "events.thrombosis.components"
VARY = (
    f"truths.interaction_25.{COMPONENTS}.after_imatinib.probability=5% in 6 months:50% in 6 months:20:log",
    f"truths.interaction_10.{COMPONENTS}.on_drug.hazard=1:5 per 206 person-years:20",
)
TRIALS = 2_000


def main() -> None:
    """Compile, then ask in both ways."""
    jobs = int(sys.argv[1]) if len(sys.argv) > 1 else 0
    asked = Settings(
        variants=["with_maintenance"], truths=["interaction_25"], trials=TRIALS, self_check=0, jobs=jobs
    )
    prepare_sweep(read_source(str(LENI)), VARY[:1], ["p_stop"], asked).play()
    for how, weighing in {"by weights": Weighing(), "played": Weighing(play=True)}.items():
        clock, processor = time.perf_counter(), time.process_time()
        prepared = prepare_sweep(read_source(str(LENI)), VARY, ["p_stop"], asked, weighing=weighing)
        findings = prepared.play()
        clock, processor = time.perf_counter() - clock, time.process_time() - processor
        count, trials = len(findings.answers), findings.anchored or len(findings.answers) * TRIALS
        print(f"{count} cells {how}, {trials:,} trials: {clock:.1f} s, {processor:.1f} s of the processor")
    start = time.process_time()
    prepared = prepare_sweep(read_source(str(LENI)), VARY, ["p_stop"], asked)
    for changes in settings_of(prepared.vary):
        prepared.begun.cells.program(Place(changes, "with_maintenance", "interaction_25"))
    each = 1_000 * (time.process_time() - start) / count
    print(f"reading, checking and lowering: {each:.1f} ms of the processor a cell")


if __name__ == "__main__":
    main()
