"""Evidence: exact. The convolution against enumeration of every patient's period, and simpler recursions."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.stats import poisson_binomial
from simulator.stats.staggered import stays_below


@st.composite
def cases(draw):
    patients, periods = draw(st.integers(0, 5)), draw(st.integers(1, 3))
    row = st.lists(st.floats(0, 1), min_size=periods + 1, max_size=periods + 1).filter(lambda r: sum(r) > 0.1)
    rows = [draw(row) for _ in range(patients)]
    chances = np.array([[q / sum(r) for q in r[:-1]] for r in rows]).reshape(patients, periods)
    bounds = draw(st.lists(st.one_of(st.none(), st.integers(0, 4)), min_size=periods, max_size=periods))
    return chances, bounds


def enumerate_outcomes(chances, bounds):
    """Each patient's period of the event (or never), all combinations."""
    patients, periods = chances.shape
    below = 0.0
    for outcome in product(range(periods + 1), repeat=patients):
        chance = 1.0
        for i, j in enumerate(outcome):
            chance *= chances[i, j] if j < periods else 1.0 - chances[i].sum()
        counts = [sum(j <= end for j in outcome) for end in range(periods)]
        if all(b is None or c < b for c, b in zip(counts, bounds, strict=True)):
            below += chance
    return below


@settings(deadline=None)
@given(cases())
def test_convolution_equals_the_sum_over_all_outcomes(case):
    assert stays_below(*case) == pytest.approx(enumerate_outcomes(*case), abs=1e-12)


def test_crossing_means_reaching_the_boundary():
    certain = [[1.0, 0.0], [0.0, 1.0]]  # one event in each period
    assert stays_below(certain, [2, 3]) == 1.0
    assert stays_below(certain, [2, 2]) == 0.0
    assert stays_below(certain, [1, 3]) == 0.0


@settings(deadline=None)
@given(st.lists(st.floats(0, 1), min_size=1, max_size=12), st.integers(1, 13))
def test_one_period_is_the_poisson_binomial(chances, bound):
    expected = 1.0 - poisson_binomial.at_least(chances, bound)
    assert stays_below([[p] for p in chances], [bound]) == pytest.approx(expected, abs=1e-12)


def test_events_before_the_boundary_begins_count_later():
    assert stays_below([[1.0, 0.0]], [None, 1]) == 0.0
    assert stays_below([[1.0, 0.0]], [None, None]) == 1.0


def test_too_large_a_state_space_is_refused():
    with pytest.raises(ValueError, match="simulate instead"):
        stays_below(np.zeros((3, 4)), [40, 40, 40, 40])


@pytest.mark.parametrize("chances", [[[0.7, 0.7]], [[-0.1, 0.2]], [[0.5]]])
def test_impossible_probabilities_are_refused(chances):
    with pytest.raises(ValueError, match="probabilities"):
        stays_below(chances, [1, 1])
