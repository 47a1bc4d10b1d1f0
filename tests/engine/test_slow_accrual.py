"""Evidence: trace. Rules that read accrual: who is counted, when they are silent, and who looks after them.

The small design of tests/engine/conduct.py, without an event: one candidate every 10 days, the first on
day 0, with a course of 5 days.
"""

from tests.engine import conduct
from tests.engine.conduct import entries, play
from tests.helpers import dates, looks, rule


def build(
    *,
    patients=9,
    last="2 years",
    look="at 40 days",
    at_most="5 by 40 days",
    then=("close_accrual",),
    **others,
):
    entry = {"rule": {"kind": "slow_accrual", "at_most": at_most}, "look": look, "then": list(then)}
    short = {"one": {"lasts": "5 days"}}
    return conduct.build({"slow": entry, **others}, patients=patients, last=last, a=None, phases=short)


def test_who_enters_on_the_day_itself_counts():
    """Five have entered by day 40, on days 0, 10, 20, 30 and 40."""
    given = build()
    records = play(given)
    assert looks(given, records, "slow") == [(40, 40, 5)]
    assert dates(given, records, "slow") == (40, 40, 40, 40)
    assert [*entries(records).values()] == [0, 10, 20, 30, 40]
    assert len(entries(play(build(at_most="4 by 40 days")))) == 9, "five are not too few"


def test_the_last_number_stays():
    given = build(look="every 40 days", at_most=["3 by 30 days", "8 by 60 days"], patients=20)
    assert looks(given, play(given), "slow") == [(40, 40, 5), (80, 60, 9), (120, 60, 13), (160, 60, 17)]


def test_it_says_nothing_once_a_rule_has_closed_accrual():
    given = build(other=rule("a", 1))
    records = play(given, {("a", 0): [2]})
    assert looks(given, records, "slow") == [(40, -1, -1)]
    assert dates(given, records, "slow") is None


def test_it_still_looks_where_nobody_comes_any_more():
    """Accrual ends on day 25 with three, as does the last course; the look of day 40 still comes."""
    given = build(last="25 days", look="every 20 days")
    records = play(given)
    assert looks(given, records, "slow") == [(20, 20, 3), (40, 40, 3)]
    assert dates(given, records, "slow") == (40, 40, 40, 40)


def test_a_board_that_has_it_for_a_member_looks_after_it_and_after_arrivals():
    board = {"rule": {"kind": "votes", "of": ["slow", "other"], "at_least": 2}, "then": ["close_accrual"]}
    other = rule("a", 1, look="at 40 days", then=[])
    given = build(then=(), board={**board, "look": "at 40 days"}, other=other)
    records = play(given, {("a", 0): [2]})
    assert looks(given, records, "board") == [(40, 2, 2)]
    assert [*entries(records).values()] == [0, 10, 20, 30, 40]
    alone = build(then=(), board={**board, "look": "every report"}, other=other)
    assert looks(alone, play(alone, {("a", 0): [2]}), "board")[0] == (40, 2, 2)
