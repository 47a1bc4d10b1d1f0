"""`trialstop sweep`: what it prints, keeps, takes up again and refuses."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import SMALL, Call

COUNT = "design.monitoring.clots.rule.count"
VARY = ("--vary", f"{COUNT}=1,2,3")
SWEEP = ("sweep", "small.yaml", *VARY, "--trials", "30", "--engine", "simpy", "--out", "here")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder with small.yaml."""
    (tmp_path / "small.yaml").write_text(SMALL, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def stored(folder: Path) -> dict[str, Any]:
    """results.json without what differs between runs of the same: seconds."""
    data = json.loads((folder / "here" / "results.json").read_text(encoding="utf-8"))
    del data["run"]["seconds"]
    return dict(data)


def test_it_is_kept_shown_again_and_written_where_asked(call: Call, folder: Path) -> None:
    first = call(*SWEEP, "--json", "out.json", "--csv", "out.csv")
    assert first.exit_code == 0, first.output
    assert "P(stop), %: narrow" in first.stdout
    kept = {path.name for path in (folder / "here").iterdir()}
    assert kept == {"results.json", "table.txt", "figures", "manifest.json"}
    assert [path.name for path in (folder / "here" / "figures").iterdir()] == ["curves_p_stop.png"]
    data = json.loads((folder / "out.json").read_text(encoding="utf-8"))
    assert data["format"] == "trialstop/sweep/1"
    assert data["vary"] == [{"path": COUNT, "values": ["1", "2", "3"]}]
    rows = (folder / "out.csv").read_text(encoding="utf-8").splitlines()
    assert rows[0].startswith(f"{COUNT},variant,truth,acceptable,key,")
    assert len(rows) == 1 + len(data["cells"])
    again = call(*SWEEP)
    assert (again.stdout, "this run is stored there" in again.stderr) == (first.stdout, True)
    other = call(*SWEEP, "--metric", "n_enrolled")
    assert other.exit_code == 2
    assert "--force" in other.stderr


@pytest.mark.parametrize("option", ["--json", "--csv"])
def test_what_goes_to_stdout_goes_there_alone(call: Call, folder: Path, option: str) -> None:
    found = call(*SWEEP, option, "-", "--no-figures")
    assert found.exit_code == 0, found.output
    if option == "--json":
        assert json.loads(found.stdout)["format"] == "trialstop/sweep/1"
    else:
        assert {line.count(",") for line in found.stdout.splitlines()} == {14}
    assert not (folder / "here" / "figures").exists()


def test_a_value_is_solved_for(call: Call, folder: Path) -> None:
    found = call(*SWEEP, "--solve", "p_stop=20%")
    assert found.exit_code == 0, found.output
    assert "at which p_stop=20%" in found.stdout
    data = stored(folder)
    assert data["found"]["target"] == "p_stop=20%"
    assert [path.name for path in (folder / "here" / "figures").iterdir()] == ["solved.png"]


def test_one_that_is_killed_goes_on_and_comes_to_the_same(call: Call, folder: Path) -> None:
    """Killed after some cells: the same command plays the others; every number is that of one left alone."""
    played = (*SWEEP, "--no-figures", "--metric", "duration_days")
    assert call(*played).exit_code == 0
    whole = stored(folder)
    slow = (
        "import time; from simulator.what_ifs import planner; play = planner.play_piece\n"
        "planner.play_piece = lambda *given: (time.sleep(0.4), play(*given))[1]\n"
        "import sys; from simulator.cli.main import main; sys.exit(main(sys.argv[1:]))"
    )
    command = [sys.executable, "-c", slow, *played, "--jobs", "1", "--force"]
    with subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as run:
        journal = folder / "here.partial" / "journal.bin"
        for _ in range(600):
            if journal.is_file() and journal.stat().st_size > 1_500:
                break
            time.sleep(0.05)
        run.send_signal(signal.SIGKILL)
        run.communicate()
    assert journal.is_file()
    again = call(*played, "--force")
    assert again.exit_code == 0, again.output
    assert "going on from what is finished there" in again.stderr
    assert stored(folder) == whole


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ([], "--vary"),
        (["--vary", "nowhere=1,2"], "found the key `nowhere`"),
        (["--vary", f"{COUNT}=0,2"], "1 of 2 settings is not allowed"),
        ([*VARY, *VARY], "varied twice"),
        ([*VARY, "--vary", "design.accrual.until=5 treated", "--vary", "title=x"], "allowed one or two"),
        ([*VARY, "--metric", "p_sotp"], "no metric is called 'p_sotp'"),
        ([*VARY, "--truth", "nobody"], "no truth 'nobody'"),
        ([*VARY, "--solve", "p_stop=120%"], "120%"),
        ([*VARY, "--solve", "p_stop=20%", "--against"], "--solve takes one --vary"),
        (["--vary", COUNT, "--solve", "p_stop=20%"], "assumption"),
        ([*VARY, "--json", "small.yaml/x"], "is a file"),
    ],
)
def test_anything_else_is_one_clear_error(call: Call, folder: Path, asked: list[str], words: str) -> None:
    found = call("sweep", "small.yaml", *asked, "--trials", "5", "--engine", "simpy", "--out", "here")
    assert found.exit_code == 2, found.output
    assert words in " ".join(found.stderr.split())
    assert "Traceback" not in found.output
    assert not (folder / "here").exists()
