"""What the tests of dose finding share: a small design with two ways to have a DLT, and stories of trials.

One candidate every 10 days, the first on day 0; windows of 20 days, courses of 30; cohorts of 3. So an
undisturbed cohort enters on days 0, 10 and 20 and is decided on day 40; who comes on day 30 is lost.
"""

from simulator.program.build import build as lower
from tests.helpers import scenario, script

TICK = 2.0**-20  # days: the finest time there is
LEVELS = ("1 mg", "2 mg", "3 mg")
ON_COURSE = {"one": {"lasts": "30 days", "gives": {"x": "assigned"}}}
LEAVES = {"death": {"when_detected": "leave"}, "gone": {"when_detected": "leave"}}
DIRECT = {"dlt": {"window": "20 days"}, **LEAVES}
ABSENCE = {"recovery": {}, "dlt": {"absence_of": "recovery", "by": "20 days"}, **LEAVES}
UP, STAY, DOWN, OVER, NONE = range(5)  # reasons of 3+3
FREE, DLT, NOT_EVALUABLE, OPEN = 0, 1, 2, -1  # outcomes of a patient


def build(events=DIRECT, *, until=24, levels=LEVELS, phases=ON_COURSE, truth=None, more=None, **conduct):
    """The Program of the small design. conduct: keys of `dose_finding`; more: other keys of the design."""
    names = {name: {"components": {"c": {"hazard": "0"}}} for name, e in events.items() if "by" not in e}
    body = {"accrual": "every 10 days", **(truth or {})}
    body["events"] = {**names, **body.get("events", {})}
    design = {
        "drugs": {"x": list(levels)},
        "phases": phases,
        "events": events,
        "dose_finding": conduct
        if "kind" in conduct
        else {"kind": "three_plus_three", "variant": "A", **conduct},
        "accrual": {"until": f"{until} treated"},
        **(more or {}),
    }
    found = scenario(design, {"truth": body})
    (variant,) = found.designs
    return lower(found.designs[variant], found.truths["truth"], amended=found.amended[variant])


def play(given, days=None, uniforms=None):
    """One trial. Where there is recovery, it is on day 10 unless `days` says otherwise; [] is never."""
    days = dict(days or {})
    if any(event.name == "recovery" for event in given.events):
        days = {("recovery", who): [10] for who in range(90)} | days
    return script(given, days={key: on for key, on in days.items() if on}, uniforms=uniforms)


def entered(records):
    """(candidate, day, level, cohort, outcome) of everyone treated, in the order of entry."""
    keys = ("candidate", "entry", "level", "cohort", "outcome")
    return [tuple(float(r[k]) if k == "entry" else int(r[k]) for k in keys) for r in records.patients]


def who(records):
    """(candidate, day) of everyone treated."""
    return [(row[0], row[1]) for row in entered(records)]


def decided(records):
    """(day, level, next, patients, selected, reason) of every decision; an amendment's reason is -1."""
    keys = ("time", "level", "next", "patients", "selected", "reason")
    return [tuple(float(r[k]) if k == "time" else int(r[k]) for k in keys) for r in records.decisions]


def times(records):
    """Days of the decisions."""
    return [float(r["time"]) for r in records.decisions]


def all_dlt(*candidates, on=5):
    """Days of a DLT in each of these."""
    return {("dlt", candidate): [on] for candidate in candidates}


def late(*candidates):
    """These do not recover."""
    return {("recovery", candidate): [] for candidate in candidates}


def cohort(first, day, level, number, outcomes=(0, 0, 0)):
    """Rows of `entered` of an undisturbed cohort."""
    return [(first + i, day + 10.0 * i, level, number, outcomes[i]) for i in range(len(outcomes))]


def held(way, gap="10 days", **more):
    return build(
        more={"accrual": {"until": "24 treated", "while_held": way}},
        truth={"accrual": f"every {gap}"},
        **more,
    )


def outcomes(records, *candidates):
    found = {row[0]: row[4] for row in entered(records)}
    return [found[candidate] for candidate in candidates]
