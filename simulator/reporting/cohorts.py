"""The dose finding of one trial in words: each decision with what was known, and the outcome line.

What was known on the day of a decision is made anew from the reports in the records.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from math import inf
from typing import TYPE_CHECKING

from simulator.contracts import InstantOrder
from simulator.metrics.outcomes import outcome_strings, with_moderate
from simulator.model.records import DltOutcome, Records
from simulator.program.decisions import reason_words
from simulator.program.dosing import DoseFindingTable, DoseVersion
from simulator.program.tables import Program
from simulator.reporting.text import counted, listed

if TYPE_CHECKING:
    import numpy as np

__all__ = ["cohort_of", "decision_lines", "dose_of", "ending_lines", "report_words", "short_decision"]

LETTERS = (
    "A word is a cohort: the dose's number on its ladder, then a letter per patient in the order of entry: "
    "N no DLT, T a DLT,{} X not evaluable, ? never known; | dose finding starts again by an amendment, + the "
    "expansion."
)
Line = tuple[float, float, int, str]  # day, place within the instant, patient, text


def dose_of(program: Program, level: int) -> str:
    """The dose as it is written in the scenario."""
    assert program.dosing is not None
    return program.levels[program.dosing.drug][level - 1]


def cohort_of(program: Program, records: Records, patient: np.void) -> str:
    """`cohort 2`, counted from 1, or `expansion`; nothing without dose finding."""
    if program.dosing is None:
        return ""
    return _called(records, int(patient["cohort"]))


def _called(records: Records, cohort: int) -> str:
    """Cohorts are numbered by the decisions before them; those without patients are passed over."""
    if cohort < 0:
        return "expansion"
    return f"cohort {_numbers(records).index(cohort) + 1}"


def _numbers(records: Records) -> list[int]:
    return sorted({number for number in records.patients["cohort"].tolist() if number >= 0})


# ---------------------------------------------------------------- decisions


def decision_lines(program: Program, records: Records) -> Iterator[Line]:
    """Every decision: the cohort, what was known of it, and what follows."""
    table = program.dosing
    if table is None:
        return
    for decision in records.decided:
        said = f"{_seen(program, records, table, decision)} -> {_follows(program, table, decision)}"
        yield float(decision["time"]), InstantOrder.GATE, int(decision["number"]), said


def _seen(program: Program, records: Records, table: DoseFindingTable, decision: np.void) -> str:
    """`DECISION on cohort 2, 3 at 10 mg: 1 DLT among 3 (so far at 10 mg 2 among 6)`."""
    day, number, level = float(decision["time"]), int(decision["number"]), int(decision["level"])
    dose, patients = dose_of(program, level), records.patients
    version = int(decision["version"]) - int(decision["amendment"] >= 0)
    cohort = patients[patients["cohort"] == number]
    if not len(cohort):
        return "DECISION at once"
    known = Counter(_known(records, table, patient, day) for patient in cohort)
    evaluable = known[DltOutcome.NONE] + known[DltOutcome.DLT]
    text = f"DECISION on {_called(records, number)}, {counted(len(cohort), 'patient')} at {dose}: "
    text += f"{counted(known[DltOutcome.DLT], 'DLT')} among {evaluable}"
    text += _milder(program, records, version, decision)
    others = [f"{known[DltOutcome.NOT_EVALUABLE]} not evaluable"] * bool(known[DltOutcome.NOT_EVALUABLE])
    others += [f"{known[DltOutcome.PENDING]} open"] * bool(known[DltOutcome.PENDING])
    text += f", {listed(others)}" if others else ""
    there = patients[(patients["level"] == level) & (patients["cohort"] >= 0)]
    before = [p for p in there if p["cohort"] < number and _counts(table.versions[version], version, p)]
    if before:
        total = known + Counter(_known(records, table, patient, day) for patient in before)
        dlts = total[DltOutcome.DLT]
        text += f" (so far at {dose} {dlts} among {dlts + total[DltOutcome.NONE]})"
    return text


def _milder(program: Program, records: Records, version: int, decision: np.void) -> str:
    """`, grade_2 in 1 so far`, as long as one patient a dose is treated in a version that counts it."""
    table, day = program.dosing, float(decision["time"])
    assert table is not None
    plan = table.versions[version]
    if not plan.method.counts_moderate:
        return ""
    with_it, levels, many = with_moderate(table, records, day), list[int](), 0
    for patient, milder in zip(records.patients, with_it, strict=True):
        if 0 <= patient["cohort"] <= decision["number"] and _counts(plan, version, patient):
            known = _known(records, table, patient, day)
            levels += [int(patient["level"])] * (known in {DltOutcome.NONE, DltOutcome.DLT})
            many += int(milder and known == DltOutcome.NONE)
    single = len(set(levels)) == len(levels)
    return f", {program.events[table.moderate].name} in {many} so far" if many and single else ""


def _counts(plan: DoseVersion, version: int, patient: np.void) -> bool:
    """Whether a patient of an earlier version counts in this one."""
    return bool(plan.since <= patient["version"] <= version)


def _known(records: Records, table: DoseFindingTable, patient: np.void, day: float) -> DltOutcome:
    """What was known of a patient's DLT on a day."""
    came, end = DltOutcome(int(patient["outcome"])), float(patient["entry"]) + table.window
    events = records.events[records.events["candidate"] == patient["candidate"]]
    over, left, told = day >= end, patient["exit"] <= day, events["event"][events["reported"] <= day]
    waits = left and patient["exit"] < end  # for a report that is under way
    back = _taken_back(records, table, patient)
    if any(reported <= day < withdrawn for reported, withdrawn in back):
        return DltOutcome.DLT
    if waits and any(day < reported for reported, _ in back):
        return DltOutcome.PENDING
    if came == DltOutcome.NOT_EVALUABLE:
        return came if over or left else DltOutcome.PENDING
    if came == DltOutcome.DLT and table.event in told:
        return came
    if any(event in told for event in table.ruled_out_by):
        return DltOutcome.NONE
    return DltOutcome.NONE if over and not waits and came != DltOutcome.PENDING else DltOutcome.PENDING


