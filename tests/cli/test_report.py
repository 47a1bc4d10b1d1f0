"""`trialstop report`: what it writes, of a run that is stored or played, and what it refuses."""

from __future__ import annotations

import csv
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from simulator.cli.report import refuse_places
from simulator.errors import TrialstopError

from .conftest import Call

NO_WORD = "the extra `word`, part of `dev`, is not installed"
QUICK = ("report", "small.yaml", "--trials", "30")


def test_it_writes_every_form_and_names_them(call: Call, folder: Path) -> None:
    pytest.importorskip("docx", reason=NO_WORD)
    found = call(
        *QUICK,
        "--docx",
        "a/r.docx",
        "--markdown",
        "r.md",
        "--csv",
        "tables",
        "--figures",
        "f",
        "--run",
        "here",
    )
    assert found.exit_code == 0, found.stderr
    assert found.stdout.split() == ["report.html", "a/r.docx", "r.md", "tables", "f"]
    html = (folder / "report.html").read_text(encoding="utf-8")
    assert html.startswith("<!DOCTYPE html>") and "A small scenario" in html and "11. Limitations" in html
    assert "assumption" in (folder / "r.md").read_text(encoding="utf-8")
    assert {"p_stop.png", "sample_size.png"} <= {path.name for path in (folder / "f").iterdir()}
    first = next(iter(sorted((folder / "tables").glob("*.csv"))))
    with first.open(encoding="utf-8", newline="") as file:
        assert len(list(csv.reader(file))) > 2
    assert {path.name for path in (folder / "here").iterdir()} == {
        "figures", "manifest.json", "results.json", "table.txt",
    }  # fmt: skip


def test_a_stored_run_is_not_played_again_and_its_report_replaced(call: Call, folder: Path) -> None:
    assert call("run", "small.yaml", "--trials", "30", "--no-figures").exit_code == 0
    found = call(*QUICK)
    assert found.exit_code == 0 and "this run is stored there" in found.stderr
    before = (folder / "report.html").read_text(encoding="utf-8")
    assert call(*QUICK).exit_code == 0
    assert (folder / "report.html").read_text(encoding="utf-8") == before


def test_a_word_file_that_somebody_saved_since_is_kept(call: Call, folder: Path) -> None:
    docx = pytest.importorskip("docx", reason=NO_WORD)
    assert call(*QUICK, "--docx", "r.docx", "--markdown", "r.md").exit_code == 0
    refuse_places("report.html", "r.docx", "r.md", force=False)  # as they were written
    edited = docx.Document("r.docx")
    edited.core_properties.last_modified_by = "a reviewer"
    edited.save("r.docx")
    refuse_places("report.html", "r.docx", "r.md", force=True)
    with pytest.raises(TrialstopError, match=r"--docx r\.docx is a file that is no report of ours"):
        refuse_places("report.html", "r.docx", "r.md", force=False)


def test_run_writes_it_too(call: Call, folder: Path) -> None:
    found = call("run", "small.yaml", "--trials", "30", "--no-figures", "--report", "there/r.html")
    assert found.exit_code == 0 and "report in there/r.html" in found.stderr
    assert (folder / "there/r.html").is_file() and "FALSE STOP" in found.stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--out", "mine.html"), "--out mine.html is a file that is no report of ours (--force replaces it)"),
        pytest.param(
            ("--docx", "mine.html"),
            "--docx mine.html is a file that is no report of ours (--force",
            marks=pytest.mark.skipif(find_spec("docx") is None, reason=NO_WORD),
        ),
        (("--markdown", "mine.html"), "--markdown mine.html is a file that is no report of ours (--force"),
        (("--out", "."), "--out . is a folder, allowed a file"),
        (("--csv", "mine.html"), "--csv mine.html is a file, allowed a folder"),
        (("--figures", "mine.html/there"), "mine.html is a file, allowed a folder"),
        (("--docx", "mine.html/x.docx"), "is a file, allowed a folder"),
        (("--docx", "./report.html"), "--docx ./report.html is the file of --out too, allowed one for each"),
        (("--variant", "none"), "no variant 'none' in this scenario"),
    ],
)
def test_what_cannot_be_done_is_said_before_anything_is_played(
    call: Call, folder: Path, arguments: tuple[str, ...], said: str
) -> None:
    (folder / "mine.html").write_text("mine", encoding="utf-8")
    found = call(*QUICK, *arguments)
    assert found.exit_code == 2 and said in found.stderr
    assert not (folder / "runs").exists() and (folder / "mine.html").read_text() == "mine"


def test_without_python_docx_it_says_how_to_have_it(
    call: Call, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "docx", None)
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    found = call(*QUICK, "--docx", "r.docx")
    assert found.exit_code == 2 and "pip install 'trialstop[word]'" in found.stderr
    assert not (folder / "report.html").exists()
