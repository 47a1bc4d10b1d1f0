"""Looks from a multiple on, by ranges, and once more at the end.

Evidence: trace, candidates every 10 days, the last of five on day 40; exact, closed forms and 1e-6 each.
"""

import pytest

from simulator.contracts import Plan
from simulator.metrics.collect import collect
from simulator.metrics.text import Keyed
from tests.helpers import assert_mean, assert_share, draws, exactly, looks, program, rule, script, until

END = 40 + 40
PHASE = {"one": {"lasts": "40 days"}}


def build(look, *, patients=5, count=99, window=None, truth=None, more=(), **monitor):
    design = {
        "accrual": until(patients),
        "phases": PHASE,
        "events": {"a": {"window": window} if window else {}},
        "monitoring": {"rule": rule("a", count, look=look, **monitor), **dict(more)},
    }
    return program(design, truth or {})


def seen(look, days=(), **more):
    given = build(look, **more)
    return looks(given, script(given, days=dict(days)))


def test_a_range_and_a_list_are_their_milestones():
    assert seen({"at": "1, 3 ... 5 treated"}) == [(0, 1, 0), (20, 3, 0), (40, 5, 0)]
    assert seen({"at": "2, 5 treated"}) == [(10, 2, 0), (40, 5, 0)]
    assert seen("at 30, 45, 60 ... 90 days") == [(30, 3, 0), (45, 5, 0), (60, 5, 0), (75, 5, 0), (90, 5, 0)]


def test_no_multiple_below_the_first_is_a_look():
    assert seen({"every": "1 treated", "from": 4}) == [(30, 4, 0), (40, 5, 0)]
    assert seen({"every": "2 treated", "from": 3}) == [(30, 4, 0)]
    assert seen({"every": "25 days", "from": "50 days"}) == [(50, 5, 0), (75, 5, 0)]
    assert seen({"every": "25 days", "from": "51 days"}) == [(75, 5, 0)]
    days = {("a", 0): [5], ("a", 1): [2], ("a", 2): [7], ("a", 3): [20]}  # days 5, 12, 27, 50
    assert seen({"every": "1 a events", "from": 3}, days) == [(27, 3, 3), (50, 5, 4)]
    assert seen({"every": "2 completed", "from": 4}, window="30 days", among="completed") == [(60, 4, 0)]
    assert seen({"every": "1 known", "from": 5}, {("a", 4): [3]}, window="30 days") == [(60, 5, 1)]


def test_one_look_more_when_no_report_can_arrive():
    assert seen({"every": "2 treated", "and": "at the end"}) == [(10, 2, 0), (30, 4, 0), (END, 5, 0)]
    assert seen({"at": "3 treated", "and": "at the end"}) == [(20, 3, 0), (END, 5, 0)]
    assert seen({"every": "9 treated", "and": "at the end"}) == [(END, 5, 0)]
    late = {"delays": {"a": {"report": "30 days"}}}
    found = seen({"every": "5 treated", "and": "at the end"}, {("a", 4): [39]}, truth=late)
    assert found == [(40, 5, 0), (109, 5, 1)], "when the last report has arrived"


def test_the_last_windows_are_over_and_the_cut_lies_behind_them():
    more = {"window": "60 days", "among": "completed"}
    every = {"every": "2 completed", "and": "at the end"}
    assert seen(every, **more) == [(70, 2, 0), (90, 4, 0), (100, 5, 0)]
    cut = [(70, 1, 0), (90, 3, 0), (106, 5, 0)]
    assert seen(every, data_cut="6 days", **more) == cut
    waits = {"every": "2 treated", "and": "at the end"}
    assert seen(waits, wait="look", **more) == [(70, 2, 0), (90, 4, 0), (100, 5, 0)]


def test_it_comes_no_earlier_than_a_look_before_it():
    """A calendar look that is listed is taken when all is over."""
    assert seen({"at": ["90 days"], "and": "at the end"}) == [(90, 5, 0), (90, 5, 0)]
    assert seen({"every": "50 days", "and": "at the end"}) == [(50, 5, 0), (END, 5, 0)]


def test_where_another_rule_ends_accrual_it_reads_who_there_is():
    more = {"stop": rule("a", 1, look="at 3 treated")}
    days = {("a", 0): [1]}
    assert seen({"every": "2 treated", "and": "at the end"}, days, more=more.items()) == [
        (10, 2, 1),
        (60, 3, 1),
    ]


@pytest.mark.parametrize(("day", "last"), [(5, False), (39, True)])
def test_the_closing_look_is_the_last_one(day, last):
    """Also where the schedule itself has read everyone."""
    given = build({"every": "5 treated", "and": "at the end"}, count=1)
    records = script(given, days={("a", 0): [5]} if day == 5 else {("a", 4): [39]})
    assert records.firings["last"].tolist() == [last]


def test_looks_of_the_plan_are_those_of_the_design():
    more = {"patients": 43, "window": "28 days", "among": "completed"}

    def plan(look) -> Plan:
        return build(look, **more).monitors[0].plan

    assert plan("every 10 completed").looks == (10, 20, 30, 40)
    assert plan({"every": "10 completed", "from": 20, "and": "at the end"}).looks == (20, 30, 40, 43)
    assert plan({"at": "9, 18 ... 45 completed"}).looks == (9, 18, 27, 36)


# ---------------------------------------------------------------- exact

TRIALS = 1_500
RISK = {"probability": "30% in 28 days"}
UP_TO_3 = {  # P(X <= 3), X ~ Binomial(n, 0.3): the sum of C(n, x) 0.3^x 0.7^(n - x)
    10: 0.6496107184,
    13: 0.42060564576,
}


def textbook(look, patients, **more):
    truth = {"accrual": "2 per month", "events": {"a": {"components": {"c": RISK}}}}
    return build(look, patients=patients, count=4, window="28 days", among="completed", truth=truth, **more)


CASES = {  # -> (patients, the looks that matter: P(stop) at the last, before the last look at the other)
    "13, and at the end": ({"every": "5 completed", "and": "at the end"}, 13, 13, 10),
    "13, not at the end": ("every 5 completed", 13, 10, None),
    "10, read once more": ({"every": "5 completed", "and": "at the end"}, 10, 10, 10),
    "13 by a range, waiting": ({"at": "5, 10 ... 30 treated", "and": "at the end"}, 13, 13, 10),
    "13, from 10": ({"every": "5 completed", "from": 10, "and": "at the end"}, 13, 13, 10),
}


@pytest.mark.parametrize("name", CASES)
def test_simulated_is_exact(name):
    """At 4 events or more at any look, so that P(stop) is that of the last look alone."""
    look, patients, last, before = CASES[name]
    given = textbook(look, patients, **({"wait": "look"} if "waiting" in name else {}))
    exact, why = exactly(given)
    assert not why
    assert exact["p_stop"] == pytest.approx(1 - UP_TO_3[last], abs=1e-9)
    if before:
        assert exact["p_stop_before_last_look"] == pytest.approx(1 - UP_TO_3[before], abs=1e-9)
    columns = Keyed(collect(given, draws(given, TRIALS)))
    for key in ("p_stop", "p_stop_before_last_look"):
        assert_share(int(columns[key].sum()), TRIALS, exact[key], key)
    for key in ("n_read.rule", "x_read.rule"):
        assert_mean(columns[key], exact[key], patients / 2, patients, key)


def test_looks_by_others_than_those_completed_have_no_exact_value():
    exact, why = exactly(textbook({"every": "5 treated", "and": "at the end"}, 13))
    assert not exact
    assert why == "looks are not set by the number of patients completed"
