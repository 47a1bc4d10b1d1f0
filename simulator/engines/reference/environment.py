"""A SimPy environment with absolute times and a declared order at one instant."""

from __future__ import annotations

import simpy
from simpy.events import EventPriority

from simulator.contracts import InstantOrder
from simulator.engines.stop import Stop

__all__ = ["StoppableEnvironment", "TrialEnvironment", "pack"]

STREAM_BITS = 16
CANDIDATE_BITS = 32


def pack(order: InstantOrder, candidate: int = 0, stream: int = 0) -> int:
    """Priority within an instant: by kind, then candidate, then stream.

    At least 2^48, so after SimPy's own priorities 0 (interrupts) and 1.
    """
    return (order << (CANDIDATE_BITS + STREAM_BITS)) | (candidate << STREAM_BITS) | stream


class TrialEnvironment(simpy.Environment):
    """Schedules events `at` a time rather than `after` a delay.

    Times are multiples of 2^-20 day, so now + (time - now) is `time` exactly.
    """

    def at(self, time: float, order: int) -> simpy.Event:
        """An event that happens at `time` (days), in the place `order` (see `pack`) of its instant."""
        event = simpy.Event(self)
        event._ok = True
        event._value = None
        self.schedule(event, EventPriority(order), time - self.now)
        return event


class StoppableEnvironment(TrialEnvironment):
    """One in which playing ends, with `Stopped`, when it is asked for from another thread."""

    def __init__(self, stop: Stop) -> None:
        super().__init__()
        self.stop = stop

    def step(self) -> None:
        """The next event."""
        self.stop.check()
        super().step()
