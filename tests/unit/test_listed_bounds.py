"""Bounds in a CSV file beside a scenario: read as if they stood there, and part of what tells a run."""

import json

import pytest

from simulator.errors import ScenarioError
from simulator.loading.load import load
from simulator.loading.source import read_source, source_of
from simulator.what_ifs.sweeping import prepare_sweep

A = "n,too_toxic at_least,cleared at_most\n1-3,,\n4-14,4,\n15-30,5,0\n"
B = "n,too_toxic at_least\n1-30,6\n"
RULE = "design.monitoring.tox.rule"


@pytest.fixture
def file(tmp_path, monkeypatch):
    """A scenario whose rule is in a.csv; b.csv has another one."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.csv").write_text(A, encoding="utf-8")
    (tmp_path / "b.csv").write_text(B, encoding="utf-8")
    monitor = {
        "counts": {"event": "tox"},
        "among": "completed",
        "look": "every 1 completed",
        "rule": {"kind": "bounds", "csv": "a.csv"},
        "then": "close_accrual",
    }
    tree = {
        "trialstop": 1,
        "title": "test",
        "question": "test",
        "design": {
            "accrual": {"until": "30 treated"},
            "events": {"tox": {"window": "28 days"}},
            "monitoring": {"tox": monitor},
        },
        "truths": {"t": {"accrual": "every 30 days", "events": {"tox": {"probability": "20%"}}}},
    }
    path = tmp_path / "s.yaml"
    path.write_text(json.dumps(tree), encoding="utf-8")
    return path


def rule(scenario):
    return scenario.designs["as_written"].monitoring["tox"].rule


def test_a_file_is_read_as_if_it_stood_there(file):
    formula = "too_toxic iff x >= 4 (n 4-14), 5 (n 15-30); cleared iff x <= 0 (n 15-30)"
    assert rule(load(file)).formula() == formula


def test_another_file_takes_the_place_of_all_of_the_first(file):
    assert list(rule(load(file, [f"{RULE}.csv=b.csv"])).outcomes) == ["too_toxic"]
    changed = source_of(load(file)).changed([f"{RULE}.csv=b.csv"])
    assert rule(changed) == rule(load(file, [f"{RULE}.csv=b.csv"]))


def test_an_outcome_that_stands_in_both_is_refused(file):
    tree = json.loads(file.read_text())
    tree["design"]["monitoring"]["tox"]["rule"]["cleared"] = {"at_most": {"10-30": 1}}
    file.write_text(json.dumps(tree), encoding="utf-8")
    with pytest.raises(ScenarioError, match="both `cleared` and `csv`, allowed one of the two"):
        load(file)


def test_what_is_in_it_tells_the_run(file):
    before = load(file).sha256
    (file.parent / "a.csv").write_text(B, encoding="utf-8")
    assert load(file).sha256 != before
    assert load(file).sha256 == load(file).sha256


def test_a_sweep_is_of_what_is_in_the_files_and_not_of_their_names(file):
    vary = [f"{RULE}.csv=a.csv,b.csv"]
    first = prepare_sweep(read_source(str(file)), vary).asks
    assert prepare_sweep(read_source(str(file)), vary).asks == first
    (file.parent / "b.csv").write_text("n,too_toxic at_least\n1-30,1\n", encoding="utf-8")
    assert prepare_sweep(read_source(str(file)), vary).asks != first


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("", 1, "a first row of n"),
        ("n,harm at_leas\n1,1\n", 1, "a first row of n"),
        ("n,harm at_least,harm at_least\n1,1,1\n", 1, "each outcome in one column"),
        ("n,harm at_least\n1-4,2\n6,3\n", 3, "n = 5 next"),
        ("n,harm at_least\n4-1,2\n", 2, "rising"),
        ("n,harm at_least\n1-4\n", 2, "then 1 counts"),
        ("n,harm at_least\n1-4,3\n5,2\n", None, "counts that do not fall as n rises"),
        ("n,harm at_least\n1-4,many\n", None, "a whole number"),
    ],
)
def test_what_is_wrong_with_it_is_said_once_with_its_line(file, text, line, said):
    (file.parent / "a.csv").write_text(text, encoding="utf-8")
    with pytest.raises(ScenarioError) as caught:
        load(file)
    (problem,) = caught.value.problems
    assert said in problem.allowed
    assert problem.file.endswith("a.csv")
    assert line in (None, problem.line)


@pytest.mark.parametrize("content", [None, b"\xff\xfe\x00"])
def test_a_file_that_cannot_be_read_is_one_error_at_its_key(file, content):
    (file.parent / "a.csv").unlink()
    if content is not None:
        (file.parent / "a.csv").write_bytes(content)
    with pytest.raises(ScenarioError) as caught:
        load(file)
    (problem,) = caught.value.problems
    assert problem.path == f"{RULE}.csv"
    assert "a CSV file that can be read" in problem.allowed
