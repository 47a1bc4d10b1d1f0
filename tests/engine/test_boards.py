"""Evidence: trace. Boards: whose verdict is in force, what it takes to decide, and who is read first.

The small design of tests/engine/conduct.py: on day t as many have had `a` as entered by day t - 5. So
`at_most` votes early and `at_least` late.
"""

from itertools import permutations

import pytest

from tests.engine.conduct import board, build, entries, fired, play, rows, verdicts, votes
from tests.helpers import MONTH, dates, exits


def reads(kind, *looks, **more):
    """A rule on `a` that looks on these days, or as these words say, and only says so."""
    when = [f"{look} days" if isinstance(look, int) else look for look in looks]
    return {"counts": {"event": "a"}, "rule": kind, "look": {"at": when}, "then": [], **more}


def few(*looks, count=2, **more):
    """Votes while so few have had `a`: with 2 until day 24."""
    return reads({"kind": "at_most", "count": count}, *looks, **more)


def many(*looks, count=4, **more):
    """Votes once so many have had `a`: with 4 from day 35 on."""
    return reads({"kind": "at_least", "count": count}, *looks, **more)


def seen(monitoring, name="board", **design):
    """(looks of a board before day 60, days on which it fired before)."""
    given = build(monitoring, **design)
    records = play(given)
    found = [row for row in votes(given, records, name) if row[0] < 60]
    return found, [day for day in fired(given, records, name) if day < 60]


# ---------------------------------------------------------------- how long a verdict holds


def test_a_verdict_holds_until_its_rule_looks_again():
    """`late` alone looks on day 40; what `early` said on day 20 is a vote beside its own."""
    rules = {"early": few(20), "late": many(40), "board": board(["early", "late"], at_least=2)}
    assert seen(rules) == ([(20, 1, 1, [1, None]), (40, 2, 2, [1, 1])], [40])
    rules["early"] = few(20, 40)
    assert seen(rules) == ([(20, 1, 1, [1, None]), (40, 2, 1, [0, 1])], [])


def test_a_member_that_votes_at_month_6_and_not_at_12_does_not_count_at_12():
    """Who enters every 75 days: 3 have had `a` at month 6, 5 at month 12."""
    early = few("6 months", "12 months", count=3)
    rules = {"early": early, "late": many("12 months"), "board": board(["early", "late"], at_least=2)}
    given = build(rules, every=75, patients=5)
    records = play(given)
    assert verdicts(given, records, "early") == [(6 * MONTH, True), (12 * MONTH, False)]
    assert verdicts(given, records, "late") == [(12 * MONTH, True)]
    assert votes(given, records, "board")[1] == (12 * MONTH, 2, 1, [0, 1])
    assert not fired(given, records, "board")


@pytest.mark.parametrize(
    ("valid", "at_40"), [(20, (40, 2, 2, [1, 1])), (19, (40, 1, 1, [None, 1])), (1, (40, 1, 1, [None, 1]))]
)
def test_a_verdict_lapses_after_its_days_the_last_of_which_counts(valid, at_40):
    of = ["early", "late"]
    rules = {"early": few(20), "late": many(40), "board": board(of, at_least=2, valid=f"{valid} days")}
    looks, days = seen(rules)
    assert looks == [(20, 1, 1, [1, None]), at_40]
    assert days == ([40] if valid == 20 else [])


def test_a_verdict_that_lapsed_is_in_force_again_when_the_member_looks_again():
    rules = {"early": few(10, 20), "board": board(["early"], valid="5 days", look="every 4 days")}
    looks, _ = seen(rules)
    assert [day for day, n, *_ in looks if n] == [12, 20, 24]


def test_a_member_that_fires_once_votes_ever_after():
    """It looks no more from day 20 on, at which it would have said no on day 40."""
    early = few(20, 40, fires="once")
    rules = {"early": early, "late": many(40), "board": board(["early", "late"], at_least=2)}
    assert seen(rules)[1] == [40]


# ---------------------------------------------------------------- what it takes


