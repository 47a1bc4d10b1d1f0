"""A few episodes of `make chaos`: whatever stops a run, the same command gives the same to the last bit."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from tests.chaos.episodes import KINDS
from tests.chaos.run import FEW, MANY
from tests.helpers import ROOT


def test_whatever_stops_a_run_the_same_command_ends_it_the_same() -> None:
    """In a process of its own, from which others are forked while it has no threads."""
    found = subprocess.run(
        [sys.executable, "-m", "tests.chaos.run", "--few"],
        env=os.environ | {"OPENBLAS_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        cwd=ROOT,
        timeout=600,
        check=False,
    )
    assert found.returncode == 0, found.stdout + found.stderr
    told = found.stdout[found.stdout.index("finished, damaged") :]
    assert all(f"{kind}: " in found.stdout for kind in FEW), told
    assert f"{sum(FEW.values()):6,}  episodes" in told


def test_every_kind_is_tried_as_often_as_is_promised() -> None:
    """Counts of the issue that asked for them; every kind also in `make test`."""
    assert set(FEW) == set(MANY) == set(KINDS)
    assert MANY["kill"] >= 200 and MANY["interrupt"] >= 50


DELETED = """
import signal, time
from simulator.cli.main import hear_signals

class Deleted:
    def __del__(self):
        signal.raise_signal(signal.{name})

signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored in the background
hear_signals()
Deleted()
time.sleep(20)
"""


@pytest.mark.parametrize(("name", "code"), [("SIGTERM", 143), ("SIGINT", -2)])
def test_a_signal_that_comes_while_something_is_deleted_is_heard(name: str, code: int) -> None:
    """Python drops what is raised there: a run went on to its end after it."""
    found = subprocess.run(
        [sys.executable, "-c", DELETED.format(name=name)], capture_output=True, text=True, check=False
    )
    assert found.returncode == code
    assert "ignored" not in found.stderr
