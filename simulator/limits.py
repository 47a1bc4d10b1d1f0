"""How large a value of a scenario may be: what lies beyond is a slip of the pen, and would run for ever.

A trial of 200 years or a hazard of 1,000 per day is none; sums of times stay exact in ticks within these, and
every table, boundary and queue stays of a size that a run can afford.
"""

from __future__ import annotations

__all__ = [
    "LEAST_RATE",
    "MOST_BY_CALENDAR",
    "MOST_COUNT",
    "MOST_DAYS",
    "MOST_LOOKS",
    "MOST_NAME",
    "MOST_NUMBER",
    "MOST_PATIENTS",
    "MOST_PER_DAY",
    "MOST_SHAPE",
    "MOST_SIGMA",
    "MOST_STATES",
]

MOST_DAYS = 200 * 365.25  # of any duration: longer than anybody is followed
LEAST_RATE = 1 / MOST_DAYS  # candidates per day: one in 200 years
MOST_PER_DAY = 1000.0  # candidates, or events in one person: one every 86 seconds
MOST_COUNT = 1_000_000  # patients, events, courses that a rule waits for
MOST_LOOKS = 1_000  # of a rule that a range lists
MOST_BY_CALENDAR = 200_000  # looks of a rule while patients enter: one a day for 550 years
MOST_PATIENTS = 10_000  # of a trial
MOST_STATES = 20_000  # that a patient may be in: phases, doses, directives, arms, plans
MOST_NUMBER = 1e9  # of a number without a unit, which is also at least 1e-9: a ratio, a prior's patients
MOST_NAME = 100  # letters of a name: two of them, and what a file is about, are a name that every disk takes
MOST_SIGMA = 10.0  # of log time: 1 in 6 are 22,000 times later than the median
MOST_SHAPE = 100.0  # of a Weibull law, and its inverse
