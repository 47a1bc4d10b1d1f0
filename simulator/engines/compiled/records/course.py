"""What a patient is in the memory while a trial is played."""

from __future__ import annotations

from typing import Annotated

from simulator.engines.compiled.described import (
    By,
    Chain,
    Floats,
    Inside,
    Ints,
    Record,
    Ref,
    Rows,
    settle,
)
from simulator.engines.compiled.places import seen_as
from simulator.engines.compiled.records.program import State

__all__ = [
    "Change",
    "Clock",
    "Counted",
    "Directive",
    "History",
    "Occurrence",
    "Patient",
    "Stay",
    "occurrence_at",
    "patient_at",
]


class Clock(Record):
    """The clock of one component, and how far its hazard is used up."""

    anchor: float  # day, NEVER_YET before it starts
    level: float  # cumulative hazard reached
    settled: float  # on this day
    used_up: float  # of the threshold
    threshold: float  # NEVER_YET until it is needed
    crossing: float  # day, if the state stays as it is
    own: float  # the patient's factor
    times: int  # how often it has crossed
    spent: int  # it cannot cross again until the clock restarts
    retired: int  # it can never act again
    risk: float  # hazard used up, settled when it crosses or retires
    missed: float  # of `used_up`: a jump for which no crossing was looked for
    begun: int  # the act of the patient in which the clock began


class History(Record):
    """What a patient has had of an event."""

    happened: int  # times
    detected: int
    responded: float  # the day of the last response, NEVER_YET before
    found_absent: int  # the day of the absence has come


class Counted(Record):
    """What a counter knows of a patient; days, inf: not yet."""

    seen_on: float
    ruled_out_on: float
    window_ends: float
    read: int  # reports that looks have read so far; where some may be corrected: by which count last
    last_course: int  # the place of the link of the newest course with a report, or NONE


class Change(Record):
    """A change of state."""

    day: float
    state: int
    next: Ref[Change]


class Stay(Record):
    """A patient in a phase."""

    phase: int
    entry: float
    course_days: float
    next: Ref[Stay]


class Occurrence(Record, size="occurrence_size"):
    """One event of one patient."""

    patient: Ref[Patient]
    next: Ref[Occurrence]
    next_undetected: Ref[Occurrence]
    times: int  # how often it had happened before
    visit_day: float
    event: int  # NONE: called back
    component: int  # NONE: an absence, or what a death counts as
    occurred: float
    detected: float
    reported: float
    withdrawn: float
    upgraded: float  # when the report gets the mark `later`
    later: int
    state: Ref[State]
    mark: int
    course: float  # the day on which the course of treatment began
    since: Annotated[Floats, Inside()]  # days since the last dose, of each drug


class Directive(Record):
    """A directive of the trial to its patients."""

    day: float
    first: int  # its operations, from this one of `given` on
    n: int
    leaves: int  # the course ends


class Patient(Record, size="patient_size"):
    """A patient, in order of entry."""

    number: int  # of the candidate
    rank: int  # in order of entry, from 0
    entry: float
    exit: float
    exit_order: int  # in dose finding: the place in its instant from which on the exit has happened,
    exit_count: int  # and the entry of the queue
    latest_day: float  # in dose finding: the instant of the path played last,
    latest_order: int  # and the furthest place in it that was reached
    state: Ref[State]
    standing_seen: int  # how many operations stood when the course began
    directives_seen: int  # how many directives had been given then
    first_state: Ref[State]
    level_given: int
    version: int  # of the protocol, at entry
    cohort: int
    phase_entry: float
    phase_end: float
    next_step: int
    acts: int  # how often the next instant was looked for
    looked: int  # components up to this one have had their chance to cross at this instant
    undetected: Annotated[Chain[Occurrence], By("next_undetected")]
    occurrences: Chain[Occurrence]
    changes: Chain[Change]
    stays: Chain[Stay]
    dlt_until: float
    not_evaluable: int
    dlts: int
    dlt_known: float  # day of the first report of a DLT within the window
    dlt_withdrawn: float  # and on which it is withdrawn
    settled_known: float  # the same of what rules a DLT out
    moderate_known: float  # and of the milder event
    dlt_due: float  # the last day on which the report of either arrives
    registered: float  # this and the next ones where there are arms, or screening
    arm: int  # as drawn
    received: int  # of who receives no arm's treatment one more than the last
    group: int  # of those who entered in this version, drawn into this arm, who receive that one's treatment:
    # (`version` x arms + `arm`) x (arms + 1) + `received`; without arms `version`
    stratum: int
    last_dose: Annotated[Floats, Inside()]  # day, of each drug
    clocks: Annotated[Rows[Clock], Inside("patient_clocks")]
    history: Annotated[Rows[History], Inside("patient_history")]
    taken: Annotated[Ints, Inside("patient_taken")]  # how often, of each transition
    counted: Annotated[Rows[Counted], Inside("patient_counted")]
    traits: Annotated[
        Ints, Inside("patient_traits")
    ]  # of each, whether the patient has it; if the course asks
    back_on: Annotated[Floats, Inside("patient_back_on")]  # of each drug, when a stop for a time ends


settle()

occurrence_at = seen_as(Occurrence)
patient_at = seen_as(Patient)
