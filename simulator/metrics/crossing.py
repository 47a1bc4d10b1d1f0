"""When a rule was crossed in truth: by occurrences, before detection, report, cut and decision."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simulator.contracts import Boundary
from simulator.model.records import Records
from simulator.program.rule_tables import CounterTable
from simulator.program.tables import Program
from simulator.program.words import Among, Unit

__all__ = ["counted", "crossed", "members"]

Floats = NDArray[np.float64]


def crossed(program: Program, records: Records, stops: NDArray[np.void]) -> Floats:
    """First day on which each stop's outcome held with every occurrence known at once, and what was withdrawn
    or upgraded by the stop's data cut.

    stops: firings, at most one per trial and rule, in the order of trials. The rule's own look schedule is
    set aside: it is read at each occurrence and each entry. No later than the day the deciding report
    arrived, which is the answer when nothing earlier holds, for rules that stop for few events, and for
    denominators that only a look can read.
    """
    days: Floats = stops["reported"].copy()
    codes = np.stack([stops["monitor"], stops["outcome"]], axis=1)
    for number, outcome in np.unique(codes, axis=0).tolist():
        if program.monitors[number].versus or not program.monitors[number].counters:
            continue  # which events of two arms crossed it, only its rows tell; boards and accrual have none
        boundary = program.monitors[number].table.boundaries[outcome - 1]
        counter = program.monitors[number].counters[boundary.reading]
        few = not (counter.harmful and boundary.for_many)
        if few or counter.among is not Among.TREATED or counter.unit is Unit.COURSES:
            continue
        mine = (codes == (number, outcome)).all(axis=1)
        earliest = _first_day(program, records, stops[mine], counter, boundary)
        days[mine] = np.minimum(days[mine], earliest)
    return days


def counted(
    program: Program, records: Records, counter: CounterTable, cut: float | Floats
) -> NDArray[np.void]:
    """The events that a counter counts, as rows of the records: as corrected by a data cut, one for all or of
    each event, but with every report known at once.
    """
    events, cuts = records.events, np.broadcast_to(cut, len(records.events))
    mine = np.flatnonzero(events["event"] == counter.event)
    marks = events["mark"][mine]
    if program.corrects:
        mine = mine[events["withdrawn"][mine] > cuts[mine]]
        upgraded = events["upgraded"][mine] <= cuts[mine]
        marks = np.where(upgraded, events["later"][mine], events["mark"][mine])
    in_scope = counter.scope.counts_each(program.states, events["state"][mine], marks, events["since"][mine])
    rows: NDArray[np.void] = events[mine[in_scope]]
    if counter.of_members:
        rows = rows[members(counter, records.patients)[records.patient_of(rows)]]
    if counter.window == np.inf or not len(rows):
        return rows
    entry = records.patients["entry"][records.patient_of(rows)]
    within: NDArray[np.void] = rows[rows["occurred"] - entry <= counter.window]
    return within


def members(counter: CounterTable, patients: NDArray[np.void]) -> NDArray[np.bool_]:
    """Which patients a counter reads, by their arm and the version they entered in. (P,) -> (P,)."""
    found: NDArray[np.bool_] = patients["version"] >= counter.since
    if not counter.of_arms:
        return found
    n = counter.n_arms + 1
    reads = np.array([[counter.concerns(arm, received) for received in range(n)] for arm in range(n)])
    found &= reads[patients["arm"], patients["received"]]
    return found


@dataclass(frozen=True, slots=True)
class _Course:
    """Entries and counted events of trials, in the order of days: n and x after each."""

    trial: NDArray[np.int64]
    day: Floats
    n: NDArray[np.int64]
    x: NDArray[np.int64]


def _course(trials: NDArray[np.int64], entries: NDArray[np.void], events: NDArray[np.void]) -> _Course:
    trial = np.concatenate([entries["trial"], events["trial"]])
    day = np.concatenate([entries["entry"], events["occurred"]])
    is_entry = np.arange(len(trial)) < len(entries)
    order = np.lexsort((day, trial))
    trial, day, is_entry = trial[order], day[order], is_entry[order]
    n, x = np.cumsum(is_entry, dtype=np.int64), np.cumsum(~is_entry, dtype=np.int64)
    first = np.searchsorted(trial, trials)  # counts begin anew with every trial
    before = np.repeat(np.arange(len(trials)), np.diff(np.append(first, len(trial))))
    n -= np.where(first > 0, n[first - 1], 0)[before]
    x -= np.where(first > 0, x[first - 1], 0)[before]
    last = np.ones(len(trial), dtype=bool)  # of an instant: everything that falls on it is known
    last[:-1] = (trial[1:] != trial[:-1]) | (day[1:] != day[:-1])
    return _Course(trial[last], day[last], n[last], x[last])


def _first_day(
    program: Program,
    records: Records,
    stops: NDArray[np.void],
    counter: CounterTable,
    boundary: Boundary,
) -> Floats:
    """Per stop the first day on which the boundary holds; inf if it never does."""
    trials, zero = stops["trial"], records.trials["trial"][0]
    cut = np.full(len(records.trials), np.inf)
    cut[trials - zero] = stops["cut"]
    events = counted(program, records, counter, cut[records.events["trial"] - zero])
    events = events[np.isin(events["trial"], trials)]
    if counter.unit is Unit.PATIENTS and len(events):
        key = (events["trial"] << 32) + events["candidate"]
        events = events[np.append(True, key[1:] != key[:-1])]  # each patient's first
    patients = records.patients[members(counter, records.patients)]
    course = _course(trials, patients[np.isin(patients["trial"], trials)], events)
    holds = boundary.holds_each(course.n, course.x)
    days = np.full(len(trials), np.inf)
    at, first = np.unique(course.trial[holds], return_index=True)
    days[np.searchsorted(trials, at)] = course.day[holds][first]
    return days
