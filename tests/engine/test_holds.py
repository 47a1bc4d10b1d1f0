"""Evidence: trace. Holds of accrual and their release: who turns up meanwhile, how they end, what fires.

The small design of tests/engine/conduct.py: one candidate every 10 days, each with `a` on their day 5.
"""

import pytest

from tests.engine.conduct import (
    UNTIL_RELEASED,
    build,
    does,
    entries,
    fired,
    holds,
    on_hold,
    once,
    play,
    verdicts,
)
from tests.engine.dose_finding import build as build_dose_finding
from tests.engine.dose_finding import play as play_dose_finding
from tests.engine.dose_finding import times, who
from tests.helpers import dates

# ---------------------------------------------------------------- who turns up meanwhile


def test_nobody_enters_on_hold_and_who_turns_up_is_lost():
    """On hold from day 5 to 35: candidates 1, 2 and 3 turn up in vain."""
    given = build({"rule": once(on_hold(30))})
    records = play(given)
    assert holds(given, records, "rule") == [(5, 35, "TIME")]
    assert entries(records) == {0: 0, 4: 40, 5: 50, 6: 60, 7: 70, 8: 80}
    assert records.trials["lost"].tolist() == [3]


@pytest.mark.parametrize(("days", "first"), [(34, 40), (35, 40), (36, 50)])
def test_a_candidate_who_arrives_as_the_hold_ends_is_enrolled(days, first):
    """It begins on day 5."""
    given = build({"rule": once(on_hold(days))})
    assert list(entries(play(given)).values())[1] == first


@pytest.mark.parametrize(("a", "patients"), [(10, 1), (11, 2)])
def test_a_candidate_who_arrives_as_the_hold_begins_is_not(a, patients):
    given = build({"rule": once(on_hold(2000))}, a=a)
    assert len(entries(play(given))) == patients


def test_those_who_wait_enter_as_the_hold_ends():
    given = build({"rule": once(on_hold(30))}, accrual={"while_held": "queued"})
    records = play(given)
    assert entries(records) == {0: 0, 1: 35, 2: 35, 3: 35, 4: 40, 5: 50}
    assert records.trials["lost"].tolist() == [0]


def test_somebody_at_hand_enters_as_the_hold_ends():
    """With a stagger of 10 days and somebody always at hand."""
    held = {"while_held": "on_demand", "stagger": "10 days"}
    given = build({"rule": once(on_hold(30))}, accrual=held)
    records = play(given)
    assert entries(records) == {0: 0, 1: 35, 2: 45, 3: 55, 4: 65, 5: 75}


def test_a_hold_begins_when_the_decision_takes_effect():
    """Fired on day 5 with a lag of 20 days: held from 25 to 55. Reports of 15 and 25 find it on its way."""
    given = build({"rule": does(on_hold(30), decision_lag="20 days")}, patients=7)
    records = play(given)
    assert holds(given, records, "rule") == [(25, 55, "TIME"), (85, 115, "TIME")]
    assert fired(given, records, "rule")[:2] == [5, 65]
    assert list(entries(records).values()) == [0, 10, 20, 60, 70, 80, 120]


# ---------------------------------------------------------------- how it ends


def test_a_rule_ends_the_hold_of_another():
    """Held from day 5; the other rule fires on day 27."""
    rules = {"rule": once(UNTIL_RELEASED), "other": does({"release": "rule"}, on=[27])}
    given = build(rules)
    records = play(given)
    assert holds(given, records, "rule") == [(5, 27, "RELEASED")]
    assert entries(records) == {0: 0, 3: 30, 4: 40, 5: 50, 6: 60, 7: 70}


def test_a_release_takes_effect_when_the_decision_does_and_before_the_arrivals_of_its_day():
    other = does({"release": "rule"}, on=[27], decision_lag="3 days")
    given = build({"rule": once(UNTIL_RELEASED), "other": other})
    records = play(given)
    assert holds(given, records, "rule") == [(5, 30, "RELEASED")]
    assert list(entries(records))[1] == 3


def test_a_hold_of_some_days_may_be_released_before():
    """Held on days 5-105, released on day 27; that day 105 comes during the next hold, of days 95-195, ends
    nothing.
    """
    rules = {"rule": does(on_hold(100), on=[5, 95]), "other": does({"release": "rule"}, on=[27])}
    given = build(rules, patients=12)
    records = play(given)
    assert holds(given, records, "rule") == [(5, 27, "RELEASED"), (95, 195, "TIME")]
    assert 9 in entries(records)
    assert [c for c in entries(records) if 10 <= c < 20] == []


