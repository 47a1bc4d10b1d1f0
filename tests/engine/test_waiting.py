"""Evidence: trace. Looks that wait for windows, accrual that waits for looks, looks at completed and known.

One candidate every 10 days, the first on day 0; every window is 25 days unless a test says otherwise.
"""

import numpy as np
import pytest

from tests.helpers import dates, draws, exits, looks, program, rule, script, until


def build(monitoring, *, patients=6, events=None, truth=None, lasts=100):
    design = {
        "accrual": until(patients),
        "drugs": {"x": ["1 mg"]},
        "phases": {"one": {"lasts": f"{lasts} days"}},
        "events": {
            "a": {"window": "25 days", "ruled_out_by": ["gone"]},
            "b": {"window": "45 days"},
            "gone": {"when_detected": "leave"},
        }
        | (events or {}),
        "monitoring": monitoring,
    }
    return program(design, truth or {})


def one(look, *, count=99, among="completed", event="a", **more):
    """A rule that looks so; it fires at `count`."""
    return {"rule": rule(event, count, look=look, among=among, **more)}


def candidates(records):
    return records.patients["candidate"].tolist()


def play(monitoring, days=None, **more):
    given = build(monitoring, **more)
    records = script(given, days=days or {})
    return given, records


# ---------------------------------------------------------------- wait: look


def test_a_look_waits_for_the_windows_of_those_treated_when_it_fell_due():
    """Due on days 10, 30 and 50 (2, 4, 6 treated), taken on days 35, 55 and 75: 25 days after the last entry.

    The second falls due before the first is taken. Each reads who is completed then: 2, 4 and 6.
    Patient 0 has the event on its last day, patient 1 half a day too late, patient 2 on day 23, before
    the first look but with the window open until day 45.
    """
    days = {("a", 0): [25], ("a", 1): [25.5], ("a", 2): [3]}
    given, records = play(one("every 2 treated", wait="look"), days)
    assert looks(given, records) == [(35, 2, 1), (55, 4, 2), (75, 6, 2)]
    assert candidates(records) == [0, 1, 2, 3, 4, 5], "accrual goes on meanwhile"


def test_a_report_on_the_day_the_wait_is_over_is_read():
    given, records = play(one("every 2 treated", wait="look"), {("a", 1): [25]})
    assert looks(given, records)[0] == (35, 2, 1)


def test_a_late_report_is_not_waited_for():
    late = {"delays": {"a": {"report": "8 days"}}}
    given, records = play(one("every 2 treated", wait="look"), {("a", 1): [20]}, truth=late)
    assert looks(given, records)[:2] == [(35, 2, 0), (55, 4, 1)]


def test_a_waiting_look_among_the_treated_reads_who_is_treated_when_it_is_taken():
    given, records = play(one("every 2 treated", wait="look", among="treated"), {("a", 2): [3]})
    assert looks(given, records) == [(35, 4, 1), (55, 6, 1), (75, 6, 1)]


def test_the_longest_window_is_waited_for():
    limit = {"prior": {"events": 1, "others": 1}, "certainty": "more than 99.99%"}
    monitor = {
        "counts": {"toxicity": {"event": "a"}, "response": {"event": "b"}},
        "rule": {
            "kind": "thall_simon_estey",
            "toxicity": {"standard": "90%", **limit},
            "response": {"standard": "1%", **limit},
        },
        "among": "completed",
        "look": "every 2 treated",
        "wait": "look",
    }
    _, records = play({"rule": monitor}, {("a", 3): [1], ("b", 1): [45]})
    assert [float(r["time"]) for r in records.looks] == [55, 75, 95]  # entries of days 10, 30 and 50, and 45
    assert records.looks["n"][0].tolist() == [4, 2], "a: entries up to day 30, b: up to day 10"
    assert records.looks["x"][0].tolist() == [1, 1]


def test_looks_that_have_waited_until_one_instant_are_one_look():
    given, records = play(one({"at": ["2 treated", "12 days", "15 days"]}, wait="look"))
    assert looks(given, records) == [(35, 2, 0)]


