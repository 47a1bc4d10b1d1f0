"""Where everything lies: one memory of 64-bit places, read as whole numbers, as floats or as words.

Kernels get the memory three times: `ints`, `floats` and `words` are the same places with other eyes (in
plain Python three lists); each place is used as one kind only.  A *place* is an index into it.  At its
head stand single values and the places of tables; then come the program, packed once (`pack`), and
after it what a trial needs while it is played and the rows it leaves (`memory`).

A *record* is a run of places, named by its first one: a patient, a state, a phase.  The names below are
distances from there; those in capitals ending in _SIZE are lengths.  (f): a float, (w): a word.
"""

from __future__ import annotations

from collections.abc import MutableSequence, Sequence

__all__ = ["Floats", "Ints", "Words"]

Ints = MutableSequence[int]
Floats = MutableSequence[float]
Words = Sequence[int]

NONE = -1  # in place of an index or a place
NEVER_YET = -1.0  # in place of a day, of which there are none below 0
LAST = (1 << 32) - 1  # in the place of a candidate: after every candidate's own

# ---------------------------------------------------------------- the head

(
    SEED,  # (w)
    GAP_STREAM,  # (w)
    # the program: sizes, and places of its tables
    MAX_TREATED,
    DRUGS,
    EVENTS,
    COMPONENTS,
    MONITORS,
    TRAITS,
    READINGS,  # endpoints of the widest rule
    NAMES,  # under which accrual is held
    COUNTERS_LENGTH,
    ABSENCES,  # a list of events
    WHILE_HELD,
    EVERY_DAYS,  # (f) days between candidates, NEVER_YET if they come at random
    PER_DAY,  # (f) candidates a day
    ACCRUAL_DAYS,  # (f)
    ENTRIES,  # per level the state at entry
    OPERATION,  # records, one behind the other
    EVENT,
    COMPONENT,
    TRAIT,
    MONITOR,  # per monitor its record
    COUNTERS,  # records of all monitors together
    COHORT_HOLD,  # the name under which dose finding holds accrual
    DOSING,  # the record of dose finding, NONE without
    KEEPS_STAYS,  # whether courses are counted
    IN_STATE_COMPONENTS,  # distances in a state's record
    IN_STATE_OPERATIONS,
    IN_PATIENT_CLOCKS,  # distances in a patient's record, and its length
    IN_PATIENT_HISTORY,
    IN_PATIENT_TAKEN,
    IN_PATIENT_COUNTED,
    PATIENT_SIZE,
    # rooms
    PATIENTS,  # records in order of entry
    HELD,  # per name whether it holds accrual
    STANDING,  # operations that also hold for later patients
    LOGGED,  # per event the reports that have arrived
    DIRECTED,  # the directives given, in order
    BEGINNERS,  # patients whose course must begin, in order
    COHORT_MEMBERS,
    BETAS,  # drawn Beta traits [turn][candidate][column], (f)
    BETA_COLUMNS,
    BETA_CANDIDATES,
    QUEUE,  # what comes next, a binary heap
    QUEUE_ROOM,
    LINKS,  # of the chains of counted reports
    LINK_ROOM,
    STAYS,  # of patients in phases
    STAY_ROOM,
    OCCURRENCES,
    OCCURRENCE_ROOM,
    OCCURRENCE_SIZE,
    CHANGES,  # of state
    CHANGE_ROOM,
    ASKED,  # the standing that dose finding asks about
    KEY_LENGTH,
    WAYS,  # per dose what may still be added to the standing
    ANSWERS,
    ANSWER_ROOM,  # a power of two
    UNKNOWN,  # standings whose answer is not known
    UNKNOWN_ROOM,
    UNKNOWN_LENGTH,
    ABANDONED,  # trials that met one
    ABANDONED_LENGTH,
    # the trial being played
    TRIAL,
    TURN,  # which of those to play
    TAG,  # of the entry of the queue that is happening
    SUBJECT,
    ORDER,  # the place of that entry in its instant
    SHORT_OF,  # which room or table was too small
    ENDLESS,  # the event that happened too often
    # of these, all are 0 when a trial opens, but for OPEN and ARRIVED_UNTIL
    NOW,  # (f)
    ENTRY_COUNT,  # entries of the queue that have happened, with the one that is happening
    ARRIVED_UNTIL,  # (f) while a path is played again: what was due by then has arrived
    TREATED,
    UNDER_WAY,  # reports on the paths played ahead that have not arrived
    LAST_REPORT,  # (f) day of the last report that has arrived
    OPEN,
    HOLDS,  # how many names hold accrual
    LOST,
    ADMITTING,
    CANDIDATE,  # who turns up next
    ARRIVAL,  # (f) when
    FIRST_WAITING,  # those who wait are FIRST_WAITING ... END_WAITING - 1
    END_WAITING,
    AT_HAND,  # the next candidate on demand
    STANDING_LENGTH,
    DIRECTED_LENGTH,
    BEGINNERS_LENGTH,
    QUEUED,
    TOP_IS_FREE,
    SERIAL,
    LINKED,
    STAYED,
    OCCURRED_SO_FAR,
    CHANGED,
    STATUS,
    END_OF_SINGLES,
) = range(98)

