"""Evidence: exact. The recursions against enumeration of every path, and against closed forms."""

from itertools import product
from math import comb

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.stats import poisson_binomial
from simulator.stats.binomial import monitor, monitor_each, tail
from tests.helpers import fastest

bound = st.one_of(st.none(), st.integers(-1, 10))


@st.composite
def designs(draw):
    looks = sorted(draw(st.sets(st.integers(1, 9), min_size=1, max_size=9)))
    upper = draw(st.lists(bound, min_size=len(looks), max_size=len(looks)))
    lower = draw(st.lists(bound, min_size=len(looks), max_size=len(looks)))
    return looks, upper, lower, max(looks) + draw(st.integers(0, 1)), draw(st.floats(0, 1))


def enumerate_paths(looks, upper, lower, max_n, p):
    """P(stop) per look and boundary, E[n], E[events]: each of 2^max_n paths by itself."""
    ups, downs, e_n, e_x = [0.0] * len(looks), [0.0] * len(looks), 0.0, 0.0
    for path in product((0, 1), repeat=max_n):
        chance = p ** sum(path) * (1 - p) ** (max_n - sum(path))
        end = max_n
        for k, n in enumerate(looks):
            x = sum(path[:n])
            if upper[k] is not None and x >= upper[k]:
                ups[k] += chance
            elif lower[k] is not None and x <= lower[k]:
                downs[k] += chance
            else:
                continue
            end = n
            break
        e_n += chance * end
        e_x += chance * sum(path[:end])
    return ups, downs, e_n, e_x


@settings(deadline=None)
@given(designs())
def test_recursion_equals_the_sum_over_all_paths(design):
    looks, upper, lower, max_n, p = design
    ups, downs, e_n, e_x = enumerate_paths(*design)
    found = monitor(looks, p, upper=upper, lower=lower, max_n=max_n)
    assert found.upper_at == pytest.approx(ups, abs=1e-12)
    assert found.lower_at == pytest.approx(downs, abs=1e-12)
    assert found.expected_n == pytest.approx(e_n, abs=1e-12)
    assert found.expected_events == pytest.approx(e_x, abs=1e-12)
    assert found.p_stop == pytest.approx(sum(ups) + sum(downs), abs=1e-12)
    assert found.p_stop_before_last == pytest.approx(sum(ups[:-1]) + sum(downs[:-1]), abs=1e-12)
    assert sum(found.final) == pytest.approx(1 - sum(ups) - sum(downs), abs=1e-12)


@settings(deadline=None)
@given(designs())
def test_expected_events_are_p_times_expected_patients(design):
    looks, upper, lower, max_n, p = design
    found = monitor(looks, p, upper=upper, lower=lower, max_n=max_n)
    assert found.expected_events == pytest.approx(p * found.expected_n, abs=1e-12)


def test_stops_exactly_at_the_boundary_and_goes_on_one_below():
    assert monitor([3], 1.0, upper=[3]).p_upper == 1.0
    assert monitor([3], 1.0, upper=[4]).p_upper == 0.0
    assert monitor([3], 0.0, upper=[None], lower=[0]).p_lower == 1.0
    assert monitor([3], 0.0, upper=[None], lower=[-1]).p_lower == 0.0


def test_upper_boundary_is_named_where_both_hold():
    found = monitor([2], 0.5, upper=[1], lower=[1])
    assert (found.p_upper, found.p_lower) == (0.75, 0.25)


def test_quantiles_of_the_number_of_patients():
    found = monitor([1, 2], 0.25, upper=[1, 1], max_n=4)  # P(n = 1, 2, 4) = 4/16, 3/16, 9/16
    assert [found.n_quantile(q) for q in (0.25, 0.26, 0.4375, 0.44, 1.0)] == [1, 2, 2, 4, 4]


@pytest.mark.parametrize(
    ("looks", "upper", "max_n"),
    [([], [], 3), ([0], [1], None), ([2, 2], [1, 1], None), ([3], [1, 2], None), ([5], [1], 4)],
)
def test_impossible_designs_are_refused(looks, upper, max_n):
    with pytest.raises(ValueError, match="allowed"):
        monitor(looks, 0.5, upper=upper, max_n=max_n)


@settings(deadline=None)
@given(st.integers(1, 30), st.integers(-2, 33), st.floats(0, 1))
def test_tail_is_the_sum_of_binomial_terms(n, k, p):
    exact = sum(comb(n, x) * p**x * (1 - p) ** (n - x) for x in range(max(k, 0), n + 1))
    assert float(tail(n, p, k)) == pytest.approx(exact, abs=1e-12)


def test_tail_works_on_arrays():
    assert tail(3, 0.5, np.array([0, 1, 2, 3, 4])) == pytest.approx([1, 7 / 8, 1 / 2, 1 / 8, 0], abs=1e-15)


@settings(deadline=None)
@given(st.lists(st.floats(0, 1), max_size=9))
def test_poisson_binomial_equals_the_sum_over_all_outcomes(chances):
    exact = np.zeros(len(chances) + 1)
    for outcome in product((0, 1), repeat=len(chances)):
        exact[sum(outcome)] += np.prod([p if y else 1 - p for p, y in zip(chances, outcome, strict=True)])
    assert poisson_binomial.pmf(chances) == pytest.approx(exact, abs=1e-12)
    for k in range(-1, len(chances) + 3):
        expected = exact[max(k, 0) :].sum() if k <= len(chances) else 0.0
        assert poisson_binomial.at_least(chances, k) == pytest.approx(expected, abs=1e-12)


def test_poisson_binomial_refuses_what_is_no_probability():
    with pytest.raises(ValueError, match="from 0 to 1"):
        poisson_binomial.pmf([0.5, 1.5])


@settings(deadline=None)
@given(designs(), st.lists(st.floats(0, 1), max_size=5))
def test_several_rates_in_one_walk_are_each_rate_by_itself(design, rates):
    looks, upper, lower, max_n, _ = design
    found = monitor_each(looks, rates, upper=upper, lower=lower, max_n=max_n)
    assert len(found) == len(rates)
    for p, one in zip(rates, found, strict=True):
        ups, downs, e_n, e_x = enumerate_paths(looks, upper, lower, max_n, p)
        assert one.upper_at == pytest.approx(ups, abs=1e-12)
        assert one.lower_at == pytest.approx(downs, abs=1e-12)
        assert (one.expected_n, one.expected_events) == pytest.approx((e_n, e_x), abs=1e-12)


def test_eleven_rates_cost_little_more_than_one():
    """Eleven times as much as one, as it was one after another, took longer than a peer does."""
    looks, rates = range(1, 46), np.linspace(0.05, 0.55, 11)
    upper = [n // 3 + 2 for n in looks]
    one = fastest(lambda: monitor(looks, 0.3, upper=upper))
    assert fastest(lambda: monitor_each(looks, rates, upper=upper)) < 4 * one
