"""Evidence: property. What amendments must leave as it is, trial by trial, candidate by candidate."""

import numpy as np
import pytest

from simulator.engines.compiled.driver import play
from simulator.model.records import Screened
from tests.helpers import SEED, program, rule

TRIALS = 300
GIVES = {"len": "10 mg", "pred": "20 mg"}
CHANGE = {"design.phases.one.gives": GIVES, "design.phases.one.lasts": "40 days"}
TRUTH = {
    "accrual": "2 per month",
    "events": {
        "tox": {"hazard": "0.01 per day", "dose_ratio": {"len": {"10 mg": 0.5}}},
        "late": {"clock": "entry to two", "probability": "30% in 20 days"},
    },
    "delays": {"tox": {"report": {"uniform": ["0 days", "20 days"]}}},
}


def lowered(amendments, *, gives=None, lasts="60 days", monitoring=None, days=None, **more):
    one = {"lasts": lasts, "gives": gives or {"len": "25 mg"}, "next": "two"}
    steps = [{"after": "15 days", "set": {"len": "10 mg"}}]
    design = {
        "accrual": {"until": limits(days)},
        "drugs": {"len": ["10 mg", "25 mg"], "pred": ["20 mg"]},
        "phases": {"one": one, "two": {"lasts": "30 days", "gives": {"len": "25 mg"}, "steps": steps}},
        "events": {"tox": {"window": "30 days", "when_detected": [{"lower_dose": "len"}]}, "late": {}},
        "monitoring": {"reads": rule("tox", 5, then=[])} if monitoring is None else monitoring,
        **({"amendments": amendments} if amendments else {}),
        **more,
    }
    return program(design, TRUTH)


def limits(days):
    """Twenty patients, or as many as enter by a last day."""
    return ["20 treated", *([f"{days} days"] if days else [])]


def told(given, records):
    """(trial, candidate) -> days, phases and doses of the course, and the days of events."""
    found = {}
    for row in records.states:
        state = given.states[row["state"]]
        key = int(row["trial"]), int(row["candidate"])
        found.setdefault(key, []).append((float(row["time"]), state.phase, state.levels))
    for row in records.events:
        key = int(row["trial"]), int(row["candidate"])
        found[key].append((float(row["occurred"]), given.events[row["event"]].name, float(row["reported"])))
    return found


def test_who_enters_after_it_is_as_in_a_trial_that_began_so():
    """From the second patient on; the first is as in one that is never amended."""
    given = lowered({"first": {"when": "1 treated", "change": CHANGE}})
    amended = told(given, play(given, SEED, 0, TRIALS))
    new, old = lowered({}, gives=GIVES, lasts="40 days"), lowered({})
    from_the_start, never = (told(each, play(each, SEED, 0, TRIALS)) for each in (new, old))
    for (trial, candidate), course in amended.items():
        of = never if candidate == 0 else from_the_start
        assert course == of[trial, candidate]


@pytest.mark.parametrize("counts", ["keep", "start again"])
def test_one_that_gives_the_same_moves_no_course_of_anybody(counts):
    """What it changes is a phase that is over for all on study, in the length that it has anyhow."""
    same = {"design.phases.one.lasts": "60.0 days"}
    given = lowered(
        {"first": {"when": "10 treated", "change": same, "applies_to": "on_study", "counts": counts}}
    )
    assert given.later == ()
    records, others = play(given, SEED, 0, TRIALS), play(lowered({}), SEED, 0, TRIALS)
    for table in ("trials", "states", "events", "risks"):
        assert np.array_equal(getattr(records, table), getattr(others, table)), table
    if counts == "keep":
        assert np.array_equal(records.looks, others.looks)


def test_on_study_the_time_in_a_phase_goes_on():
    """A phase ends as many days after its beginning as it has now, but not in the past."""
    change = {"design.phases.one.lasts": "40 days"}
    given = lowered({"first": {"when": "100 days", "change": change, "applies_to": "on_study"}})
    records, others = play(given, SEED, 0, TRIALS), play(lowered({}), SEED, 0, TRIALS)
    before = {(r["trial"], r["candidate"]): r["exit"] for r in others.patients}
    met = set()
    for row in records.patients:
        entry, had = float(row["entry"]), float(before[row["trial"], row["candidate"]])
        if entry + 60 <= 100:
            wanted = had  # in the second phase by then
        elif entry <= 100:
            wanted = max(entry + 40, 100.0) + 30
        else:
            wanted = entry + 70
        met.add((entry + 60 <= 100, entry + 40 <= 100, entry <= 100))
        assert float(row["exit"]) == pytest.approx(wanted, abs=1e-6)
    assert len(met) == 4


@pytest.mark.parametrize(("first", "then"), [(300, 200), (150, 400), (None, 200), (150, None)])
def test_another_last_day_is_as_if_it_had_been_so(first, then):
    """From day 100 on, in trials that are open by then; the others are as if nothing had been amended."""
    change = {"design.accrual.until": limits(then)}
    given = lowered({"first": {"when": "100 days", "change": change, "counts": "keep"}}, days=first)
    found = told(given, records := play(given, SEED, 0, TRIALS))
    never, always = (
        told(each, play(each, SEED, 0, TRIALS)) for each in (lowered({}, days=first), lowered({}, days=then))
    )
    came = {int(row["trial"]) for row in records.decisions}
    assert found == {at: of for at, of in never.items() if at[0] not in came} | {
        at: of for at, of in always.items() if at[0] in came
    }
    assert len(came) > TRIALS / 2 or first == 150
    assert first is None or len(found) != len(never)


