"""What rules and dose finding are in the memory."""

from __future__ import annotations

from typing import Annotated

from simulator.engines.compiled.described import (
    By,
    Chain,
    Floats,
    Inside,
    Ints,
    Items,
    Record,
    Ref,
    Rows,
    Word,
    settle,
)
from simulator.engines.compiled.places import seen_as
from simulator.engines.compiled.records.course import Occurrence
from simulator.engines.compiled.records.program import Delay

__all__ = [
    "Amendment",
    "Answer",
    "ArmGroup",
    "Boundary",
    "Choice",
    "Counter",
    "Dosing",
    "Link",
    "Milestone",
    "Monitor",
    "Question",
    "RowQuestion",
    "Seat",
    "Trigger",
    "Version",
    "Way",
    "choice_at",
    "link_at",
    "monitor_at",
    "row_question_at",
]


class Link(Record):
    """A report that counts for an endpoint, since a day and until another."""

    occurrence: Ref[Occurrence]
    since: float
    until: float
    next: Ref[Link]
    next_course: Ref[Link]  # of the next course that has a report
    course_before: Ref[Link]  # of the patient's
    first_of_patient: int


class Counter(Record):
    """One endpoint of a rule, and the reports that count for it."""

    number: int  # among all counters
    event: int
    endpoint: int  # of its rule
    unit: int
    among: int
    window: float
    harmful: int
    judged: int
    at_mtd: int
    once: int  # with the event a patient leaves those at risk
    corrected: int  # whether a report that counts, or rules the event out, may be withdrawn or upgraded
    within_days: float
    within_drug: int
    marks_allowed: Ints  # of each mark, NONE: all; the mark -1 stands one place earlier
    phases_allowed: Ints
    rules_out: Ints  # of each event
    members: Ints  # of each group of patients (`Patient.group`) whether they are read; NONE: all
    # of the trial
    links: Chain[Link]
    courses: Annotated[Chain[Link], By("next_course")]  # the first report of each
    # what looks have counted so far, up to a data cut, and is counted no more
    cut: float
    link_read: Ref[Link]  # the last one
    reports_read: int  # where some may be corrected: how often they were counted
    patients_read: int
    over: int  # patients, the first ones, whose windows were over,
    reports_over: int  # and what was read of them
    patients_over: int
    left: int  # patients, the first ones, who had left,
    courses_left: int  # the courses they had,
    course_read: Ref[Link]  # and the last of the first links of courses that are all theirs,
    courses_read: int  # and how many of these count
    # as of now
    assessed: int  # patients whose windows were over when last asked
    due: int  # whether a milestone of it has come since it was last read


class Boundary(Record):
    """One outcome of a rule, as `contracts.Boundary`."""

    reading: int
    at_least: int
    by_n: int  # the count is compared, with a bound for each n; else n, with one for each count
    bounds: Floats  # not a number: it never holds
    n_bounds: int
    minimum_n: float


class ArmGroup(Record):
    """Arms of which a milestone counts patients."""

    members: Ints  # as of a counter


class Milestone(Record, size="milestone_size"):
    """When a look is due."""

    unit: int
    amount: int
    days: float
    event: int
    most: float  # how far the count can come, inf where nothing limits it
    groups: Rows[ArmGroup]  # the one with fewest counts; none: patients whom the rule reads
    n_groups: int
    passed: Annotated[Ints, Inside()]  # how often, of each endpoint


class Seat(Record):
    """A rule on a board."""

    member: int
    outcome: int  # the code that is a vote; 0: any
    weight: int


