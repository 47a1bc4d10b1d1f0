"""Evidence: trace. What a look reads: n and x of each denominator, unit and scope, counted by hand.

Candidates enter on days 0, 10 and 20 and are assessed for 20 days, so their windows are over on days
20, 30 and 40. Looks are set by the calendar; on such a day reports come before the look, arrivals after it.
"""

from math import floor

import numpy as np
import pytest
from scipy.optimize import brentq
from scipy.stats import beta

from simulator.contracts import Observed, Plan
from simulator.rules._posterior import BetaPrior
from simulator.rules.at_least import AtLeast
from simulator.rules.beta_binomial import BetaBinomial
from simulator.rules.thall_simon_estey import EndpointLimit, ThallSimonEstey
from simulator.units import Comparison
from tests.helpers import dates, program, rule, script, until

ABOUT = 1e-9  # of sums of fractions of a window


def seen(given, records, name="rule"):
    """day -> ((n, x) per endpoint counted) at each look of a rule."""
    number = [m.name for m in given.monitors].index(name)
    used = given.monitors[number].used
    rows = records.looks[records.looks["monitor"] == number]
    return {float(r["time"]): tuple((float(r["n"][i]), int(r["x"][i])) for i in used) for r in rows}


def build(among, listed, *, harmful=True, patients=3, phases=None, events=None, truth=None, **more):
    """A rule on event a that never fires and looks on the listed days."""
    kind = {"kind": "at_least", "count": 99} if harmful else {"kind": "at_most", "count": 0, "minimum_n": 99}
    if among == "weight":  # a boundary in n that nothing here reaches
        kind = {
            "kind": "beta_binomial",
            "prior": {"events": 1, "others": 1},
            "certainty": "more than 99.9999%",
        }
        kind |= {"rate": "more than 99%" if harmful else "less than 1%"}
    design = {
        "accrual": until(patients),
        "drugs": {"x": ["1 mg", "2 mg"]},
        "phases": phases or {"one": {"lasts": "100 days", "gives": {"x": "1 mg"}}},
        "events": {"a": {"window": "20 days", "repeats": True, "ruled_out_by": ["gone"]}, "gone": {}},
        "monitoring": {
            "rule": {
                "counts": {"event": "a"} | more.pop("counts", {}),
                "rule": kind,
                "among": among,
                "look": {"at": [f"{day} days" for day in listed]},
                **more,
            }
        },
    }
    design["events"] |= events or {}
    return program(design, truth or {})


def read(among, days, expected, **more):
    """Compare n and x on each day of `expected` with those that a look on it reads."""
    given = build(among, list(expected), **more)
    found = seen(given, script(given, days=days))
    assert sorted(found) == sorted(expected)
    for day, (n, x) in expected.items():
        assert found[day][0] == (pytest.approx(n, abs=ABOUT), x), f"{among}, day {day}: {found[day][0]}"


# ---------------------------------------------------------------- the five denominators, event by event

# Patient 0 has it on its day 20 (day 20: the last of the window, it counts), patient 1 on its day 20.5
# (day 30.5: too late), patient 2 on its day 5 (day 25).
EVENTS = {("a", 0): [20], ("a", 1): [20.5], ("a", 2): [5]}
AT = (19, 20, 21, 25, 29, 30, 31, 39, 40, 41)
BY_HAND = {
    # the candidate of day 20 comes after the look of day 20
    "treated": [(2, 0), (2, 1), (3, 1), (3, 2), (3, 2), (3, 2), (3, 2), (3, 2), (3, 2), (3, 2)],
    # the event of patient 2 is known on day 25 but counts from day 40, when that window is over
    "completed": [(0, 0), (1, 1), (1, 1), (1, 1), (1, 1), (2, 1), (2, 1), (2, 1), (3, 2), (3, 2)],
    # patient 2 joins with the event on day 25, patient 1 without it on day 30
    "known": [(0, 0), (1, 1), (1, 1), (2, 2), (2, 2), (3, 2), (3, 2), (3, 2), (3, 2), (3, 2)],
    # known patients are 1, the others days of follow-up / 20
    "weight": [
        (19 / 20 + 9 / 20, 0),
        (1 + 10 / 20, 1),
        (1 + 11 / 20 + 1 / 20, 1),
        (2 + 15 / 20, 2),
        (2 + 19 / 20, 2),
        *[(3, 2)] * 5,
    ],
    # pending: patients 0 and 1 on day 19, 1 on day 20, 1 and 2 on day 21, 1 until day 29
    "fail": [(2, 2), (2, 2), (3, 3), (3, 3), (3, 3), (3, 2), (3, 2), (3, 2), (3, 2), (3, 2)],
}