def test_a_rule_that_has_fired_takes_no_look_that_still_waits():
    given, records = play(one("every 2 treated", wait="look", count=1, then=[], fires="once"), {("a", 0): [1]})
    assert looks(given, records) == [(35, 2, 1)]
    assert dates(given, records) == (1, 35, 35, 35)


@pytest.mark.parametrize("more", [{"look": "every 2 treated", "wait": "look"}, {"look": "every 2 completed"}])
def test_the_report_behind_a_stop_is_one_that_was_read(more):
    """Patient 0's report of day 1 stops; that of patient 3, of day 32, is of an open window and not read."""
    given, records = play(one(count=1, then=[], fires="once", **more), {("a", 0): [1], ("a", 3): [2]})
    assert looks(given, records) == [(35, 2, 1)]
    assert dates(given, records) == (1, 35, 35, 35)


def test_a_stop_comes_only_when_the_look_has_waited():
    """Both patients have the event at once, yet the rule acts on day 35; the candidate of day 40 is late."""
    given, records = play(one("every 2 treated", wait="look", count=2), {("a", 0): [1], ("a", 1): [1]})
    assert dates(given, records) == (11, 35, 35, 35)
    assert candidates(records) == [0, 1, 2, 3]


# ---------------------------------------------------------------- wait: accrual


def test_nobody_enters_while_a_look_waits_and_who_turns_up_is_lost():
    """Held on days 10-35, 50-75 and 90-115: candidates 2, 3, 6 and 7 turn up in vain."""
    days = {("a", 2): [1], ("a", 3): [1], ("a", 4): [3], ("a", 5): [25]}
    given, records = play(one("every 2 treated", wait="accrual"), days)
    assert candidates(records) == [0, 1, 4, 5, 8, 9]
    assert records.patients["entry"].tolist() == [0, 10, 40, 50, 80, 90]
    assert looks(given, records) == [(35, 2, 0), (75, 4, 2), (115, 6, 2)]
    assert records.events["occurred"].tolist() == [43, 75], "candidates keep their own potential outcomes"


def test_a_candidate_who_turns_up_as_the_hold_ends_is_enrolled():
    given, records = play(
        one("every 2 treated", wait="accrual"), truth={"accrual": "every 5 days"}, patients=4
    )
    assert records.patients["entry"].tolist() == [0, 5, 30, 35], "the hold ends on day 30"
    assert looks(given, records) == [(30, 2, 0), (60, 4, 0)]


def test_lost_candidates_shift_nothing_in_those_who_come_later():
    """Entry days, exits and events of a candidate are the same whether or not others were lost."""
    body = {"events": {name: {"hazard": "0.01 per day"} for name in ("a", "b", "gone")}}
    truth = {"accrual": "3 per month", **body}

    def told(monitoring, patients):
        given = build(monitoring, patients=patients, truth=truth)
        records = draws(given, 30)
        own = {
            (int(p["trial"]), int(p["candidate"])): [float(p["entry"]), float(p["exit"])]
            for p in records.patients
        }
        for e in records.events:
            own[int(e["trial"]), int(e["candidate"])].append((int(e["event"]), float(e["occurred"])))
        return own

    held = told(one("every 3 treated", wait="accrual"), 12)
    free = told(one("every 3 treated"), 40)
    common = held.keys() & free.keys()
    assert all(held[key] == free[key] for key in common)
    assert len(common) > 250
    skipped = {(trial, c) for trial, c in free if (trial, c) not in held and (trial, c + 1) in held}
    assert len(skipped) > 50, "candidates were lost"


def test_a_release_lifts_no_other_rules_hold():
    """Both rules hold from day 10; the short window is over on day 35, the long one on day 55.

    Candidates 2 to 5 are lost to one or both; 6 and 7 enter, and hold again until days 95 and 115.
    """
    short = rule("a", 99, look="every 2 treated", among="completed", wait="accrual")
    long = rule("b", 99, look="every 2 treated", among="completed", wait="accrual")
    given, records = play({"short": short, "long": long}, patients=4)
    assert candidates(records) == [0, 1, 6, 7]
    assert looks(given, records, "short") == [(35, 2, 0), (95, 4, 0)]
    assert looks(given, records, "long") == [(55, 2, 0), (115, 4, 0)]


