"""Evidence: exact. Critical shares of the follow-up against the tail of events itself."""

from fractions import Fraction
from itertools import product
from math import comb

import pytest
from pydantic import TypeAdapter

from simulator.contracts import Observed, Plan
from simulator.registry import COMPARING, load


def rule(kind, **keys):
    return TypeAdapter(load(COMPARING[kind])).validate_python(keys)


@pytest.mark.parametrize("level", ["at most 2.5%", "less than 10%", "at most 3.125%", "less than 3.125%"])
def test_by_person_time_a_split_is_the_same_tail_of_the_share_followed(level):
    """Every share k/32, in fractions; 3.125 % is P(X >= 5) of 5 events at 16/32: a tie, for the word."""
    table = rule("event_split", level=level, by="person_time").lower(Plan(max_n=12))
    word, limit = level.rpartition(" ")[0], Fraction(level.rpartition(" ")[2][:-1]) / 100
    for d, k in product(range(1, 13), range(1, 32)):
        share, tail = Fraction(k, 32), Fraction(0)
        for x in range(d, 0, -1):
            tail += comb(d, x) * share**x * (1 - share) ** (d - x)
            held = tail <= limit if word == "at most" else tail < limit
            assert table.code((Observed(9, x, k), Observed(9, d - x, 32 - k))) == held, (d, k, x)


@pytest.mark.parametrize(
    "version",
    [
        {"level": "at most 2.5%"},
        {"level": "at most 3.125%"},
        {"level": "less than 3.125%"},
        {"certainty": "more than 95%", "prior": {"events": 1, "others": 3}},
        {"certainty": "at least 50%", "prior": {"events": 1, "others": 1}},
        {"certainty": "more than 50%", "prior": {"events": 1, "others": 1}},
    ],
)
def test_arms_followed_as_long_are_arms_allocated_one_to_one(version):
    by_time = rule("event_split", by="person_time", **version).lower(Plan(max_n=24))
    allocated = rule("event_split", **version).lower(Plan(max_n=24))
    fired = 0
    for x1, x2 in product(range(25), range(25)):
        found = by_time.code((Observed(30, x1, 411.5), Observed(30, x2, 411.5)))
        assert found == allocated.code((Observed(30, x1), Observed(30, x2)))
        fired += found
    assert 0 < fired < 625
