"""When a rule was crossed in truth: by occurrences, before detection, report, cut and decision."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from simulator.contracts import Observed
from simulator.model.records import Records
from simulator.program.tables import CounterTable, Program

__all__ = ["counted_events", "crossed"]


def counted_events(
    program: Program, records: Records, trial: int, counter: CounterTable
) -> list[tuple[float, int]]:
    """(occurred, candidate) of a trial's events that a counter counts, in order of occurrence."""
    rows = _of_trial(records.events, trial)
    rows = rows[rows["event"] == counter.event]
    entry = {int(row["candidate"]): float(row["entry"]) for row in _of_trial(records.patients, trial)}
    found = [
        (float(row["occurred"]), int(row["candidate"]))
        for row in rows
        if counter.scope.counts(program.states[row["state"]], int(row["mark"]), tuple(row["since"]))
        and row["occurred"] - entry[int(row["candidate"])] <= counter.window
    ]
    return sorted(found)


def _of_trial(table: NDArray[np.void], trial: int) -> NDArray[np.void]:
    low, high = np.searchsorted(table["trial"], [trial, trial + 1])
    return table[low:high]


def crossed(program: Program, records: Records, firing: np.void) -> float:
    """First day on which the rule's outcome held with every occurrence known at once.

    The rule's own look schedule is set aside: it is read at each occurrence and each entry. No
    later than the day the deciding report arrived, which is the answer when nothing earlier holds,
    for rules that stop for few events, and for denominators that only a look can read.
    """
    monitor = program.monitors[firing["monitor"]]
    boundary = monitor.table.boundaries[firing["outcome"] - 1]
    reported = float(firing["reported"])
    counter = monitor.counters[boundary.endpoint]
    if not counter.harmful or counter.among != "treated" or counter.unit == "courses":
        return reported
    trial = int(firing["trial"])
    entries = _of_trial(records.patients, trial)["entry"]
    events = counted_events(program, records, trial, counter)
    for day in sorted({day for day, _ in events} | set(entries.tolist())):
        if day >= reported:
            break
        seen = [candidate for occurred, candidate in events if occurred <= day]
        x = len(set(seen)) if counter.unit == "patients" else len(seen)
        observed = Observed(n=int(np.sum(entries <= day)), x=x)
        if boundary.holds(observed.n, observed.x):
            return day
    return reported
