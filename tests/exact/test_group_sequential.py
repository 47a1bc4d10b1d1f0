"""Evidence: exact. Final states against enumeration of every path; rates, and what may still happen."""

from itertools import product
from math import comb, inf

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import beta, betabinom

from simulator.stats.binomial import monitor, monitor_each
from simulator.stats.group_sequential import ends_of, from_here, rate_at
from tests.exact.test_binomial import designs
from tests.helpers import fastest

N30 = [3] * 2 + [4] * 2 + [5] * 4 + [6] * 3 + [7] * 4 + [8] * 3 + [9] * 4 + [10] * 4 + [11] * 2
"""Bounds at n 3 to 30: issue 15, "N 30, p0 .20, prior (0.6, 2.4), 10 %: collapsed 3-4:3, 5-6:4, ...\""""
LOOKS = range(1, 31)
UPPER = [None, None, *N30]


def paths(looks, upper, lower, max_n, start=(0, 0)):
    """(n, x, way) -> how many of all orders of events after the start end there."""
    n0, x0 = start
    found: dict[tuple[int, int, int], set] = {}
    for path in product((0, 1), repeat=max_n - n0):
        end = (max_n, x0 + sum(path), 0)
        for n, up, down in zip(looks, upper, lower, strict=True):
            x = x0 + sum(path[: max(n - n0, 0)])
            if n > n0 and (x >= (inf if up is None else up) or x <= (-1 if down is None else down)):
                end = (n, x, 1 if up is not None and x >= up else -1)
                break
        found[end] = found.get(end, set()) | {path[: end[0] - n0]}
    return {end: len(ways) for end, ways in found.items()}


@settings(deadline=None)
@given(designs())
def test_every_path_ends_in_one_of_the_states(design):
    looks, upper, lower, max_n, p = design
    ends = ends_of(looks, upper=upper, lower=lower, max_n=max_n)
    states = zip(ends.n.tolist(), ends.x.tolist(), ends.way.tolist(), strict=True)
    found = dict(zip(states, np.exp(ends.log_paths), strict=True))
    assert found == pytest.approx(paths(looks, upper, lower, max_n))
    one = monitor(looks, p, upper=upper, lower=lower, max_n=max_n)
    (chance,) = ends.at([p])
    assert chance[ends.way == 1].sum() == pytest.approx(one.p_upper, abs=1e-12)
    assert chance @ ends.n == pytest.approx(one.expected_n, abs=1e-12)
    assert one.sd_n == pytest.approx((chance @ (ends.n - one.expected_n) ** 2) ** 0.5, abs=1e-9)


@settings(deadline=None)
@given(designs())
def test_the_more_extreme_state_comes_first(design):
    """Many: the earlier, then the more events. Those not stopped, by events. Few: the later, the more."""
    looks, upper, lower, max_n, _ = design
    ends = ends_of(looks, upper=upper, lower=lower, max_n=max_n)
    rank = [(-way, way * n, -x) for n, x, way in zip(ends.n, ends.x, ends.way, strict=True)]
    assert rank == sorted(rank)


@settings(deadline=None)
@given(designs(), st.integers(0, 9), st.integers(0, 9))
def test_from_here_on_is_the_rest_of_every_path(design, n0, x0):
    looks, upper, lower, max_n, p = design
    n0 = min(n0, max_n)
    x0 = min(x0, n0)
    before = paths([n for n in looks if n <= n0], upper[: sum(n <= n0 for n in looks)],
                   lower[: sum(n <= n0 for n in looks)], n0)  # fmt: skip
    if (n0, x0, 0) not in before:
        with pytest.raises(ValueError, match=f"no trial goes on from {x0} of {n0}"):
            from_here(looks, (n0, x0), upper=upper, lower=lower, max_n=max_n)
        return
    ends = from_here(looks, (n0, x0), upper=upper, lower=lower, max_n=max_n)
    expected = paths(looks, upper, lower, max_n, (n0, x0))
    total = sum(ways * p ** (x - x0) * (1 - p) ** (n - n0 - x + x0) for (n, x, _), ways in expected.items())
    assert total == pytest.approx(1, abs=1e-12)  # of the enumeration itself
    for n, x, way, chance in zip(ends.n, ends.x, ends.way, ends.at([p])[0], strict=True):
        by_hand = expected.pop((n, x, way)) * p ** (x - x0) * (1 - p) ** (n - n0 - x + x0)
        assert chance == pytest.approx(by_hand, abs=1e-12)
    assert not expected


