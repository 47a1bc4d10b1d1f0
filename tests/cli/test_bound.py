"""`trialstop bound`: what it prints, keeps and refuses."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Call
from tests.unit.test_tornado import TEXT

CLOT = "truths.good.events.clot"
BOUND = ("bound", "small.yaml", "--trials", "20", "--engine", "simpy", "--out", "here")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder with small.yaml."""
    (tmp_path / "small.yaml").write_text(TEXT, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_it_is_kept_shown_again_and_written_where_asked(call: Call, folder: Path) -> None:
    first = call(*BOUND, "--over", f"{CLOT} = x1..x2", "--json", "out.json", "--csv", "out.csv")
    assert first.exit_code == 0, first.output
    assert "P(stop): two under good" in first.stdout
    assert "for every truth of the box at once, with confidence 99 %." in " ".join(first.stdout.split())
    assert "a patient's first event is the first to be reported: yes" in first.stdout
    assert {path.name for path in (folder / "here").iterdir()} == {
        "results.json",
        "table.txt",
        "manifest.json",
    }
    data = json.loads((folder / "out.json").read_text(encoding="utf-8"))
    assert data == json.loads((folder / "here" / "results.json").read_text(encoding="utf-8"))
    assert data["format"] == "trialstop/bound/1"
    (only,) = data["found"]["bounds"]
    assert (only["method"], only["confidence"]) == ("corner", 0.99)
    assert all(each["holds"] for each in only["conditions"])
    assert len((folder / "out.csv").read_text(encoding="utf-8").splitlines()) == 1 + len(data["cells"])
    again = call(*BOUND, "--over", f"{CLOT} = x1..x2")
    assert again.stdout == first.stdout
    assert "this run is stored there" in again.stderr
    other = call(*BOUND, "--over", f"{CLOT} = x1..x2", "--confidence", "95%")
    assert other.exit_code == 2
    assert "--force" in other.stderr
    assert "--no-figures" not in call("bound", "--help").stdout


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ((), "--over"),
        (("--over", f"{CLOT} = x2..x1"), "found 2 to 1, allowed the low end first"),
        (("--over", "truths.good.accrual = x1..x2"), "found a place that is no hazard"),
        (("--over", f"{CLOT} = x1..x2", "--confidence", "100%"), "allowed above 0% and below 100%"),
        (("--over", f"{CLOT} = x1..x2", "--confidence", ""), "allowed above 0% and below 100%"),
        (("--over", f"{CLOT} = x1..x2", "--confidence", "9%", "--confidence", "8%"), "allowed once"),
        (("--over", f"{CLOT} = x1..x2", "--metric", "p_stopp"), "no metric is called"),
        (("--over", f"{CLOT} = x1..x2", "--metric", ""), "no metric is called"),
        (("--over", f"{CLOT} = x1..x2", "--truth", "ugly"), "no truth 'ugly' in this scenario"),
        (("--over", f"{CLOT} = x1..x2", "--precision", "1%"), "--precision"),
        (("--over", f"{CLOT} = x1..x2", "--json", "-", "--csv", "-"), "each wants stdout alone"),
    ],
)
def test_bad_input_is_one_error_and_nothing_is_written(
    call: Call, folder: Path, options: tuple[str, ...], message: str
) -> None:
    found = call(*BOUND, *options)
    assert found.exit_code == 2
    assert message in found.stderr
    assert "Traceback" not in found.output
    assert [path.name for path in folder.iterdir()] == ["small.yaml"]