ROWS = END_OF_SINGLES  # per table of records: its place, room, length, width, and the length to go back to
IN_ROWS_PLACE, IN_ROWS_ROOM, IN_ROWS_LENGTH, IN_ROWS_WIDTH, IN_ROWS_KEPT, ROWS_SIZE = range(6)
HEAD_SIZE = ROWS + 7 * ROWS_SIZE
TRIAL_ROWS, PATIENT_ROWS, STATE_ROWS, EVENT_ROWS, LOOK_ROWS, FIRING_ROWS, DECISION_ROWS = range(
    ROWS, HEAD_SIZE, ROWS_SIZE
)

FINE, SHORT, ASKING, RUNAWAY = range(4)  # STATUS
LOST_WHILE_HELD, QUEUED_WHILE_HELD, ON_DEMAND = range(3)

# ---------------------------------------------------------------- the program

# A list: its length, then its items.

# State: the levels of drugs from LEVELS on; then per component (hazard, (f) multiplier); per operation
# (the state after it, the list of what it touches); per counter whether its scope allows phase and level.
STATE_NUMBER, STATE_PHASE, ENTRY_TOUCHED, LEVELS = range(4)
HAZARD, MULTIPLIER, STATE_COMPONENT_SIZE = range(3)
AFTER, TOUCHED, STATE_OPERATION_SIZE = range(3)
PHASE_ALLOWED, LEVELS_ALLOWED = 1, 2

ENTERS, TRANSITION, OPERATION_SIZE = range(3)  # operation: enters a phase; even the one the patient is in
KNOTS, KNOTS_END, TAIL, AGE_GUIDE, LEVEL_GUIDE, HAZARD_SIZE = range(6)  # knots, cumulative; (f) tail
# A guide to a search: cells per unit (f), then for each cell where its values begin; NONE for short tables.
CELLS_PER_UNIT, CELL_STARTS = range(2)
CELLS = 512

PHASE_NUMBER, PHASE_DAYS, COURSE_DAYS, STEPS, STEPS_END, NEXTS, NEXTS_END, VISITS, PHASE_SIZE = range(9)
STEP_AFTER, STEP_UNLESS, STEP_ONLY_IF, STEP_OPERATIONS, STEP_SIZE = range(5)
NEXT_OPERATION, NEXT_UNLESS, NEXT_ONLY_IF, NEXT_AT_MOST, NEXT_NUMBER, NEXT_SIZE = range(6)
STRETCHES, STRETCHES_END, VISIT_SIZE = range(3)  # per phase and kind of visit
STRETCH_START, STRETCH_END, STRETCH_EVERY, STRETCH_SIZE = range(4)

(
    REPEATS,
    VISIT,
    DETECTION,  # delays
    REPORT,
    DETECTION_STREAM,  # (w)
    REPORT_STREAM,  # (w)
    MARK_STREAM,  # (w)
    MARKS,
    SHARES,  # (f), cumulative
    RESPONSE,  # a list of operations
    ENDS_COURSE,
    COUNTED,
    ABSENCE_OF,
    ABSENCE_BY,  # (f)
    STARTED_CLOCKS,  # a list of components that the event starts
    OWN_COMPONENTS,  # a list
    EVENT_SIZE,
) = range(17)
DELAY_DAYS, SHARES_FROM, SHARES_TO, DELAY_SIZE = range(4)  # constant (f) where there are no shares

(
    COMPONENT_EVENT,
    THRESHOLD_STREAM,  # (w)
    RESTARTS,
    PAUSES,
    ONCE,
    BY_DOSE,  # whether doses have hazards of their own
    ONLY_IF,
    UNLESS,
    RISK,
    COMPONENT_SIZE,
) = range(10)
TRAIT_STREAM, TRAIT_SHARE, TRAIT_IF_SO, TRAIT_AFTER, TRAIT_BETA, TRAIT_NEEDED, TRAIT_VALUE, TRAIT_SIZE = (
    range(8)
)

