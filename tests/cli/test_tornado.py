"""`trialstop tornado`: what it prints, keeps and refuses."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Call
from tests.unit.test_tornado import TEXT

TORNADO = ("tornado", "small.yaml", "--trials", "20", "--engine", "simpy", "--out", "here")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder with small.yaml."""
    (tmp_path / "small.yaml").write_text(TEXT, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_it_is_kept_shown_again_and_written_where_asked(call: Call, folder: Path) -> None:
    first = call(*TORNADO, "--truth", "bad", "--json", "out.json", "--csv", "out.csv")
    assert first.exit_code == 0, first.output
    assert "P(stop), %: two under bad" in first.stdout
    kept = {path.name for path in (folder / "here").iterdir()}
    assert kept == {"results.json", "table.txt", "figures", "manifest.json"}
    assert [path.name for path in (folder / "here" / "figures").iterdir()] == ["tornado.png"]
    data = json.loads((folder / "out.json").read_text(encoding="utf-8"))
    assert data == json.loads((folder / "here" / "results.json").read_text(encoding="utf-8"))
    assert data["format"] == "trialstop/tornado/1"
    assert len((folder / "out.csv").read_text(encoding="utf-8").splitlines()) == 1 + len(data["cells"])
    again = call(*TORNADO, "--truth", "bad")
    assert again.stdout == first.stdout
    assert "this run is stored there" in again.stderr
    other = call(*TORNADO, "--truth", "bad", "--metric", "n_enrolled")
    assert other.exit_code == 2
    assert "--force" in other.stderr


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--metric", "p_stopp"), "no metric is called"),
        (("--metric", ""), "no metric is called"),
        (("--metric", "p_stop", "--metric", "n_enrolled"), "--metric is named 2 times, allowed once"),
        (("--json", "-", "--csv", "-"), "each wants stdout alone"),
        (("--metric", "days_to_stop_given_stop.median"), "is a quantile, allowed a mean or a share"),
        (("--truth", "ugly"), "no truth 'ugly' in this scenario; it has: good, bad"),
        (("--variant", "four"), "no variant 'four' in this scenario; it has: two, three"),
        (("--set", "truths.bad.events.clot.probability=400% in 6 months"), "400%"),
        (("--precision", "1%"), "--precision"),
    ],
)
def test_bad_input_is_one_error_and_nothing_is_written(
    call: Call, folder: Path, options: tuple[str, ...], message: str
) -> None:
    found = call(*TORNADO, *options)
    assert found.exit_code == 2
    assert message in found.stderr
    assert "Traceback" not in found.output
    assert [path.name for path in folder.iterdir()] == ["small.yaml"]