@pytest.mark.parametrize("among", BY_HAND)
def test_before_on_and_after_the_last_day_of_each_window(among):
    read(among, EVENTS, dict(zip(AT, BY_HAND[among], strict=True)))


def test_a_pending_patient_fails_without_the_event_where_the_event_is_good():
    """A rule that stops for few events: pending is no event, so `fail` reads what `treated` reads."""
    read("fail", EVENTS, dict(zip(AT, BY_HAND["treated"], strict=True)), harmful=False)
    read("weight", EVENTS, dict(zip(AT, BY_HAND["weight"], strict=True)), harmful=False)


def test_a_pending_patient_is_no_success_where_the_event_is_good_and_promising_is_an_outcome():
    """Nobody has responded: three treated, two pending, no response, whatever the rule may conclude."""
    standard = {"standard": "20%", "prior": {"events": 1, "others": 1}}
    for outcomes in ({"not_promising": "less than 0.1%"}, {"promising": "more than 99.9%"}):
        kind = {"kind": "thall_simon", **standard, **outcomes}
        design = {
            "accrual": until(3),
            "drugs": {"x": ["1 mg"]},
            "phases": {"one": {"lasts": "100 days"}},
            "events": {"a": {"window": "20 days"}},
            "monitoring": {
                "rule": {"counts": {"event": "a"}, "rule": kind, "among": "fail", "look": "at 25 days"}
            },
        }
        given = program(design, {})
        assert seen(given, script(given)) == {25: ((3, 0),)}, outcomes


def test_a_patient_has_an_event_once_however_often_it_happens():
    days = {("a", 0): [3, 5, 19, 25], ("a", 1): [25]}
    for among in ("treated", "completed", "known", "fail"):
        expected = {31: (3, 2 if among == "fail" else 1)}
        if among in {"completed", "known"}:
            expected = {31: (2, 1)}
        read(among, days, expected)
    read("treated", days, {31: (3, 3)}, counts={"unit": "events"})
    read("completed", days, {19: (0, 0), 20: (1, 3)}, counts={"unit": "events"})


# ---------------------------------------------------------------- late reports


def test_an_event_in_the_window_reported_after_it_counts_from_its_report_on():
    """Day 18, reported on day 24: the patient is completed and known on day 20 as one without."""
    late = {"delays": {"a": {"report": "6 days"}}}
    days = {("a", 0): [18]}
    read("completed", days, {20: (1, 0), 23: (1, 0), 24: (1, 1)}, truth=late)
    read("known", days, {19: (0, 0), 20: (1, 0), 23: (1, 0), 24: (1, 1)}, truth=late)
    read("treated", days, {19: (2, 0), 23: (3, 0), 24: (3, 1)}, truth=late)
    read("weight", days, {19: (19 / 20 + 9 / 20, 0), 24: (1 + 14 / 20 + 4 / 20, 1)}, truth=late)
    read("fail", days, {19: (2, 2), 20: (2, 1), 23: (3, 2), 24: (3, 3)}, truth=late)


