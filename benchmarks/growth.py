"""How the time grows with patients and with events: seconds of run, boundaries, check and explain.

Run: python benchmarks/growth.py [N ...]   (by default 100 1000 10000)

Each command is a fresh process, so half a second or more of each figure is its start. It plays a LENI or
Ferrajoli check with accrual until N treated; then come trials of growth.yaml, per patient and per event.
"""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from simulator.engines.compiled.driver import play
from simulator.loading.load import load
from simulator.study.run import programs

TRIALSTOP = Path(sys.executable).with_name("trialstop")
LENI, FERRAJOLI = "scenarios/checks/leni.yaml", "scenarios/checks/ferrajoli.yaml"
GROWTH = "benchmarks/growth.yaml"
ONE = ["--variant", "combination_only", "--truth", "interaction_10"]
COMMANDS = {
    "run, 20 trials": ["run", LENI, *ONE, "--trials", "20", "--self-check", "0", "--out"],
    "boundaries, a count": ["boundaries", LENI, "--variant", "combination_only"],
    "boundaries, one posterior": ["boundaries", LENI, "--variant", "bayes_any_phase"],
    "boundaries, two posteriors": ["boundaries", FERRAJOLI, "--variant", "joint"],
    "check": ["check", LENI],
    "explain": ["explain", LENI, "--variant", "bayes_any_phase"],
}
PLAYED = ("treated", "completed", "known", "courses", "every_known")


def seconds_of(command: list[str], n: int) -> float:
    """A command with accrual until n treated."""
    with TemporaryDirectory() as folder:
        asked = [*command, f"{folder}/run"] if command[-1] == "--out" else command
        start = time.perf_counter()
        sets = ["--set", f"design.accrual.until={n} treated"]
        subprocess.run([TRIALSTOP, *asked, *sets], check=True, capture_output=True)
        return time.perf_counter() - start


def microseconds(variant: str, truth: str, n: int) -> float:
    """Of one patient, or of one event per year and patient, in a trial of the compiled engine."""
    patients, hazard = (n, 2) if truth == "patients" else (20, n)
    sets = [
        f"design.accrual.until={patients} treated",
        f"design.monitoring.rule.rule.count={patients}",
        f"truths.{truth}.events.harm.hazard={hazard} per year",
    ]
    program = programs(load(GROWTH, sets), [variant], [truth])[variant, truth]
    play(program, 1, 0, 1)
    trials, took = max(1, 10_000 // n), []
    for _ in range(3):
        start = time.perf_counter()
        play(program, 1, 0, trials)
        took.append(time.perf_counter() - start)
    return min(took) / (trials * n) * 1e6


def line(name: str, values: list[str]) -> None:
    print("| " + " | ".join([name, *values]) + " |", flush=True)


def main() -> None:
    sizes = [int(n) for n in sys.argv[1:]] or [100, 1_000, 10_000]
    line("seconds", [f"{n:,} patients" for n in sizes])
    line("---", ["---"] * len(sizes))
    for name, command in COMMANDS.items():
        line(name, [f"{seconds_of(command, n):.1f}" for n in sizes])
    print()
    for truth in ("patients", "events"):
        line(f"us per one of so many {truth}", [f"{n:,}" for n in sizes])
        line("---", ["---"] * len(sizes))
        for variant in PLAYED:
            line(variant, [f"{microseconds(variant, truth, n):.2f}" for n in sizes])
        print()


if __name__ == "__main__":
    main()
