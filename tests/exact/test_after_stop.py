"""Evidence: exact. Limits and estimates after a stop against their definitions; without a look; issue 15."""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from simulator.stats.after_stop import after_stop, observed_rate, places, rates_of, up_to
from simulator.stats.group_sequential import ends_of
from simulator.stats.intervals import clopper_pearson
from tests.exact.test_binomial import designs
from tests.exact.test_group_sequential import LOOKS, UPPER, paths

ENDS = ends_of(LOOKS, upper=UPPER)
AFTER = after_stop(ENDS)


def state(n, x):
    """The number of the final state with x events among n patients."""
    (at,) = np.flatnonzero((ENDS.n == n) & (ENDS.x == x))
    return at


@pytest.mark.parametrize(
    ("n", "x", "p_value", "low", "high", "estimate"),
    [
        (10, 5, 0.052507, 0.160035, 0.777331, 0.454718),
        (17, 7, 0.075212, 0.148792, 0.628641, 0.370769),
        (30, 6, 0.575075, 0.076228, 0.384827, 0.202479),
        (30, 11, 0.099574, None, None, None),
    ],
)
def test_estimates_of_the_rule_of_thirty_patients(n, x, p_value, low, high, estimate):
    """Issue 15, "After the stop, same N 30 rule, p0 .20"."""
    at = state(n, x)
    assert AFTER.p_value(0.20)[at] == pytest.approx(p_value, abs=5.1e-7)
    if low is not None:
        found = (AFTER.low[at], AFTER.high[at], AFTER.estimate[at])
        assert found == pytest.approx((low, high, estimate), abs=5.1e-7)


def test_coverage_of_the_rule_of_thirty_patients():
    """Issue 15: "Coverage at .1, .2, .3, .4: .98767, .98148, .99069, .98319"."""
    found = AFTER.coverage([0.1, 0.2, 0.3, 0.4])
    assert found == pytest.approx([0.98767, 0.98148, 0.99069, 0.98319], abs=5.1e-6)


def test_the_observed_rate_of_the_rule_of_thirty_patients():
    """Issue 15: bias .025424, .070461, .104809 and RMSE .142985, .198896, .221432 at true .2, .3, .4."""
    found = observed_rate(ENDS, [0.2, 0.3, 0.4])
    assert found.bias == pytest.approx([0.025424, 0.070461, 0.104809], abs=5.1e-7)
    assert found.rmse == pytest.approx([0.142985, 0.198896, 0.221432], abs=5.1e-7)


def by_hand(ends_there, p):
    """P(this or a more extreme state) at p, by state, from the paths that lead to each."""
    order = sorted(ends_there, key=lambda s: (-s[2], s[2] * s[0], -s[1]))
    total, found = 0.0, {}
    for n, x, way in order:
        total += ends_there[n, x, way] * p**x * (1 - p) ** (n - x)
        found[n, x, way] = total
    return found


@settings(deadline=None, max_examples=60)
@given(designs())
def test_limits_and_medians_are_where_the_definition_says(design):
    looks, upper, lower, max_n, _ = design
    ends = ends_of(looks, upper=upper, lower=lower, max_n=max_n)
    after, ways = after_stop(ends, 0.9), paths(looks, upper, lower, max_n)
    states = list(zip(ends.n.tolist(), ends.x.tolist(), ends.way.tolist(), strict=True))
    for i, one in enumerate(states):
        before = states[i - 1] if i else None
        if after.low[i] > 0.0:
            assert by_hand(ways, after.low[i])[one] == pytest.approx(0.05, abs=1e-9)
        if after.high[i] < 1.0:
            assert before is not None
            assert by_hand(ways, after.high[i])[before] == pytest.approx(0.95, abs=1e-9)
        assert after.low[i] <= after.estimate[i] <= after.high[i]
    found = by_hand(ways, 0.3)
    assert after.p_value(0.3) == pytest.approx([found[one] for one in states], abs=1e-12)
    assert after.coverage([0.05, 0.3, 0.77]).min() >= 0.9 - 1e-9


@given(st.integers(1, 25), st.floats(0.5, 0.99))
def test_without_a_look_the_limits_are_clopper_and_pearsons(n, level):
    """Two one-sided limits, each at half of what the interval leaves out."""
    after = after_stop(ends_of([n], upper=[None]), level)
    for x, low, high in zip(after.ends.x, after.low, after.high, strict=True):
        assert (low, high) == pytest.approx(clopper_pearson(int(x), n, (1 + level) / 2), abs=1e-11)


@settings(deadline=None)
@given(designs())
def test_the_bias_is_that_of_every_path(design):
    looks, upper, lower, max_n, p = design
    assume(0 < p < 1)
    found = observed_rate(ends_of(looks, upper=upper, lower=lower, max_n=max_n), p)
    share = square = 0.0
    for (n, x, _), ways in paths(looks, upper, lower, max_n).items():
        chance = ways * p**x * (1 - p) ** (n - x)
        share, square = share + chance * x / n, square + chance * (x / n - p) ** 2
    assert found.bias[0] == pytest.approx(share - p, abs=1e-12)
    assert found.rmse[0] == pytest.approx(square**0.5, abs=1e-9)


def test_an_impossible_level_is_refused():
    with pytest.raises(ValueError, match="above 0 and below 1"):
        after_stop(ENDS, 1.0)


@settings(deadline=None)
@given(designs())
def test_every_final_state_has_its_own_place(design):
    looks, upper, lower, max_n, _ = design
    ends = ends_of(looks, upper=upper, lower=lower, max_n=max_n)
    more, least = places(ends, ends.n, ends.x, ends.way)
    assert more.tolist() == list(range(len(ends.n)))
    assert least.tolist() == list(range(1, len(ends.n) + 1))


def test_what_cannot_be_ended_with_has_a_place_between():
    """4 of 5: who has 3 of 3 or 3 of 4 has been stopped. Three more at one look than can be, and none."""
    more, least = places(ENDS, [5, 7, 30], [4, 7, 30], [1, 1, 1])
    before = [((ENDS.way == 1) & (ENDS.n < n)).sum() for n in (5, 7, 30)]
    assert more.tolist() == least.tolist() == before
    assert before[0] == 2
    assert up_to(ENDS, 0.2)[more[0]] == pytest.approx(0.2**3 + 3 * 0.2**3 * 0.8, abs=1e-12)


def test_rates_of_none_and_of_all_are_at_the_ends():
    found = rates_of(ENDS, 0.5)
    assert found[[0, -1]].tolist() == [1.0, 0.0]
    assert (np.diff(found) < 0.0).all()
