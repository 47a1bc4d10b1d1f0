"""A patient to whom one event happens without end."""

from __future__ import annotations

from simulator.errors import TrialstopError
from simulator.program.tables import Program

__all__ = ["MOST_TIMES", "Runaway", "runaway"]

MOST_TIMES = 10_000  # of one event in one patient: one a day for 27 years


class Runaway(TrialstopError):  # noqa: N818 - named for what happens
    """An event happened to a patient more than MOST_TIMES times.

    The compiled engine, which plays paths ahead, also counts what a directive would have prevented.
    """


def runaway(program: Program, trial: int, event: int) -> Runaway:
    """The error for a trial of a Program and the event's number."""
    return Runaway(
        f"variant {program.variant}, truth {program.truth}, trial {trial}: `{program.events[event].name}` "
        f"happened more than {MOST_TIMES:,} times to one patient; its hazard is far too large, or it brings "
        "itself about at once"
    )
