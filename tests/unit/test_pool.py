"""Work shared among processes: whatever comes while it is handed back, it ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest

from simulator.engines.stop import Stop
from simulator.errors import TrialstopError
from simulator.study.pool import in_order
from tests.helpers import ROOT

SHARED = """
import signal, sys, threading, time
from os import getpid, kill
from simulator.study.pool import in_order

signal.signal(signal.SIGINT, signal.default_int_handler)

def play(piece, stop):
    time.sleep({seconds})
    stop.check()
    return bytes(20_000_000)

if __name__ == "__main__":
    threading.Timer({after}, kill, (getpid(), signal.SIGINT)).start()
    try:
        for each in in_order(play, iter(range(10_000)), 2, threads=False):
            pass
    except KeyboardInterrupt:
        sys.exit(7)
"""


@pytest.mark.parametrize("after", [0.3, 0.5])
@pytest.mark.parametrize("seconds", [0.0, 0.01])
def test_an_interruption_while_results_are_handed_back_is_the_end(after: float, seconds: float) -> None:
    """Results of 20 MB, most of the time on their way; a worker killed then leaves half of one."""
    found = subprocess.run(
        [sys.executable, "-c", SHARED.format(after=after, seconds=seconds)],
        capture_output=True,
        text=True,
        cwd=ROOT,
        timeout=30,
        check=False,
    )
    assert found.returncode == 7, found.stderr


def _ended(piece: int, stop: Stop | None) -> int:
    """Somebody ends the worker, not the process that started it."""
    os.kill(os.getpid(), signal.SIGTERM)
    assert stop is not None
    stop.check()
    return piece


def test_a_worker_that_somebody_ends_is_one_clear_error() -> None:
    with pytest.raises(TrialstopError, match="a worker process died or was ended"):
        list(in_order(_ended, iter(range(9)), 2, threads=False))
