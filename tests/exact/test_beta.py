"""Evidence: exact. Beta comparisons against finite sums and identities, intervals against textbook forms."""

from fractions import Fraction
from math import comb, sqrt

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from simulator.stats.beta import interval_width, lower_tail, prob_exceeds, upper_tail
from simulator.stats.beta_walk import BetaWalk
from simulator.stats.intervals import wilson

parameter = st.floats(-1.3, 3).map(lambda e: 10.0**e)  # 0.05 to 1000


def exceeds_by_sum(a1: int, b1: int, a2: int, b2: int) -> float:
    """P(Beta(a1, b1) > Beta(a2, b2)) for whole parameters, in exact fractions.

    E > S iff of a1 + b1 - 1 + a2 + b2 - 1 uniforms, coloured at random in order, the a1-th of E's comes
    later than the a2-th of S's: sum over S's position among E's of hypergeometric terms.
    """
    n1, n2 = a1 + b1 - 1, a2 + b2 - 1
    ways = Fraction(0)
    for k in range(a1):  # k of E's uniforms lie below the a2-th of S's
        ways += comb(k + a2 - 1, k) * comb(n1 - k + n2 - a2, n1 - k)
    return float(ways / comb(n1 + n2, n1))


@pytest.mark.parametrize(
    ("a1", "b1", "a2", "b2"),
    [(1, 1, 1, 1), (5, 10, 300, 700), (3, 1, 1, 40), (310, 690, 300, 700), (1, 46, 20, 80), (200, 3, 2, 5)],
)
def test_exceedance_equals_the_finite_sum(a1, b1, a2, b2):
    assert float(prob_exceeds(a1, b1, a2, b2)) == pytest.approx(exceeds_by_sum(a1, b1, a2, b2), abs=1e-11)


@settings(deadline=None)
@given(parameter, parameter, parameter, parameter, st.floats(-0.95, 0.95))
@example(0.05, 1.0, 0.1, 1.0, 6e-173)  # both densities are singular where the margin begins
@example(1.0, 0.1, 1.0, 0.1, 1e-15)  # 1 - margin keeps one digit of the margin
def test_exceedance_and_its_reverse_sum_to_one(a1, b1, a2, b2, margin):
    forth, back = prob_exceeds(a1, b1, a2, b2, margin), prob_exceeds(a2, b2, a1, b1, -margin)
    assert float(forth + back) == pytest.approx(1.0, abs=1e-9)


@settings(deadline=None)
@given(parameter, parameter, st.floats(0.05, 0.9), st.floats(0.0, 0.3))
def test_a_standard_nearly_known_is_a_known_one(a, b, rate, margin):
    almost = prob_exceeds(a, b, 9e4 * rate, 9e4 * (1 - rate), margin)
    step = 8 * sqrt(rate * (1 - rate) / 9e4)  # eight standard deviations of the standard
    low, high = (upper_tail(a, b, rate + margin + side * step) for side in (1, -1))
    assert low - 1e-9 <= almost <= high + 1e-9


@pytest.mark.parametrize(("a2", "b2"), [(0.0, 1.0), (5e5, 5e5)])
def test_parameters_out_of_range_are_refused(a2, b2):
    with pytest.raises(ValueError, match="allowed"):
        prob_exceeds(1, 1, a2, b2)


@pytest.mark.parametrize(("a2", "b2"), [(0.02, 1.0), (0.02, 0.02), (1.0, 0.05), (300.0, 700.0)])
def test_a_uniform_exceeds_with_the_mean_of_the_complement(a2, b2):
    assert float(prob_exceeds(1, 1, a2, b2)) == pytest.approx(b2 / (a2 + b2), abs=1e-10)


