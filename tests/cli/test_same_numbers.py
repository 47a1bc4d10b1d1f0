"""Evidence: property. The same numbers whatever is not asked: hash order, locale, folder, jobs, engine.

1,100 trials are two units of each truth, so that seven jobs have something to share; SimPy, far slower, plays
100 of each truth, two units too. That the first trials are the same however many are asked for:
tests/differential/test_runs.py.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.helpers import ROOT

SCENARIO = ROOT / "scenarios/checks/leni.yaml"
CHOSEN = ("--variant", "with_maintenance", "--truth", "planned", "--truth", "cll_like")
TRIALS, FEW = 1_100, 100
UNMADE = ("seconds", "versions", "command", "engine", "engine_note")  # of a run, which need not be the same


def numbers(folder: Path, trials: int, *options: str, **environment: str) -> tuple[Any, Any]:
    """Cells, and what is said of the run, of results.json."""
    folder.mkdir(parents=True)
    found = subprocess.run(
        [sys.executable, "-m", "simulator", "run", str(SCENARIO), "--trials", str(trials), "--seed", "3",
         *CHOSEN, *options, "--json", "-"],
        cwd=folder, env=os.environ | {"PYTHONPATH": str(ROOT)} | environment,
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    told = json.loads(found.stdout)
    return told["cells"], {key: value for key, value in told["run"].items() if key not in UNMADE}


WAYS = {
    TRIALS: [
        ("compiled", "2", {}),
        ("compiled", "7", {"PYTHONHASHSEED": "1"}),
        ("compiled", "1", {"LC_ALL": "C", "PYTHONHASHSEED": "77"}),
    ],
    FEW: [("simpy", "7", {"LC_ALL": "POSIX", "PYTHONHASHSEED": "5"})],
}


@pytest.mark.parametrize("trials", WAYS)
def test_numbers_are_the_same(trials: int, tmp_path: Path) -> None:
    first = numbers(tmp_path / "a", trials, "--jobs", "1", "--engine", "compiled", PYTHONHASHSEED="0")
    for i, (engine, jobs, environment) in enumerate(WAYS[trials]):
        there = tmp_path / f"{engine} ü {i}" / "deep"
        assert numbers(there, trials, "--jobs", jobs, "--engine", engine, **environment) == first