(
    # of the program
    MONITOR_NUMBER,
    BOUNDARIES,
    BOUNDARIES_END,
    FIRST_COUNTER,
    USED,  # a list of counters' records, in order
    SCHEDULE,
    MILESTONES,
    MILESTONES_END,
    WAIT,
    DATA_CUT,  # (f)
    DECISION_LAG,  # (f)
    CLOSES,
    ENDS,
    DIRECTIVES,  # a list of operations
    LASTING,  # those that also hold for later patients
    MONITOR_WINDOW,  # (f)
    WAITS_AT_END,  # whether the closing look is taken when every window is over
    WINDOWS,  # a list of places of windows that may make a look due
    ON_REPORTS,  # whether a report may bring a milestone
    HOLD,  # its name among those that hold accrual
    # of the trial
    LOOKS,
    FIRED,
    ASKED_AT,  # (f)
    WAITING,
    CALENDAR_DAY,  # (f)
    CALENDAR_MILESTONE,
    MONITOR_SIZE,
) = range(27)
NO_WAIT, WAIT_LOOK, WAIT_ACCRUAL = range(3)
EVERY_REPORT, AT_END, EVERY, AT = range(4)
TREATED_UNIT, COMPLETED_UNIT, KNOWN_UNIT, EVENTS_UNIT, DAYS_UNIT = range(5)
# A milestone: an amount as a number and as days (f); from PASSED on, how often each of READINGS passed it.
MILESTONE_UNIT, AMOUNT, AMOUNT_DAYS, MILESTONE_EVENT, PASSED = range(5)
BOUNDARY_ENDPOINT, AT_LEAST, BY_N, BOUNDS, BOUNDS_LENGTH, MINIMUM_N, BOUNDARY_SIZE = range(7)

(
    COUNTER_EVENT,
    ENDPOINT,
    UNIT,
    AMONG,
    WINDOW,  # (f)
    HARMFUL,
    JUDGED,
    AT_MTD,
    WITHIN_DAYS,  # (f)
    WITHIN_DRUG,
    MARKS_ALLOWED,  # per mark from here, NONE for all; the mark -1 counts from one place earlier
    PHASES_ALLOWED,  # per phase
    RULES_OUT,  # per event
    IN_STATE,  # distance of its flags in a state's record
    IN_PATIENT,  # distance of what it knows of a patient in the patient's record
    # of the trial
    FIRST_LINK,
    LAST_LINK,
    ASSESSED,  # patients whose windows were over when last asked
    COUNTER_SIZE,
) = range(19)
BY_PATIENTS, BY_EVENTS, BY_COURSES = range(3)
TREATED_AMONG, COMPLETED_AMONG, KNOWN_AMONG, WEIGHT_AMONG, FAIL_AMONG = range(5)

(
    # of the program
    DLT,
    DLT_WINDOW,  # (f)
    SETTLES,  # per event whether it rules a DLT out
    DLT_IS_ABSENCE,
    DEATH,
    DEATH_AS_DLT,  # (f)
    NOT_EVALUABLE_SHARE,  # (f)
    DEATH_STREAM,  # (w)
    EVALUABLE_STREAM,  # (w)
    VERSIONS,  # records, one behind the other
    AMENDMENTS,
    AMENDMENTS_LENGTH,
    EXPANSION,
    # of the trial
    STAGE,
    VERSION,
    DOSE,
    WANTED,
    COHORT_LENGTH,
    DECISIONS,
    GATE_ASKED,
    MTD,
    DOSING_SIZE,
) = range(22)
ESCALATION, EXPANDING, OVER = range(3)
LADDER, LADDER_LENGTH, ON_LADDER, START, DECIDE, REPLACES, BEFORE, COHORT_SIZE, VERSION_SIZE = range(9)
WINDOW_COMPLETE, WHEN_KNOWN, WHEN_DECIDED = range(3)
TRIGGERS, TRIGGERS_END, ALL_TRIGGERS, AMENDMENT_OPERATIONS, AMENDMENT_SIZE = range(5)
TRIGGER_UNIT, TRIGGER_DOSE, TRIGGER_AMOUNT, TRIGGER_SIZE = range(4)
TOXIC_TRIGGER, TREATED_TRIGGER, DAYS_TRIGGER = range(3)

