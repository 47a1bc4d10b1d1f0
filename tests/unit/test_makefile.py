"""`make demo` and `make test` compile once, before anything plays; the demo ends with the answer."""

from __future__ import annotations

import os
import shutil
import subprocess

import pytest

from tests.helpers import ROOT

pytestmark = pytest.mark.skipif(shutil.which("make") is None, reason="make is not there")

OF_MAKE = ("MAKEFLAGS", "MAKELEVEL", "MFLAGS")


def planned(target: str) -> str:
    """The commands of a target, in order; as if nobody's `make` had started this."""
    own = {name: value for name, value in os.environ.items() if name not in OF_MAKE}
    return subprocess.run(
        ["make", "--dry-run", target], cwd=ROOT, env=own, capture_output=True, text=True, check=True
    ).stdout


@pytest.mark.parametrize("target", ["demo", "test"])
def test_kernels_come_first(target: str) -> None:
    text = planned(target)
    others = [text.find(word) for word in ("trialstop run", "ruff", "mypy", "-m pytest")]
    assert 0 < text.find("-m tests.kernels") < min(place for place in others if place >= 0)


def test_the_demo_says_what_it_does_and_ends_with_leni() -> None:
    text = planned("demo")
    assert text.startswith('echo "make demo: installs into .venv (1 to 3 min), compiles (1 to 2 min)')
    assert "trialstop run scenarios/leni.yaml" in text.splitlines()[-1]


def test_an_install_that_fails_or_is_interrupted_says_so_at_once(tmp_path) -> None:
    """Of a copy of the Makefile, with a Python that cannot make a .venv."""
    python = tmp_path / "python"
    python.write_text("#!/bin/sh\n[ $1 = -m ] && { echo no venv today; exit 3; }\nexit 0\n")
    python.chmod(0o755)
    for name in ("Makefile", "pyproject.toml", "constraints.txt"):
        shutil.copy(ROOT / name, tmp_path)
    found = subprocess.run(
        ["make", f"PYTHON={python}", ".venv/.ready"],
        cwd=tmp_path, capture_output=True, text=True, check=False, timeout=7,
    )  # fmt: skip
    assert found.returncode != 0
    assert "installing into .venv, 1 to 3 min\nno venv today" in found.stdout
    assert not (tmp_path / ".venv/.ready").exists()