def test_a_member_that_was_never_read_has_no_vote():
    late = few(100)  # it would vote, had it looked
    rules = {"early": few(20), "late": late, "board": board(["early", "late"], at_least=2)}
    assert seen(rules) == ([(20, 1, 1, [1, None])], [])


@pytest.mark.parametrize(("quorum", "days"), [(1, [20, 40, 50]), (2, [40, 50]), (3, [50])])
def test_a_quorum_is_of_members_that_were_read_whatever_they_said(quorum, days):
    rules = {"early": few(20), "no": many(40, count=9), "late": many(50, count=9)}
    rules["board"] = board(["early", "no", "late"], at_least=1, quorum=quorum)
    looks, found = seen(rules)
    assert [row[:3] for row in looks] == [(20, 1, 1), (40, 2, 1), (50, 3, 1)]
    assert found == days


def test_a_verdict_that_lapsed_counts_for_no_quorum():
    rules = {"early": few(20), "late": many(40), "board": board(["early", "late"], valid="19 days")}
    rules["board"]["rule"] |= {"kind": "votes", "at_least": 1, "quorum": 2}
    assert seen(rules)[1] == []


@pytest.mark.parametrize(("kind", "days"), [("any_of", [20, 40]), ("all_of", [40])])
def test_any_of_and_all_of(kind, days):
    rules = {"early": few(20), "late": many(40), "board": board(["early", "late"], kind=kind)}
    assert seen(rules)[1] == days


@pytest.mark.parametrize(("at_least", "days"), [(1, [20, 40]), (2, [20, 40]), (3, [40]), (4, [])])
def test_votes_weigh_what_they_weigh(at_least, days):
    """On day 20 a vote of weight 2, on day 40 one of weight 1 beside it; the third never votes."""
    of = {"early": {"weight": 2}, "late": {}, "no": {}}
    rules = {"early": few(20), "late": many(40), "no": many(20, 40, count=9)}
    rules["board"] = board(of, at_least=at_least)
    looks, found = seen(rules)
    assert looks == [(20, 2, 2, [1, None, 0]), (40, 3, 3, [1, 1, 0])]
    assert found == days


def test_a_vote_that_weighs_more_is_one_member_to_the_quorum():
    rules = {"early": few(20), "late": many(40)}
    rules["board"] = board({"early": {"weight": 2}, "late": {}}, at_least=1, quorum=2)
    assert seen(rules)[1] == [40]


@pytest.mark.parametrize(
    ("outcome", "votes_on", "days"),
    [("cleared", [1, 0], [20]), ("too_toxic", [0, 1], [40]), (None, [1, 1], [20, 40])],
)
def test_a_vote_is_the_outcome_that_is_wanted(outcome, votes_on, days):
    """Cleared with 2 of 3 on day 20, too toxic with 4 of 5 on day 40."""
    both = {"kind": "bounds", "too_toxic": {"at_least": {"4-6": 4}}, "cleared": {"at_most": {"1-3": 2}}}
    of = ["both"] if outcome is None else {"both": outcome}
    looks, found = seen({"both": reads(both, 20, 40), "board": board(of)})
    assert [row[3] for row in looks] == [[vote] for vote in votes_on]
    assert found == days


def test_two_seats_may_want_two_outcomes_of_rules_of_one_count():
    both = {"kind": "bounds", "too_toxic": {"at_least": {"4-6": 4}}, "cleared": {"at_most": {"1-3": 2}}}
    rules = {"one": reads(both, 20, 40), "two": reads(both, 20)}
    rules["board"] = board({"one": "too_toxic", "two": "cleared"}, kind="all_of")
    assert seen(rules) == ([(20, 2, 1, [0, 1]), (40, 2, 2, [1, 1])], [40])


# ---------------------------------------------------------------- who is read first


@pytest.mark.parametrize("order", [*permutations(["early", "late", "board"])], ids="-".join)
def test_a_board_is_read_after_all_members_of_the_instant_whatever_the_order_in_the_file(order):
    rules = {"early": few(20, 40), "late": many(40), "board": board(["early", "late"])}
    found = seen({name: rules[name] for name in order})
    assert found == ([(20, 1, 1, [1, None]), (40, 2, 1, [0, 1])], [20, 40])