def test_a_hold_that_nobody_releases_lasts_until_accrual_closes():
    rules = {"rule": once(UNTIL_RELEASED), "other": does({"release": "rule"}, on=[27], count=99)}
    given = build(rules, last="200 days")
    records = play(given)
    assert holds(given, records, "rule") == [(5, 200, "CLOSED")]
    assert entries(records) == {0: 0}


def test_a_hold_ends_with_accrual_and_not_after_it():
    given = build({"rule": once(on_hold(300))}, last="200 days")
    assert holds(given, play(given), "rule") == [(5, 200, "TIME")]


def test_a_release_before_the_hold_begins_ends_nothing():
    """Fired on day 5, held from day 25 on; the release of day 20 is of nothing."""
    rules = {"rule": once(on_hold(30), decision_lag="20 days"), "other": does({"release": "rule"}, on=[20])}
    given = build(rules)
    assert holds(given, play(given), "rule") == [(25, 55, "TIME")]


def test_a_release_of_the_instant_ends_the_hold_as_it_begins():
    """Whichever of the two stands first, holds begin before holds are released."""
    rules = {"rule": once(UNTIL_RELEASED), "other": once({"release": "rule"})}
    for names in (("rule", "other"), ("other", "rule")):
        given = build({name: rules[name] for name in names})
        records = play(given)
        assert holds(given, records, "rule") == [(5, 5, "RELEASED")]
        assert list(entries(records)) == [0, 1, 2, 3, 4, 5]


@pytest.mark.parametrize("first", ["long", "short"])
def test_two_holds_overlap_without_lifting_each_other(first):
    """`long` on days 5-65, `short` on days 25-55: 25 is not the end, nor is 55."""
    rules = {"long": once(on_hold(60)), "short": once(on_hold(30), on=[25])}
    given = build({name: rules[name] for name in (first, *(rules.keys() - {first}))})
    records = play(given)
    assert holds(given, records, "long") == [(5, 65, "TIME")]
    assert holds(given, records, "short") == [(25, 55, "TIME")]
    assert list(entries(records)) == [0, 7, 8, 9, 10, 11]


def test_a_hold_that_begins_while_another_lasts_outlives_it():
    """Days 5-35 and 25-65."""
    given = build({"one": once(on_hold(30)), "two": once(on_hold(40), on=[25])})
    assert list(entries(play(given))) == [0, 7, 8, 9, 10, 11]


def test_a_release_lifts_the_hold_that_it_names_and_no_other():
    """Both hold from day 5; one is released on day 27, the other lasts until day 45."""
    rules = {
        "one": once(UNTIL_RELEASED),
        "two": once(on_hold(40)),
        "other": does({"release": "one"}, on=[27]),
    }
    given = build(rules)
    records = play(given)
    assert holds(given, records, "one") == [(5, 27, "RELEASED")]
    assert holds(given, records, "two") == [(5, 45, "TIME")]
    assert list(entries(records)) == [0, 5, 6, 7, 8, 9]


def test_a_rule_may_hold_as_it_releases_another():
    """On day 27 one hold passes into the other: nobody enters between."""
    rules = {"one": once(UNTIL_RELEASED), "two": once({"release": "one"}, on_hold(20), on=[27])}
    given = build(rules)
    records = play(given)
    assert holds(given, records, "one") == [(5, 27, "RELEASED")]
    assert holds(given, records, "two") == [(27, 47, "TIME")]
    assert list(entries(records)) == [0, 5, 6, 7, 8, 9]


@pytest.mark.parametrize("day", [35, 40])
def test_a_release_at_the_instant_another_hold_begins(day):
    """The one of day 5 is released as the one of another rule begins: who turns up that day finds it on."""
    rules = {
        "one": once(UNTIL_RELEASED),
        "two": once(on_hold(10), on=[day]),
        "other": once({"release": "one"}, on=[day]),
    }
    given = build(rules)
    records = play(given)
    assert holds(given, records, "one") == [(5, day, "RELEASED")]
    assert list(entries(records).values())[1] == 50