@settings(deadline=None)
@given(st.integers(0, 8), st.data(), st.floats(0.1, 9), st.floats(0.1, 9))
def test_the_predictive_count_without_looks_is_beta_binomial(n0, data, a, b):
    x0 = data.draw(st.integers(0, n0))
    ends = from_here([20], (n0, x0), upper=[None])
    expected = betabinom.pmf(ends.x - x0, 20 - n0, a + x0, b + n0 - x0)
    assert ends.predictive(a, b) == pytest.approx(expected, abs=1e-10)


def test_from_four_of_ten():
    """Issue 15: "From 4 of 10: later stop .050951, .273902, .613850 at .1, .2, .3, predictive .680847"."""
    ends = from_here(LOOKS, (10, 4), upper=UPPER)
    later = ends.at([0.1, 0.2, 0.3])[:, ends.way == 1].sum(axis=1)
    assert later == pytest.approx([0.050951, 0.273902, 0.613850], abs=5.1e-7)
    assert ends.predictive(0.6, 2.4)[ends.way == 1].sum() == pytest.approx(0.680847, abs=5.1e-7)


@pytest.mark.parametrize(("a", "b", "expected"), [(0.6, 0.4, 0.565559), (1.0, 1.0, 0.373658)])
def test_success_at_forty_predicted_from_sixteen_of_twenty_three(a, b, expected):
    """Issue 15: "PP(16 of 23, N 40) = .565559 with Beta(.6, .4), success = P(p > .6) > .90 at 40"."""
    least = next(x for x in range(41) if beta.sf(0.6, a + x, b + 40 - x) > 0.90)
    ends = from_here([40], (23, 16), upper=[least])
    assert ends.predictive(a, b)[ends.way == 1].sum() == pytest.approx(expected, abs=5.1e-7)


def test_rates_at_which_the_trial_stops_so_often():
    """Issue 15: "P(stop) = 50, 80, 90 % at .314905, .394752, .437222"."""
    ends = ends_of(LOOKS, upper=UPPER)
    stopped = np.tile(ends.way == 1, (4, 1))
    found = rate_at(ends, stopped, [0.5, 0.8, 0.9, 0.1])
    assert found[:3] == pytest.approx([0.314905, 0.394752, 0.437222], abs=5.1e-7)
    assert [monitor(LOOKS, p, upper=UPPER).p_stop for p in found] == pytest.approx([0.5, 0.8, 0.9, 0.1])


@settings(deadline=None)
@given(designs(), st.floats(0.001, 0.999))
def test_the_rate_found_gives_the_probability_asked_for(design, target):
    looks, upper, lower, max_n, _ = design
    ends = ends_of(looks, upper=upper, lower=lower, max_n=max_n)
    (rate,) = rate_at(ends, (ends.way == 1)[None], target)
    at = [monitor(looks, p, upper=upper, lower=lower, max_n=max_n).p_upper for p in (0.0, 1.0)]
    if not at[0] < target < at[1]:
        assert np.isnan(rate)
    else:
        found = monitor(looks, rate, upper=upper, lower=lower, max_n=max_n)
        assert found.p_upper == pytest.approx(target, abs=1e-10)


def test_a_thousand_patients_keep_their_digits():
    """Paths of 1,000 patients number up to 10^300; against the closed form of one look."""
    ends = ends_of([1000], upper=[300])
    (chance,) = ends.at([0.3])
    exact = {x: comb(1000, x) * 3**x * 7 ** (1000 - x) / 10**1000 for x in (250, 300, 350)}
    for x, p in exact.items():
        assert chance[ends.x == x][0] == pytest.approx(p, rel=1e-11)
    assert chance.sum() == pytest.approx(1, abs=1e-11)


@pytest.mark.parametrize(
    ("looks", "start", "said"),
    [([1001], (0, 0), "up to 1,000"), ([5], (3, 4), "4 of 3"), ([5], (6, 1), "from 0 to 5")],
)
def test_what_cannot_be_is_refused(looks, start, said):
    with pytest.raises(ValueError, match=said):
        ends_of(looks, upper=[None], start=start)


def test_eleven_rates_take_less_than_five_milliseconds():
    """Issue 15: "exact at 11 rates under 5 ms" at n 45 with a look after every patient."""
    looks, rates = range(1, 46), np.linspace(0.05, 0.55, 11)
    upper = [n // 3 + 2 for n in looks]
    assert fastest(lambda: [one.sd_n for one in monitor_each(looks, rates, upper=upper)]) < 0.005
    assert fastest(lambda: ends_of(looks, upper=upper).at(rates)) < 0.005
