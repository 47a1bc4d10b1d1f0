"""Evidence: trace. Reviews: how long they take, what they decide, and what a review of closed accrual is.

The small design of tests/engine/conduct.py: one candidate every 10 days, each with `a` on their day 5.
"""

import pytest

from tests.engine.conduct import build, does, entries, fired, holds, on_hold, once, play, review
from tests.engine.dose_finding import build as build_dose_finding
from tests.engine.dose_finding import play as play_dose_finding
from tests.engine.dose_finding import who


def test_a_review_that_resumes_is_a_hold_of_as_many_days():
    given = build({"rule": once(review("30 days", "100%"))})
    same = build({"rule": once(on_hold(30))})
    records = play(given)
    assert holds(given, records, "rule") == [(5, 35, "RESUMED")]
    assert entries(records) == entries(play(same))


def test_a_review_that_does_not_resume_closes_accrual():
    """On day 35; those who have waited since day 10 do not enter."""
    for held in ("lost", "queued"):
        given = build({"rule": once(review("30 days", "0%"))}, accrual={"while_held": held})
        records = play(given)
        assert holds(given, records, "rule") == [(5, 35, "NOT_RESUMED")]
        assert entries(records) == {0: 0}
        assert fired(given, records, "rule") == [5]


def test_a_review_that_does_not_resume_ends_the_hold_of_another_rule():
    rules = {"rule": once(review("30 days", "0%")), "other": once(on_hold(100))}
    given = build(rules)
    records = play(given)
    assert holds(given, records, "other") == [(5, 35, "TIME")]


def test_a_review_may_take_no_time():
    given = build({"rule": once(review("0 days", "100%"))})
    records = play(given)
    assert holds(given, records, "rule") == [(5, 5, "RESUMED")]
    assert list(entries(records)) == [0, 1, 2, 3, 4, 5]
    given = build({"rule": once(review("0 days", "0%"))})
    assert entries(play(given)) == {0: 0}


# ---------------------------------------------------------------- draws

DAY_5 = {("a", who): [5] for who in range(90)}


@pytest.mark.parametrize(
    ("draws", "ends"),
    [
        ([0.25, 0.75], [(5, 20), (25, 60)]),
        ([0.75, 0.25], [(5, 40), (45, 60)]),
        ([0.0625, 0.5], [(5, 12.5), (25, 50)]),
    ],
)
def test_how_long_a_review_takes_is_drawn_for_the_rule_and_the_number_of_its_hold(draws, ends):
    """Uniform from 5 to 45 days."""
    uniform = {"uniform": ["5 days", "45 days"]}
    given = build({"rule": does(review(uniform, "100%"))}, a=None, patients=4)
    records = play(given, DAY_5, {("hold:rule/days", i): [u] for i, u in enumerate(draws)})
    assert [(began, ended) for began, ended, _ in holds(given, records, "rule")][:2] == ends


@pytest.mark.parametrize(
    ("draws", "how", "enrolled"),
    [
        ([0.4, 0.6], ["RESUMED", "NOT_RESUMED"], [0, 4]),
        ([0.6, 0.4], ["NOT_RESUMED"], [0]),
        ([0.4999, 0.4999, 0.5], ["RESUMED", "RESUMED", "NOT_RESUMED"], [0, 4, 8]),
    ],
)
def test_what_a_review_decides_is_drawn_for_the_rule_and_the_number_of_its_hold(draws, how, enrolled):
    """Held for 30 days from each report on; resumed below .5."""
    given = build({"rule": does(review("30 days", "50%"))}, a=None)
    records = play(given, DAY_5, {("hold:rule/resumes", i): [u] for i, u in enumerate(draws)})
    assert [row[2] for row in holds(given, records, "rule")][: len(how)] == how
    assert list(entries(records)) == enrolled


def test_another_rules_reviews_move_no_draw():
    """The second rule's draws are its own: with or without the first one's, its reviews end alike."""
    mine = {("hold:rule/resumes", 0): [0.1], ("hold:rule/resumes", 1): [0.9]}
    theirs = {("hold:other/resumes", 0): [0.9]}
    other = once(review("1 days", "95%"), on=[7])
    alone = build({"rule": does(review("30 days", "50%"))}, a=None)
    given = build({"other": other, "rule": does(review("30 days", "50%"))}, a=None)
    records = play(given, DAY_5, mine | theirs)
    assert holds(given, records, "other") == [(7, 8, "RESUMED")]
    assert holds(given, records, "rule") == holds(alone, play(alone, DAY_5, mine), "rule")


# ---------------------------------------------------------------- of accrual that is closed, or sought doses


def test_a_review_takes_place_even_if_accrual_has_closed():
    """What it decides is known, and changes nothing; nobody is kept waiting by it."""
    for resumes, how in (("100%", "RESUMED"), ("0%", "NOT_RESUMED")):
        rules = {"rule": once(review("30 days", resumes)), "other": does("close_accrual")}
        given = build(rules)
        records = play(given)
        assert holds(given, records, "rule") == [(5, 5, how)]
        assert entries(records) == {0: 0}


def test_a_review_that_is_interrupted_by_a_stop_has_its_row():
    rules = {"rule": once(review("30 days", "100%")), "other": does("close_accrual", on=[20])}
    given = build(rules)
    assert holds(given, play(given), "rule") == [(5, 20, "RESUMED")]


def test_a_review_between_the_last_candidate_and_the_last_day_takes_its_time():
    """The last candidate came on day 30, the next would on day 40, after the last day."""
    given = build({"rule": does(review("1 days", "0%"), count=4)}, last="37 days")
    assert holds(given, play(given), "rule")[0] == (35, 36, "NOT_RESUMED")


def test_a_review_after_the_last_patient():
    """The rule fires with the last patient's event: accrual was full on day 20."""
    given = build({"rule": once(review("30 days", "0%"), count=3)}, patients=3)
    records = play(given)
    assert holds(given, records, "rule") == [(25, 25, "NOT_RESUMED")]
    assert len(entries(records)) == 3


def test_a_review_at_the_closing_look_is_on_the_day_of_its_effect():
    given = build({"rule": once(review("30 days", "100%"), look="at the end", decision_lag="7 days")})
    records = play(given)
    assert fired(given, records, "rule") == [80]
    assert holds(given, records, "rule") == [(87, 87, "RESUMED")]


def test_after_a_review_has_closed_accrual_the_next_one_has_nothing_to_close():
    """Of days 25-28; the reports of days 35 and 45 and the closing look have reviews of no days."""
    given = build({"rule": does(review("3 days", "0%"))}, a=25)
    records = play(given)
    assert list(entries(records)) == [0, 1, 2]
    assert holds(given, records, "rule") == [(25, 28, "NOT_RESUMED")] + [
        (day, day, "NOT_RESUMED") for day in (35, 45, 50)
    ]


def test_a_review_that_does_not_resume_ends_the_search_for_a_dose():
    monitoring = {"rule": {"counts": {"event": "nausea"}, "rule": {"kind": "at_least", "count": 1}}}
    monitoring["rule"] |= {"then": [review("40 days", "0%")]}
    events = {"dlt": {"window": "20 days"}, "nausea": {}}
    given = build_dose_finding(events, until=6, more={"monitoring": monitoring})
    records = play_dose_finding(given, {("nausea", 1): [5]})
    assert [day for _, day in who(records)] == [0, 10]
    assert holds(given, records, "rule") == [(15, 55, "NOT_RESUMED")]