def test_a_hold_that_begins_while_another_lasts_outlives_it():
    """The rule on b begins to wait on day 0, until day 45; the rule on a waits on days 0-25."""
    short = rule("a", 99, look={"at": ["1 treated", "2 treated"]}, among="completed", wait="accrual")
    long = rule("b", 99, look={"at": ["2 treated"]}, among="completed", wait="accrual")
    given, records = play({"short": short, "long": long}, patients=4)
    assert candidates(records) == [0, 3, 8, 9], "held on days 0-25 by one, 30-55 and 30-75 by two"
    assert looks(given, records, "short") == [(25, 1, 0), (55, 2, 0)]
    assert looks(given, records, "long") == [(75, 2, 0)]


def test_calendar_looks_hold_accrual_only_while_a_window_is_open():
    """Due on day 20, taken on day 35; on day 40 all windows are over: taken at once, and candidate 4 enters.

    Due on day 60, taken on day 75, candidates 6 and 7 lost; due and taken on day 80, candidate 8 enters.
    """
    given, records = play(one({"at": ["20 days", "40 days", "60 days", "80 days"]}, wait="accrual"))
    assert looks(given, records) == [(35, 2, 0), (40, 2, 0), (75, 4, 0), (80, 4, 0)]
    assert candidates(records) == [0, 1, 4, 5, 8, 9]


def test_a_stop_at_the_end_of_a_hold_keeps_accrual_closed():
    given, records = play(one("every 2 treated", wait="accrual", count=1), {("a", 0): [25]})
    assert dates(given, records) == (25, 35, 35, 35)
    assert candidates(records) == [0, 1]


def test_another_rules_stop_during_a_hold_keeps_accrual_closed_after_it():
    monitoring = one("every 2 treated", wait="accrual") | {"other": rule("b", 1)}
    given, records = play(monitoring, {("b", 0): [20]})
    assert dates(given, records, "other") == (20, 20, 20, 20)
    assert looks(given, records) == [(35, 2, 0)]
    assert candidates(records) == [0, 1]


def test_a_rule_that_fires_without_closing_accrual_lets_it_go_on():
    _, records = play(one("every 2 treated", wait="accrual", count=1, then=[], fires="once"), {("a", 0): [25]})
    assert candidates(records) == [0, 1, 4, 5, 6, 7], "it looks no more, so it holds no more"
    calendar = one("every 20 days", wait="accrual", count=1, then=[], fires="once")
    _, records = play(calendar, {("a", 0): [1]})
    assert candidates(records) == [0, 1, 4, 5, 6, 7]


def test_the_hold_ends_with_the_look_though_the_decision_takes_longer():
    """The look of day 35 stops the trial from day 55 on: candidates 4 and 5 still enter."""
    given, records = play(
        one("every 2 treated", wait="accrual", count=1, decision_lag="20 days"), {("a", 0): [25]}
    )
    assert dates(given, records) == (25, 35, 35, 55)
    assert candidates(records) == [0, 1, 4, 5]


def test_ending_the_trial_ends_every_course_while_another_rule_waits():
    monitoring = one("every 2 treated", wait="accrual") | {"other": rule("b", 1, then=["end_trial"])}
    _, records = play(monitoring, {("b", 0): [20]})
    assert exits(records) == [20, 20]
    assert candidates(records) == [0, 1]


# ---------------------------------------------------------------- milestones


@pytest.mark.parametrize(
    ("look", "expected"),
    [
        ("every 1 completed", [(25, 1), (35, 2), (45, 3), (55, 4), (65, 5), (75, 6)]),
        ("every 2 completed", [(35, 2), (55, 4), (75, 6)]),
        ("every 4 completed", [(55, 4)]),
        ("at 3 completed", [(45, 3)]),
        ({"at": ["1 completed", "5 completed"]}, [(25, 1), (65, 5)]),
        ({"at": ["2 treated", "2 completed", "40 days"]}, [(10, 0), (35, 2), (40, 2)]),
        ("every 7 completed", []),
    ],
)
def test_looks_at_numbers_completed(look, expected):
    given, records = play(one(look))
    assert [(day, n) for day, n, _ in looks(given, records)] == expected