def test_a_board_may_release():
    """As a pause that lasts until a committee of two lets it end."""
    member = does(count=1, on=[27], fires="again")
    board = {"rule": {"kind": "all_of", "of": ["m", "n"]}, "then": [{"release": "rule"}]}
    given = build(
        {"rule": once(UNTIL_RELEASED), "m": member, "n": member | {"look": "every 24 days"}}
        | {"board": board}
    )
    assert holds(given, play(given), "rule") == [(5, 27, "RELEASED")]


# ---------------------------------------------------------------- accrual closes meanwhile


def test_another_rules_stop_ends_the_hold():
    """Held from day 5 to 35; closed on day 20, so that nobody enters ever after."""
    given = build({"rule": once(on_hold(30)), "other": does("close_accrual", on=[20])})
    records = play(given)
    assert holds(given, records, "rule") == [(5, 20, "TIME")]
    assert entries(records) == {0: 0}
    assert dates(given, records, "other") == (5, 20, 20, 20)


def test_a_stop_of_the_instant_comes_before_the_hold_which_does_not_begin():
    rules = {"rule": once(on_hold(30)), "other": does("close_accrual")}
    for names in (("rule", "other"), ("other", "rule")):
        given = build({name: rules[name] for name in names})
        records = play(given)
        assert fired(given, records, "rule") == [5]
        assert not holds(given, records, "rule")


# ---------------------------------------------------------------- when it fires


def test_a_rule_looks_but_does_not_fire_under_its_own_hold_and_may_afterwards():
    """With `a` on day 12: fired on day 12, held until day 42; patient 1's report, of day 22, is only read.

    Candidates 5 and 6 enter on days 50 and 60; the report of day 62 fires again, the one of day 72 not.
    """
    given = build({"rule": does(on_hold(30))}, a=12, patients=5)
    records = play(given)
    assert verdicts(given, records, "rule")[:4] == [(12, True), (22, True), (62, True), (72, True)]
    assert fired(given, records, "rule")[:2] == [12, 62]
    assert holds(given, records, "rule")[:2] == [(12, 42, "TIME"), (62, 92, "TIME")]
    assert list(entries(records)) == [0, 1, 5, 6, 10]


def test_once_is_once():
    given = build({"rule": once(on_hold(30))}, a=12, patients=5)
    records = play(given)
    assert verdicts(given, records, "rule") == [(12, True)]
    assert len(holds(given, records, "rule")) == 1


def test_a_look_at_the_instant_at_which_the_hold_ends_finds_it_on():
    """Looks come before effects: on day 35 the hold is on, and the next look is the one of day 45."""
    given = build({"rule": does(on_hold(30), on=[5, 35, 45])}, patients=3)
    records = play(given)
    assert fired(given, records, "rule") == [5, 45]


def test_a_rule_fires_again_once_it_was_released():
    rules = {"rule": does(UNTIL_RELEASED, on=[5, 15, 45]), "other": does({"release": "rule"}, on=[27, 57])}
    given = build(rules)
    records = play(given)
    assert holds(given, records, "rule") == [(5, 27, "RELEASED"), (45, 57, "RELEASED")]
    assert fired(given, records, "rule") == [5, 45]


def test_the_hold_of_another_rule_keeps_nobody_from_firing():
    given = build({"rule": once(on_hold(100)), "other": once(on_hold(5), on=[20])})
    records = play(given)
    assert fired(given, records, "other") == [20]
    assert holds(given, records, "other") == [(20, 25, "TIME")]


def test_a_board_sees_the_verdict_of_a_rule_on_hold():
    """The rule says so on days 12 and 22, and fires on the first alone; the board reads both."""
    board = {"rule": {"kind": "any_of", "of": ["rule"]}, "then": []}
    given = build({"rule": does(on_hold(30)), "board": board}, a=12, patients=3)
    records = play(given)
    assert fired(given, records, "board")[:2] == [12, 22]
    assert fired(given, records, "rule")[0] == 12


@pytest.mark.parametrize(("lag", "last"), [(0, "2 years"), (200, "35 days")])
def test_the_closing_look_is_of_its_day_though_everything_is_over_by_then(lag, last):
    """Its day is the last course's end: when the hold of days 5-2005, or a decision of day 5, is to come."""
    given = build({"rule": does(on_hold(2000), decision_lag=f"{lag} days")}, last=last)
    records = play(given)
    assert verdicts(given, records, "rule")[-1] == (max(entries(records).values()) + 30, True)
    assert fired(given, records, "rule") == [5]


