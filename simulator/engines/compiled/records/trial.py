"""The head of the memory: the trial being played, and where everything else is."""

from __future__ import annotations

from typing import Annotated

from simulator.engines.compiled.codes import N_TABLES
from simulator.engines.compiled.described import Floats, Inside, Ints, Items, Record, Ref, Rows, Word, settle
from simulator.engines.compiled.places import head_of
from simulator.engines.compiled.records.arms import Arms, Screening
from simulator.engines.compiled.records.course import Change, Directive, Occurrence, Patient, Stay
from simulator.engines.compiled.records.program import Component, Event, Operation, Trait
from simulator.engines.compiled.records.rules import (
    Amendment,
    Answer,
    Counter,
    Dosing,
    Link,
    Monitor,
    Question,
    Way,
)

__all__ = ["Entry", "RowTable", "Trial", "trial_of"]


class Entry(Record):
    """Of the queue: what is to happen, as a tag and its subject in one number."""

    time: float
    order: int
    serial: int
    what: int


class RowTable(Record):
    """A table of records' rows."""

    numbers: Ints
    room: int
    length: int
    width: int
    kept: int  # the length to go back to


class Trial(Record):
    """The trial. What is 0 or none before the first patient is set in `trial._open`."""

    places: int  # the size of the memory
    seed: Word
    # the program
    gap_stream: Word
    limits: Ints  # of each version of the protocol, the most patients
    n_drugs: int
    n_events: int
    n_components: int
    n_monitors: int
    n_traits: int
    n_transitions: int
    n_course_traits: int  # as many as there are, if the course depends on one; else 0
    n_names: int  # under which accrual is held
    n_counters: int
    absences: Items  # events
    while_held: int
    arrivals: int  # the law of candidates, with its numbers as in `program.arrivals`
    every_days: float
    per_day: float
    candidates: float
    within: float
    n_pieces: int
    starts: Floats
    rates: Floats
    reached: Floats
    stagger: float  # days after an entry on which nobody else enters
    stagger_hold: int  # the name under which that holds accrual
    first_hold: int  # that of the first rule's own hold
    look_order: Items  # rules in the order in which they look at one instant
    accrual_days: float  # the latest of the last days,
    last_days: Floats  # and that of each version of the protocol,
    moves_last_day: int  # where they are not all the same
    max_registered: float
    two_clocks: int  # whether records tell registration, arm and stratum
    entries: Ints  # the state at entry of each assignment: by version, by treatment received, then by level
    n_entries: int  # levels
    n_treatments: int
    operations: Rows[Operation]
    interruptible: Items  # drugs that may be stopped for a time
    resumes: Ints  # of each drug the operation that ends that, or NONE
    events: Rows[Event]
    components: Rows[Component]
    traits: Rows[Trait]
    monitors: Rows[Monitor]
    counters: Rows[Counter]  # of all monitors together
    cohort_hold: int  # the name under which dose finding holds accrual
    amendments: Rows[Amendment]  # of the protocol
    n_amendments: int
    dosing: Ref[Dosing]  # NONE without
    arms: Ref[Arms]  # also so
    screening: Ref[Screening]
    screenings: Rows[Screening]  # of each version of the protocol
    keeps_stays: int  # courses are counted
    # lengths, and distances in records, that depend on it
    state_size: int
    state_hazards: int
    state_operations: int
    state_allowed: int
    state_interrupted: int
    patient_size: int
    patient_clocks: int
    patient_history: int
    patient_taken: int
    patient_counted: int
    patient_traits: int
    patient_back_on: int
    occurrence_size: int
    milestone_size: int
    answer_size: int
    answer_choice: int
    n_readings: int  # of the widest rule
    looks_x: int
    firings_x: int
    events_withdrawn: int
    events_upgraded: int
    events_later: int
    corrects: int  # whether records tell when reports are withdrawn and upgraded
    # rooms
    patients: Rows[Patient]
    held: Ints  # of each name whether it holds accrual
    standing: Ints  # operations that also hold for later patients,
    standing_until: Floats  # each until a day
    logged: Ints  # of each event the reports that have arrived
    directives: Rows[Directive]
    given: Ints  # their operations, one directive's behind the other's
    beginners: Ints  # ranks of patients whose course must begin, in order
    cohort: Ints  # ranks of its members
    waiting: Ints  # candidates, where they need not come in the order of their numbers
    waiting_room: int
    betas: Floats  # drawn Beta traits [turn][candidate][column]
    n_betas: int  # columns
    beta_candidates: int
    queue: Rows[Entry]  # a binary heap
    queue_room: int
    links: Rows[Link]
    link_room: int
    stays: Rows[Stay]
    stay_room: int
    occurrences: Rows[Occurrence]
    occurrence_room: int
    changes: Rows[Change]
    change_room: int
    asked: Ref[Question]
    key_length: int  # numbers of a question
    ways: Rows[Way]  # of each dose, and of the cohort
    answers: Rows[Answer]
    answer_room: int  # a power of two
    least: Ints  # rows of rules that compare two arms: the least x1 for each x2, or critical shares
    unknown: Ints  # questions whose answer is not known
    unknown_room: int
    n_unknown: int
    abandoned: Ints  # trials that met one
    n_abandoned: int
    rows: Annotated[Rows[RowTable], Inside(count=N_TABLES)]
    # the trial being played
    number: int
    turn: int  # which of those to play
    tag: int  # of the entry of the queue that is happening
    subject: int
    order: int  # the place of that entry in its instant
    short_of: int  # which room or table was too small
    endless: int  # the event that happened too often
    status: int
    asking: int  # whether a row was not known; the trial goes on as if the rule did not fire
    now: float
    entry_count: int  # entries of the queue that have happened, with the one that is happening
    arrived_until: float  # while a path is played again: what was due by then has arrived
    treated: int
    version: int  # of the protocol
    stopped: int  # whether a rule has closed accrual
    under_way: int  # reports on the paths played ahead that have not arrived
    last_report: float  # day of the last report that has arrived
    open: int
    holds: int  # how many names hold accrual
    lost: int
    admitting: int
    candidate: int  # who turns up next
    arrival: float  # when
    came: float  # the sum of unit exponentials behind that, where the law is one of sums
    coming: float  # the sum behind the day that was asked for last
    all_came: int  # nobody turns up any more
    awaited: int  # until the last day, before which nobody comes, as nobody knows yet
    registered: int
    in_screening: int
    first_waiting: int  # those who wait are first_waiting ... end_waiting - 1, or stand there in `waiting`
    end_waiting: int
    at_hand: int  # the next candidate on demand
    n_standing: int
    n_directives: int
    n_given: int
    n_beginners: int
    queued: int
    top_is_free: int
    serial: int
    n_links: int
    n_stays: int
    n_occurrences: int
    n_changes: int


settle(Trial)

trial_of = head_of(Trial)