def test_leaving_early_does_not_complete_a_window():
    given, records = play(one("every 1 completed"), {("gone", who): [3] for who in range(6)})
    assert [day for day, _, _ in looks(given, records)] == [25, 35, 45, 55, 65, 75]


@pytest.mark.parametrize(
    ("look", "expected"),
    [
        # events on days 5 (0) and 13 (1), progression on day 22 (2), windows over on days 55 to 75 (3 to 5)
        ("every 1 known", [(5, 1, 1), (13, 2, 2), (22, 3, 2), (55, 4, 2), (65, 5, 2), (75, 6, 2)]),
        ("every 2 known", [(13, 2, 2), (55, 4, 2), (75, 6, 2)]),
        ({"at": ["3 known", "5 known"]}, [(22, 3, 2), (65, 5, 2)]),
    ],
)
def test_looks_at_numbers_known(look, expected):
    days = {("a", 0): [5], ("a", 1): [3], ("gone", 2): [2]}
    given, records = play(one(look, among="known"), days)
    assert looks(given, records) == expected


def test_a_milestone_of_known_patients_serves_a_rule_of_other_denominators():
    days = {("a", 0): [5], ("a", 1): [3]}
    for among, first in (("treated", (5, 1, 1)), ("completed", (5, 0, 0)), ("fail", (5, 1, 1))):
        given, records = play(one("every 1 known", among=among), days)
        assert looks(given, records)[0] == first


def test_several_known_at_one_instant_are_one_look():
    """On day 25 the window of patient 0 is over and patients 1 and 2 report: none known, then three."""
    days = {("a", 1): [15], ("a", 2): [5]}
    for look in (
        "every 1 known",
        {"at": ["1 known", "2 known", "3 known"]},
        "every 3 known",
        "every 2 known",
    ):
        given, records = play(one(look, among="known"), days)
        assert looks(given, records)[0] == (25, 3, 2), look
        later = [n for _, n, _ in looks(given, records)[1:]]
        assert later == {"every 1 known": [4, 5, 6], "every 3 known": [6], "every 2 known": [4, 6]}.get(
            str(look), []
        )


def test_several_completed_at_one_instant_are_one_look():
    """Windows of 25 and 15 days: on day 25 patient 0's longer and patient 1's shorter one are over."""
    limit = {"prior": {"events": 1, "others": 1}, "certainty": "more than 99.99%"}
    monitor = {
        "counts": {"toxicity": {"event": "a"}, "response": {"event": "b", "window": "15 days"}},
        "rule": {
            "kind": "thall_simon_estey",
            "toxicity": {"standard": "90%", **limit},
            "response": {"standard": "1%", **limit},
        },
        "among": "completed",
        "look": "every 1 completed",
    }
    _, records = play({"rule": monitor}, patients=3)
    found = [(float(r["time"]), *r["n"].tolist()) for r in records.looks]
    assert found == [(15, -1, 1), (25, 1, 2), (35, 2, 3), (45, 3, -1)]  # -1: not read
    monitor["look"] = "every 2 completed"
    _, records = play({"rule": monitor}, patients=3)
    found = [(float(r["time"]), *r["n"].tolist()) for r in records.looks]
    assert found == [(25, -1, 2), (35, 2, -1)], "each endpoint has its own second patient"


@pytest.mark.parametrize("look", ["at the end", "every report"])
def test_the_closing_look_reads_windows_that_are_over_after_the_last_course(look):
    """Both patients leave on their day 5; the windows, by the calendar, are over on days 25 and 35."""
    days = {("a", 0): [1], ("gone", 0): [5], ("gone", 1): [5]}
    given, records = play(one(look), days, patients=2)
    assert [(n, x) for _, n, x in looks(given, records)][-1] == (2, 1)


def test_a_rule_may_look_after_every_course_is_over():
    """A course of 10 days, a window of 25: the last patient, of day 50, is completed on day 75."""
    given, records = play(one("every 3 completed", count=2), {("a", 0): [3], ("a", 5): [4]}, lasts=10)
    assert looks(given, records) == [(45, 3, 1), (75, 6, 2)]
    assert dates(given, records) == (54, 75, 75, 75)
    assert np.max(records.patients["exit"]) == 60
