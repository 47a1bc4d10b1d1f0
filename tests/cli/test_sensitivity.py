"""`trialstop sensitivity`, and `run --adjust`: what they print, keep and refuse."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from simulator.metrics import adjusted
from tests.cli.conftest import Call
from tests.unit.test_sensitivity import SMALL

SENSITIVITY = ("sensitivity", "small.yaml", "--trials", "200", "--engine", "simpy", "--out", "here")
RUN = ("run", "small.yaml", "--trials", "60", "--engine", "simpy", "--no-figures", "--truth", "bad")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder with small.yaml."""
    (tmp_path / "small.yaml").write_text(SMALL, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_it_is_kept_shown_again_and_written_where_asked(call: Call, folder: Path) -> None:
    first = call(*SENSITIVITY, "--truth", "good", "--json", "out.json", "--csv", "out.csv")
    assert first.exit_code == 0, first.output
    assert "P(stop), %: two under good" in first.stdout
    assert "clot by steady" in first.stdout and " points" in first.stdout
    kept = {path.name for path in (folder / "here").iterdir()}
    assert kept == {"results.json", "table.txt", "figures", "manifest.json"}
    assert [path.name for path in (folder / "here" / "figures").iterdir()] == ["sensitivity.png"]
    data = json.loads((folder / "out.json").read_text(encoding="utf-8"))
    assert data == json.loads((folder / "here" / "results.json").read_text(encoding="utf-8"))
    assert data["format"] == "trialstop/sensitivity/1"
    lines = (folder / "out.csv").read_text(encoding="utf-8").splitlines()
    assert len(lines) == 1 + len(data["found"]["hazards"]) == 4
    again = call(*SENSITIVITY, "--truth", "good")
    assert again.stdout == first.stdout
    assert "this run is stored there" in again.stderr
    for other in (("--metric", "n_enrolled"), ("--hazard", "steady")):
        refused = call(*SENSITIVITY, "--truth", "good", *other)
        assert refused.exit_code == 2
        assert "--force" in refused.stderr


def test_the_command_that_is_printed_repeats_it(call: Call, folder: Path) -> None:
    asked = ("--metric", "n_enrolled", "--hazard", "early", "--truth", "good")
    assert call(*SENSITIVITY, *asked).exit_code == 0
    command = json.loads((folder / "here" / "manifest.json").read_text(encoding="utf-8"))["command"]
    assert command == (
        "trialstop sensitivity small.yaml --metric=n_enrolled --hazard=clot.early --trials 200 --seed 1 "
        "--variant two --truth good"
    )


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--metric", "p_stopp"), "no metric is called"),
        (("--metric", "p_stop", "--metric", "n_enrolled"), "--metric is named 2 times, allowed once"),
        (("--metric", "days_to_stop_given_stop.median"), "is a quantile, allowed a mean or a share"),
        (("--metric", "risk.clot.early"), "is a hazard itself, allowed crossings.clot.early"),
        (
            ("--hazard", "clot.late"),
            "no hazard 'clot.late' in these variants and truths; there are: clot.early",
        ),
        (("--hazard", "design.accrual.until"), "no hazard 'design.accrual.until'"),
        (("--truth", "ugly"), "no truth 'ugly' in this scenario; it has: good, bad"),
        (("--precision", "1%"), "--precision"),
        (("--json", "-", "--csv", "-"), "each wants stdout alone"),
    ],
)
def test_bad_input_is_one_error_and_nothing_is_written(
    call: Call, folder: Path, options: tuple[str, ...], message: str
) -> None:
    found = call(*SENSITIVITY, *options)
    assert found.exit_code == 2
    assert message in found.stderr
    assert "Traceback" not in found.output
    assert [path.name for path in folder.iterdir()] == ["small.yaml"]


def test_a_run_shows_adjusted_estimates_where_asked_also_when_it_is_stored(call: Call, folder: Path) -> None:
    plain = call(*RUN, "--out", "plain")
    assert "adjusted" not in plain.stdout
    found = json.loads((folder / "plain" / "results.json").read_text(encoding="utf-8"))
    adjusted = found["cells"][0]["metrics"]["p_stop"]["adjusted"]
    assert adjusted["factor"] > 0.0
    asked = call(*RUN, "--out", "asked", "--adjust")
    assert f"/ {adjusted['factor']:.3g}" in asked.stdout
    assert "--adjust" in asked.stdout, "the command that repeats it"
    assert f"/ {adjusted['factor']:.3g}" in (folder / "asked" / "table.txt").read_text(encoding="utf-8")
    again = call(*RUN, "--out", "plain", "--adjust")
    assert again.stdout == asked.stdout
    assert "this run is stored there" in again.stderr


def test_what_is_too_much_to_adjust_is_refused_before_it_is_played(
    call: Call, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(adjusted, "MOST", 50)
    found = call(*RUN, "--out", "here", "--adjust")
    assert found.exit_code == 2
    assert "would keep more than 50 numbers of a cell: found variant two, truth bad" in found.stderr
    assert "leave out --adjust" in found.stderr
    assert [path.name for path in folder.iterdir()] == ["small.yaml"]
