"""Evidence: exact. Which of several boundaries stops a trial, against enumeration of every path; issue 15."""

from itertools import product
from math import inf

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.stats.joint import four_cells
from simulator.stats.several import Bound, several, two_counts
from tests.exact.test_group_sequential import LOOKS, UPPER
from tests.helpers import fastest


@st.composite
def bounds(draw, most=7):
    looks = sorted(draw(st.sets(st.integers(1, most), min_size=1)))
    at = st.one_of(st.none(), st.integers(-1, most + 1))
    return Bound(
        direction=draw(st.sampled_from(["at_least", "at_most"])),
        looks=looks,
        bound=draw(st.lists(at, min_size=len(looks), max_size=len(looks))),
    )


def holds(bound, n, x):
    at = bound.at.get(n)
    return at is not None and (x >= at if bound.direction == "at_least" else x <= at)


@settings(deadline=None)
@given(st.lists(bounds(), min_size=1, max_size=3), st.integers(7, 8), st.floats(0, 1))
def test_the_boundaries_that_stop_are_those_of_every_path(rules, max_n, p):
    exact, patients = {}, 0.0
    for path in product((0, 1), repeat=max_n):
        chance = p ** sum(path) * (1 - p) ** (max_n - sum(path))
        for n in range(1, max_n + 1):
            which = tuple(i for i, rule in enumerate(rules) if holds(rule, n, sum(path[:n])))
            if which:
                exact[which] = exact.get(which, 0.0) + chance
                break
        patients += chance * n
    found = several(rules, max_n)
    for which, chance in found.sets([p]).items():
        assert chance[0] == pytest.approx(exact.pop(which, 0.0), abs=1e-12)
        exact[which] = chance[0]
    assert found.any([p])[0] == pytest.approx(sum(exact.values()), abs=1e-12)
    for i, alone in enumerate(found.alone([p])[:, 0]):
        assert alone == pytest.approx(exact.get((i,), 0.0), abs=1e-12)
    together = sum(chance for which, chance in exact.items() if len(which) > 1)
    assert found.joint([p])[0] == pytest.approx(together, abs=1e-12)
    assert found.expected_n([p])[0] == pytest.approx(patients, abs=1e-12)


def test_two_rules_on_one_count():
    """Issue 15, "Two rules on one count read after every patient (the N 30 boundary above; `at_least 8`)"."""
    posterior = Bound(direction="at_least", looks=LOOKS, bound=UPPER)
    eight = Bound(direction="at_least", looks=LOOKS, bound=[8] * 30)
    found = several([posterior, eight], 30)
    assert found.alone([0.2])[:, 0] == pytest.approx([0.075212, 0.174991], abs=5.1e-7)
    assert found.joint([0.2])[0] == pytest.approx(0.006113, abs=5.1e-7)
    assert found.any([0.2])[0] == pytest.approx(0.256316, abs=5.1e-7)
    assert found.expected_n([0.2])[0] == pytest.approx(27.7431, abs=5.1e-5)


@pytest.mark.parametrize(
    ("rates", "accepts"), [((0.4, 0.2), 0.871420), ((0.2, 0.2), 0.117381), ((0.4, 0.4), 0.249394)]
)
def test_two_stages_of_responses_and_toxicities(rates, accepts):
    """Issue 15: "Two stages n1 15 (go on: responses >= 4, toxicities <= 6), N 40 (accept: >= 11, <= 14)"."""
    response = Bound(direction="at_most", looks=[15, 40], bound=[3, 10])
    toxicity = Bound(direction="at_least", looks=[15, 40], bound=[7, 15])
    found = two_counts(response, toxicity, rates, 1.0, 40)
    assert found.p_accept == pytest.approx(accepts, abs=5.1e-7)
    assert found.p_accept + found.any == pytest.approx(1, abs=1e-12)


@settings(deadline=None, max_examples=50)
@given(
    bounds(4), bounds(4), st.integers(4, 5), st.floats(0.02, 0.98), st.floats(0.02, 0.98),
    st.sampled_from([0.0, 0.2, 1.0, 7.0, inf]),
)  # fmt: skip
def test_two_counts_are_those_of_every_path(first, other, max_n, p, q, ratio):
    cells = four_cells(p, q, ratio)
    chances = np.array([cells.neither, cells.toxicity_only, cells.response_only, cells.both])
    parts, mean_n, mean_x, mean_y = [0.0] * 4, 0.0, 0.0, 0.0
    for path in product(range(4), repeat=max_n):
        chance = chances[list(path)].prod()
        for n in range(1, max_n + 1):
            x, y = sum(k >> 1 for k in path[:n]), sum(k & 1 for k in path[:n])
            which = holds(first, n, x) + 2 * holds(other, n, y)
            if which:
                break
        parts[which] += chance
        mean_n, mean_x, mean_y = mean_n + chance * n, mean_x + chance * x, mean_y + chance * y
    found = two_counts(first, other, (p, q), ratio, max_n)
    shares = [found.p_accept, found.first_alone, found.other_alone, found.joint]
    assert shares == pytest.approx(parts, abs=1e-12)
    means = (found.expected_n, found.expected_first, found.expected_other)
    assert means == pytest.approx((mean_n, mean_x, mean_y), abs=1e-11)


def test_two_counts_take_less_than_five_milliseconds():
    """Issue 15: "joint under 5 ms", at n 45 with a look after every patient."""
    looks = range(1, 46)
    toxicity = Bound(direction="at_least", looks=looks, bound=[n // 3 + 2 for n in looks])
    response = Bound(direction="at_most", looks=looks, bound=[n // 6 - 1 for n in looks])
    assert fastest(lambda: two_counts(toxicity, response, (0.3, 0.2), 1.0, 45)) < 0.005
