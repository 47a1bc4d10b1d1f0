"""Evidence: exact. Entries before a stop takes effect, against sums, integrals and day by day."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.stats import beta, poisson

from simulator.stats.binomial import monitor, monitor_each
from simulator.stats.pending import Equally, Poisson, Uniformly, expected_day, expected_enrolled

numbers = st.integers(1, 60).flatmap(lambda most: st.tuples(st.integers(1, most), st.just(most)))
days = st.floats(0.01, 1000)


def after(accrual, n, max_n, tau):
    (found,) = accrual.after(np.array([float(n)]), max_n, tau)
    return found


def test_enrolled_by_a_rule_with_looks_every_five():
    """Issue 15, "Pending, tau 30 d, 45 uniform over 730 d, looks of 5"."""
    courses = monitor_each(range(5, 46, 5), [0.30, 0.45], upper=[4, 6, 8, 10, 12, 14, 16, 18, 19])
    assert [one.expected_n for one in courses] == pytest.approx([41.2256, 25.5592], abs=5.1e-5)
    found = expected_enrolled(courses, Uniformly(within_days=730), 30)
    assert found == pytest.approx([41.4611, 26.8562], abs=5.1e-5)


@given(numbers, days, st.floats(0, 1000))
def test_uniform_days_are_the_integral_of_the_issue(numbers, within, tau):
    """(N - n) E[min(1, tau / (A (1 - U)))], U ~ Beta(n, N - n + 1)."""
    n, most = numbers
    t = tau / within

    def integrand(u):
        return (min(1.0, t / (1.0 - u)) if u < 1.0 else 1.0) * beta.pdf(u, n, most - n + 1)

    kink = [1 - t] if 0 < t < 1 else None
    mean = quad(integrand, 0, 1, points=kink, epsabs=1e-11, limit=200)[0]
    found = after(Uniformly(within_days=within), n, most, tau)
    assert found == pytest.approx((most - n) * mean, abs=1e-7)


@given(numbers, st.floats(0.001, 2), st.floats(0, 400))
def test_poisson_entries_are_the_sum_over_their_number(numbers, per_day, tau):
    n, most = numbers
    exact = sum(poisson.sf(k - 1, per_day * tau) for k in range(1, most - n + 1))
    assert after(Poisson(per_day=per_day), n, most, tau) == pytest.approx(exact, abs=1e-9)


@pytest.mark.parametrize(
    ("every", "tau", "more"),
    [(10, 30, 2), (10, 30.1, 3), (10, 0, 0), (10, 9, 0), (0.1, 0.3, 2), (0.1, 1.1, 10), (7, 28, 3)],
)
def test_who_comes_just_as_the_trial_stops_is_not_enrolled(every, tau, more):
    assert after(Equally(every_days=every), 5, 100, tau) == more
    assert after(Equally(every_days=every), 99, 100, tau) == min(more, 1)


@given(st.sampled_from([Equally(every_days=9), Poisson(per_day=0.1), Uniformly(within_days=400)]))
def test_without_follow_up_those_assessed_are_those_enrolled(accrual):
    course = monitor(range(2, 21, 2), 0.3, upper=[2, 2, 3, 3, 4, 4, 5, 5, 6, 6], max_n=23)
    assert expected_enrolled([course], accrual, 0.0) == pytest.approx([course.expected_n], abs=1e-12)
    long = expected_enrolled([course], accrual, 1e6)
    assert long == pytest.approx([23], abs=1e-9)  # all have entered, whoever stops


def test_days_of_the_stop():
    course = monitor([10], 0.5, upper=[0], max_n=20)  # stops at 10 for certain
    expected = [(Equally(every_days=7), 63 + 30), (Poisson(per_day=0.1), 100 + 30)]
    expected += [(Uniformly(within_days=210), 100 + 30)]  # the 10th of 20 order statistics: 210 * 10 / 21
    for accrual, day in expected:
        assert expected_day([course], accrual, 30) == pytest.approx([day], abs=1e-12)
