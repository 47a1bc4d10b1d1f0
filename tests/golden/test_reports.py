"""Whole reports of files with many mistakes, as the user reads them.

`{rules}` stands for the rules there are, so that a new one changes no report. `UPDATE_GOLDEN=1 pytest
tests/golden` writes them anew; read the difference before keeping it.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from simulator import registry
from simulator.errors import ScenarioError
from simulator.loading.load import load

FOLDER = Path(__file__).parent / "reports"
SCENARIOS = sorted(path.stem for path in FOLDER.glob("*.yaml"))


@pytest.mark.parametrize("name", SCENARIOS)
def test_the_report_of_a_file_with_many_mistakes(name, monkeypatch):
    monkeypatch.chdir(FOLDER)
    with pytest.raises(ScenarioError) as caught:
        load(f"{name}.yaml")
    report, path = (
        f"{caught.value}\n".replace(", ".join(registry.table("rule")), "{rules}"),
        FOLDER / f"{name}.txt",
    )
    if os.environ.get("UPDATE_GOLDEN"):
        path.write_text(report, encoding="utf-8")
    assert report == path.read_text(encoding="utf-8")


def test_problems_come_in_file_order():
    with pytest.raises(ScenarioError) as caught:
        load(FOLDER / "twelve_errors.yaml")
    lines = [problem.line for problem in caught.value.problems]
    assert len(lines) == 12
    assert lines == sorted(lines)
