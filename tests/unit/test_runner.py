"""Runs that are kept, from Python: stored, shown, gone on with, replaced; what tells two of them apart."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from simulator.errors import TrialstopError
from simulator.loading.load import load
from simulator.study import units
from simulator.study.results import Results
from simulator.study.run import Prepared, Progress, prepare, programs, run
from simulator.study.runner import Listener, Written, default_folder, stored_or_played
from simulator.study.settings import Settings
from simulator.study.store import unfinished
from simulator.study.units import play_unit
from tests.helpers import ROOT

FILE = ROOT / "scenarios/checks/mec.yaml"
SMALL = Settings(variants=["variant_c"], truths=["flat"], trials=30, engine="simpy", jobs=1)


class Heard:
    """What a listener is told."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.told: list[tuple[int, int]] = []
        self.open = 0

    def listener(self) -> Listener:
        return Listener(say=self.lines.append, progress=self.progress)

    @contextmanager
    def progress(self) -> Iterator[Progress]:
        self.open += 1
        yield lambda done, of: self.told.append((done, of))
        self.open -= 1


def prepared(**asked: Any) -> Prepared:
    return prepare(load(FILE), SMALL.changed(asked))  # type: ignore[arg-type]


def without_seconds(results: Results) -> dict[str, Any]:
    data = results.as_json()
    del data["run"]["seconds"], data["run"]["command"]
    return data


def test_nothing_is_left_open_by_what_is_prepared() -> None:
    found = prepare(load(FILE), Settings(engine="simpy"))
    assert found.settings.variants == tuple(load(FILE).designs)
    assert found.settings.truths == tuple(load(FILE).truths)
    assert (found.settings.trials, found.settings.engine, found.asks) == (1_000, "simpy", ("run",))
    assert prepare(load(FILE), Settings()).settings.engine == "compiled"


def test_a_run_is_played_once_and_then_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    heard, folder = Heard(), tmp_path / "a" / "here"
    first = stored_or_played(prepared(), folder, listener=heard.listener())
    assert (heard.lines, heard.open, heard.told[-1]) == ([], 0, (30, 30))
    monkeypatch.setattr(units, "play_unit", None)  # would fail at once
    again = stored_or_played(prepared(jobs=2), folder, listener=heard.listener())
    assert heard.lines == [f"{folder}: this run is stored there; shown as it is (--force plays it again)"]
    assert again.as_json() == first.as_json()
    assert first.run.command.startswith("trialstop run ") and "--jobs" not in first.run.command


def test_the_results_are_those_of_a_run_in_memory(tmp_path: Path) -> None:
    kept = stored_or_played(prepared(), tmp_path / "here")
    assert without_seconds(kept) == without_seconds(run(FILE, SMALL))


def test_table_and_figures_are_those_handed_in(tmp_path: Path) -> None:
    def draw(results: Results, folder: Path) -> None:
        (folder / "one.png").write_text(f"{results.run.trials}")

    written = Written(table=lambda results: f"seed {results.run.seed}", draw=draw)
    stored_or_played(prepared(), tmp_path / "here", written=written)
    assert (tmp_path / "here" / "table.txt").read_text() == "seed 1\n"
    assert (tmp_path / "here" / "figures" / "one.png").read_text() == "30"


@pytest.mark.parametrize("other", [{"seed": 2}, {"trials": 31}, {"self_check": 3}, {"truths": ["steep"]}])
def test_another_run_is_not_replaced_unless_forced(tmp_path: Path, other: dict[str, Any]) -> None:
    stored_or_played(prepared(), tmp_path / "here")
    with pytest.raises(TrialstopError, match=f"holds another run .other {next(iter(other))}."):
        stored_or_played(prepared(**other), tmp_path / "here")
    stored_or_played(prepared(**other), tmp_path / "here", force=True)
    assert stored_or_played(prepared(**other), tmp_path / "here").run.trials == other.get("trials", 30)
    assert default_folder(prepared()) != default_folder(prepared(**other))


def test_what_a_further_command_asks_tells_its_runs_apart(tmp_path: Path) -> None:
    swept = replace(prepared(), asks=("sweep", "--vary", "a=1,2"))
    found = stored_or_played(swept, tmp_path / "here")
    assert found.run.command.startswith(f"trialstop sweep {FILE} --vary a=1,2 --trials 30 --seed 1")
    assert stored_or_played(swept, tmp_path / "here").as_json() == found.as_json()
    with pytest.raises(TrialstopError, match=r"holds another run .other asks."):
        stored_or_played(prepared(), tmp_path / "here")


def test_cells_of_a_further_command_are_played_in_place_of_the_scenarios_own(tmp_path: Path) -> None:
    changed = load(FILE, ["truths.flat.accrual=1 per year"])
    cells = programs(changed, ["variant_c"], ["flat"])
    found = stored_or_played(prepare(load(FILE), SMALL, cells=cells), tmp_path / "here")
    assert found.cells[0].metrics == run(changed, SMALL).cells[0].metrics
    assert found.cells[0].metrics != run(FILE, SMALL).cells[0].metrics


def test_an_interruption_is_passed_on_and_the_same_run_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(units, "BLOCK", 10)
    whole = stored_or_played(prepared(), tmp_path / "whole")
    numbers: list[int] = []

    def stopped(work: Any, unit: Any, *more: Any) -> Any:
        numbers.append(unit.number)
        if unit.number == 2 and numbers.count(2) == 1:
            raise KeyboardInterrupt
        return play_unit(work, unit, *more)

    monkeypatch.setattr(units, "play_unit", stopped)
    heard, folder = Heard(), tmp_path / "here"
    with pytest.raises(KeyboardInterrupt):
        stored_or_played(prepared(), folder, listener=heard.listener())
    left = tmp_path / "here.partial"
    assert unfinished(folder) == left
    assert heard.lines == [f"interrupted: what is finished is in {left}; the same command goes on"]
    found = stored_or_played(prepared(), folder, listener=heard.listener())
    assert heard.lines[1:] == [f"{left}: going on from what is finished there"]
    assert numbers == [0, 1, 2, 2]
    assert unfinished(folder) is None
    assert without_seconds(found) == without_seconds(whole)


OF_0_1_0 = (
    "title", "file", "sha256", "scenario", "sets", "variants", "truths", "trials", "seed", "engine",
    "versions", "command", "precision", "self_check", "records", "files", "format",
)  # fmt: skip


@pytest.mark.parametrize("unfinished_too", [False, True])
def test_a_run_of_an_older_version_is_another_run(tmp_path: Path, unfinished_too: bool) -> None:
    folder, heard = tmp_path / "here", Heard()
    stored_or_played(prepared(), folder)
    path = folder / "manifest.json"
    data = json.loads(path.read_text())
    data["versions"]["trialstop"] = "0.1.0"
    path.write_text(json.dumps({name: data[name] for name in OF_0_1_0}))
    with pytest.raises(TrialstopError) as caught:
        stored_or_played(prepared(), folder)
    assert str(caught.value) == (
        f"{folder} holds another run (other versions); replace it with --force or name another --out"
    )
    if unfinished_too:
        (tmp_path / "here.partial").mkdir()
        (tmp_path / "here.partial" / "journal.bin").write_bytes(b"of another version")
        (tmp_path / "here.partial" / "manifest.json").write_text(path.read_text())
    stored_or_played(prepared(), folder, force=True, listener=heard.listener())
    assert heard.lines == [] and heard.told[0] == (0, 30)
    assert json.loads(path.read_text())["versions"]["trialstop"] != "0.1.0"