def test_known_begins_with_the_report_not_with_the_event():
    late = {"delays": {"a": {"report": "6 days"}}}
    read("known", {("a", 0): [5]}, {5: (0, 0), 10: (0, 0), 11: (1, 1), 20: (1, 1)}, truth=late)
    read("weight", {("a", 0): [5]}, {10: (10 / 20, 0), 11: (1 + 1 / 20, 1)}, truth=late)


def test_a_data_cut_moves_everything_back():
    """Looks 5 days after the days of the table above read the same."""
    for among in ("treated", "completed", "known", "weight", "fail"):
        expected = {day + 5: cell for day, cell in zip(AT, BY_HAND[among], strict=True)}
        if among == "treated":  # who entered on the day of the cut is in: the look is not of that instant
            expected[25] = (3, 1)
        if among == "weight":
            expected[25] = (1 + 10 / 20 + 0, 1)
        if among == "fail":
            expected[25] = (3, 3)
        read(among, EVENTS, expected, data_cut="5 days")


# ---------------------------------------------------------------- ruled out


def test_an_event_that_rules_it_out_makes_a_patient_known_without_it():
    """Patient 0 progresses on day 4, patient 1 on its day 20 (day 30); patient 2 not at all."""
    days = {("gone", 0): [4], ("gone", 1): [20]}
    at = (3, 4, 12, 21, 30, 40)
    by_hand = {
        "treated": [(1, 0), (1, 0), (2, 0), (3, 0), (3, 0), (3, 0)],
        "completed": [(0, 0), (0, 0), (0, 0), (1, 0), (2, 0), (3, 0)],
        "known": [(0, 0), (1, 0), (1, 0), (1, 0), (2, 0), (3, 0)],
        "weight": [(3 / 20, 0), (1, 0), (1 + 2 / 20, 0), (1 + 11 / 20 + 1 / 20, 0), (2 + 10 / 20, 0), (3, 0)],
        "fail": [(1, 1), (1, 0), (2, 1), (3, 2), (3, 1), (3, 0)],
    }
    for among, cells in by_hand.items():
        read(among, days, dict(zip(at, cells, strict=True)))


def test_ruled_out_counts_from_its_report_and_an_earlier_event_reported_later_still_counts():
    """a on day 3, reported on day 13; the event that rules it out on day 4, reported on day 6."""
    truth = {"delays": {"a": {"report": "10 days"}, "gone": {"report": "2 days"}}}
    days = {("a", 0): [3], ("gone", 0): [4]}
    read("known", days, {5: (0, 0), 6: (1, 0), 12: (1, 0), 13: (1, 1), 20: (1, 1)}, truth=truth)
    read("weight", days, {5: (5 / 20, 0), 6: (1, 0), 13: (1 + 3 / 20, 1)}, truth=truth)


def test_a_report_after_the_data_cut_rules_nothing_out_yet():
    """Ruled out on day 4; the looks of days 8 and 9 read days 3 and 4."""
    days = {("gone", 0): [4]}
    read("known", days, {8: (0, 0), 9: (1, 0)}, data_cut="5 days")
    read("weight", days, {8: (3 / 20, 0), 9: (1, 0)}, data_cut="5 days")
    read("fail", days, {8: (1, 1), 9: (1, 0)}, data_cut="5 days")


def test_only_the_events_named_rule_it_out():
    other = {"other": {"when_detected": "leave"}}
    days = {("other", 0): [4]}
    read("known", days, {5: (0, 0), 19: (0, 0), 20: (1, 0)}, events=other)
    read("weight", days, {5: (5 / 20, 0), 20: (1 + 10 / 20, 0)}, events=other)
    read("completed", days, {5: (0, 0), 19: (0, 0), 20: (1, 0)}, events=other)


# ---------------------------------------------------------------- each endpoint for itself


LIMITS = {
    "kind": "thall_simon_estey",
    "toxicity": {"standard": "30%", "prior": {"events": 0.6, "others": 1.4}, "certainty": "more than 99.99%"},
    "response": {"standard": "20%", "prior": {"events": 0.4, "others": 1.6}, "certainty": "more than 99.99%"},
}