def _taken_back(records: Records, table: DoseFindingTable, patient: np.void) -> list[tuple[float, float]]:
    """(day reported, day withdrawn) of each of the patient's DLTs whose report is withdrawn; none of one who
    stays and cannot be judged, whatever is reported.
    """
    events, end = records.events, float(patient["entry"]) + table.window
    never = patient["outcome"] == DltOutcome.NOT_EVALUABLE and patient["exit"] >= end
    if never or "withdrawn" not in (events.dtype.names or ()):
        return []
    mine = (events["candidate"] == patient["candidate"]) & (events["event"] == table.event)
    within = events["occurred"] <= end
    found = events[mine & within & (events["withdrawn"] < inf)]
    return list(zip(found["reported"].tolist(), found["withdrawn"].tolist(), strict=True))


def _follows(program: Program, table: DoseFindingTable, decision: np.void) -> str:
    """`3 more at 10 mg (stay: more patients are needed)`, an amendment, or the end."""
    number, following, wanted = (int(decision[name]) for name in ("amendment", "next", "patients"))
    if number >= 0:
        plan = table.versions[number + 1]
        ladder = ", ".join(dose_of(program, level) for level in plan.ladder)
        counts = "earlier patients still count" if plan.since <= number else "counts start again"
        text = f"AMENDMENT {program.amendments[number].name}: the ladder is {ladder}, and {counts}; "
        return text + (
            f"{wanted} at {dose_of(program, following)}"
            if wanted
            else f"{dose_of(program, following)} is judged by those it had"
        )
    reason = reason_words(table.versions[int(decision["version"])].method, int(decision["reason"]))
    if following:
        more = "more " if following == int(decision["level"]) else ""
        return f"{wanted} {more}at {dose_of(program, following)} ({reason})"
    if not decision["selected"]:
        return f"NO DOSE IS SELECTED ({reason})"
    then = f"; expansion, {counted(table.expansion, 'more patient')} there" if table.expansion else ""
    return f"{dose_of(program, int(decision['selected']))} IS SELECTED ({reason}){then}"