ARMS = {"pred": {"gives": {"pred": "20 mg"}}, "alone": {}}
PHASES = {"one": {"lasts": "60 days", "gives": {"len": "25 mg", "pred": "20 mg"}, "next": "two"}}
PHASES |= {"two": {"lasts": "30 days"}}


def in_arms(amendments, arms=None):
    """Patients allocated alone, of whom some refuse."""
    refusal = {"pred": "30%", "then": "untreated"}
    accrual = {"until": "20 randomised"}
    return lowered(amendments, arms=arms or ARMS, refusal=refusal, phases=PHASES, accrual=accrual)


def by_arm(given, records):
    """(trial, candidate) -> names of the arms drawn and received, with the course and the events."""
    names = [*given.arms.names, "untreated"]
    found = told(given, records)
    for row in records.patients:
        key = int(row["trial"]), int(row["candidate"])
        found[key] = [names[row["arm"]], names[row["received"]], *found[key]]
    return found


OTHER = {"design.arms.pred.share": 3, "design.arms.high": {"share": 2, "gives": {"pred": "20 mg"}}}


def test_arms_of_an_amendment_that_never_comes_change_no_patient():
    given, never = in_arms({"first": {"when": "20 years", "change": OTHER}}), in_arms({})
    assert by_arm(given, play(given, SEED, 0, TRIALS)) == by_arm(never, play(never, SEED, 0, TRIALS))


def test_who_is_allocated_after_it_is_as_in_a_trial_that_began_so():
    """Alone, by the place in the list; the first six are as in one that is never amended."""
    given, old = in_arms({"first": {"when": "6 treated", "change": OTHER}}), in_arms({})
    new = in_arms(
        {}, {"pred": {**ARMS["pred"], "share": 3}, "high": {**ARMS["pred"], "share": 2}, "alone": {}}
    )
    found, before, after = (by_arm(each, play(each, SEED, 0, TRIALS)) for each in (given, old, new))
    for at, course in found.items():
        assert course == (before if at[1] < 6 else after)[at]
    assert {course[0] for course in found.values()} == {"pred", "high", "alone"}


def test_who_is_registered_after_it_is_screened_as_in_a_trial_that_began_so():
    """By candidate; those registered before are screened as they were, whenever that is over."""
    first = {"takes": {"uniform": ["5 days", "40 days"]}, "eligible": "80%"}
    then = {"takes": {"uniform": ["1 day", "60 days"]}, "eligible": "50%"}
    change = {f"design.screening.{key}": value for key, value in then.items()}
    amended = {"first": {"when": "100 days", "change": change, "counts": "keep"}}
    given, old, new = (
        lowered(amended, screening=first),
        lowered({}, screening=first),
        lowered({}, screening=then),
    )
    rows, before, after = (
        {(int(r["trial"]), int(r["candidate"])): r for r in play(each, SEED, 0, TRIALS).screenings}
        for each in (given, old, new)
    )
    common = [at for at in rows if at in before and at in after]
    for at in common:
        of = (before if rows[at]["registered"] <= 100 else after)[at]
        assert (rows[at]["registered"], rows[at]["over"]) == (of["registered"], of["over"])
        both = {Screened(rows[at]["outcome"]), Screened(of["outcome"])}
        assert len(both) == 1 or both == {Screened.ENTERED, Screened.CLOSED}  # as accrual is full sooner
    assert len(common) > 10 * TRIALS


LEVELS = {"design.drugs.len": ["5 mg", "10 mg", "25 mg"], "design.events.tox.window": "30 days"}
LOWER = {"drugs": {"len": ["5 mg", "10 mg", "25 mg"], "pred": ["20 mg"]}}


def by_level(given, records):
    """(trial, candidate) -> days, phases and doses by their names, and the days of events."""
    found = {}
    for at, parts in told(given, records).items():
        found[at] = [
            (*part[:2], names(given, part[2])) if isinstance(part[2], tuple) else part for part in parts
        ]
    return found


def names(given, levels):
    return [listed[level - 1] if level else None for listed, level in zip(given.levels, levels, strict=True)]


def test_levels_of_an_amendment_that_never_comes_change_no_patient():
    given, never = lowered({"first": {"when": "20 years", "change": LEVELS}}), lowered({})
    assert by_level(given, play(given, SEED, 0, TRIALS)) == by_level(never, play(never, SEED, 0, TRIALS))


def test_who_enters_after_it_has_the_levels_of_a_trial_that_began_so():
    given, old = lowered({"first": {"when": "6 treated", "change": LEVELS}}), lowered({})
    found, before, after = (
        by_level(each, play(each, SEED, 0, TRIALS)) for each in (given, old, lowered({}, **LOWER))
    )
    for at, course in found.items():
        assert course == (before if at[1] < 6 else after)[at]
    assert any("5 mg" in part[2] for course in found.values() for part in course if isinstance(part[2], list))
