"""`trialstop calibrate`: what it prints, keeps, takes up again, and refuses."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import simulator
from simulator.what_ifs import planner
from tests.cli.conftest import SMALL, Call

TEXT = SMALL.replace(
    "      then: [close", "      data_cut: 1 day\n      then: [close"
)  # without exact values
VARY = "design.monitoring.clots.rule.count=1:5:5"
TARGET = "p_stop<=20% under good"
ASKED = ("calibrate", "small.yaml", "--rule", "clots", "--vary", VARY, "--target", TARGET)
PLAYED = (*ASKED, "--trials", "80", "--out", "here")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder with small.yaml, whose rule reads data of the day before."""
    assert TEXT.count("data_cut") == 1
    (tmp_path / "small.yaml").write_text(TEXT, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_answer_fits_80_and_ends_with_the_level_and_is_that_of_python(
    call: Call, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    found = call(*PLAYED)
    assert found.exit_code == 0, found.output
    lines = found.stdout.splitlines()
    assert max(map(len, lines)) <= 80
    (at,) = [i for i, line in enumerate(lines) if line == "Level achieved"]
    told = " ".join(lines[at + 2 :])
    data = json.loads((folder / "here" / "results.json").read_text())
    level = data["found"]["achieved"]["value"]
    assert told.startswith(f"Target: P(stop) at most 20% under good. Achieved: {100 * level:.1f} ± ")
    assert "in 80 trials that did not choose it" in told
    chosen = data["found"]["boundaries"][data["found"]["chosen"]]
    assert f"Set design.monitoring.clots.rule.count to {chosen['settings'][0]}" in lines
    assert any(line.startswith("stop: n ") for line in lines)
    assert sorted(path.name for path in (folder / "here").iterdir()) == [
        "figures",
        "manifest.json",
        "results.json",
        "table.txt",
    ]
    assert [path.name for path in (folder / "here" / "figures").iterdir()] == ["level.png"]
    same = simulator.calibrate("small.yaml", "clots", VARY, TARGET, trials=80)
    table = same.table(width=80).split("\n\n")
    assert table[2:] == found.stdout.rstrip("\n").split("\n\n")[2:]
    assert same.settings == tuple(chosen["settings"]) and same.achieved == level
    assert same.to_arrow().num_rows == sum(len(cell["metrics"]) for cell in data["cells"])
    assert same.figure().axes


def test_results_are_one_contract_and_stored_ones_are_shown(call: Call, folder: Path) -> None:
    first = call(*PLAYED, "--no-figures")
    again = call(*PLAYED)
    assert "this run is stored there" in again.stderr
    assert again.stdout == first.stdout
    data = json.loads((folder / "here" / "results.json").read_text())
    assert data["format"] == "trialstop/calibrate/1"
    assert data["vary"] == [{"path": VARY.partition("=")[0], "values": ["1", "2", "3", "4", "5"]}]
    found = data["found"]
    assert set(found) == {
        "rule", "variant", "target", "truths", "sure", "nested", "boundaries", "chosen", "first_trial",
        "achieved",
    }  # fmt: skip
    assert found["first_trial"] == 80
    assert {cell["first_trial"] for cell in data["cells"]} == {0, 80}
    assert {cell["truth"] for cell in data["cells"] if cell["first_trial"]} == {"good", "bad"}
    only = call(*ASKED, "--trials", "80", "--out", "there", "--json", "-")
    assert json.loads(only.stdout)["found"] == found


def test_interrupted_it_goes_on_and_jobs_change_nothing(
    call: Call, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    play, played = planner.play_piece, list[object]()

    def once(work: object, piece: object, stop: object) -> object:
        if len(played) == 2:
            raise KeyboardInterrupt
        played.append(piece)
        return play(work, piece, stop)  # type: ignore[arg-type]

    arguments = ("--jobs", "1", "--no-figures")
    with monkeypatch.context() as patched:
        patched.setattr(planner, "play_piece", once)
        assert call(*PLAYED, *arguments).exit_code == 130
    assert not (folder / "here").exists()
    went_on = call(*PLAYED, *arguments)
    assert went_on.exit_code == 0
    assert "going on from what is finished there" in went_on.stderr
    whole = call(*ASKED, "--trials", "80", "--out", "there", "--jobs", "3")
    mine, theirs = (json.loads((folder / name / "results.json").read_text()) for name in ("here", "there"))
    assert mine["found"] == theirs["found"] and mine["cells"] == theirs["cells"]
    assert whole.stdout.split("\n\n")[2:] == went_on.stdout.split("\n\n")[2:]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--target", "p_stop<=0% under bad"), "no setting of design.monitoring.clots.rule.count meets it"),
        (("--target", "p_stop<=500%"), "allowed 0 to 1 or 0% to 100%"),
        (("--target", "p_stop<=5% under nobody"), "no truth 'nobody' in this scenario; it has: good, bad"),
        (("--rule", "rashes"), "--rule rashes: no rule of that name in this scenario; it has: clots"),
        (("--vary", "design.accrual.until=6 treated,7 treated"), "found a value of more than the rule clots"),
        (("--vary", "design.monitoring.clots.rule.count=0,1"), "1 of 2 settings is not allowed"),
        (("--vary", "design.monitoring.clots.rule.count"), "found no assumption with a range"),
        (("--target", TARGET, "--target", TARGET), "--target is named 2 times, allowed once"),
        (("--variant", "narrow", "--variant", "wide"), "--variant is named 2 times, allowed once"),
    ],
)
def test_what_cannot_be_is_one_error_and_leaves_nothing(
    call: Call, folder: Path, arguments: tuple[str, ...], said: str
) -> None:
    options = zip(PLAYED[2::2], PLAYED[3::2], strict=True)
    others = [word for option in options if option[0] not in arguments for word in option]
    found = call(*PLAYED[:2], *others, *arguments)
    assert found.exit_code == 2
    assert said in found.output.replace("\n", " ")
    assert "Traceback" not in found.output
    assert [path.name for path in folder.iterdir()] == ["small.yaml"]
