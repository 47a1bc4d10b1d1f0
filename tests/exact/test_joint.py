"""Evidence: exact. The joint recursion against enumeration of every path; the four cells' odds ratio."""

from dataclasses import astuple
from itertools import product
from math import inf

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.stats.binomial import monitor
from simulator.stats.joint import four_cells, monitor_joint

bound = st.one_of(st.none(), st.integers(-3, 8))
probability = st.floats(0, 1)
ratio = st.one_of(st.floats(0, 20), st.just(inf), st.floats(1e-9, 1e9))


@st.composite
def designs(draw):
    looks = sorted(draw(st.sets(st.integers(1, 5), min_size=1, max_size=5)))
    toxicity = draw(st.lists(bound, min_size=len(looks), max_size=len(looks)))
    response = draw(st.lists(bound, min_size=len(looks), max_size=len(looks)))
    cells = four_cells(draw(probability), draw(probability), draw(ratio))
    return looks, toxicity, response, max(looks) + draw(st.integers(0, 1)), cells


def enumerate_paths(looks, toxicity, response, max_n, cells):
    """Each of 4^max_n paths by itself: P(toxicity only, response only, both) per look, E[n, tox, resp]."""
    chances = dict(zip(((1, 1), (1, 0), (0, 1), (0, 0)), astuple(cells), strict=True))  # (resp, tox)
    parts = [[0.0] * len(looks) for _ in range(3)]
    means = [0.0, 0.0, 0.0]
    for path in product(chances, repeat=max_n):
        chance, end = 1.0, max_n
        for pair in path:
            chance *= chances[pair]
        for k, n in enumerate(looks):
            r, t = (sum(pair[i] for pair in path[:n]) for i in (0, 1))
            toxic = toxicity[k] is not None and t >= toxicity[k]
            futile = response[k] is not None and r <= response[k]
            if toxic or futile:
                parts[2 if toxic and futile else 0 if toxic else 1][k] += chance
                end = n
                break
        counts = (end, sum(pair[1] for pair in path[:end]), sum(pair[0] for pair in path[:end]))
        means = [mean + chance * count for mean, count in zip(means, counts, strict=True)]
    return parts, means


@settings(deadline=None)
@given(designs())
def test_recursion_equals_the_sum_over_all_paths(design):
    looks, toxicity, response, max_n, cells = design
    (tox_only, resp_only, both), means = enumerate_paths(*design)
    found = monitor_joint(looks, cells, toxicity=toxicity, response=response, max_n=max_n)
    assert found.toxicity_only_at == pytest.approx(tox_only, abs=1e-12)
    assert found.response_only_at == pytest.approx(resp_only, abs=1e-12)
    assert found.both_at == pytest.approx(both, abs=1e-12)
    expected = (found.expected_n, found.expected_toxicities, found.expected_responses)
    assert expected == pytest.approx(means, abs=1e-12)
    stops = [sum(three) for three in zip(tox_only, resp_only, both, strict=True)]
    assert found.p_stop == pytest.approx(sum(stops), abs=1e-12)
    assert found.p_stop_before_last == pytest.approx(sum(stops[:-1]), abs=1e-12)


@settings(deadline=None)
@given(probability, probability, ratio)
def test_cells_have_the_margins_and_sum_to_one(p_response, p_toxicity, odds_ratio):
    cells = four_cells(p_response, p_toxicity, odds_ratio)
    assert min(astuple(cells)) >= 0
    assert sum(astuple(cells)) == pytest.approx(1, abs=1e-12)
    assert cells.both + cells.response_only == pytest.approx(p_response, abs=1e-12)
    assert cells.both + cells.toxicity_only == pytest.approx(p_toxicity, abs=1e-12)


@settings(deadline=None)
@given(st.floats(0.01, 0.99), st.floats(0.01, 0.99), st.floats(-3, 3))
def test_cells_have_the_odds_ratio(p_response, p_toxicity, log10_ratio):
    cells = four_cells(p_response, p_toxicity, 10**log10_ratio)
    found = cells.both * cells.neither / (cells.response_only * cells.toxicity_only)
    assert found == pytest.approx(10**log10_ratio, rel=1e-8)


@settings(deadline=None)
@given(probability, probability)
def test_the_ends_of_the_odds_ratio_are_the_frechet_bounds(p, q):
    assert four_cells(p, q, 0.0).both == pytest.approx(max(0.0, p + q - 1.0), abs=1e-15)
    assert four_cells(p, q, inf).both == min(p, q)
    assert four_cells(p, q, 1.0).both == pytest.approx(p * q, abs=1e-15)
    assert four_cells(p, q, 1e-15).both == pytest.approx(four_cells(p, q, 0.0).both, abs=1e-7)
    assert four_cells(p, q, 1e15).both == pytest.approx(four_cells(p, q, inf).both, abs=1e-7)


@settings(deadline=None)
@given(st.floats(0.01, 0.99), st.floats(0.01, 0.99), ratio)
def test_association_leaves_each_rule_alone_unchanged(p_response, p_toxicity, odds_ratio):
    looks, toxicity, response = [2, 4, 6], [2, 3, 4], [None, 0, 1]
    cells = four_cells(p_response, p_toxicity, odds_ratio)
    tox = monitor(looks, p_toxicity, upper=toxicity)
    resp = monitor(looks, p_response, upper=[None] * 3, lower=response)
    assert monitor_joint(looks, cells, toxicity=toxicity).p_stop == pytest.approx(tox.p_upper, abs=1e-12)
    assert monitor_joint(looks, cells, response=response).p_stop == pytest.approx(resp.p_lower, abs=1e-12)
    if odds_ratio == 1.0:
        union = 1 - (1 - tox.p_stop) * (1 - resp.p_stop)
        both = monitor_joint(looks, cells, toxicity=toxicity, response=response)
        assert both.p_stop == pytest.approx(union, abs=1e-12)


@pytest.mark.parametrize(
    "arguments", [(1.1, 0.5, 1.0), (0.5, -0.1, 1.0), (0.5, 0.5, -1.0), (0.5, 0.5, float("nan"))]
)
def test_impossible_cells_are_refused(arguments):
    with pytest.raises(ValueError, match="allowed"):
        four_cells(*arguments)
