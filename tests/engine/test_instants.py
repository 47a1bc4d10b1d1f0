"""Evidence: trace. What comes first when several things fall on one instant; all times are whole days."""

import pytest

from tests.helpers import course, dates, exits, happened, looks, program, rule, script, until

ONE = {"one": {"lasts": "40 days", "gives": {"x": "1 mg"}}}
TWO = {"one": {"lasts": "10 days", "gives": {"x": "1 mg"}, "next": "two"}, "two": {"lasts": "20 days"}}


def build(monitoring, *, phases=None, events=None, patients=5, drugs=("x",), truth=None):
    design = {
        "accrual": until(patients),
        "drugs": {drug: ["1 mg"] for drug in drugs},
        "phases": phases or ONE,
        "events": events or {"a": {}},
        "monitoring": monitoring,
    }
    return program(design, truth or {})  # one candidate every 10 days, the first on day 0


def enrolled(records):
    return int(records.trials["enrolled"][0])


# ---------------------------------------------------------------- report, look, effect, arrival


@pytest.mark.parametrize(("day", "patients"), [(9, 1), (10, 1), (10.5, 2), (20, 2)])
def test_a_candidate_who_arrives_at_the_moment_of_a_stop_is_not_enrolled(day, patients):
    given = build({"rule": rule("a", 1)})
    records = script(given, days={("a", 0): [day]})
    assert enrolled(records) == patients
    assert dates(given, records) == (day, day, day, day)


@pytest.mark.parametrize(
    ("lag", "report", "patients"), [(5, 5, 2), (6, 5, 3), (4, 5, 2), (0, 10, 2), (10, 0, 2)]
)
def test_delays_move_the_stop_to_the_same_order(lag, report, patients):
    """The event on day 10, the effect lag + report days later; the candidate of day 20 comes after it."""
    delays = {"delays": {"a": {"report": f"{report} days"}}}
    given = build({"rule": rule("a", 1, decision_lag=f"{lag} days")}, truth=delays)
    records = script(given, days={("a", 0): [10]})
    assert enrolled(records) == patients
    reported = 10 + report
    assert dates(given, records) == (reported, reported, reported, reported + lag)


def test_a_report_is_seen_by_the_look_of_its_instant():
    given = build({"rule": rule("a", 1, look={"at": ["30 days"]})})
    records = script(given, days={("a", 0): [30]})
    assert looks(given, records) == [(30, 3, 1)], "and the candidate of day 30 comes after the look"
    assert enrolled(records) == 3


def test_reports_of_one_instant_are_read_at_one_look():
    given = build({"rule": rule("a", 4)})
    records = script(given, days={("a", 0): [20], ("a", 1): [10], ("a", 2): [1]})
    assert looks(given, records)[:2] == [(20, 2, 2), (21, 3, 3)]


def test_the_arrival_that_reaches_a_milestone_is_counted_at_its_look():
    given = build({"rule": rule("a", 9, look="every 2 treated", unit="events")})
    assert looks(given, script(given)) == [(10, 2, 0), (30, 4, 0)]


def test_an_arrival_on_the_last_day_of_accrual_is_in_time():
    given = build({})
    assert enrolled(script(given)) == 5
    design = {"accrual": {"until": ["5 treated", "30 days"]}, "drugs": {"x": ["1 mg"]}, "phases": ONE}
    assert enrolled(script(program(design, {}))) == 4


# ---------------------------------------------------------------- several rules at one instant


def test_two_rules_due_at_one_instant_see_the_same_view_and_both_act():
    first = rule("a", 1, then=["end_trial"])
    second = rule("a", 1, then=[{"stop_drug": "x"}])
    given = build({"first": first, "second": second})
    records = script(given, days={("a", 0): [15]})
    assert looks(given, records, "first") == looks(given, records, "second") == [(15, 2, 1)]
    assert dates(given, records, "first") == dates(given, records, "second") == (15, 15, 15, 15)
    assert exits(records) == [15, 15]


def test_a_rule_that_fires_takes_nothing_from_one_that_looks_at_the_same_instant():
    """Both look on day 20 at 2 treated; that the first closes accrual at that instant changes no view."""
    first, second = rule("a", 1), rule("a", 3, look="every 20 days")
    given = build({"first": first, "second": second})
    records = script(given, days={("a", 0): [20]})
    assert dates(given, records, "first") == (20, 20, 20, 20)
    assert looks(given, records, "second")[0] == (20, 2, 1)
    assert enrolled(records) == 2


def test_what_an_action_brings_about_at_its_instant_does_not_reopen_a_look_already_taken():
    """Day 10: a in patient 0 makes the first rule give y, which brings b to patient 0 at once.

    The second rule, which has already looked on day 10 because of another b, reads it at its closing look.
    """
    monitoring = {
        "first": rule("a", 1, then=[{"give_drug": "y"}]),
        "second": rule("b", 2, then=["close_accrual"]),
    }
    phases = {"one": {"lasts": "40 days", "gives": {"x": "1 mg"}}}
    at_start = {"clock": "start of y", "probability": "100%", "while_on": "y"}
    truth = {
        "accrual": "every 1 day",
        "events": {"b": {"components": {"given": {"hazard": "0"}, "started": at_start}}},
    }
    given = build(
        monitoring, phases=phases, events={"a": {}, "b": {}}, patients=2, drugs=("x", "y"), truth=truth
    )
    levels = {("b/started", 0): [1.0], ("b/started", 1): [1.0]}
    records = script(given, days={("a", 0): [10], ("b/given", 1): [9]}, levels=levels)
    found = happened(given, records)
    assert found[:3] == [(0, "a", 10, 10, 10), (0, "b", 10, 10, 10), (1, "b", 10, 10, 10)]
    assert looks(given, records, "second") == [(10, 2, 1), (41, 2, 2)]
    assert dates(given, records, "second") == (10, 41, 41, 41)


