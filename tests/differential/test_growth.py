"""Evidence: differential, and operations counted. Looks go on counting where the one before them stopped."""

import json
import os
import subprocess
import sys
from functools import cache

import pytest

from simulator.engines.reference import denominator
from tests.differential.engines import cells, difference
from tests.helpers import ROOT, draws

GROWTH = ROOT / "benchmarks/growth.yaml"
VARIANTS = (
    "treated", "completed", "known", "weight", "fail", "events", "courses", "courses_completed",
    "every_known", "every_completed", "calendar", "wait", "visits",
)  # fmt: skip
FEW = (
    "design.accrual.until=40 treated",
    "design.monitoring.rule.rule.count=40",
    "truths.patients.accrual=20 per month",
    "truths.events.events.harm.hazard=30 per year",
)


def test_every_way_to_count_is_listed():
    assert {variant for variant, _ in cells(GROWTH)} == set(VARIANTS)


@pytest.mark.parametrize("truth", ["patients", "events"])
@pytest.mark.parametrize("variant", VARIANTS)
def test_counting_on_gives_what_counting_anew_does(variant, truth):
    """The SimPy engine recounts at every look."""
    for more in ((), ("design.monitoring.rule.data_cut=20 days",)):
        program = cells(GROWTH, *FEW, *more)[variant, truth]
        assert not difference(program, 8)


COUNTED = """
import json, sys
from simulator.engines.compiled.driver import play
from simulator.loading.load import load
from simulator.study.run import programs

def operations(program):
    play(program, 1, 0, 1)  # rooms that are too small are found out
    n = 0
    def count(frame, event, _):
        nonlocal n
        n += event == "call"
    sys.setprofile(count)
    play(program, 1, 0, 1)
    sys.setprofile(None)
    return n

def program(patients, hazard, variant, truth):
    sets = [f"design.accrual.until={patients} treated", f"design.monitoring.rule.rule.count={patients}",
            f"truths.events.events.harm.hazard={hazard} per year", "truths.patients.accrual=4 per month",
            "truths.patients.events.harm.hazard=3 per year"]
    return programs(load(sys.argv[1], sets), [variant], [truth])[variant, truth]

found = {}
for variant in sys.argv[2:]:
    few, many = (program(n, 50, variant, "patients") for n in (50, 200))
    found[variant + " patients"] = operations(few), operations(many)
    few, many = (program(5, hazard, variant, "events") for hazard in (25, 100))
    found[variant + " events"] = operations(few), operations(many)
print(json.dumps(found))
"""


@cache
def operations():
    """Calls in plain Python, where to read a field is one: of some work and of four times as much."""
    found = subprocess.run(
        [sys.executable, "-c", COUNTED, str(GROWTH), "treated", "completed", "courses", "every_known"],
        env=os.environ | {"NUMBA_DISABLE_JIT": "1"},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(found.stdout)


def test_operations_grow_as_patients_and_events_do():
    for what, (few, many) in operations().items():
        assert many < 4.7 * few, f"{what}: {few} and {many}"


@pytest.mark.parametrize(
    "variant", ["treated", "completed", "known", "weight", "fail", "events", "courses", "courses_completed"]
)
def test_simpy_goes_through_patients_with_open_windows_only(variant):
    """Steps of Python where it counts: of some looks and of four times as many."""
    few, many = (_steps(variant, patients) for patients in (50, 200))
    assert many < 4.7 * few


def _steps(variant: str, patients: int) -> int:
    """How many steps (opcodes) of `denominator` a trial takes."""
    number = f"design.accrual.until={patients} treated", f"design.monitoring.rule.rule.count={patients}"
    rates = "truths.patients.accrual=4 per month", "truths.patients.events.harm.hazard=3 per year"
    program, steps = cells(GROWTH, *number, *rates)[variant, "patients"], 0

    def step(frame, event, _):
        nonlocal steps
        if frame.f_code.co_filename != denominator.__file__:
            return None
        frame.f_trace_opcodes = True
        steps += event == "opcode"
        return step

    before = sys.gettrace()
    sys.settrace(step)
    try:
        draws(program, 1)
    finally:
        sys.settrace(before)
    return steps
