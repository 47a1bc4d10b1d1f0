"""Runs that are kept, from Python: stored, shown, gone on with, replaced; what tells two of them apart."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from simulator.engines.compiled import driver, jit
from simulator.errors import TrialstopError
from simulator.loading.load import load
from simulator.study import engine, units
from simulator.study.engine import SOONER
from simulator.study.results import Results
from simulator.study.run import Prepared, Progress, prepare, programs, run
from simulator.study.runner import (
    Compiling,
    Listener,
    Written,
    compile_engine,
    default_folder,
    stored_or_played,
)
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
        self.compiled: list[tuple[str, int, int]] = []
        self.open = 0

    def listener(self) -> Listener:
        return Listener(say=self.lines.append, compiling=self.compiling, progress=self.progress)

    @contextmanager
    def compiling(self) -> Iterator[Compiling]:
        yield lambda *what: self.compiled.append(what)

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
    assert prepare(load(FILE), Settings(trials=100_000)).settings.engine == "compiled"


def cold(monkeypatch: pytest.MonkeyPatch, *, cold: bool = True) -> None:
    """As if nothing were compiled, or all."""
    monkeypatch.setattr(driver, "warm", lambda: not cold)


def test_few_trials_are_played_on_simpy_while_nothing_is_compiled(monkeypatch: pytest.MonkeyPatch) -> None:
    """Six cells: 1,000 trials each take SimPy seconds, a million hours; compiling takes most of a minute."""
    cold(monkeypatch)
    few = prepare(load(FILE), Settings(trials=10))
    assert (few.engine, few.settings.engine, few.engine_note) == ("simpy", "simpy", SOONER)
    assert prepare(load(FILE), Settings(trials=1_000_000)).engine == "compiled"
    assert prepare(load(FILE), Settings(precision=0.01)).engine == "compiled"
    assert prepare(load(FILE), Settings(trials=10, engine="compiled")).engine == "compiled"
    assert prepare(load(FILE), Settings(trials=10), compare=True).engine == "compiled"
    cold(monkeypatch, cold=False)
    assert prepare(load(FILE), Settings(trials=10)).engine == "compiled"


def test_between_these_the_time_decides(monkeypatch: pytest.MonkeyPatch) -> None:
    """At a hundredth of a second a trial 3,000 take 30 s, and 5,000 take 50 s, where compiling takes 40 s."""
    now = [0.0]

    def play(program: object, first: int, trials: int) -> None:
        now[0] += 0.01 * trials

    cold(monkeypatch)
    monkeypatch.setattr(driver, "COMPILE_SECONDS", 40)
    monkeypatch.setattr(engine, "simpy_player", lambda seed: play)
    monkeypatch.setattr(engine.time, "perf_counter", lambda: now[0])
    one = Settings(variants=["variant_c"], truths=["flat"])
    assert prepare(load(FILE), one.changed({"trials": 3_000})).engine == "simpy"
    assert prepare(load(FILE), one.changed({"trials": 5_000})).engine == "compiled"


def test_which_engine_was_the_quicker_makes_no_other_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was played on SimPy before anything was compiled is shown when all is, as what it is."""
    monkeypatch.chdir(tmp_path)
    asked = Settings(variants=["variant_c"], truths=["flat"], trials=30)
    cold(monkeypatch)
    first = prepare(load(FILE), asked)
    heard = Heard()
    kept = stored_or_played(first, default_folder(first), listener=heard.listener())
    assert heard.lines == [f"played on SimPy: {SOONER}"]
    manifest = json.loads((default_folder(first) / "manifest.json").read_text())
    assert (kept.run.engine, kept.run.engine_note, manifest["engine"]) == ("simpy", SOONER, "simpy")
    cold(monkeypatch, cold=False)
    later = prepare(load(FILE), asked)
    assert (later.engine, default_folder(later)) == ("compiled", default_folder(first))
    again = stored_or_played(later, default_folder(later), listener=heard.listener())
    assert again.as_json() == kept.as_json()
    assert "stored there" in heard.lines[1] and len(heard.lines) == 2
    explicit = prepare(load(FILE), asked.changed({"engine": "compiled"}))
    with pytest.raises(TrialstopError, match=r"holds another run .other engine."):
        stored_or_played(explicit, default_folder(first))
    played = stored_or_played(later, default_folder(later), force=True)
    assert (played.run.engine, played.run.engine_note) == ("compiled", "")
    assert [cell.metrics for cell in played.cells] == [cell.metrics for cell in kept.cells]


def test_compiling_is_told_with_how_long_it_takes_and_how_far_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    heard = Heard()
    program = next(iter(prepared(engine="compiled").cells.values()))
    compile_engine(program, heard.listener())
    assert heard.lines == []
    cold(monkeypatch)
    monkeypatch.setattr(driver, "compile_kernels", lambda program, told: told("draw", 3, 150))
    compile_engine(program, heard.listener())
    assert heard.compiled == [("draw", 3, 150)]
    (line,) = heard.lines
    assert (
        f"nothing is compiled yet: compiling, once for all runs, takes about {driver.COMPILE_SECONDS} s"
        in line
    )


def test_code_that_is_not_kept_is_told_once_with_the_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    heard = Heard()
    program = next(iter(prepared(engine="compiled").cells.values()))
    cold(monkeypatch)
    monkeypatch.setattr(jit, "WHY_TEMPORARY", "others can write to /tmp")
    monkeypatch.setattr(driver, "compile_kernels", lambda program, told: None)
    compile_engine(program, heard.listener())
    why, compiling = heard.lines
    assert why == "compiled code is not kept: others can write to /tmp"
    assert "compiling, once for this run," in compiling


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
    with pytest.raises(TrialstopError, match=r"holds another run .other command or options."):
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
    if unfinished_too:  # which had no list of its files, so nothing tells them from anybody's
        (tmp_path / "here.partial").mkdir()
        (tmp_path / "here.partial" / "journal.bin").write_bytes(b"of another version")
        with pytest.raises(TrialstopError, match=r"here\.partial holds what .* \(journal\.bin\)"):
            stored_or_played(prepared(), folder, force=True)
        (tmp_path / "here.partial" / "journal.bin").unlink()
    stored_or_played(prepared(), folder, force=True, listener=heard.listener())
    assert heard.lines == [] and heard.told[0] == (0, 30)
    assert json.loads(path.read_text())["versions"]["trialstop"] != "0.1.0"
