"""Evidence: trace. Who is stopped how, and what is still seen afterwards; candidates every 10 days."""

from math import inf

from tests.helpers import course, dates, exits, happened, looks, occurred, program, rule, script, until

PHASES = {
    "one": {"lasts": "20 days", "gives": {"x": "1 mg"}, "next": "two"},
    "two": {"lasts": "20 days", "gives": {"x": "1 mg"}, "next": "three"},
    "three": {"lasts": "10 days", "gives": {}},
}


def build(then, *, events=None, patients=4, truth=None, monitoring=None, **more):
    design = {
        "accrual": until(patients),
        "drugs": {"x": ["1 mg"]},
        "phases": PHASES,
        "events": events or {"a": {"repeats": True}},
        "monitoring": monitoring or {"rule": rule("a", 1, then=then, **more)},
    }
    return program(design, truth or {})


def test_patients_are_followed_to_the_planned_end_of_their_course():
    given = build(["close_accrual", {"stop_drug": "x"}])
    records = script(given, days={("a", 0): [15]})
    assert exits(records) == [50, 60]
    assert course(given, records, 1) == [
        (10, "one", ("1 mg",)),
        (15, "one", ("-",)),
        (30, "two", ("-",)),
        (50, "three", ("-",)),
    ]


def test_events_after_the_stop_happen_and_are_reported():
    truth = {"delays": {"a": {"report": "4 days"}}}
    given = build(["close_accrual", {"stop_drug": "x"}], truth=truth)
    records = script(given, days={("a", 0): [15, 30], ("a", 1): [20, 50]})
    assert [row[2] for row in happened(given, records)] == [15, 30, 30, 60]
    assert [row[4] for row in happened(given, records)] == [19, 34, 34, 64]
    since = records.events["since"].ravel().tolist()
    assert since == [0, 11, 11, 41], "days since the last dose, on day 19"


def test_another_rule_reads_the_reports_that_arrive_after_the_stop():
    monitoring = {"rule": rule("a", 1), "other": rule("a", 9, unit="events", then=[])}
    given = build(None, monitoring=monitoring)
    records = script(given, days={("a", 0): [15, 30], ("a", 1): [20]})
    assert looks(given, records, "rule") == [(15, 2, 1)]
    assert looks(given, records, "other") == [(15, 2, 1), (30, 2, 3), (60, 2, 3)]


def test_a_report_under_way_at_the_end_of_the_course_still_arrives():
    truth = {"delays": {"a": {"report": "30 days"}}}
    given = build(["close_accrual"], patients=1, truth=truth)
    records = script(given, days={("a", 0): [49]})
    assert happened(given, records) == [(0, "a", 49, 49, 79)]
    assert dates(given, records) == (79, 79, 79, 79)
    assert float(records.trials["end"][0]) == 50, "the trial's last course ended before"


def test_a_detection_under_way_at_the_end_of_the_course_is_completed():
    truth = {"delays": {"a": {"detection": "5 days", "report": "30 days"}}}
    given = build(["close_accrual"], patients=1, truth=truth)
    records = script(given, days={("a", 0): [49]})
    assert happened(given, records) == [(0, "a", 49, 54, 84)]
    assert dates(given, records) == (84, 84, 84, 84)


def test_ending_the_trial_ends_every_course_at_once_and_reports_still_arrive():
    truth = {"delays": {"a": {"report": "4 days"}}}
    given = build(["end_trial"], events={"a": {"repeats": True}}, truth=truth)
    records = script(given, days={("a", 0): [15, 18, 25], ("a", 1): [2, 10]})
    assert exits(records) == [16, 16], "the first report is that of patient 1, on day 12 + 4"
    assert happened(given, records) == [(1, "a", 12, 12, 16), (0, "a", 15, 15, 19)]
    assert records.trials["end"].tolist() == [16]


def test_a_stop_reaches_no_patient_whose_course_is_over():
    given = build([{"stop_drug": "x"}])
    records = script(given, days={("a", 1): [45]})  # day 55; patient 0 left on day 50
    assert (55, "three", ("-",)) not in course(given, records, 0)
    assert exits(records)[0] == 50


def test_without_closing_accrual_a_stopped_drug_is_not_given_to_later_patients():
    given = build([{"stop_drug": "x"}])
    records = script(given, days={("a", 0): [15], ("a", 2): [0, 25]})
    assert len(exits(records)) == 4
    for candidate in (2, 3):
        assert {row[2] for row in course(given, records, candidate) if row[0] > 10 * candidate} == {("-",)}
        assert course(given, records, candidate)[-1][2] == ("-",)


def test_who_was_never_given_the_drug_has_no_last_dose():
    given = build([{"stop_drug": "x"}])
    records = script(given, days={("a", 0): [15], ("a", 2): [5]})
    assert records.events["since"].ravel().tolist() == [0.0, inf]


def test_who_is_never_given_the_drug_starts_no_clock_on_it():
    """Standing directives hold at entry: the drug is neither started nor stopped in a later patient."""
    events = {"a": {}, "b": {}, "c": {}}
    truth = {
        "events": {
            "b": {"components": {"c": {"clock": "start of x", "hazard": "0.1 per day"}}},
            "c": {"components": {"c": {"clock": "stop of x", "hazard": "0.1 per day"}}},
        }
    }
    given = build([{"stop_drug": "x"}], events=events, truth=truth)
    levels = {(event, who): [1.0] for event in "bc" for who in (0, 2)}
    records = script(given, days={("a", 0): [15]}, levels=levels)
    assert occurred(given, records, "b", 0) == [10]
    assert occurred(given, records, "c", 0) == [25]
    assert occurred(given, records, "b", 2) == []
    assert occurred(given, records, "c", 2) == []


def test_a_rule_without_actions_changes_nothing():
    silent, acting = build([], fires="once"), build(["close_accrual"])
    days = {("a", 0): [15, 22]}
    assert dates(silent, script(silent, days=days)) == dates(acting, script(acting, days=days))
    assert exits(script(silent, days=days)) == [50, 60, 70, 80]


def test_a_stop_by_a_closing_look_comes_too_late_to_act():
    given = build(["close_accrual", {"stop_drug": "x"}], patients=1, look="at the end")
    records = script(given, days={("a", 0): [5]})
    assert dates(given, records) == (5, 50, 50, 50)
    assert [row[2] for row in course(given, records)] == [("1 mg",), ("1 mg",), ("-",)]


def test_directives_of_a_rule_are_those_of_a_response():
    """Everybody goes to phase three; who is there already stays undisturbed."""
    given = build(
        [{"go_to": "three"}], events={"a": {"repeats": True}, "b": {"when_detected": {"go_to": "three"}}}
    )
    records = script(given, days={("a", 0): [25], ("b", 1): [12]})
    assert [(day, name) for day, name, _ in course(given, records, 0)][1:] == [(20, "two"), (25, "three")]
    assert [(day, name) for day, name, _ in course(given, records, 1)][1:] == [(22, "three")]
    assert exits(records)[:2] == [35, 32]
    assert [name for _, name, _ in course(given, records, 3)] == ["one", "two", "three"], (
        "not for later patients"
    )