# What is asked: the kind of question, version, current dose, n per dose, DLTs per dose.  An answer:
# whether the place is taken, the question, then dose, patients, selected and reason; or toxic doses as bits.
QUESTION, ASKED_VERSION, ASKED_DOSE, ASKED_COUNTS = range(4)
CHOICE_QUESTION, TOXIC_QUESTION = range(2)
TAKEN, ANSWER_KEY = range(2)
CHOSEN_DOSE, CHOSEN_PATIENTS, CHOSEN_MTD, CHOSEN_REASON, ANSWER_VALUES = range(5)
TOXIC_BITS = CHOSEN_DOSE
MOST_DOSES = 62  # that fit in the bits of one answer
SURE, UNSURE, MORE, MORE_DLTS, WAY_SIZE = range(5)  # patients who may be added at a dose

# ---------------------------------------------------------------- a trial

# Patient: the last dose of each drug (f) from LAST_DOSE on, then clocks, history, transitions taken, counted.
(
    NUMBER,  # the candidate
    ENTRY,  # (f)
    EXIT,  # (f)
    EXIT_ORDER,  # in dose finding: the place in its instant from which on the exit has happened,
    EXIT_COUNT,  # and the entry of the queue
    LATEST_DAY,  # (f) in dose finding: the instant of the path played last,
    LATEST_ORDER,  # and the furthest place in it that was reached
    STATE,
    STANDING_SEEN,  # how many operations stood when the course began
    DIRECTIVES_SEEN,  # how many directives had been given then
    LEVEL_GIVEN,
    GIVEN_IN_VERSION,
    COHORT,
    PHASE_ENTRY,  # (f)
    PHASE_END,  # (f)
    NEXT_STEP,
    FIRST_UNDETECTED,  # occurrences, as a chain
    LAST_UNDETECTED,
    FIRST_OCCURRENCE,  # all of them, as a chain
    LAST_OCCURRENCE,
    FIRST_CHANGE,
    LAST_CHANGE,
    FIRST_STAY,
    LAST_STAY,
    DLT_UNTIL,  # (f)
    NOT_EVALUABLE,
    DLTS,
    DLT_KNOWN,  # (f) day of the first report of a DLT within the window
    SETTLED_KNOWN,  # (f) the same of what rules a DLT out
    DLT_DUE,  # (f) the last day on which the report of either arrives
    LAST_DOSE,
) = range(31)
OCCUR, DETECT, STEP, END_PHASE, FIND_ABSENT = range(5)  # acts
(
    ANCHOR,  # (f) NEVER_YET before the clock starts
    LEVEL,  # (f)
    SETTLED,  # (f)
    USED_UP,  # (f)
    THRESHOLD,  # (f) NEVER_YET until it is needed
    CROSSING,  # (f)
    OWN,  # (f)
    TIMES,
    SPENT,
    RETIRED,
    CLOCK_SIZE,
) = range(11)
HAPPENED, DETECTED, RESPONDED, FOUND_ABSENT, HISTORY_SIZE = range(5)  # RESPONDED (f)
SEEN_ON, RULED_OUT_ON, WINDOW_ENDS, COUNTED_SIZE = range(4)  # (f), inf: not yet

# An occurrence; the days since the last dose of each drug from SINCE on (f).
(
    OF_PATIENT,
    NEXT_OCCURRENCE,
    NEXT_UNDETECTED,
    HOW_OFTEN,
    VISIT_DAY,  # (f)
    OF_EVENT,
    OF_COMPONENT,
    OCCURRED,  # (f)
    DETECTED_ON,  # (f)
    REPORTED,  # (f)
    IN_STATE_RECORD,
    MARK,
    COURSE,  # (f)
    SINCE,
) = range(14)
DIRECTIVE_DAY, DIRECTIVE_OPERATIONS, DIRECTIVE_LEAVES, DIRECTIVE_SIZE = range(4)  # DAY (f)
CHANGE_DAY, CHANGE_STATE, NEXT_CHANGE, CHANGE_SIZE = range(4)  # DAY (f)

DECISION_SELECTED, DECISION_REASON, DECISION_AMENDMENT = 7, 8, 9  # distances in a row of decisions
LOOK_COUNTS = 5  # distance in a row of looks: n of each of READINGS (f), then x

LINK_OCCURRENCE, LINK_NEXT, FIRST_OF_PATIENT, FIRST_OF_COURSE, LINK_SIZE = range(5)
STAY_PHASE, STAY_ENTRY, STAY_DAYS, STAY_NEXT, STAY_SIZE = range(5)  # ENTRY and DAYS (f)

ENTRY_TIME, ENTRY_ORDER, ENTRY_SERIAL, ENTRY_WHAT, ENTRY_SIZE = range(5)  # of the queue; TIME (f)
(
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
