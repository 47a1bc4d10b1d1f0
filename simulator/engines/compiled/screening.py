"""From registration to entry: parts of `reference.accrual` as kernels.

Candidates are registered in the order of their numbers, each with a row of the records from then on: it says
what has come of them so far.
"""

from __future__ import annotations

from simulator.engines.compiled import codes, philox, queue
from simulator.engines.compiled.jit import kernel
from simulator.engines.compiled.places import place_of
from simulator.engines.compiled.records.rows import screening_row_at
from simulator.engines.compiled.records.trial import Trial
from simulator.engines.compiled.rows import new_row
from simulator.engines.compiled.tables import delayed, quantise

__all__ = ["eligible", "found", "register", "registered_on"]


@kernel
def register(trial: Trial, candidate: int) -> None:
    """A candidate is registered; when screening is over it is known whether the candidate may enter."""
    screening = trial.screenings[trial.version]
    over = quantise(trial.now + delayed(trial, screening.takes, screening.takes_stream, candidate, 0))
    row = screening_row_at(trial, new_row(trial, codes.SCREENINGS))
    row.trial = trial.number
    row.candidate = candidate
    row.registered = trial.now
    row.over = over
    row.outcome = codes.CLOSED
    trial.registered += 1
    trial.in_screening += 1
    which = candidate * (trial.n_amendments + 1) + trial.version
    queue.schedule(trial, over, queue.pack(queue.ARRIVAL, candidate, 1), codes.SCREENED, which)


@kernel
def eligible(trial: Trial, candidate: int, version: int) -> bool:
    """Whether a candidate may enter who was registered in a version of the protocol."""
    screening = trial.screenings[version]
    if screening.eligible >= 1.0:
        return True
    u = philox.draw(trial.seed, screening.eligible_stream, trial.number, candidate, 0)
    return u < screening.eligible


@kernel
def _row(trial: Trial, candidate: int) -> int:
    """The place of a candidate's row."""
    rows = trial.rows[codes.SCREENINGS]
    return place_of(rows.numbers) + (rows.kept + candidate) * rows.width


@kernel
def found(trial: Trial, candidate: int, outcome: int) -> None:
    """What has come of a candidate."""
    screening_row_at(trial, _row(trial, candidate)).outcome = outcome


@kernel
def registered_on(trial: Trial, candidate: int) -> float:
    """The day on which a candidate was registered."""
    day: float = screening_row_at(trial, _row(trial, candidate)).registered
    return day
