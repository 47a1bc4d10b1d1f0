"""Whole numbers that mean something to kernels, packers and drivers; an enum would be a type to Numba."""

from __future__ import annotations

from simulator.model.records import HoldEnd, Screened
from simulator.program.words import (
    Among,
    Arrivals,
    Decide,
    LookKind,
    MilestoneUnit,
    TriggerUnit,
    Unit,
    Wait,
    WhileHeld,
)

LAST = (1 << 32) - 1  # in the place of a candidate: after every candidate's own
AFTER_ALL = (1 << 32) - 256  # the same, a rank being added to it
LAST_STREAM = (1 << 16) - 1  # in that of a stream, or of a rule

FINE, SHORT, ASKING, RUNAWAY = range(4)  # the status of a trial

# What can be too small: tables of rows, in the order of `model.records`, then rooms of a trial.
ROW_TABLES = (
    "trials",
    "patients",
    "states",
    "events",
    "looks",
    "firings",
    "decisions",
    "screenings",
    "holds",
    "risks",
)
N_TABLES = len(ROW_TABLES)
TRIALS, PATIENTS, STATES, EVENTS, LOOKS, FIRINGS, DECISIONS, SCREENINGS, HOLDS, RISKS = range(N_TABLES)
QUEUE, LINKS, STAYS, OCCURRENCES, CHANGES, BETAS, WAITING = range(N_TABLES, N_TABLES + 7)

(  # what an entry of the queue is
    COURSE_ENDED,
    CANDIDATE_ARRIVES,
    ACCRUAL_ENDS,
    ADMISSION,
    SCREENED,
    WINDOW_OVER,
    COHORT_WINDOW_OVER,
    REPORT_ARRIVES,
    CALENDAR,
    LOOK,
    EFFECT,
    WAITED,
    GATE,
    RELEASE,
    STAGGER_ENDS,
    HOLD_ENDS,
    FIRED,
    AMENDING,
    CORRECTED,
) = range(19)

OCCUR, DETECT, STEP, END_PHASE, FIND_ABSENT, RESUME = range(6)  # what a patient's next instant is

# Words of the Program that kernels know.
EVERY_SO_MANY_DAYS = int(Arrivals.EVERY)
POISSON = int(Arrivals.POISSON)
UNIFORM = int(Arrivals.UNIFORM)
QUEUED = int(WhileHeld.QUEUED)
ON_DEMAND = int(WhileHeld.ON_DEMAND)
BY_PATIENTS = int(Unit.PATIENTS)
BY_EVENTS = int(Unit.EVENTS)
BY_COURSES = int(Unit.COURSES)
AMONG_TREATED = int(Among.TREATED)
AMONG_COMPLETED = int(Among.COMPLETED)
AMONG_KNOWN = int(Among.KNOWN)
AMONG_EXPOSURE = int(Among.EXPOSURE)
AMONG_FAIL = int(Among.FAIL)
EVERY_REPORT = int(LookKind.REPORT)
EVERY = int(LookKind.EVERY)
AT = int(LookKind.AT)
UNIT_TREATED = int(MilestoneUnit.TREATED)
UNIT_COMPLETED = int(MilestoneUnit.COMPLETED)
UNIT_KNOWN = int(MilestoneUnit.KNOWN)
UNIT_EVENTS = int(MilestoneUnit.EVENTS)
UNIT_DAYS = int(MilestoneUnit.DAYS)
UNIT_REGISTERED = int(MilestoneUnit.REGISTERED)
NO_WAIT = int(Wait.NONE)
WAIT_ACCRUAL = int(Wait.ACCRUAL)
WINDOW_COMPLETE = int(Decide.WHEN_WINDOW_COMPLETE)
WHEN_DECIDED = int(Decide.WHEN_DECIDED)
WHEN_TREATED = int(TriggerUnit.TREATED)
WHEN_DAYS = int(TriggerUnit.DAYS)
WHEN_FIRED = int(TriggerUnit.FIRED)
ENTERED = int(Screened.ENTERED)
INELIGIBLE = int(Screened.INELIGIBLE)
LOST = int(Screened.LOST)
CLOSED = int(Screened.CLOSED)
PUT_ON_LIST = int(Screened.WAITING)

HOLD_TIME = int(HoldEnd.TIME)
HOLD_RESUMED = int(HoldEnd.RESUMED)
HOLD_NOT_RESUMED = int(HoldEnd.NOT_RESUMED)
HOLD_RELEASED = int(HoldEnd.RELEASED)
HOLD_CLOSED = int(HoldEnd.CLOSED)

ESCALATION, EXPANDING, OVER = range(3)  # where dose finding is
ASK_CHOICE, ASK_TOXIC, ASK_RECOMMEND, ASK_ROW = range(4)  # what a design is asked, and what a rule
MOST_DOSES = 62  # that fit in the bits of one answer
