"""The moment of a likelihood ratio, and the bound that follows, against what can be integrated or summed."""

from math import exp, inf, log

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.special import logsumexp
from scipy.stats import poisson

from simulator.stats.hoelder import Spread, bound, excess, moment

RATIOS = st.floats(0.0, 3.0)
POWERS = st.floats(1.0001, 12.0)


@given(r=RATIOS, q=POWERS)
def test_property_psi_is_least_at_one_and_rises_from_there(r: float, q: float) -> None:
    assert excess(1.0, q) == 0.0
    assert excess(r, q) >= 0.0
    assert excess(1.0 + 0.9 * (r - 1.0), q) <= excess(r, q) + 1e-9


@given(r=st.floats(0.01, 3.0), q=st.floats(1.0001, 4.0), most=st.floats(0.01, 4.0))
def test_exact_moment_of_events_that_repeat_is_that_of_a_poisson_count(
    r: float, q: float, most: float
) -> None:
    """Stopped at a fixed A the bound is the moment itself: E r^(q N) exp(-q (r - 1) A), N ~ Poisson(A)."""
    counts = np.arange(2_000)
    terms = poisson.logpmf(counts, most) + q * (counts * log(r) - (r - 1.0) * most)
    assert moment(r, q, most, once=False) == pytest.approx(logsumexp(terms), rel=1e-6, abs=1e-9)


@given(r=st.floats(0.0, 3.0), q=POWERS, most=st.floats(0.01, 3.0))
def test_exact_moment_of_one_event_at_most_is_an_integral(r: float, q: float, most: float) -> None:
    """Over the day of the event, in units of A, or none by the end."""
    crossed, _ = quad(lambda a: exp(-a) * (r * exp(-(r - 1.0) * a)) ** q, 0.0, most)
    expected = crossed + exp(-most) * exp(-q * (r - 1.0) * most)
    assert exp(moment(r, q, most, once=True)) == pytest.approx(expected, rel=1e-6)


@given(r=RATIOS, q=POWERS, most=st.floats(0.0, 1e4))
def test_property_one_event_at_most_tells_less_and_a_longer_time_more(
    r: float, q: float, most: float
) -> None:
    once = moment(r, q, most, once=True)
    assert once <= moment(r, q, most, once=False) * (1.0 + 1e-9) + 1e-9
    assert once >= moment(r, q, 0.5 * most, once=True) - 1e-9


@given(
    low=RATIOS, high=RATIOS, share=st.floats(0.0, 1.0), q=POWERS, most=st.floats(0.0, 5.0), once=st.booleans()
)
def test_property_the_worst_of_a_range_is_at_an_end(
    low: float, high: float, share: float, q: float, most: float, once: bool
) -> None:
    inside = moment(low + share * (high - low), q, most, once=once)
    ends = Spread(low=min(low, high, 1.0), high=max(low, high, 1.0), most=most, patients=1, once=once)
    assert inside <= ends.moment(q) * (1.0 + 1e-9) + 1e-9


@given(rate=st.floats(0.05, 3.0), r=st.floats(0.1, 2.5), least=st.integers(1, 6))
def test_exact_probability_of_a_poisson_count_is_within_the_bound(rate: float, r: float, least: int) -> None:
    """F: at least so many events. P' is known, and so is the bound of it from P."""
    p, other = (float(poisson.sf(least - 1, rate * factor)) for factor in (1.0, r))
    found, q = bound(p, [Spread(low=min(r, 1.0), high=max(r, 1.0), most=rate, patients=1)])
    assert other <= found * (1.0 + 1e-9)
    assert q > 1.0
    few, _ = bound(1.0 - p, [Spread(low=r, high=r, most=rate, patients=1)])
    assert 1.0 - other <= few * (1.0 + 1e-9)


def test_exact_the_q_that_is_found_is_the_best_of_a_fine_grid() -> None:
    spread = Spread(low=0.8, high=1.3, most=3 / 206, patients=20)
    found, _ = bound(0.033422, [spread])
    grid = [1.0 + 0.001 * i for i in range(1, 30_000)]
    best = min((log(0.033422) * (q - 1.0) + spread.moment(q)) / q for q in grid)
    assert found == pytest.approx(exp(best), rel=1e-6)


def test_what_is_certain_stays_so_and_what_nothing_bounds_is_one() -> None:
    wide = Spread(low=0.1, high=50.0, most=10.0, patients=100)
    assert bound(0.0, [wide]) == (0.0, inf)
    assert bound(1.0, [wide])[0] == 1.0
    assert 0.9 < bound(0.5, [wide])[0] <= 1.0
    assert bound(0.2, [])[0] == pytest.approx(0.2, rel=1e-2)
    for p in (-0.1, 1.1):
        with pytest.raises(ValueError, match="allowed 0 to 1"):
            bound(p, [])
    for r, q in ((-0.1, 2.0), (1.0, 0.5)):
        with pytest.raises(ValueError, match="allowed r from 0 and q from 1"):
            excess(r, q)
