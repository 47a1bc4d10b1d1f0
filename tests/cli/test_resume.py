"""`trialstop run` interrupted, killed and taken up again: the results are those of a run left alone."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from simulator.study import units
from simulator.study.journal import Journal
from simulator.study.units import play_unit
from tests.cli.conftest import Call

RUN = ("run", "small.yaml", "--trials", "60", "--out", "here", "--no-figures", "--records")


def results(folder: Path) -> dict[str, Any]:
    """results.json without what differs between runs of the same: seconds."""
    data = json.loads((folder / "here" / "results.json").read_text())
    del data["run"]["seconds"]
    return dict(data)


def rows(folder: Path) -> dict[str, list[dict[str, Any]]]:
    return {path.name: pq.read_table(path).to_pylist() for path in (folder / "here").glob("*.parquet")}


def finished(journal: Path) -> int:
    """Entries of a journal that somebody is writing."""
    if not journal.is_file():
        return 0
    copy = journal.parent.parent / "copy-of-journal"
    copy.write_bytes(journal.read_bytes())
    return len(list(Journal(copy).entries()))


@pytest.fixture
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(units, "BLOCK", 10)


@pytest.mark.usefixtures("small_blocks")
@pytest.mark.parametrize("engine", ["simpy", "auto"])
@pytest.mark.parametrize("finished", [1, 5, 11])
def test_an_interrupted_run_goes_on_and_ends_as_one_left_alone(
    call: Call, folder: Path, monkeypatch: pytest.MonkeyPatch, finished: int, engine: str
) -> None:
    command = (*RUN, "--jobs", "1", "--engine", engine)
    assert call(*command).exit_code == 0
    whole, whole_rows = results(folder), rows(folder)

    def interrupted(work: Any, unit: Any, *more: Any) -> Any:
        if unit.number == finished:
            raise KeyboardInterrupt
        return play_unit(work, unit, *more)

    with monkeypatch.context() as patch:
        patch.setattr(units, "play_unit", interrupted)
        found = call(*command, "--force")
    assert found.exit_code == 130
    assert "here.partial" in found.stderr and "goes on" in found.stderr
    played: list[int] = []

    def counting(work: Any, unit: Any, *more: Any) -> Any:
        played.append(unit.number)
        return play_unit(work, unit, *more)

    monkeypatch.setattr(units, "play_unit", counting)
    again = call(*command, "--force")
    assert again.exit_code == 0, again.stderr
    assert "going on" in again.stderr
    assert min(played) >= 1 and len(played) < 12, "what was finished is not played again"
    assert results(folder) == whole
    assert rows(folder) == whole_rows
    assert not (folder / "here.partial").exists()


@pytest.mark.usefixtures("small_blocks")
@pytest.mark.parametrize("finished", range(1, 18))
def test_an_average_over_truths_goes_on_in_the_middle_of_a_block(
    call: Call, folder: Path, monkeypatch: pytest.MonkeyPatch, finished: int
) -> None:
    """Three truths, the first and the last weighted: what the first gave to the average is played again."""
    (folder / "three.yaml").write_text(
        (folder / "small.yaml").read_text().replace("\nprovenance:", "  worse: {extends: bad}\n\nprovenance:")
        + "weights: {good: 3, worse: 1}\n"
    )
    text = (folder / "three.yaml").read_text().replace("{extends: bad}", "{extends: bad, acceptable: false}")
    (folder / "three.yaml").write_text(text)
    command = ("run", "three.yaml", *RUN[2:], "--jobs", "1", "--engine", "simpy", "--self-check", "0")
    assert call(*command).exit_code == 0
    whole, whole_rows = results(folder), rows(folder)
    assert len(whole["weighted"]) == 2
    numbers: list[int] = []

    def interrupted(work: Any, unit: Any, *more: Any) -> Any:
        if unit.number == finished:
            raise KeyboardInterrupt
        return play_unit(work, unit, *more)

    def counting(work: Any, unit: Any, *more: Any) -> Any:
        numbers.append(unit.number)
        return play_unit(work, unit, *more)

    with monkeypatch.context() as patch:
        patch.setattr(units, "play_unit", interrupted)
        assert call(*command, "--force").exit_code == 130
    monkeypatch.setattr(units, "play_unit", counting)
    assert call(*command, "--force").exit_code == 0
    again = [] if finished % 3 == 0 else [finished - finished % 3]
    assert numbers == [*again, *range(finished, 18)]
    assert results(folder) == whole
    assert rows(folder) == whole_rows


@pytest.mark.usefixtures("small_blocks")
def test_another_run_does_not_go_on_from_it(
    call: Call, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(work: Any, unit: Any, *more: Any) -> Any:
        if unit.number == 3:
            raise KeyboardInterrupt
        return play_unit(work, unit, *more)

    with monkeypatch.context() as patch:
        patch.setattr(units, "play_unit", interrupted)
        assert call(*RUN, "--jobs", "1").exit_code == 130
    found = call(*RUN, "--seed", "2")
    assert found.exit_code == 0 and "going on" not in found.stderr


@pytest.mark.parametrize("sets", [(), ("--set", "weights={good: 3, bad: 1}")])
def test_a_killed_run_goes_on(folder: Path, sets: tuple[str, ...]) -> None:
    """kill -9 in the middle, twice; SimPy in one process, so that there is a middle."""
    python = [sys.executable, "-c", "from simulator.study import units; units.BLOCK = 20; "
              "from simulator.cli.main import main; import sys; main(sys.argv[1:])"]  # fmt: skip
    command = [*python, *RUN, *sets, "--trials", "300", "--engine", "simpy", "--jobs", "1"]
    alone = [*command, "--force"]
    subprocess.run(alone, check=True, capture_output=True, cwd=folder, timeout=120)
    whole, whole_rows = results(folder), rows(folder)
    journal = folder / "here.partial" / "journal.bin"
    for least in (1, 3):
        process = subprocess.Popen(alone, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL, cwd=folder)
        deadline = time.monotonic() + 60
        while process.poll() is None and time.monotonic() < deadline:
            if finished(journal) >= least:
                break
            time.sleep(0.005)
        process.send_signal(signal.SIGKILL)
        process.wait()
    with journal.open("ab") as file:  # an entry that was being written
        file.write(b"\x10\x00\x00\x00\x00\x00\x00\x00half")
    found = subprocess.run(alone, check=True, capture_output=True, text=True, cwd=folder, timeout=120)
    assert "going on" in found.stderr
    assert results(folder) == whole
    assert rows(folder) == whole_rows