def short_decision(program: Program, decision: np.void) -> str:
    """What follows as a mark: an arrow up or down, `+3` for three more; or a word."""
    if decision["amendment"] >= 0:
        return "amended"
    if not decision["next"]:
        selected = int(decision["selected"])
        return f"MTD {dose_of(program, selected)}" if selected else "no dose"
    assert program.dosing is not None
    ladder = program.dosing.versions[int(decision["version"])].ladder
    step = ladder.index(int(decision["next"])) - ladder.index(int(decision["level"]))
    return f"+{decision['patients']}" if step == 0 else "\u2191" if step > 0 else "\u2193"


# ---------------------------------------------------------------- reports and the end


def report_words(program: Program, records: Records, event: np.void) -> str:
    """What a report tells the dose finding; nothing if nothing."""
    table = program.dosing
    if table is None:
        return ""
    patient = records.patients[records.patients["candidate"] == event["candidate"]][0]
    late = float(event["occurred"]) > float(patient["entry"]) + table.window
    name, number = program.events[table.event].name, int(event["event"])
    if number == table.event:
        on = float(event["reported"])
        back = any(day <= on < withdrawn for day, withdrawn in _taken_back(records, table, patient))
        if patient["outcome"] != DltOutcome.DLT and not back:
            return f"does not count for the dose finding: the patient is {_why(patient)}"
        until = " until it is withdrawn" * back
        return f"counts for the dose finding{until} ({cohort_of(program, records, patient)})"
    if number in table.ruled_out_by:
        if patient["outcome"] == DltOutcome.NOT_EVALUABLE:
            return "dose finding leaves the patient out, who is not evaluable"
        settled = not late and patient["outcome"] == DltOutcome.NONE
        return f"dose finding knows that no {name} will follow" if settled else ""
    left_out = patient["outcome"] == DltOutcome.NOT_EVALUABLE
    if number == table.moderate and not late and patient["outcome"] == DltOutcome.NONE:
        counts = table.versions[int(patient["version"])].method.counts_moderate
        return "the dose finding counts it as long as it treats one patient a dose" if counts else ""
    if number == table.death and late:
        return "after the DLT window, unseen by the dose finding"
    return "not evaluable for the dose finding" if number == table.death and left_out else ""


def _why(patient: np.void) -> str:
    return "not evaluable" if patient["outcome"] == DltOutcome.NOT_EVALUABLE else "known without it"


def ending_lines(program: Program, records: Records) -> Iterator[str]:
    """The trial's dose finding as one line, what its letters mean, and who was lost."""
    table = program.dosing
    if table is None:
        return
    final = records.decisions[(records.decisions["next"] == 0) & (records.decisions["amendment"] < 0)]
    if len(final):
        selected = int(final[0]["selected"])
        what = f"{dose_of(program, selected)} selected" if selected else "No dose selected"
        yield f"{what} on day {final[0]['time']:.1f}, after {counted(len(_numbers(records)), 'cohort')}."
    else:
        yield "Dose finding was not finished."
    yield f"Dose finding: {outcome_strings(program, records)[0]}"
    milder = f" M no DLT but {program.events[table.moderate].name}," if table.moderate >= 0 else ""
    yield LETTERS.format(milder)
    for trial in records.trials:
        if trial["lost"]:
            came = counted(int(trial["lost"]), "candidate")
            yield f"{came} came while accrual was held, and were lost: their numbers are missing."