@pytest.mark.parametrize("order", [*permutations(["a", "b", "inner", "outer"])], ids="-".join)
def test_boards_of_boards_are_read_from_the_inside(order):
    """The outer one wants the inner one and `b`, which is on both."""
    rules = {"a": few(20, 40), "b": many(40), "inner": board(["a", "b"])}
    rules["outer"] = board(["inner", "b"], kind="all_of")
    monitoring = {name: rules[name] for name in order}
    assert seen(monitoring, "inner") == ([(20, 1, 1, [1, None]), (40, 2, 1, [0, 1])], [20, 40])
    assert seen(monitoring, "outer") == ([(20, 1, 1, [1, None]), (40, 2, 2, [1, 1])], [40])


@pytest.mark.parametrize("order", [*permutations(["early", "late", "board"])], ids="-".join)
def test_looks_of_its_own_read_what_was_said_by_then(order):
    """A calendar of its own, every 20 days: on days 20 and 40 after the members of these days."""
    rules = {"early": few(20, 40), "late": many(40), "board": board(["early", "late"], look="every 20 days")}
    looks, days = seen({name: rules[name] for name in order})
    assert looks == [(20, 1, 1, [1, None]), (40, 2, 1, [0, 1])]
    assert days == [20, 40]


def test_a_board_that_looks_between_its_members():
    rules = {"early": few(20), "late": many(40), "board": board(["early", "late"], look={"at": ["30 days"]})}
    assert seen(rules) == ([(30, 1, 1, [1, None])], [30])


def test_a_board_may_look_by_patients_treated_who_are_everyone():
    rules = {"early": few(20), "board": board(["early"], look="every 2 treated")}
    looks, days = seen(rules)
    assert [row[0] for row in looks] == [10, 30, 50]
    assert days == [30, 50]


def test_a_board_may_look_at_numbers_of_reports():
    rules = {"early": few(20), "board": board(["early"], look="every 2 a events")}
    assert [row[0] for row in seen(rules)[0]] == [15, 35, 55]


def test_members_of_one_instant_are_one_look_of_the_board():
    given = build({"one": few(20), "two": few(20), "board": board(["one", "two"], kind="all_of")})
    records = play(given)
    assert [row[0] for row in votes(given, records, "board")].count(20) == 1


def test_the_report_of_a_board_is_the_last_vote():
    """Of the votes behind it the one of day 20 is the last, although another member was read on day 40."""
    no = many(40, count=9)
    board_of = board(["early", "no"], at_least=1, quorum=2, then=["close_accrual"], look={"at": ["45 days"]})
    given = build({"early": few(20), "no": no, "board": board_of})
    records = play(given)
    assert dates(given, records, "board") == (20, 45, 45, 45)
    assert len(entries(records)) == 5


def test_a_board_acts_at_the_instant_of_its_look():
    """On day 40, before the candidate of that day; with a lag of 7 days after the one of day 40."""
    for lag, patients in ((0, 4), (7, 5)):
        more = {"then": ["end_trial"], "decision_lag": f"{lag} days"}
        rules = {"early": few(20), "late": many(38), "board": board(["early", "late"], kind="all_of", **more)}
        rules["late"] = few(40, count=9)
        given = build(rules)
        records = play(given)
        assert dates(given, records, "board") == (40, 40, 40, 40 + lag)
        assert len(entries(records)) == patients
        assert max(exits(records)) == 40 + lag


def test_the_closing_look_of_a_board_comes_after_those_of_its_members():
    """Everything is known on day 80, when the last course is over; the members' windows are until then."""
    at_end = {"counts": {"event": "a"}, "rule": {"kind": "at_least", "count": 6}, "look": "at the end"}
    monitoring = {"board": board(["last", "early"], kind="all_of"), "last": {**at_end, "then": []}}
    monitoring["early"] = few(20)
    given = build(monitoring)
    records = play(given)
    assert votes(given, records, "board") == [(20, 1, 1, [None, 1]), (80, 2, 2, [1, 1])]
    assert fired(given, records, "board") == [80]