def two_endpoints(toxicity, response, at, **more):
    phases = {
        "one": {"lasts": "8 days", "gives": {"x": "1 mg"}, "next": "two"},
        "two": {"lasts": "92 days", "gives": {"x": "2 mg"}},
    }
    design = {
        "accrual": until(3),
        "drugs": {"x": ["1 mg", "2 mg"]},
        "phases": phases,
        "events": {"a": {"repeats": True, "window": "20 days"}, "b": {"window": "20 days"}},
        "monitoring": {
            "rule": {
                "counts": {"toxicity": {"event": "a", **toxicity}, "response": {"event": "b", **response}},
                "rule": LIMITS,
                "look": {"at": [f"{day} days" for day in at]},
                **more,
            }
        },
    }
    return program(design, {})


def both(toxicity, response, expected, **more):
    given = two_endpoints(toxicity, response, list(expected), **more)
    days = {("a", 0): [8, 9], ("a", 1): [9], ("b", 0): [20], ("b", 1): [3]}  # a: days 8, 9, 19; b: 20, 13
    assert seen(given, script(given, days=days)) == expected


def test_each_endpoint_may_have_its_own_denominator():
    completed, treated = {"among": "completed"}, {"among": "treated"}
    both(completed, treated, {19: ((0, 0), (2, 1)), 20: ((1, 1), (2, 2)), 30: ((2, 2), (3, 2))})
    both({}, completed, {19: ((2, 2), (0, 0)), 20: ((2, 2), (1, 1)), 30: ((3, 2), (2, 2))}, among="treated")
    both({"among": "fail"}, {"among": "fail"}, {19: ((2, 2), (2, 1)), 25: ((3, 3), (3, 2))})


def test_each_endpoint_may_have_its_own_window():
    """a within 8 days: only that of patient 0's day 8. b within 20 or 19 days."""
    short = {"window": "8 days"}
    both(short, {}, {8: ((1, 1), (0, 0)), 20: ((2, 1), (1, 1)), 29: ((3, 1), (1, 1))}, among="completed")
    both(short, {"window": "19 days"}, {19: ((2, 1), (1, 0)), 30: ((3, 1), (2, 1))}, among="completed")


def test_each_endpoint_may_have_its_own_scope():
    """Phase one ends with day 8, both ends counted; b counts on 2 mg only."""
    first, second = {"scope": {"phases": "one"}}, {"scope": {"doses": {"x": ["2 mg"]}}}
    both(first, second, {25: ((3, 1), (3, 1))})
    both(first, {}, {25: ((3, 1), (3, 1))}, scope={"doses": {"x": ["2 mg"]}})
    both({}, first, {25: ((3, 2), (3, 1))})


def test_what_is_out_of_scope_makes_nobody_known():
    scope = {"phases": ["two"]}
    phases = {"one": {"lasts": "8 days", "next": "two"}, "two": {"lasts": "92 days"}}
    days = {("a", 0): [5], ("a", 1): [9]}
    read("known", days, {15: (0, 0), 19: (1, 1), 20: (2, 1)}, scope=scope, phases=phases)
    read("fail", days, {15: (2, 2), 19: (2, 2), 20: (2, 1)}, scope=scope, phases=phases)


def test_a_rule_of_completed_patients_acts_on_them_alone():
    """Three events by day 26 do not stop; the third counts on day 40, when the third window is over."""
    monitor = rule("a", 3, among="completed", look="every 1 completed")
    design = {
        "accrual": until(6),
        "drugs": {"x": ["1 mg"]},
        "phases": {"one": {"lasts": "100 days"}},
        "events": {"a": {"window": "20 days"}},
        "monitoring": {"rule": monitor},
    }
    given = program(design, {})
    records = script(given, days={("a", 0): [1], ("a", 1): [2], ("a", 2): [6]})
    assert dates(given, records) == (26, 40, 40, 40)
    assert seen(given, records) == {20: ((1, 1),), 30: ((2, 2),), 40: ((3, 3),)}
    assert np.array_equal(records.patients["entry"], [0, 10, 20, 30]), (
        "the candidate of day 40 comes after the stop"
    )


