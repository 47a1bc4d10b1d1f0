"""Evidence: property. One seed gives one set of patients, whatever else is asked, designed or true."""

import numpy as np
import pytest

from simulator.engines.reference.trial import play
from simulator.loading.load import load
from simulator.model.latents import BlockLatents
from simulator.study.run import run
from tests.helpers import (
    CHECK,
    LENI,
    SEED,
    by_patient,
    draws,
    of_file,
    program,
    rule,
    same,
    until,
)

TABLES = ("trials", "patients", "states", "events", "looks", "firings")


def of_trials(records, first, last):
    """The rows of trials first ... last - 1 of every table."""
    tables = {name: getattr(records, name) for name in TABLES}
    return {name: t[(t["trial"] >= first) & (t["trial"] < last)] for name, t in tables.items()}


def agree(a, b):
    return all(np.array_equal(a[name], b[name]) for name in TABLES)


@pytest.fixture(scope="module")
def leni():
    given = of_file(LENI, "with_maintenance", "observed_like")
    return given, draws(given, 300)


# ---------------------------------------------------------------- how many trials, in which blocks


def test_the_trials_of_50_are_the_first_trials_of_300(leni):
    given, records = leni
    assert agree(of_trials(records, 0, 50), of_trials(draws(given, 50), 0, 50))


@pytest.mark.parametrize("trial", [0, 1, 49, 50, 299])
def test_a_trial_alone_is_that_trial_of_many(leni, trial):
    given, records = leni
    alone = draws(given, 1, first=trial)
    assert len(alone.patients)
    assert agree(of_trials(records, trial, trial + 1), of_trials(alone, trial, trial + 1))


def test_blocks_joined_are_the_whole(leni):
    given, records = leni
    for first, last in ((0, 7), (7, 100), (100, 300)):
        part = draws(given, last - first, first=first)
        assert agree(of_trials(records, first, last), of_trials(part, first, last))


@pytest.mark.parametrize("arrivals", [0, 1, 7, 50])
def test_what_is_fetched_ahead_changes_no_draw(leni, arrivals):
    given, records = leni
    assert agree(
        of_trials(records, 0, 30), of_trials(play(given, BlockLatents(SEED, 0, 30, arrivals)), 0, 30)
    )


def test_trials_and_seeds_differ(leni):
    given, records = leni
    days = records.events["occurred"] - records.patients["entry"][0]
    assert len(np.unique(days)) > 0.99 * len(days)
    other = play(given, BlockLatents(SEED + 1, 0, 20, 20))
    assert not np.array_equal(other.events["occurred"], of_trials(records, 0, 20)["events"]["occurred"])


def test_a_study_of_more_trials_begins_with_the_study_of_fewer():
    """255 trials need a second block, 20 do not."""
    few, many = (
        run(load(CHECK), variants=["with_maintenance"], truths=["interaction_25"], trials=n, seed=SEED)
        for n in (20, 255)
    )
    for key, values in few.cells[0].columns.items():
        assert np.array_equal(values, many.cells[0].columns[key][:20], equal_nan=True), key


def test_adding_variants_and_truths_changes_no_cell():
    whole = run(load(LENI), trials=12, seed=SEED)
    for variant, truth in (("plus_90_days", "withdrawal"), ("bayes_any_phase", "planned")):
        alone = run(load(LENI), variants=[variant], truths=[truth], trials=12, seed=SEED).cells[0]
        for key, values in alone.columns.items():
            assert np.array_equal(values, whole.cell(variant, truth).columns[key], equal_nan=True), key


# ---------------------------------------------------------------- what else is in the design and the truth

PHASES = {
    "one": {"lasts": "60 days", "gives": {"x": "1 mg"}, "next": "two"},
    "two": {"lasts": "60 days", "gives": {}},
}
BODIES = {
    "a": {
        "components": {"c": {"hazard": "0.02 per day"}, "d": {"clock": "stop of x", "hazard": "0.01 per day"}}
    },
    "b": {"components": {"c": {"probability": "30% in 40 days", "clock": "entry to two"}}},
    "extra": {"components": {"c": {"hazard": "0.03 per day"}}},
}


