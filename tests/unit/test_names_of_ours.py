"""Evidence: by another way. What a scenario calls its rules, doses and events moves no number.

A rule named `joint` and doses named `none` and `above_target` once overwrote metrics of ours with the same
text. Here every such scenario gives what it gives with plain names, in memory and read back from every file.
"""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from simulator.metrics.text import Keyed, text_of
from simulator.model.estimate import Estimate
from simulator.model.metric import PARTS, Key
from simulator.reporting.tables import render
from simulator.study.journal import Entry, Journal
from simulator.study.results import Cell, Results
from simulator.study.run import run
from simulator.study.trials import write_trials
from simulator.study.verify import verify
from tests.helpers import SEED, rule, scenario

TRIALS = 400
MONTHLY = "2 per month"


def two_rules(first, second, events=("dlt", "bleed"), phase="treatment"):
    """Two rules that act, each stopping on 3 patients with an event."""
    design = {
        "accrual": {"until": "20 treated"},
        "phases": {phase: {"lasts": "28 days"}},
        "events": {name: {"window": "28 days"} for name in events},
        "monitoring": {first: rule(events[0], 3), second: rule(events[1], 3)},
    }
    hazards = {name: {"probability": "20% in 28 days"} for name in events}
    truth = {"acceptable": True, "accrual": MONTHLY, "events": hazards}
    wider = {"design.accrual": {"until": "24 treated"}}
    return scenario(design, {"ok": truth}, variants={"plain": {}, "wider": wider}, benchmark="plain")


def three_doses(low, middle, high):
    """3+3 on three doses, the highest above the target."""
    rates = {low: "5%", middle: "10%", high: "50%"}
    design = {
        "accrual": {"until": "24 treated"},
        "drugs": {"drug": list(rates)},
        "events": {"dlt": {"window": "28 days"}},
        "dose_finding": {"kind": "three_plus_three", "variant": "C"},
    }
    dlt = {"clock": "enrolment", "within": "28 days", "probability_by_dose": {"drug": rates}}
    return scenario(design, {"steep": {"target_rate": "33%", "accrual": MONTHLY, "events": {"dlt": dlt}}})


EVENTS = ("overrun", "after_window")
PAIRS = {
    "joint": (two_rules("joint", "other"), two_rules("one", "other"), {"joint": "one"}),
    "dots": (
        three_doses("none.5 mg", "none.none", '"none"'),
        three_doses("5 mg", "10 mg", "50 mg"),
        {"none.5 mg": "5 mg", "none.none": "10 mg", '"none"': "50 mg"},
    ),
    "overrun": (
        two_rules("joint", "none", events=EVENTS, phase="after"),
        two_rules("one", "two", events=EVENTS, phase="care"),  # draws are those of the events' names
        {"joint": "one", "none": "two", "after": "care"},
    ),
    "none": (
        three_doses("none", "10 mg", "above_target"),
        three_doses("5 mg", "10 mg", "50 mg"),
        {"none": "5 mg", "above_target": "50 mg"},
    ),
}


@pytest.fixture(scope="module", params=PAIRS)
def pair(request):
    """Results with names that are words of ours, with plain names, and what each is called there."""
    ours, plain, names = PAIRS[request.param]
    played = [run(given, trials=TRIALS, seed=SEED, self_check=5) for given in (ours, plain)]
    return *played, names


def renamed(key, names):
    parts = {part: getattr(key, part) for part in PARTS}
    return replace(key, **{part: names.get(name, name) for part, name in parts.items()})


def test_every_number_is_that_of_plain_names(pair):
    ours, plain, names = pair
    for mine, theirs in zip(ours.cells, plain.cells, strict=True):
        assert {renamed(key, names): e for key, e in mine.metrics.items()} == theirs.metrics
        assert [renamed(key, names) for key in mine.columns] == list(theirs.columns)
        for key, values in mine.columns.items():
            assert np.array_equal(values, theirs.columns[renamed(key, names)], equal_nan=True), key


def test_events_named_like_their_parts_are_split_into_them(pair):
    ours, _, _ = pair
    for cell in ours.cells:
        for event in cell.facts.events:
            for metric in ("patients_with", "events"):
                parts = [Key(metric, event=event, word=word) for word in ("before", "overrun", "after")]
                total = cell.columns[Key(metric, event=event)]
                assert total.sum() > 0
                assert np.array_equal(sum(cell.columns[part] for part in parts), total), event


def test_numbers_survive_results_json(pair):
    ours, _, _ = pair
    again = Results.from_json(json.loads(json.dumps(ours.as_json(), allow_nan=False)))
    assert [cell.metrics for cell in again.cells] == [cell.metrics for cell in ours.cells]
    assert [cell.facts for cell in again.cells] == [cell.facts for cell in ours.cells]
    assert again.as_json() == ours.as_json()