def test_a_hold_is_over_when_accrual_is():
    """On days 25-30, though it was for 50: reports of days 35 and 45 and the end of the last course fire."""
    given = build({"rule": does(on_hold(50))}, a=25, last="30 days")
    records = play(given)
    assert list(entries(records)) == [0, 1, 2]
    assert holds(given, records, "rule") == [(25, 30, "TIME")]
    assert fired(given, records, "rule") == [25, 35, 45, 50]


@pytest.mark.parametrize(("days", "ends"), [(1, 36), (2, 37), (50, 37)])
def test_accrual_is_open_to_its_last_day_though_nobody_comes_any_more(days, ends):
    """The last candidate came on day 30, the next would on day 40; held from day 35 on."""
    given = build({"rule": does(on_hold(days), count=4)}, last="37 days")
    records = play(given)
    assert list(entries(records)) == [0, 1, 2, 3]
    assert holds(given, records, "rule") == [(35, ends, "TIME")]


def test_the_release_of_a_hold_that_is_over_frees_no_decision_on_its_way():
    """Held from day 28 until accrual ends on day 30; fired again on day 35, to take effect on day 38.

    The release of day 36 is of nothing that is on, so that the look of day 37 finds the decision on its way.
    """
    rules = {"rule": does(on_hold(50), on=[25, 35, 37], decision_lag="3 days")}
    rules["other"] = does({"release": "rule"}, on=[36])
    given = build(rules, a=25, last="30 days")
    records = play(given)
    assert fired(given, records, "rule") == [25, 35]
    assert holds(given, records, "rule") == [(28, 30, "TIME")]


# ---------------------------------------------------------------- beside other ways to wait


def test_a_hold_beside_a_look_that_accrual_waits_for():
    """Due on day 10 (2 treated), taken on day 40, when their windows of 30 days are over: then held for 25.

    So nobody enters from day 10 to 65; candidates 7 and 8 do, on days 70 and 80, and it waits until 110.
    """
    rule = does(on_hold(25), look="every 2 treated", among="completed", wait="accrual")
    given = build({"rule": rule}, patients=4)
    records = play(given)
    assert verdicts(given, records, "rule") == [(40, True), (110, True)]
    assert holds(given, records, "rule") == [(40, 65, "TIME")]
    assert list(entries(records)) == [0, 1, 7, 8]


def test_a_release_does_not_end_the_waiting_for_windows():
    """Held by the rule's look until day 40; the other releases its hold on day 20, which is not on."""
    rule = once(UNTIL_RELEASED, look="every 2 treated", among="completed", wait="accrual")
    given = build({"rule": rule, "other": does({"release": "rule"}, on=[20, 57])}, patients=4)
    records = play(given)
    assert holds(given, records, "rule") == [(40, 57, "RELEASED")]
    assert list(entries(records)) == [0, 1, 6, 7]


def test_a_hold_beside_the_stagger():
    """A stagger of 15 days: who comes on day 10 is lost, 20 enters; held on days 25-45 (`a` of patient 2)."""
    rule = once(on_hold(20), count=2)
    given = build({"rule": rule}, accrual={"stagger": "15 days"}, patients=4)
    records = play(given)
    assert entries(records) == {0: 0, 2: 20, 5: 50, 7: 70}
    assert holds(given, records, "rule") == [(25, 45, "TIME")]


def test_a_hold_while_a_dose_is_sought():
    """Undisturbed, the first cohort enters on days 0, 10 and 20, and the second from day 40 on.

    A nausea of day 5 in patient 0 holds accrual until day 45: the others of the first cohort enter on days 50
    and 60, the decision is of day 80.
    """
    monitoring = {"rule": {"counts": {"event": "nausea"}, "rule": {"kind": "at_least", "count": 1}}}
    monitoring["rule"] |= {"then": [on_hold(40)], "fires": "once"}
    events = {"dlt": {"window": "20 days"}, "nausea": {}}
    given = build_dose_finding(events, until=6, more={"monitoring": monitoring})
    assert [day for _, day in who(play_dose_finding(given))] == [0, 10, 20, 40, 50, 60]
    records = play_dose_finding(given, {("nausea", 0): [5]})
    assert holds(given, records, "rule") == [(5, 45, "TIME")]
    assert [day for _, day in who(records)][:3] == [0, 50, 60]
    assert times(records)[0] == 80
