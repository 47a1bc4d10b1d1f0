"""`trialstop trace`: the same trial as in a run, told and drawn."""

from pathlib import Path

import numpy as np

from simulator.engines.reference.trial import play
from simulator.loading.load import load
from simulator.model.latents import BlockLatents
from simulator.reporting.narrative import LAST_TRIAL, trace
from simulator.study.run import programs
from tests.helpers import ROOT

from .conftest import Call


def test_trace_is_the_trial_of_the_run(folder: Path) -> None:
    scenario = load("small.yaml")
    program = programs(scenario)["wide", "bad"]
    block = play(program, BlockLatents(7, 0, 6, program.max_treated))
    told = trace(scenario, variant="wide", truth="bad", trial=4, seed=7).records
    for name in ("trials", "patients", "states", "events", "looks", "firings"):
        rows = getattr(block, name)
        np.testing.assert_array_equal(rows[rows["trial"] == 4], getattr(told, name))


def test_the_story_has_everything_in_order(folder: Path) -> None:
    scenario = load("small.yaml")
    told = trace(scenario, variant="narrow", truth="bad", trial=0, seed=1)
    days = [day for day, _, _, _ in told.lines()]
    assert days == sorted(days)
    text = told.text()
    patients = len(told.records.patients)
    assert text.count(" enters treatment") == patients
    assert text.count("course ends") == patients
    assert text.count("drug low -> high") >= 1
    for event in told.records.events:
        assert f"patient {event['candidate'] + 1}: {told.program.events[event['event']].name.upper()}" in text
    assert text.count("look ") >= len(told.records.looks)


def test_an_event_that_a_hazard_asks_for_is_no_phase_again() -> None:
    """It changes the state of the patient, and nothing that the story tells."""
    told = trace(ROOT / "scenarios/chanan_khan.yaml", variant="after", truth="as_reported", trial=7)
    assert any(state.happened for state in told.program.states)
    text = told.text()
    assert "FLARE_2" in text
    assert "treatment again" not in text


def test_the_story_says_why_and_when_a_trial_stops(folder: Path) -> None:
    scenario = load("small.yaml")
    for trial in range(20):
        told = trace(scenario, variant="wide", truth="bad", trial=trial, seed=1)
        if len(told.records.firings):
            break
    text = told.text()
    assert "at least 2: STOP" in text and "takes effect: close accrual and stop drug" in text
    for name in ("crossed", "reported", "cut", "decided", "effective"):
        assert f"{name} " in text.splitlines()[-1] + text.splitlines()[-2]


def test_the_last_trial_that_may_be_asked_for_is_told_like_the_first(folder: Path) -> None:
    """Of those before it too; the dates of a stop are worked out from the records of one trial alone."""
    scenario = load("small.yaml")
    numbers = range(LAST_TRIAL, LAST_TRIAL - 20, -1)
    stories = (trace(scenario, variant="wide", truth="bad", trial=number) for number in numbers)
    told = next(story for story in stories if len(story.records.firings))
    assert "crossed " in told.text()


def test_trace_prints_and_draws(call: Call, folder: Path) -> None:
    found = call("trace", "small.yaml", "--truth", "bad", "--variant", "wide", "--trial", "2")
    assert found.exit_code == 0, found.stderr
    assert "trial 2 of seed 1, variant wide, truth bad" in found.stdout
    assert (folder / "runs" / "trace-small-wide-bad-2.png").stat().st_size > 10_000
