"""`trialstop run`: the folder, the table, JSON, and what an interruption leaves."""

import json
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest

from simulator.loading.load import load
from simulator.study import units
from simulator.study.ledger import Ledger
from simulator.study.results import Results
from simulator.study.run import run
from simulator.study.store import store, stored

from .conftest import Call

ADDED = """
trialstop: 1
title: a variant adds an event, and a rule that counts it
design:
  accrual: {until: 10 treated}
  events: {dlt: {window: 28 days}}
  monitoring:
    first: {counts: {event: dlt}, rule: {kind: at_least, count: 3}, then: close_accrual}
variants:
  plain: {}
  more:
    design.events.bleed: {window: 28 days}
    design.monitoring.second: {counts: {event: bleed}, rule: {kind: at_least, count: 3}, then: close_accrual}
truths:
  t:
    accrual: 2 per month
    events: {dlt: {probability: 20% in 28 days}, bleed: {probability: 20% in 28 days}}
"""
QUICK = ("run", "small.yaml", "--trials", "30", "--no-figures")


def files(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def test_run_writes_a_whole_folder_and_prints_the_table(call: Call, folder: Path) -> None:
    found = call("run", "small.yaml", "--trials", "30", "--out", "here")
    assert found.exit_code == 0, found.stderr
    assert "FALSE STOP" in found.stdout and "TRUE STOP" in found.stdout
    assert "trialstop run small.yaml --trials 30 --seed 1" in found.stdout
    drawn = {name for name in files(folder / "here") if name.startswith("figures/")}
    assert drawn >= {f"figures/{name}.png" for name in ("p_stop", "stopping_by_time", "patients_harmed")}
    assert files(folder / "here") - drawn == {"results.json", "manifest.json", "table.txt"}
    listed = json.loads((folder / "here" / "manifest.json").read_text())["files"]
    assert {each["name"] for each in listed} == files(folder / "here") - {"manifest.json"}
    for each in listed:
        data = (folder / "here" / each["name"]).read_bytes()
        assert (each["size"], each["sha256"]) == (len(data), sha256(data).hexdigest())


@pytest.mark.parametrize("columns", [80, 140])
def test_the_answer_is_the_last_thing_on_the_screen(
    call: Call, folder: Path, monkeypatch: pytest.MonkeyPatch, columns: int
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    (folder / "added.yaml").write_text(ADDED)
    run = ("run", "added.yaml", "--trials", "10", "--engine", "simpy", "--out", "here", "--no-figures")
    answer, everything = call(*run).stdout, call(*run, "--tables", "all").stdout
    assert "Cost, as means over trials" not in answer and "Cost, as means over trials" in everything
    last = answer[answer.index("P(stop), in % of trials") :]
    assert everything.count(last.strip()) == 2 and everything.endswith(last)
    for text in (answer, everything):
        assert max(map(len, text.splitlines())) <= columns
    assert "Cost, as means over trials" in (folder / "here" / "table.txt").read_text()
    refused = call(*run, "--tables", "long")
    assert refused.exit_code == 2 and "allowed one of answer, all" in refused.stderr


@pytest.mark.parametrize("variants", [(), ("plain",), ("more",)], ids=["both", "without", "with"])
def test_an_event_that_only_one_variant_has(call: Call, folder: Path, variants: tuple[str, ...]) -> None:
    (folder / "added.yaml").write_text(ADDED)
    chosen = [word for variant in variants for word in ("--variant", variant)]
    found = call("run", "added.yaml", "--trials", "10", "--engine", "simpy", "--out", "here", *chosen)
    assert found.exit_code == 0, found.stderr
    told = "more" in variants or not variants
    assert ("Patients with bleed" in (folder / "here" / "table.txt").read_text()) is told
    drawn = {name for name in files(folder / "here") if "harmed" in name}
    both = {"figures/patients_harmed_dlt.png", "figures/patients_harmed_bleed.png"}
    assert drawn == (both if told else {"figures/patients_harmed.png"})


def test_default_folder_is_named_by_the_scenario_and_what_was_run(call: Call, folder: Path) -> None:
    call(*QUICK)
    call(*QUICK, "--seed", "2")
    names = sorted(path.name for path in (folder / "runs").iterdir())
    assert len(names) == 2 and all(name.startswith("small-") for name in names)


def test_the_same_run_again_shows_what_is_stored(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    first = call(*QUICK)

    def never(*_: object) -> None:
        raise AssertionError("played again")

    monkeypatch.setattr(units, "play_unit", never)
    again = call(*QUICK)
    assert again.exit_code == 0
    assert "stored" in again.stderr
    assert again.stdout == first.stdout


def test_another_run_in_the_folder_needs_force(call: Call, folder: Path) -> None:
    call(*QUICK, "--out", "here")
    other = call(*QUICK, "--out", "here", "--seed", "2")
    assert other.exit_code == 2 and "seed" in other.stderr and "--force" in other.stderr
    assert call(*QUICK, "--out", "here", "--seed", "2", "--force").exit_code == 0
    assert json.loads((folder / "here" / "results.json").read_text())["run"]["seed"] == 2
    assert not list(folder.glob("here.*"))


@pytest.mark.parametrize("ours", [False, True])
def test_a_folder_that_is_not_ours_is_never_touched(call: Call, folder: Path, ours: bool) -> None:
    if ours:
        call(*QUICK, "--out", "here")
    (folder / "here").mkdir(exist_ok=True)
    (folder / "here" / "thesis.docx").write_text("years of work")
    before = files(folder / "here")
    found = call(*QUICK, "--out", "here", "--seed", "3", "--force")
    assert found.exit_code == 2
    assert "thesis.docx" in found.stderr and "left as it is" in found.stderr
    assert files(folder / "here") == before


def test_places_that_cannot_be_written_are_said_before_playing(
    call: Call, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(units, "play_unit", None)  # would fail at once
    (folder / "file").write_text("")
    for out in ("file", "file/below"):
        found = call(*QUICK, "--out", out)
        assert found.exit_code == 2 and found.stderr.count("\n") == 1, found.stderr
    assert call(*QUICK, "--json", "file/r.json").exit_code == 2


def test_an_interruption_before_anything_is_finished_leaves_nothing(
    call: Call, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    played: list[int] = []

    def interrupted(*_: object) -> None:
        played.append(1)
        raise KeyboardInterrupt

    monkeypatch.setattr(units, "play_unit", interrupted)
    before = files(folder)
    found = call(*QUICK, "--out", "a/b/c")
    assert played and found.exit_code == 130
    assert "interrupted: nothing was written" in found.stderr
    assert files(folder) == before and not (folder / "a").exists()


def test_a_failure_while_writing_leaves_the_earlier_run(
    call: Call, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    call(*QUICK, "--out", "here")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("simulator.study.recording.Recorder.commit", full)
    found = call(*QUICK, "--out", "here", "--seed", "9", "--force", "--records")
    assert found.exit_code == 2 and "No space left" in found.stderr
    assert json.loads((folder / "here" / "results.json").read_text())["run"]["seed"] == 1
    assert not list(folder.glob("here.*"))


def test_unfinished_work_of_a_killed_run_is_replaced(call: Call, folder: Path) -> None:
    (folder / "here.partial" / "result").mkdir(parents=True)
    Ledger(folder / "here.partial").begin(["manifest.json", "result/results.json"])
    (folder / "here.partial" / "result" / "results.json").write_text("{")
    assert call(*QUICK, "--out", "here").exit_code == 0
    assert not (folder / "here.partial").exists()


def contract(data: dict[str, Any]) -> None:
    """What docs/results.md promises."""
    assert data["format"] == "trialstop/results/1"
    assert {"title", "file", "sha256"} <= set(data["scenario"])
    assert {"trials", "seed", "engine", "versions", "command", "seconds"} <= set(data["run"])
    assert {"compared", "mismatches"} <= set(data["self_check"])
    assert data["assumptions"][0]["path"] == "truths.good.accrual"
    for cell in data["cells"]:
        assert {"variant", "truth", "metrics"} <= set(cell)
        for estimate in cell["metrics"].values():
            assert {"value", "mcse", "low", "high", "exact"} <= set(estimate)


def test_json_on_stdout_stands_alone(call: Call) -> None:
    found = call(*QUICK, "--json", "-")
    assert found.exit_code == 0
    data = json.loads(found.stdout)
    contract(data)
    assert [(c["variant"], c["truth"]) for c in data["cells"]] == [
        ("narrow", "good"), ("narrow", "bad"), ("wide", "good"), ("wide", "bad"),
    ]  # fmt: skip
    assert {"p_stop", "n_enrolled", "duration_days", "patients_with.clot", "events.clot"} <= set(
        data["cells"][0]["metrics"]
    )


def test_json_to_a_file_comes_with_the_table(call: Call, folder: Path) -> None:
    found = call(*QUICK, "--json", "r.json")
    assert "P(stop)" in found.stdout
    contract(json.loads((folder / "r.json").read_text()))


def test_only_what_is_asked_for_is_run(call: Call) -> None:
    data = json.loads(call(*QUICK, "--variant", "wide", "--truth", "bad", "--json", "-").stdout)
    assert [(c["variant"], c["truth"]) for c in data["cells"]] == [("wide", "bad")]


def test_trials_are_stored_one_per_row_with_units(call: Call, folder: Path) -> None:
    call(*QUICK, "--out", "here", "--records")
    assert {"trials.parquet", "patients.parquet", "looks.parquet"} < files(folder / "here")
    table = pq.read_table(folder / "here" / "trials.parquet")
    assert table.num_rows == 4 * 30
    assert table.schema.field("days_to_stop").metadata[b"unit"] == b"days"
    results = json.loads((folder / "here" / "results.json").read_text())
    stops = table.column("p_stop").to_numpy()[:30]
    assert stops.mean() == results["cells"][0]["metrics"]["p_stop"]["value"]


def test_stored_results_are_read_back(folder: Path) -> None:
    scenario = load("small.yaml")
    results = run(scenario, trials=20, seed=4)
    out = store(results, scenario, folder / "kept")
    from simulator.study.manifest import read_manifest

    manifest = read_manifest(out)
    assert manifest is not None
    back = stored(out, manifest, Results.from_json)
    assert back is not None and back.as_json() == results.as_json()
    table = pq.read_table(out / "trials.parquet")
    assert table.num_rows == 4 * 20
    read = [cell.columns["n_enrolled"] for cell in results.cells]
    np.testing.assert_array_equal(table.column("n_enrolled").to_numpy(), np.concatenate(read))
