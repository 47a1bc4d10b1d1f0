"""Whole numbers that mean something to kernels, packers and drivers; an enum would be a type to Numba."""

from __future__ import annotations

LAST = (1 << 32) - 1  # in the place of a candidate: after every candidate's own

FINE, SHORT, ASKING, RUNAWAY = range(4)  # the status of a trial

# What can be too small: tables of rows, in the order of `model.records`, then rooms of a trial.
TRIALS, PATIENTS, STATES, EVENTS, LOOKS, FIRINGS, DECISIONS = range(7)
QUEUE, LINKS, STAYS, OCCURRENCES, CHANGES, BETAS = range(7, 13)

(  # what an entry of the queue is
    COURSE_ENDED,
    CANDIDATE_ARRIVES,
    ACCRUAL_ENDS,
    ADMISSION,
    WINDOW_OVER,
    COHORT_WINDOW_OVER,
    REPORT_ARRIVES,
    CALENDAR,
    LOOK,
    EFFECT,
    RELEASE,
    WAITED,
    GATE,
) = range(13)

OCCUR, DETECT, STEP, END_PHASE, FIND_ABSENT = range(5)  # what a patient's next instant is

LOST, QUEUED, ON_DEMAND = range(3)  # what becomes of those who turn up while accrual is held

BY_PATIENTS, BY_EVENTS, BY_COURSES = range(3)  # what a counter counts
AMONG_TREATED, AMONG_COMPLETED, AMONG_KNOWN, BY_WEIGHT, AMONG_FAIL = range(5)  # and among whom
EVERY_REPORT, AT_END, EVERY, AT = range(4)  # when a rule looks
UNIT_TREATED, UNIT_COMPLETED, UNIT_KNOWN, UNIT_EVENTS, UNIT_DAYS = range(5)  # of milestones
NO_WAIT, WAIT_LOOK, WAIT_ACCRUAL = range(3)

ESCALATION, EXPANDING, OVER = range(3)  # where dose finding is
WINDOW_COMPLETE, WHEN_KNOWN, WHEN_DECIDED = range(3)  # when it decides
WHEN_TOXIC, WHEN_TREATED, WHEN_DAYS = range(3)  # what an amendment waits for
ASK_CHOICE, ASK_TOXIC = range(2)  # what a design is asked
MOST_DOSES = 62  # that fit in the bits of one answer