# ---------------------------------------------------------------- a look that a rule calls


CALLED = {"counts": {"event": "a"}, "rule": {"kind": "at_least", "count": 1}, "look": {"when": "caller"}}


@pytest.mark.parametrize("first", ["caller", "called"])
@pytest.mark.parametrize(("lag", "counts"), [(0, 4), (5, 4), (10, 5), (15, 5)])
def test_a_rule_looks_when_what_another_decided_takes_effect(first, lag, counts):
    """The caller fires on day 35, and once; the other looks `lag` days later and reads what is known then."""
    rules = {
        "caller": {**many("35 days", fires="once"), "decision_lag": f"{lag} days"},
        "called": {**CALLED, "then": []},
    }
    given = build({name: rules[name] for name in (first, *(rules.keys() - {first}))})
    records = play(given)
    assert fired(given, records, "caller") == [35]
    (row,) = rows(given, records, "looks", "called")
    assert (row["time"], row["x"][0]) == (35 + lag, counts)


def test_a_rule_that_is_not_called_never_looks():
    given = build({"caller": many(30, count=9), "called": {**CALLED, "then": ["close_accrual"]}})
    records = play(given)
    assert not len(rows(given, records, "looks", "called"))
    assert len(entries(records)) == 6


def test_it_is_called_as_often_as_the_other_fires():
    """The caller reads on days 20, 35, 45 and fires on the last two."""
    given = build({"caller": many(20, 35, 45), "called": {**CALLED, "then": []}})
    records = play(given)
    assert verdicts(given, records, "called") == [(35, True), (45, True)]
    assert fired(given, records, "called") == [35, 45]


def test_what_is_called_stops_at_the_instant_at_which_it_is_called():
    """Day 40: the caller looks, then the called one, then comes nobody."""
    given = build({"called": {**CALLED, "then": ["close_accrual"]}, "caller": many(40)})
    records = play(given)
    assert dates(given, records, "called") == (35, 40, 40, 40)
    assert len(entries(records)) == 4


def test_a_board_calls_and_is_called():
    """`early` of day 20 has the first board fire, which calls a rule; that one's firing calls a board."""
    rules = {
        "second": board(["early", "called"], kind="all_of", look={"when": "called"}),
        "called": {**CALLED, "look": {"when": "first"}, "then": []},
        "first": board(["early"]),
        "early": few(20),
    }
    given = build(rules)
    records = play(given)
    assert fired(given, records, "first")[0] == 20
    assert verdicts(given, records, "called")[0] == (20, True)
    assert votes(given, records, "second")[0] == (20, 2, 2, [1, 1])


@pytest.mark.parametrize("lag", [0, 12])
@pytest.mark.parametrize("cut", [0, 30])
def test_a_call_at_the_closing_look_is_a_closing_look_no_earlier_than_the_effect(lag, cut):
    """The last course is over on day 80; the caller reads it `cut` days later, and the other after that."""
    end = {"counts": {"event": "a"}, "rule": {"kind": "at_least", "count": 6}, "look": "at the end"}
    more = {"decision_lag": f"{lag} days", "data_cut": f"{cut} days", "then": []}
    given = build({"called": {**CALLED, "then": []}, "caller": {**end, **more}})
    records = play(given)
    assert verdicts(given, records, "caller") == [(80 + cut, True)]
    assert verdicts(given, records, "called") == [(80 + cut + lag, True)]


@pytest.mark.parametrize("once", [False, True])
def test_the_look_of_a_call_is_the_last_where_nobody_will_call_again(once):
    """The caller fires on days 35 and 45, or on the first of them alone."""
    fires = {"fires": "once"} if once else {}
    given = build({"caller": many(20, 35, 45, **fires), "called": {**CALLED, "then": []}})
    records = play(given)
    last = rows(given, records, "firings", "called")["last"].tolist()
    assert last == ([True] if once else [False, False])
