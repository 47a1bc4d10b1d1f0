"""What must hold of the records of any scenario, whatever it says: nobody computes an expected result."""

from __future__ import annotations

from itertools import pairwise
from math import inf, log

import numpy as np

from simulator.metrics.limits import last_days_of
from simulator.model.records import Records, Screened
from simulator.program.tables import Program
from simulator.program.words import Among, Unit
from simulator.stats.used_up import log_e

__all__ = ["broken", "unlikely"]

FALSE_ALARM = 1e-9  # at most, of a scenario


def broken(program: Program, records: Records) -> list[str]:
    """Which laws the records break."""
    laws = {
        "occurred <= detected <= reported <= corrected": _events_in_order(program, records),
        "events lie between a patient's entry and exit": _events_inside(records),
        "every patient exits once, after entry": _exits(records),
        "patients stand in order of entry, and by number where none is screened": _entries(program, records),
        "counts are within who was treated": _counts(program, records),
        "nobody enters after accrual was closed": _closed(program, records),
        "a rule fires once, unless again, and its dates are in order": _firings(program, records),
        "nobody enters while a rule holds accrual": _holds(program, records),
        "no rule fires under its own hold": _free(records),
        "states follow one another by the program's operations": _states(program, records),
        "patients receive their arm, or what refusers do": _arms(program, records),
        "who was screened and entered is a patient": _screenings(program, records),
        "components have the events that their hazards say": not unlikely(program, records),
    }
    return [law for law, holds in laws.items() if not holds]


def unlikely(program: Program, records: Records) -> str:
    """The component whose events do not fit the hazard that it used up; "" if every one's do."""
    risks, components = records.risks, program.components
    for c, component in enumerate(components):
        mine = risks[risks["component"] == c]
        crossings, used = int(mine["n"].sum()), float(mine["a"].sum())
        if log_e(crossings, used) >= log(len(components) / FALSE_ALARM):
            event = program.events[component.event].name
            return f"{event} by {component.name}: {crossings} events where {used:.6g} were due"
    return ""


def _address(rows: np.ndarray) -> np.ndarray:
    return rows["trial"] * 2**20 + rows["candidate"]


def _of_patient(records: Records, rows: np.ndarray, key: str) -> np.ndarray:
    """The value of `key` of the patient of each row."""
    return records.patients[key][records.patient_of(rows)]


def _events_in_order(program: Program, records: Records) -> bool:
    rows = records.events
    days = ["occurred", "detected", "reported"]
    orders = [days, [*days, "withdrawn"], [*days, "upgraded"]] if program.corrects else [days]
    return all(bool(np.all(rows[a] <= rows[b])) for order in orders for a, b in pairwise(order))


def _events_inside(records: Records) -> bool:
    rows = records.events
    if not len(rows):
        return True
    entry, left = _of_patient(records, rows, "entry"), _of_patient(records, rows, "exit")
    return bool(np.all(rows["occurred"] >= entry) and np.all(rows["occurred"] <= left))


def _exits(records: Records) -> bool:
    patients, address = records.patients, _address(records.patients)
    ends = {int(row["trial"]): float(row["end"]) for row in records.trials}
    last: dict[int, float] = {}
    for row in patients:
        last[int(row["trial"])] = max(last.get(int(row["trial"]), 0.0), float(row["exit"]))
    return bool(
        len(np.unique(address)) == len(address)
        and np.all(patients["entry"] <= patients["exit"])
        and np.all(patients["exit"] < inf)
        and all(ends[trial] == end for trial, end in last.items())
    )


def _entries(program: Program, records: Records) -> bool:
    last_days = last_days_of(program, records)
    for row, last in zip(records.trials, last_days, strict=True):
        mine = records.patients[records.patients["trial"] == row["trial"]]
        numbers, entries = mine["candidate"], mine["entry"]
        by_number = program.screening is not None or np.all(np.diff(numbers) > 0)
        if not (by_number and np.all(np.diff(entries) >= 0)):
            return False
        if len(mine) != row["enrolled"] or len(mine) > program.max_treated:
            return False
        if np.any(entries > last):
            return False
    return True