def test_every_trial_survives_trials_parquet(pair, tmp_path: Path):
    ours, _, _ = pair
    write_trials(tmp_path / "trials.parquet", ours)
    table = pq.read_table(tmp_path / "trials.parquet")
    assert len(set(table.column_names)) == len(table.column_names)
    for cell in ours.cells:
        rows = [at for at, name in enumerate(table.column("variant").to_pylist()) if name == cell.variant]
        for key, values in cell.columns.items():
            stored = table.column(text_of(key)).take(rows).to_pylist()
            assert stored == [float(v) if np.isfinite(v) else None for v in values], key


def test_an_interrupted_run_goes_on_with_the_same_numbers(pair, tmp_path: Path):
    """A journal is read back key by key."""
    given = PAIRS["overrun"][0]
    journal = tmp_path / "journal"
    first = run(given, trials=TRIALS, seed=SEED, self_check=0, journal=journal)
    again = run(given, trials=TRIALS, seed=SEED, self_check=0, journal=journal)  # nothing is left to play
    assert [cell.metrics for cell in again.cells] == [cell.metrics for cell in first.cells]
    with Journal(journal) as book:
        (entry,) = book.entries()
    assert isinstance(entry, Entry)
    assert Key("patients_with", event="overrun", word="overrun") in entry.summaries["plain"].keys


def test_the_two_scenarios_that_gave_wrong_numbers():
    """P(stop) = P(joint first) + P(other first) - P(both at once); selections add up to one, exactly too."""
    results = run(PAIRS["joint"][0], trials=TRIALS, seed=SEED, self_check=0)
    m = results.cell("plain", "ok").metrics
    either = m[Key("p_stop", rule="joint")].value + m[Key("p_stop", rule="other")].value
    assert m["p_stop"].value == pytest.approx(either - m[Key("p_stop", word="joint")].value)
    assert m[Key("p_stop", rule="joint")].value > 0.3 > m["p_stop.joint"].value
    given = PAIRS["none"][0]
    (cell,) = run(given, trials=TRIALS, seed=SEED, self_check=0).cells
    outcomes = [Key("p_select", dose=dose) for dose in cell.facts.dose_finding.doses]
    outcomes.append(Key("p_select", word="none"))
    assert sum(cell.metrics[key].value for key in outcomes) == pytest.approx(1.0)
    assert sum(cell.metrics[key].exact for key in outcomes) == pytest.approx(1.0)
    assert cell.metrics[Key("p_select", dose="none")].exact == pytest.approx(0.1084, abs=5e-5)
    assert cell.metrics["p_select.none"].exact == pytest.approx(0.0273, abs=5e-5)
    (verdict,) = verify(given, trials=TRIALS, replay=5, seed=SEED).verdicts
    assert set(outcomes) <= set(verdict.differences) and verdict.largest < 5  # standard errors: 6e-7 each


def test_a_report_tells_a_dose_from_what_is_no_dose(pair):
    ours, _, names = pair
    text = render(ours, full=True, true_rates=True)
    lines = [line.split() for line in text.splitlines()]
    if "none" in names and ours.cells[0].facts.dose_finding is not None:
        assert any(line[:2] == ['"none"', "5.0"] for line in lines), "the dose, with its true rate"
        assert any(line[:1] == ["none"] for line in lines), "no dose"
    elif "joint" in names:
        assert any(line[:1] == ['"joint"'] or '"joint"' in line for line in lines)


def test_means_at_a_dose_are_compared_only_if_it_is_reached_often_enough():
    """By the dose of the key: a rule or an event called like the dose is judged by P(stop)."""
    rare = Estimate(value=0.001, mcse=0.001, n=1_000, exact=0.001)
    mean = Estimate(value=0.5, mcse=0.1, n=1_000, exact=0.4)
    metrics = Keyed(
        {Key("p_reach", dose="5_mg"): rare, Key("p_reach", dose="1_mg"): replace(rare, exact=0.5)}
    )
    metrics.update({Key("n_at", dose=dose): mean for dose in ("5_mg", "1_mg")})
    metrics.update({Key("n_read", rule="5_mg"): mean, Key("patients_with", event="5_mg"): mean})
    cell = Cell(variant="v", truth="t", acceptable=None, metrics=metrics)
    assert set(cell.differences()) == set(metrics) - {Key("p_reach", dose="5_mg"), Key("n_at", dose="5_mg")}
    metrics[Key("p_stop")] = rare
    assert set(cell.differences()) == {Key("p_reach", dose="1_mg"), Key("n_at", dose="1_mg")}
