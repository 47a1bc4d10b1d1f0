"""Evidence: property. What plays in a thread ends when another one asks, in the middle of a trial too.

The scenario's one trial holds accrual for 190 years at 900 candidates a day: some 60 million arrivals.
"""

from __future__ import annotations

from collections.abc import Callable
from threading import Event, Thread

import pytest

from simulator.engines.compiled.driver import play as play_compiled
from simulator.engines.reference.trial import play as play_reference
from simulator.engines.stop import Stop, Stopped
from simulator.model.latents import BlockLatents
from simulator.program.tables import Program
from tests.helpers import SEED, program, rule, until

PATIENCE = 30.0  # seconds; it takes far longer without a stop, and a moment with one


def endless() -> Program:
    held = {**rule("a", 5, look="every 1 treated"), "wait": "accrual", "among": "completed"}
    design = {
        "accrual": until(3),
        "events": {"a": {"window": "190 years"}},
        "monitoring": {"rule": held},
    }
    return program(design, {"accrual": "900 per day"})


def compiled(given: Program, stop: Stop) -> object:
    return play_compiled(given, SEED, 0, 1, stop)


def reference(given: Program, stop: Stop) -> object:
    return play_reference(given, BlockLatents(SEED, 0, 1, 3), stop)


@pytest.mark.parametrize("play", [compiled, reference])
def test_a_trial_under_way_ends_when_asked(play: Callable[[Program, Stop], object]) -> None:
    stop, started, seen = Stop(), Event(), []

    def work() -> None:
        started.set()
        try:
            play(endless(), stop)
        except Stopped:
            seen.append("stopped")

    thread = Thread(target=work, daemon=True)
    thread.start()
    started.wait()
    thread.join(0.3)
    assert thread.is_alive()
    stop.ask()
    thread.join(PATIENCE)
    assert not thread.is_alive()
    assert seen == ["stopped"]


@pytest.mark.parametrize("play", [compiled, reference])
def test_nothing_is_played_once_it_is_asked(play: Callable[[Program, Stop], object]) -> None:
    stop = Stop()
    stop.ask()
    with pytest.raises(Stopped):
        play(endless(), stop)