def small(events, *, patients=6, monitoring=None, phases=None, bodies=None, **truth):
    design = {
        "accrual": until(patients),
        "drugs": {"x": ["1 mg"]},
        "phases": phases or PHASES,
        "events": {name: {"repeats": name != "b"} for name in events},
        "monitoring": monitoring or {},
    }
    named = {name: (bodies or BODIES)[name] for name in events}
    return program(design, {"accrual": "0.2 per day", "events": named, **truth})


def told(given, records, names="ab", patients=6):
    """(trial, candidate, event, component, occurred) of the named events of the first patients."""
    rows = {
        (
            int(r["trial"]),
            int(r["candidate"]),
            given.events[r["event"]].name,
            given.components[r["component"]].name,
            float(r["occurred"]),
        )
        for r in records.events
    }
    return sorted(row for row in rows if row[2] in names and row[1] < patients)


def same_stories(*programs):
    stories = [told(p, draws(p, 40)) for p in programs]
    assert len(stories[0]) > 300
    return all(story == stories[0] for story in stories)


def test_an_added_event_moves_no_draw_wherever_it_stands():
    assert same_stories(small("ab"), small(["a", "b", "extra"]), small(["extra", "b", "a"]))


def test_an_added_component_moves_no_draw_of_the_others():
    silent = {"components": {"e": {"hazard": "0"}, **BODIES["a"]["components"]}}
    assert same_stories(small("ab"), small("ab", bodies=BODIES | {"a": silent}))


def test_later_patients_move_no_draw_of_earlier_ones():
    few, many = small("ab"), small("ab", patients=30)
    assert same_stories(few, many)
    a, b = draws(few, 40), draws(many, 40)
    assert np.array_equal(a.patients, b.patients[b.patients["candidate"] < 6])


def test_a_later_phase_moves_nothing_before_it():
    longer = {**PHASES, "two": {**PHASES["two"], "next": "three"}, "three": {"lasts": "50 days", "gives": {}}}
    short, long = small("ab"), small("ab", phases=longer)
    a, b = draws(short, 40), draws(long, 40)
    entry = {(int(p["trial"]), int(p["candidate"])): float(p["entry"]) for p in a.patients}
    within = [row for row in told(long, b) if row[4] <= entry[row[0], row[1]] + 120]
    assert told(short, a) == within


def test_a_rule_that_only_looks_moves_no_draw():
    watch = rule("a", 3, then=[])
    plain = small("ab")
    for look in ("every report", "every 2 treated", "every 10 days", "at the end"):
        watched = small("ab", monitoring={"rule": {**watch, "look": look}})
        assert same_stories(plain, watched), look
        assert same(draws(plain, 40), draws(watched, 40), "trials", "patients", "states")


def test_report_delays_move_no_event():
    plain = small("ab", monitoring={"rule": rule("a", 1, then=[])})
    late = small(
        "ab",
        monitoring={"rule": rule("a", 1, then=[])},
        delays={"a": {"report": {"uniform": ["0 days", "90 days"]}}},
    )
    assert same_stories(plain, late)


# ---------------------------------------------------------------- accrual


def relative(event, entry):
    """What the patient's course says of an event, days counted from entry."""
    names = ("event", "component", "mark", "state")
    times = (event["occurred"] - entry, event["detected"] - entry, event["since"].max())
    return (*(float(event[name]) for name in names), *times)


@pytest.mark.parametrize("path", [CHECK, LENI], ids=["check", "leni"])
def test_faster_accrual_leaves_each_patients_own_course_as_it_was(path):
    """Without directives a course is a function of the patient alone: relative to entry to 2^-20 day."""
    silent = "design.monitoring.thrombosis_rule.then=[]"
    found = []
    for accrual in ("every 1 month", "every 4 months", "0.5 per month"):
        sets = (silent, f"truths.planned.accrual={accrual}")
        given = of_file(path, "with_maintenance", "interaction_50", *sets)
        rows = []
        for patient, events in by_patient(draws(given, 15)):
            own = (float(patient["trial"]), float(patient["candidate"]))
            rows += [own + relative(e, float(patient["entry"])) for e in events]
        found.append(np.array(sorted(rows)))
    assert len(found[0]) > 100
    for other in found[1:]:
        np.testing.assert_allclose(other, found[0], rtol=0, atol=2e-6)
