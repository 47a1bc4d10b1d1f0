"""Evidence: exact. Where two outcomes hold at one look, the first listed is found, and calibrated."""

import numpy as np
import pytest

from simulator.contracts import Boundary, Plan, RuleTable
from simulator.exact.over_rates import bounds_of
from simulator.rules._calibrated import Target
from simulator.rules._statistics import LogRatio, Standardised
from simulator.rules.max_sprt import MaxSprt
from simulator.rules.sprt import Sprt


def at_most(level, rate):
    return Target(word="at most", level=level, rate=rate)


def test_a_stop_for_few_is_asked_before_cleared_where_both_hold():
    """One look at 10: P(X <= 3 | .5) = .171875 is the most within 30 %; all of the rest may be cleared.

    Said as 1 or more, of which 1 to 3 stop: what holds whatever happens is no bound.
    """
    rule = Sprt(false_stop=at_most(0.3, 0.5), alternative=0.2, false_clear=at_most(0.6, 0.2), binding=True)
    stop, cleared = rule.lower(Plan(max_n=10, looks=(10,))).boundaries
    assert (stop.bound[10], cleared.bound[10]) == (3, 1)


@pytest.mark.parametrize(("first", "upper"), [("at_most", [5]), ("at_least", [3])])
def test_where_both_hold_the_first_listed_outcome_is_found(first, upper):
    few = Boundary(outcome="few", direction="at_most", bound=(None, *[4] * 10))
    many = Boundary(outcome="many", direction="at_least", bound=(None, *[3] * 10))
    order = (few, many) if first == "at_most" else (many, few)
    assert bounds_of(RuleTable(boundaries=order), 0, [10]) == (upper, [4])


def test_what_is_no_evidence_is_in_no_region():
    """Both would stop at everything to reach 99.9 %: P(x > n p) is less, and so is the other condition's."""
    target = Target(word="at least", level=0.999, rate=0.2)
    plan = Plan(max_n=20)
    assert MaxSprt(false_stop=target).unmet(plan) is not None
    assert all(bound is None for bound in MaxSprt(false_stop=target).lower(plan).boundaries[0].bound)


def test_statistics_that_are_zero_but_for_rounding_are_zero():
    n = np.arange(2, 60, 2)
    assert not LogRatio(null=0.2, other=0.8)(n, n // 2).any()
    assert not Standardised(rate=0.7, delta=0.0, planned=100)(
        np.arange(10, 101, 10), np.arange(7, 71, 7)
    ).any()
