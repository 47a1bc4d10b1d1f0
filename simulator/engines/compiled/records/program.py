"""What a Program is in the memory: nature, and what the protocol does with a patient."""

from __future__ import annotations

from typing import Annotated

from simulator.engines.compiled.described import Floats, Inside, Ints, Items, Record, Ref, Rows, Word, settle
from simulator.engines.compiled.places import seen_as

__all__ = [
    "CELLS",
    "LEVELS_ALLOWED",
    "PHASE_ALLOWED",
    "Component",
    "Delay",
    "Event",
    "Guide",
    "Hazard",
    "Next",
    "Operation",
    "Phase",
    "State",
    "StateOperation",
    "Step",
    "Stretch",
    "Table",
    "Trait",
    "Visit",
    "state_at",
    "table_at",
]

CELLS = 512  # of a guide
PHASE_ALLOWED, LEVELS_ALLOWED = 1, 2  # bits of what a scope says of a state


class Guide(Record):
    """Where to search in a long table: for each cell of the range of its values, where those in it begin."""

    cells_per_unit: float
    starts: Annotated[Ints, Inside()]  # CELLS + 1


class Table(Record):
    """A cumulative hazard over the age of a clock (days), as `contracts.HazardTable`."""

    values: Floats  # knots, and behind them what is reached there
    n: int  # knots
    tail: float  # per day, beyond the last one
    age_guide: Ref[Guide]  # NONE for short tables
    level_guide: Ref[Guide]


class Hazard(Record):
    """What a component has in a state."""

    table: Ref[Table]
    multiplier: float  # 0: it does not act


class StateOperation(Record):
    """What an operation makes of a state."""

    after: Ref[State]  # NONE: it cannot come
    touched: Items  # components whose hazard changes: twice the component, plus 1 if its clock begins


class Operation(Record):
    """A change of state."""

    enters: int  # whether it enters a phase
    transition: int  # whether it does even if that is the one the patient is in
    precedence: int  # its place among the directives of one instant
    interrupts: int  # the drug that it stops for a time, or NONE
    days: float  # for how long


class Step(Record):
    """A planned change of doses in a phase."""

    after: float  # days in the phase
    unless: int  # an event, or NONE
    only_if: int
    unless_trait: int  # a trait, or NONE
    only_if_trait: int
    operations: Items


class Next(Record):
    """A transition at the end of a phase."""

    operation: int
    unless: int  # an event, or NONE
    only_if: int
    unless_trait: int  # a trait, or NONE
    only_if_trait: int
    at_most: int  # how often a patient may take it, or NONE
    number: int  # among all transitions, one of a later plan being the same as before


class Stretch(Record):
    """Visits from one day of a phase to another, every so many days."""

    start: float
    end: float
    every: float


class Visit(Record):
    """A kind of visit in a phase."""

    stretches: Rows[Stretch]
    n_stretches: int


class Phase(Record):
    """A phase of the course."""

    number: int
    days: float
    course_days: float
    steps: Rows[Step]
    n_steps: int
    nexts: Rows[Next]
    n_nexts: int
    visits: Rows[Visit]


class State(Record, size="state_size"):
    """All of a patient that hazards and the protocol depend on."""

    number: int
    plan: int
    phase: Ref[Phase]
    entry_touched: Items  # as in StateOperation, where the state is the first one
    levels: Annotated[Ints, Inside()]  # of each drug, 0: not given
    hazards: Annotated[Rows[Hazard], Inside("state_hazards")]  # of each component
    operations: Annotated[Rows[StateOperation], Inside("state_operations")]
    allowed: Annotated[Ints, Inside("state_allowed")]  # of each counter: PHASE_ALLOWED, LEVELS_ALLOWED
    interrupted: Annotated[Ints, Inside("state_interrupted")]  # of each drug whether it is stopped for a time


class Delay(Record):
    """A delay in days, as `contracts.DelayTable`."""

    days: float  # the same for everyone where `n` is 0
    n: int
    values: Floats  # probabilities, and behind them their quantiles


class Upgrade(Record):
    """What becomes of a mark."""

    to: int  # another one, or NONE: it stays
    share: float
    after: Ref[Delay]


class Response(Record):
    """What is done about an event when it is detected."""

    operations: Items
    ends_course: int  # the patient's


class Event(Record):
    """An event, from occurrence to report."""

    repeats: int
    visit: int  # the kind that finds it, or NONE: at once
    detection: Ref[Delay]
    report: Ref[Delay]
    detection_stream: Word
    report_stream: Word
    mark_stream: Word
    n_marks: int
    mark_shares: Floats  # cumulative
    responses: Rows[Response]  # of each plan
    counted: int  # a rule, or dose finding, reads its reports
    absence_of: int  # the event whose absence it is, or NONE
    absence_by: float  # days from entry
    happens: int  # the operation that keeps in mind that it has happened, or NONE
    never: float  # the share that is never reported
    never_stream: Word
    counts_as: int  # the event that a committee may make of it, or NONE
    adjudged: float  # the share of reports of which it does
    adjudged_stream: Word
    decided: Ref[Delay]
    decided_stream: Word
    withdrawn: float  # the share of its own reports that is withdrawn
    withdrawn_stream: Word
    withdrawn_after: Ref[Delay]
    withdrawn_after_stream: Word
    upgrades: Rows[Upgrade]  # of each mark, or NONE: all stay
    upgraded_stream: Word
    upgraded_after_stream: Word
    started_clocks: Items  # components
    own_components: Items


class Component(Record):
    """One part of an event's hazard."""

    event: int
    threshold_stream: Word
    restarts: int
    pauses: int
    once: int
    since_registration: int  # whether its clock began then, before entry
    by_dose: int  # whether doses have hazards of their own
    only_if: int  # a trait, or NONE
    unless: int
    risk: int


class Trait(Record):
    """What patients are; `value` is that of the one who enters."""

    stream: Word
    share: float
    if_so: float  # the share where the trait it goes with is yes
    after: Ref[Trait]  # that trait
    beta: int  # the column of drawn values, or NONE
    needed: int
    value: float


settle()

state_at = seen_as(State)
table_at = seen_as(Table)
