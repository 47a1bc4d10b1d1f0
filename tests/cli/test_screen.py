"""What the command prints and writes has no character that rules a screen, in any encoding of the output."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

from simulator.visible import visible
from tests.helpers import ROOT

TITLES = r"""
trialstop: 1
title: "\e[31mRED\e]0;x\a\e[2J \u202e rtl \x85 ≥ title"
question: "=cmd|' /C calc'!A1 \u2066"
design:
  accrual: {until: 10 treated}
  events: {tox: {window: 28 days}}
  monitoring:
    safety: {counts: {event: tox}, rule: {kind: at_least, count: 3}, then: [close_accrual]}
truths:
  t:
    about: "about \e[31mred\e[0m"
    acceptable: true
    accrual: 2 per month
    events: {tox: {probability: 20% in 28 days}}
provenance:
  design: "assumption (0 to 1): \e[5mblink\x07"
"""
SHOWN = r"\x1b[31mRED\x1b]0;x\x07\x1b[2J \u202e rtl \x85 ≥ title"
COMMANDS = {
    "check": (),
    "explain": (),
    "boundaries": (),
    "run": ("--trials", "3", "--engine", "simpy", "--tables", "all", "--out", "out"),
    "trace": ("--trial", "1", "--out", "out.png"),
}


@pytest.fixture
def hostile(folder: Path) -> str:
    """A file in the working folder whose texts and name have them."""
    name = "s\x1b[2J.yaml"
    (folder / name).write_text(TITLES, encoding="utf-8")
    return name


@pytest.mark.parametrize("command", COMMANDS)
def test_nothing_printed_rules_the_screen(hostile: str, call: Callable[..., Result], command: str) -> None:
    found = call(command, hostile, *COMMANDS[command])
    assert found.exit_code == 0, found.stderr
    for text in (found.stdout, found.stderr):
        assert visible(text) == text
    if command in {"explain", "run"}:
        assert SHOWN in found.stdout


def test_nothing_written_does(hostile: str, call: Callable[..., Result]) -> None:
    """Text files; that of the scenario in the manifest is as it was written, in JSON."""
    assert call("run", hostile, *COMMANDS["run"]).exit_code == 0
    for name in ("table.txt", "results.json", "manifest.json"):
        text = Path("out", name).read_text(encoding="utf-8")
        assert visible(text) == text
    assert SHOWN in Path("out/table.txt").read_text(encoding="utf-8")


def test_errors_name_files_and_keys_written_out(call: Callable[..., Result]) -> None:
    missing = call("check", "no\x1b[2J.yaml")
    assert (missing.exit_code, missing.stderr) == (2, "no\\x1b[2J.yaml: no such file\n")
    strange = call("check", str(ROOT / "scenarios/checks/leni.yaml"), "--set", '"a\\u202eb"=1')
    assert strange.exit_code == 2
    assert r"the key `a\u202eb`" in strange.stderr


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "utf-8"])
@pytest.mark.parametrize("locale", ["C", "POSIX"])
def test_any_encoding_of_the_output_will_do(hostile: str, encoding: str, locale: str) -> None:
    """Redirected; a byte that is not UTF-8 is in the command line too."""
    environment = os.environ | {"PYTHONIOENCODING": encoding, "LC_ALL": locale, "PYTHONPATH": str(ROOT)}
    code = "from simulator.cli.main import main; main()"
    byte, half = ("--set", b"title=\xff"), ("--set", b'title="\\udcff"')
    for more, status in ((), 0), (byte, 2), (half, 2), (("--set", "title=≥".encode()), 0):
        found = subprocess.run(
            [sys.executable, "-W", "error", "-c", code, "explain", hostile, *more],
            env=environment, capture_output=True, check=False,
        )  # fmt: skip
        assert (found.returncode, b"Traceback" in found.stderr) == (status, False), found.stderr
        assert b"\x1b" not in found.stdout + found.stderr
        assert (rb"\udcff" in found.stderr) is (status == 2)


def test_the_command_prints_in_one_place() -> None:
    """Property of the sources: every other `echo` or `print` would print what a file says as it is."""
    printing = re.compile(r"\becho\(|^ *print\(|\becho\b.*err=", re.MULTILINE)
    files = [path for path in (ROOT / "simulator").rglob("*.py") if printing.search(path.read_text("utf-8"))]
    assert [path.name for path in files if "cli" in path.parts] == ["say.py"]