def test_what_an_action_brings_about_is_read_at_once_by_a_rule_that_has_not_looked_yet():
    monitoring = {"first": rule("a", 1, then=[{"give_drug": "y"}]), "second": rule("b", 1)}
    at_start = {"clock": "start of y", "probability": "100%", "while_on": "y"}
    truth = {"events": {"b": {"components": {"started": at_start}}}}
    given = build(monitoring, events={"a": {}, "b": {}}, drugs=("x", "y"), truth=truth)
    records = script(given, days={("a", 0): [10]}, levels={("b/started", 0): [1.0]})
    assert dates(given, records, "second") == (10, 10, 10, 10)
    assert enrolled(records) == 1, "the arrival of that instant still comes last"


def test_a_rule_fires_once():
    given = build({"rule": rule("a", 1, then=[], fires="once")}, events={"a": {"repeats": True}})
    records = script(given, days={("a", 0): [5, 6, 7], ("a", 1): [1]})
    assert len(records.firings) == 1
    assert looks(given, records) == [(5, 1, 1)]


# ---------------------------------------------------------------- inside a patient


def scoped(phases):
    return {"rule": rule("a", 1, then=[], fires="once", scope={"phases": phases})}


@pytest.mark.parametrize(
    ("day", "in_one", "in_two"), [(9, True, False), (10, True, False), (11, False, True)]
)
def test_an_event_on_a_phases_last_instant_belongs_to_that_phase(day, in_one, in_two):
    for phases, counts in ((["one"], in_one), (["two"], in_two), (["one", "two"], True)):
        given = build(scoped(phases), phases=TWO, patients=1)
        assert (dates(given, script(given, days={("a", 0): [day]})) is not None) is counts


def test_an_immediate_outcome_of_entering_a_phase_belongs_to_the_phase_entered():
    at_entry = {"clock": "entry to two", "probability": "100%"}
    truth = {"events": {"a": {"components": {"c": at_entry}}}}
    for phases, counts in ((["one"], False), (["two"], True)):
        given = build(scoped(phases), phases=TWO, patients=1, truth=truth)
        records = script(given, levels={("a", 0): [1.0]})
        assert happened(given, records) == [(0, "a", 10, 10, 10)]
        assert (dates(given, records) is not None) is counts


def test_an_event_on_the_last_instant_of_the_course_is_seen():
    given = build({"rule": rule("a", 1)}, patients=1)
    records = script(given, days={("a", 0): [40]})
    assert happened(given, records) == [(0, "a", 40, 40, 40)]
    assert dates(given, records) == (40, 40, 40, 40)


def test_the_response_to_a_detection_comes_before_the_transition_of_that_instant():
    events = {"a": {"when_detected": {"go_to": "three"}}}
    phases = TWO | {"three": {"lasts": "5 days"}}
    given = build({}, phases=phases, events=events, patients=1)
    records = script(given, days={("a", 0): [10]})
    assert [(day, name) for day, name, _ in course(given, records)] == [(0, "one"), (10, "three")]
    assert exits(records) == [15]


def test_occurrence_detection_report_look_and_effect_may_share_an_instant_with_other_patients():
    """On day 20 patient 0's event stops x in everybody; patient 1's event of that instant was still on x."""
    given = build({"rule": rule("a", 1, then=[{"stop_drug": "x"}])}, events={"a": {"repeats": True}})
    records = script(given, days={("a", 0): [20], ("a", 1): [10]})
    assert [(row[0], row[2]) for row in happened(given, records)] == [(0, 20), (1, 20)]
    assert records.events["since"].ravel().tolist() == [0.0, 0.0]
    assert [given.states[s].levels for s in records.events["state"]] == [(1,), (1,)]
    assert looks(given, records) == [(20, 2, 2)]
    assert course(given, records, 1)[-1] == (20, "one", ("-",))


def test_a_stop_at_the_instant_of_a_dose_step_comes_after_the_step():
    steps = [{"after": "20 days", "set": {"x": "2 mg"}}]
    design = {
        "accrual": until(2),
        "drugs": {"x": ["1 mg", "2 mg"]},
        "phases": {"one": {"lasts": "40 days", "gives": {"x": "1 mg"}, "steps": steps}},
        "events": {"a": {}},
        "monitoring": {"rule": rule("a", 1, then=[{"stop_drug": "x"}])},
    }
    given = program(design, {})
    records = script(given, days={("a", 0): [20]})
    assert course(given, records) == [(0, "one", ("1 mg",)), (20, "one", ("2 mg",)), (20, "one", ("-",))]
    assert course(given, records, 1)[1:] == [(20, "one", ("-",))], "no step for whom the drug is stopped"