# ---------------------------------------------------------------- follow-up as a denominator


def exact_n(x):
    """n at which P(p > 30 % | x of n) = 95 % under Beta(0.6, 1.4), by root finding with scipy."""
    return brentq(lambda n: beta.sf(0.3, 0.6 + x, 1.4 + n - x) - 0.95, x - 1.39, 60.0, xtol=1e-12)


TOO_MANY = {
    "kind": "beta_binomial",
    "prior": {"events": 0.6, "others": 1.4},
    "rate": "more than 30%",
    "certainty": "more than 95%",
}


@pytest.mark.parametrize("later", [0, 1])
def test_a_weighted_rule_stops_at_follow_up_up_to_its_bound(later):
    """Events in patients 0 to 2; the fourth patient's follow-up alone decides, day by day of its window.

    With x = 3 the rule stops iff n <= u, 3 < u < 4. The third event is reported when the fourth
    patient, of day 30, has been followed for k of 500 days: 3 + k/500 is the last n within u, or the next.
    """
    u = exact_n(3)
    k = floor((u - 3) * 500) + later
    assert 0 < k < 500
    design = {
        "accrual": until(4),
        "drugs": {"x": ["1 mg"]},
        "phases": {"one": {"lasts": "900 days"}},
        "events": {"a": {"window": "500 days"}},
        "monitoring": {"rule": {"counts": {"event": "a"}, "rule": TOO_MANY, "among": "weight"}},
    }
    given = program(design, {})
    records = script(given, days={("a", 0): [35], ("a", 1): [26], ("a", 2): [10 + k]})
    n = 3 + k / 500
    assert seen(given, records)[30 + k] == ((pytest.approx(n, abs=ABOUT), 3),)
    assert (dates(given, records) is not None) is (n <= u) is (not later)


@pytest.mark.parametrize("standard", [0.05, 0.2, 0.3, 0.6])
@pytest.mark.parametrize("above", [True, False])
def test_weighted_boundaries_are_those_of_the_posterior_at_every_n(standard, above):
    """P(p > s), p ~ Beta(a + x, b + n - x), beyond 95 %: on a grid of n = x ... 45 in steps of 0.05."""
    certain = Comparison("more than", 0.95)
    prior = BetaPrior(events=0.6, others=1.4)
    limit = EndpointLimit(standard=standard, prior=prior, certainty=certain)
    word = Comparison("more than" if above else "less than", standard)
    weighted = Plan(max_n=45, among=("weight", "weight"))
    one = BetaBinomial(prior=prior, rate=word, certainty=certain).lower(weighted)
    joint = (ThallSimonEstey(toxicity=limit) if above else ThallSimonEstey(response=limit)).lower(weighted)
    fired = 0
    for x in range(46):
        n = np.arange(x, 45.01, 0.05)
        posterior = (beta.sf if above else beta.cdf)(standard, 0.6 + x, 1.4 + n - x)
        expected = (posterior > 0.95).tolist()
        read = [Observed(n=value, x=x) for value in n.tolist()]
        assert [bool(one.code([o])) for o in read] == expected, x
        assert [bool(joint.code([o, o])) for o in read] == expected, x
        fired += sum(expected)
    assert fired > 50


def test_a_plain_count_does_not_depend_on_follow_up():
    for count, minimum in ((2, 1), (3, 3), (1, 1)):
        table = AtLeast(count=count, minimum_n=minimum).lower(Plan(max_n=10, among=("weight",)))
        for n in np.arange(0.0, 10.0, 0.25).tolist():
            for x in range(14):  # events may outnumber patients
                if x <= n or minimum == 1:
                    assert bool(table.code([Observed(n=n, x=x)])) is (x >= count and n >= minimum), (n, x)


# ---------------------------------------------------------------- courses and events