@pytest.mark.parametrize("margin", [0.0, 1e-15, 0.1, 0.5])
def test_a_uniform_exceeds_a_power_by_a_margin(margin):
    """S ~ Beta(a, 1): P(E > S + m) is the integral of (1 - m - s) a s^(a-1), (1 - m)^(a+1) / (a + 1)."""
    for a in (0.06, 1.0, 40.0):
        exact = (1 - margin) ** (a + 1) / (a + 1)
        assert float(prob_exceeds(1, 1, a, 1, margin)) == pytest.approx(exact, abs=1e-10)
    assert float(prob_exceeds(1, 1, 0.06, 1, -1e-150)) == pytest.approx(1 / 1.06, abs=1e-9)


def test_a_cell_of_a_batch_equals_its_batch_of_one():
    a, b = np.arange(1, 60) / 2, np.arange(60, 1, -1) * 7.0
    batch = prob_exceeds(a, b, 0.3, 0.7, 0.1)
    alone = [float(prob_exceeds(a[i], b[i], 0.3, 0.7, 0.1)) for i in range(a.size)]
    assert batch.tolist() == alone


def test_margins_beyond_the_range_decide():
    assert (float(prob_exceeds(1, 1, 1, 1, 1.0)), float(prob_exceeds(1, 1, 1, 1, -1.0))) == (0.0, 1.0)
    assert float(prob_exceeds(1, 1, 1, 1, 0.5)) == pytest.approx(1 / 8, abs=1e-12)  # triangle of side 1/2


def test_tails_of_a_polynomial_case():
    assert float(upper_tail(2, 1, 0.3)) == pytest.approx(1 - 0.09, abs=1e-15)  # P(max of two uniforms > .3)
    assert float(lower_tail(2, 1, 0.3)) == pytest.approx(0.09, abs=1e-15)
    assert (float(upper_tail(2, 1, 1.2)), float(upper_tail(2, 1, -0.2))) == (0.0, 1.0)


def test_interval_width_of_the_uniform():
    assert interval_width(1, 1, 0.9) == pytest.approx(0.9, abs=1e-12)
    assert interval_width([1, 2], [1, 1], 0.95)[1] == pytest.approx(sqrt(0.975) - sqrt(0.025), abs=1e-12)
    with pytest.raises(ValueError, match="level"):
        interval_width(1, 1, 1.0)


def test_wilson_limits_solve_the_score_equation():
    z = 1.959963984540054  # normal quantile of .975
    for x, n in ((1, 10), (15, 50), (10_000, 10_001)):
        for limit in wilson(x, n):
            assert abs(x / n - limit) == pytest.approx(z * sqrt(limit * (1 - limit) / n), abs=1e-10)
    assert wilson(0, 10)[0] == 0.0
    assert wilson(0, 10)[1] == pytest.approx(z * z / (10 + z * z), abs=1e-12)
    assert wilson(10, 10) == pytest.approx((10 / (10 + z * z), 1.0), abs=1e-12)
    with pytest.raises(ValueError, match="allowed"):
        wilson(3, 2)


# ---------------------------------------------------------------- along a staircase


@settings(deadline=None, max_examples=40)
@given(
    parameter, parameter, parameter, parameter, st.floats(-0.95, 0.95), st.lists(st.booleans(), max_size=40)
)
@example(0.6, 1.4, 20, 80, 0.0, [False] * 200)  # far from where it began
@example(0.5, 4.8, 175, 0.064, 0.0, [True, False] * 100)  # the panels of the start are too few later on
def test_a_walk_has_the_values_of_its_places(a1, b1, a2, b2, margin, events):
    walk, ahead = BetaWalk(a1, b1, a2, b2, margin), []
    for event in events:
        ahead.append(walk.value(event))
        walk.go(event)
    a = a1 + np.cumsum([0, *events])
    b = b1 + np.cumsum([0, *(not event for event in events)])
    expected = prob_exceeds(a, b, a2, b2, margin)
    assert ahead == pytest.approx(expected[1:], abs=1e-8)
    assert walk.value() == pytest.approx(expected[-1], abs=1e-8)