class Monitor(Record):
    """A rule at work."""

    number: int
    boundaries: Rows[Boundary]
    n_boundaries: int
    compares: int  # two arms, by rows that are asked for, in place of boundaries,
    by_time: int  # which are of shares of the follow-up
    first_counter: int
    used: Items  # counters
    schedule: int
    milestones: Rows[Milestone]
    n_milestones: int
    skipped: int  # multiples, the first ones, that make no look due
    closing: int  # whether it looks when nothing can still change
    wait: int
    data_cut: float
    decision_lag: float
    closes: int
    ends: int
    directives: Items  # operations
    window: float
    waits_at_end: int  # whether the closing look is taken when every window is over
    windows: Floats  # that may make a look due
    n_windows: int
    on_reports: int  # whether a report may bring a milestone
    entries: int  # it reads accrual, no patients
    horizon: int  # the day after which its bound stays as it is
    late: int  # its looks come after the arrivals of their instant
    until: float  # the day up to which looks by the calendar are of use whatever else has ended
    rank: int  # of the looks of an instant those of a lower one come first
    since: int  # it is in force from one version of the protocol on,
    before: int  # and up to another
    awaited: int  # whether an amendment waits for it to fire
    again: int  # whether it may fire more than once
    idle: int  # whether nothing follows when it fires but looks of other rules
    seats: Rows[Seat]  # of a board
    n_seats: int
    valid: float  # days that a verdict holds unless the member looks again
    heard_by: Items  # boards that look whenever it does
    calls: Items  # rules that look when it has fired
    releases: Items  # rules whose hold it ends
    holds: int  # whether it holds accrual,
    until_released: int  # until another rule ends that,
    takes: Ref[Delay]  # or how long,
    takes_stream: Word
    reviewed: int  # and whether a review may then close it
    resumes: float
    review_stream: Word
    # of the trial
    looks: int
    done: int  # it has fired, and does so once
    busy_until: float  # as in the reference, or until its hold ends
    verdict: int  # the code it gave last,
    seen_at: float  # and when
    called: int  # to look when nothing can still change
    fired: int  # what it decided has taken effect
    n_holds: int  # begun
    hold_row: int  # of the one that is on, else NONE,
    hold_over: float  # and when its time is over
    asked_at: float
    waiting: int
    takes_effect: float  # when its decision does, until it has
    happens: int  # whether it does so now
    calendar_day: float
    calendar_milestone: int


class Version(Record):
    """A version of the dose finding."""

    ladder: Ints  # levels
    n_doses: int
    on_ladder: Ints  # of each level its dose, or NONE
    start: int
    decide: int
    replaces: int
    since: int  # patients count who entered in this version of the protocol or later
    cohort: int
    remembers: int  # its questions tell of the last cohort,
    moderate: int  # and of the milder event
    recommends: int  # also where the trial ends first


class Trigger(Record):
    """What an amendment waits for."""

    unit: int
    dose: int
    amount: float
    rule: int


class Amendment(Record):
    """An amendment of the protocol."""

    triggers: Rows[Trigger]
    n_triggers: int
    every: int
    operations: Items
    waits: int  # until a dose is due to be chosen
    restarts: int  # dose finding


class Question(Record):
    """A standing that dose finding asks about: n per dose, then DLTs per dose.

    Behind them n and DLTs of the last cohort, for a design that remembers it, and milder events per dose for
    one that counts them, as `decisions.single` tells them.
    """

    kind: int
    version: int
    dose: int
    counts: Annotated[Ints, Inside()]


class RowQuestion(Record):
    """What a rule that compares two arms asks: its row for n1 and n2 patients, by time for n1 events."""

    kind: int
    rule: int
    n1: int
    n2: int


class Choice(Record):
    """What the design answers; asked which are toxic, `dose` has them as bits; asked to recommend, the one.

    To that of a rule `dose` says where its row begins in `Trial.least`.
    """

    dose: int
    patients: int
    selected: int
    reason: int


class Answer(Record, size="answer_size"):
    """A question and its answer, in a table of them."""

    taken: int
    key: Annotated[Ints, Inside()]
    choice: Annotated[Choice, Inside("answer_choice")]


class Way(Record):
    """Patients who may still be added at a dose, or to the cohort where it is remembered."""

    sure: int
    unsure: int
    more: int
    more_dlts: int
    more_moderate: int
    moderate: int  # of a dose, how many have the milder event in all, whether that is told or not


class Dosing(Record):
    """Dose finding."""

    dlt: int
    moderate: int  # the milder event, or NONE
    dlt_window: float
    settles: Ints  # of each event whether it rules a DLT out
    dlt_is_absence: int
    death: int
    death_as_dlt: float
    not_evaluable: float  # share
    death_stream: Word
    evaluable_stream: Word
    versions: Rows[Version]
    expansion: int
    # of the trial
    stage: int
    version: int  # of the protocol
    dose: int
    wanted: int  # patients of the cohort
    n_cohort: int
    decisions: int
    gate_asked: int
    mtd: int
    concluded: int  # by its design
    latest: float  # day of the last decision, or on which a rule closed accrual


settle()

choice_at = seen_as(Choice)
link_at = seen_as(Link)
monitor_at = seen_as(Monitor)
row_question_at = seen_as(RowQuestion)