def _arms(program: Program, records: Records) -> bool:
    arms, patients = program.arms, records.patients
    if arms is None:
        return True
    drawn, received = patients["arm"], patients["received"]
    refused = received != drawn
    return bool(
        np.all((drawn >= 0) & (drawn < len(arms.names)))
        and (not np.any(refused) or arms.refusal is not None)
        and (arms.refusal is None or np.all(received[refused] == arms.refusal.then))
    )


def _screenings(program: Program, records: Records) -> bool:
    rows, patients = records.screenings, records.patients
    if program.screening is None:
        return len(rows) == 0
    entered = rows[rows["outcome"] == Screened.ENTERED]
    days = _of_patient(records, entered, "registered") if len(entered) else entered["registered"]
    return bool(
        np.array_equal(np.sort(_address(entered)), np.sort(_address(patients)))
        and np.array_equal(days, entered["registered"])
        and np.all(rows["over"] >= rows["registered"])
        and np.all(rows["registered"] <= _last_day(program, records, rows))
        and np.all(np.bincount(rows["trial"]) <= program.max_registered)
    )


def _counts(program: Program, records: Records) -> bool:
    enrolled = {int(row["trial"]): int(row["enrolled"]) for row in records.trials}
    for row in records.looks:
        table = program.monitors[row["monitor"]]
        if table.used and all(row["n"][i] < 0 for i in table.used):  # a look reads something
            return False
        for i in table.used:
            n, x, unit = row["n"][i], row["x"][i], table.counters[i].unit
            if n == x == -1 and len(table.used) > 1:  # not read at this look
                continue
            among = table.counters[i].among
            if among is Among.EXPOSURE:  # days
                continue
            if unit is not Unit.COURSES and not 0 <= n <= enrolled[int(row["trial"])]:
                return False
            if unit is Unit.PATIENTS and among is not Among.TREATED and x > np.ceil(n):
                return False
            if unit is not Unit.EVENTS and x > max(np.ceil(n), enrolled[int(row["trial"])]):
                return False
    return True


def _closed(program: Program, records: Records) -> bool:
    closing = [i for i, table in enumerate(program.monitors) if table.closes_accrual]
    for row in records.firings[np.isin(records.firings["monitor"], closing)]:
        mine = records.patients[records.patients["trial"] == row["trial"]]
        if np.any(mine["entry"] > row["effective"]):
            return False
    return True


def _firings(program: Program, records: Records) -> bool:
    rows = records.firings
    once = rows[[not program.monitors[number].again for number in rows["monitor"]]]
    keys = np.stack([once["trial"], once["monitor"]], axis=1)
    return bool(
        len(np.unique(keys, axis=0)) == len(keys)
        and np.all(rows["reported"] <= rows["cut"])
        and np.all(rows["cut"] <= rows["decided"])
        and np.all(rows["decided"] <= rows["effective"])
    )


def _holds(program: Program, records: Records) -> bool:
    """Within accrual, those of a rule apart from each other; nobody enters while one is on."""
    last: dict[tuple[int, int], float] = {}
    for row, closed in zip(records.holds, _last_day(program, records, records.holds), strict=True):
        mine = records.patients[records.patients["trial"] == row["trial"]]["entry"]
        began, ended, key = float(row["began"]), float(row["ended"]), (int(row["trial"]), int(row["monitor"]))
        if not last.get(key, 0.0) <= began <= ended <= max(began, closed):
            return False
        if np.any((mine > began) & (mine < ended)):
            return False
        last[key] = ended
    return True


def _last_day(program: Program, records: Records, rows: np.ndarray) -> np.ndarray:
    """Of each row the last day of accrual in its trial."""
    return last_days_of(program, records)[rows["trial"] - records.trials["trial"][0]]


def _free(records: Records) -> bool:
    """A rule does not fire after its hold has begun until that is over; the last day is one of it."""
    for row in records.holds:
        mine = records.firings
        mine = mine[(mine["trial"] == row["trial"]) & (mine["monitor"] == row["monitor"])]["decided"]
        if np.any((mine > row["began"]) & (mine <= row["ended"])):
            return False
    return True


def _states(program: Program, records: Records) -> bool:
    address = _address(records.states).tolist()
    rows = zip(address, records.states["time"].tolist(), records.states["state"].tolist(), strict=True)
    return all(
        one != other or (before <= now and new in program.after[old])
        for (one, before, old), (other, now, new) in pairwise(rows)
    )
