"""Rules that compare two arms against independent sums, and numbers of the Khouri trial found beforehand.

Evidence: exact. Probabilities by fractions, by integration of another kind, and by adding up every pair of
counts; the largest P(stop) by a fine grid.
"""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise, product
from math import comb, sqrt

import numpy as np
import pytest
from pydantic import TypeAdapter
from scipy.integrate import quad
from scipy.special import betainc, betaincc, betaln

from simulator.contracts import Plan
from simulator.registry import COMPARING, load
from simulator.stats.beta import prob_exceeds
from simulator.stats.binomial import monitor
from simulator.stats.two_arm import two_arm_ends
from simulator.stats.two_arm_posterior import differences

JEFFREYS = {"events": 0.5, "others": 0.5}
FLAT = {"events": 1, "others": 1}
FIVES = ((5, 5), (10, 10), (15, 15), (20, 20))


def rule(kind, **keys):
    return TypeAdapter(load(COMPARING[kind])).validate_python(keys)


def posterior(certainty="more than 95%", prior=JEFFREYS, **keys):
    return rule("posterior_difference", prior=prior, certainty=certainty, **keys)


def ends(one, looks, plan=None):
    return two_arm_ends(looks, one.lower(plan or Plan(max_n=40)).row_each(looks))


# ---------------------------------------------------------------- probabilities


@pytest.mark.parametrize(
    ("prior", "margin", "counts", "expected"),
    [
        (JEFFREYS, "0%", (3, 7, 1, 9), 0.9269),
        (JEFFREYS, "0%", (3, 8, 1, 9), 0.8996),
        (JEFFREYS, "0%", (3, 7, 1, 10), 0.9414),
        (JEFFREYS, "10%", (3, 7, 1, 9), 0.8274),
        (JEFFREYS, "20%", (3, 7, 1, 9), 0.6690),
        (FLAT, "0%", (3, 7, 1, 9), 0.9118),
        (FLAT, "0%", (3, 8, 1, 9), 0.8808),
    ],
)
def test_the_posterior_of_the_khouri_trial(prior, margin, counts, expected):
    x1, n1, x2, n2 = counts
    found = posterior(prior=prior, margin=margin).evidence_two(n1, x1, n2, x2)
    assert found == pytest.approx(expected, abs=5.1e-5)


def flat_by_fractions(x1, n1, x2, n2):
    """P(p1 > p2) under Beta(1, 1): a sum of beta functions of whole numbers, as fractions."""

    def beta(a, b):
        return Fraction(1, (a + b - 1) * comb(a + b - 2, a - 1))

    a, b, c, d = 1 + x1, 1 + n1 - x1, 1 + x2, 1 + n2 - x2
    return float(sum(beta(c + i, d + b) / ((b + i) * beta(1 + i, b) * beta(c, d)) for i in range(a)))


def test_the_posterior_under_flat_priors_is_a_finite_sum():
    """1 - P(p1 < s) = sum over i < a of s^i (1 - s)^b / ((b + i) B(1 + i, b)), integrated over p2."""
    for n1, n2 in ((1, 1), (7, 9), (20, 13)):
        found = differences((1, 1), n1, (1, 1), n2)
        for x1, x2 in product(range(n1 + 1), range(n2 + 1)):
            assert found[x1, x2] == pytest.approx(flat_by_fractions(x1, n1, x2, n2), abs=1e-12)


def by_quadrature(first, second, margin):
    """P(p1 > p2 + margin) by adaptive quadrature in pieces; over s^c where c < 1, without its pole."""
    (a, b), (c, d) = first, second
    power, end = min(c, 1.0), 1.0 - margin

    def integrand(u):
        s = u ** (1.0 / power)
        left = margin + s
        tail = betaincc(a, b, left) if left < 0.5 else betainc(b, a, 1.0 - left)
        beside = (c - power) * np.log(s) if c > power else 0.0
        return tail * np.exp(beside + (d - 1.0) * np.log1p(-s) - betaln(c, d)) / power

    mean = c / (c + d)
    spread = sqrt(mean * (1.0 - mean) / (c + d + 1.0))
    inside = (mean + k * spread for k in (-6, -4, -2, -1, 0, 1, 2, 4, 6, 9))
    cuts = [0.0, *(s**power for s in inside if 0.0 < s < end), end**power]
    pieces = (quad(integrand, *piece, epsabs=1e-14, epsrel=1e-13, limit=200)[0] for piece in pairwise(cuts))
    return sum(pieces)


@pytest.mark.parametrize("margin", [0.0, 0.01, 0.3])
@pytest.mark.parametrize(
    ("first", "second", "n1", "n2"),
    [
        ((0.5, 1.5), (0.5, 0.5), 12, 30),
        ((2.0, 18.0), (1.0, 1.5), 40, 20),
        ((0.2, 1.8), (3.0, 7.0), 25, 25),
        ((30.0, 70.0), (1.5, 3.0), 8, 60),
    ],
)
def test_the_posterior_by_another_integral(first, second, n1, n2, margin):
    """To the 1e-10 that is promised, where 1 - s keeps all digits of the other side."""
    found = differences(first, n1, second, n2, margin)
    for x1, x2 in product({0, 1, n1 // 2, n1}, {0, 1, n2 // 3, n2 - 1}):
        of_first = (first[0] + x1, first[1] + n1 - x1)
        of_second = (second[0] + x2, second[1] + n2 - x2)
        assert found[x1, x2] == pytest.approx(by_quadrature(of_first, of_second, margin), abs=1e-10)


@pytest.mark.parametrize("margin", [0.0, 0.15])
@pytest.mark.parametrize(
    ("first", "second"),
    [((0.5, 0.5), (0.5, 0.5)), ((0.05, 2.0), (1.0, 0.05)), ((30.0, 70.0), (0.2, 9.0))],
)
def test_a_table_of_posteriors_is_that_of_the_quadrature_for_one_standard(first, second, margin):
    """Evidence: differential. `prob_exceeds`, known to 1e-9, integrates pair by pair with other nodes."""
    n1, n2 = 11, 8
    found, x1 = differences(first, n1, second, n2, margin), np.arange(n1 + 1)
    for x2 in range(n2 + 1):
        standard = second[0] + x2, second[1] + n2 - x2
        alone = prob_exceeds(first[0] + x1, first[1] + n1 - x1, *standard, margin)
        assert found[:, x2] == pytest.approx(alone, abs=1.1e-9)


@pytest.mark.parametrize("prior", [(0.05, 0.05), (0.5, 0.5), (3.0, 200.0), (40_000.0, 60_000.0)])
def test_arms_alike_exceed_each_other_half_of_the_time(prior):
    """P(p1 > p2) + P(p2 > p1) = 1, at every pair of counts; so at equal counts 1/2."""
    for n1, n2 in ((6, 6), (7, 31)):
        there, back = differences(prior, n1, prior, n2), differences(prior, n2, prior, n1)
        assert np.abs(there + back.T - 1.0).max() <= 2e-10


def test_priors_and_margins_that_quadrature_would_miss_are_refused():
    for first, second, margin in (
        ((0.04, 1), (1, 1), 0.0),
        ((1, 1), (1, 0.04), 0.0),
        ((1, 1), (1, 1), 1.0),
        ((1, 1), (1, 1), -0.1),
    ):
        with pytest.raises(ValueError, match=r"allowed from 0\.05, a margin from 0 below 1"):
            differences(first, 5, second, 5, margin)


def test_fishers_p_value_is_that_of_the_urn():
    test = rule("fisher_exact", level="at most 2.5%")
    assert test.evidence_two(7, 3, 9, 1) == pytest.approx(350 / 1820, rel=1e-13)
    for n1, n2 in ((1, 1), (7, 9), (30, 12)):
        for x1, x2 in product(range(n1 + 1), range(n2 + 1)):
            m = x1 + x2
            ways = sum(comb(n1, k) * comb(n2, m - k) for k in range(x1, min(n1, m) + 1))
            expected = float(Fraction(ways, comb(n1 + n2, m)))
            assert test.evidence_two(n1, x1, n2, x2) == pytest.approx(expected, rel=1e-11)


def test_the_pooled_z_has_no_verdict_where_all_are_alike():
    z = rule("haybittle_peto")
    assert z.evidence_two(20, 12, 25, 3) == pytest.approx(
        (12 / 20 - 3 / 25) / sqrt(15 / 45 * 30 / 45 * (1 / 20 + 1 / 25)), rel=1e-14
    )
    assert z.evidence_two(20, 0, 25, 0) is None
    assert z.evidence_two(20, 20, 25, 25) is None
    assert z.bound == 3.0


def test_a_statistic_that_equals_the_bound_stops():
    """4 of 4 v 0 of 5: z^2 = 9, z = 3 to the last bits."""
    assert rule("haybittle_peto").lower(Plan(max_n=9)).row(4, 5)[0] == 4
    assert rule("haybittle_peto", bound=3.0001).lower(Plan(max_n=9)).row(4, 5)[0] == 5


# ---------------------------------------------------------------- least counts and their course


def test_the_least_events_of_seven():
    for certainty, expected in (("more than 95%", (2, 4, 5)), ("more than 90%", (2, 3, 4))):
        assert posterior(certainty).lower(Plan(max_n=9)).row(7, 9)[:3] == expected


def test_a_tie_is_decided_by_the_word_and_named():
    """Evidence: exact. P(p1 > p2 | 1 of 1 v 0 of 1) = 5/6 under flat priors."""
    strict, weak = (posterior(f"{word} 5/6", FLAT) for word in ("more than", "at least"))
    assert [one.lower(Plan(max_n=1)).row(1, 1)[0] for one in (strict, weak)] == [2, 1]
    for one, word in ((strict, "not beyond"), (weak, "beyond")):
        (said,) = one.remarks([(1, 1)], Plan(max_n=1))
        assert "at 1 of 1 v 0 of 1 is 0.8333333333" in said
        assert said.endswith(f"counts as {word} it")
        assert one.particulars(Plan(max_n=1, looks=(1,))) == (said,)
    assert posterior("more than 83%", FLAT).remarks([(1, 1)], Plan(max_n=1)) == ()
    late = posterior("at least 5/6", FLAT, minimum_n=2)
    assert late.lower(Plan(max_n=1)).row(1, 1) == (2, 2)
    assert late.remarks([(1, 1)], Plan(max_n=1)) == (), "nothing counts as beyond it before minimum_n"


@pytest.mark.parametrize(
    ("certainty", "look", "expected"),
    [
        ("more than 95%", (8, 9), (0.4934, 0.1625, 0.0200)),
        ("more than 90%", (8, 9), (0.5556, 0.2716, 0.0790)),
        ("more than 95%", (7, 9), (0.4702, 0.2245, 0.0629)),
    ],
)
def test_one_look(certainty, look, expected):
    course = ends(posterior(certainty), [look])
    found = [course.at(p, 0.11).p_stop for p in (0.43, 0.25, 0.11)]
    assert found == pytest.approx(expected, abs=5.1e-5)


def test_four_looks_at_equal_rates_and_the_largest():
    course = ends(posterior(), FIVES)
    found = course.p_stop([0.05, 0.11, 0.25, 0.50])
    assert found == pytest.approx([0.033260, 0.081242, 0.111340, 0.119483], abs=5.1e-7)
    assert course.at(0.11, 0.11).stop_at == pytest.approx(
        [0.006492, 0.024776, 0.027750, 0.022224], abs=5.1e-7
    )
    largest = course.largest()
    assert (largest.rate, largest.p_stop) == (
        pytest.approx(0.5, abs=1e-6),
        pytest.approx(found[3], abs=1e-12),
    )


def test_four_looks_at_rates_that_differ():
    course = ends(posterior(), FIVES)
    found = [course.at(p, 0.11) for p in (0.11, 0.25, 0.43)]
    assert [f.p_stop for f in found] == pytest.approx([0.081242, 0.406014, 0.828403], abs=5.1e-7)
    assert [f.expected_n for f in found] == pytest.approx([39.0322, 34.0900, 24.9092], abs=5.1e-5)


LOOKS = ((3, 2), (4, 4), (4, 7), (9, 8))


def by_counting(row_of, p1, p2):
    """P(stop) at each of LOOKS, by following every pair of counts with binomial steps of plain Python."""
    running, stops, before = {(0, 0): 1.0}, [], (0, 0)
    for n1, n2 in LOOKS:
        m1, m2 = n1 - before[0], n2 - before[1]
        before, after = (n1, n2), {}
        for (x1, x2), mass in running.items():
            for k1, k2 in product(range(m1 + 1), range(m2 + 1)):
                way = comb(m1, k1) * p1**k1 * (1 - p1) ** (m1 - k1)
                way *= comb(m2, k2) * p2**k2 * (1 - p2) ** (m2 - k2)
                at = (x1 + k1, x2 + k2)
                after[at] = after.get(at, 0.0) + mass * way
        row = row_of(n1, n2)
        stops.append(sum(mass for (x1, x2), mass in after.items() if x1 >= row[x2]))
        running = {(x1, x2): mass for (x1, x2), mass in after.items() if x1 < row[x2]}
    return stops


@pytest.mark.parametrize(
    "one",
    [
        posterior("more than 80%"),
        rule("fisher_exact", level="at most 20%"),
        rule("haybittle_peto", bound=1.5),
        rule("event_split", level="at most 15%"),
        rule("table_2d", rows={"3-9/2-9": "2, 3, 5"}),
    ],
    ids=lambda one: one.kind,
)
def test_the_course_is_that_of_every_pair_of_counts(one):
    """Arms that grow unevenly, one of them not at all for a look; a trial that goes on to more patients."""
    table = one.lower(Plan(max_n=9))
    course = two_arm_ends(LOOKS, table.row_each(LOOKS), (12, 10))
    for p1, p2 in ((0.3, 0.3), (0.7, 0.2), (0.0, 0.4), (1.0, 0.0)):
        expected = by_counting(table.row, p1, p2)
        found = course.at(p1, p2)
        assert found.stop_at == pytest.approx(expected, abs=1e-14)
        assert found.p_stop_before_last == pytest.approx(sum(expected[:-1]), abs=1e-14)
        going = 1.0 - sum(expected)
        for n, most, arm in ((found.expected_n1, 12, 0), (found.expected_n2, 10, 1)):
            mean = most * going + sum(look[arm] * p for look, p in zip(LOOKS, expected, strict=True))
            assert n == pytest.approx(mean, abs=1e-12)
    rates = np.linspace(0.0, 1.0, 7)
    assert course.p_stop(rates) == pytest.approx(
        [sum(by_counting(table.row, p, p)) for p in rates], abs=1e-14
    )


def test_the_largest_is_that_of_a_fine_grid():
    """Where the peak is narrow, near 0, and where it is flat."""
    for one, looks in (
        (rule("table_2d", rows={"200/200": "4"}), [(200, 200)]),
        (posterior("more than 95%"), [(7, 9), (30, 31)]),
        (rule("fisher_exact", level="at most 5%"), [(10, 20), (20, 40)]),
    ):
        course = ends(one, looks)
        largest, rates = course.largest(), np.linspace(0.0, 1.0, 40_001)
        on_grid = course.p_stop(rates)
        assert on_grid.max() <= largest.p_stop + 1e-13
        assert largest.p_stop == pytest.approx(on_grid.max(), abs=1e-6)
        assert course.p_stop([largest.rate])[0] == pytest.approx(largest.p_stop, abs=1e-13)


def test_many_patients_keep_small_chances():
    """Evidence: exact. 500 a side: at rates 1 and 0 the end is certain; a row that all exceed is never."""
    looks = [(250, 250), (500, 500)]
    rows = [[251] * 251, [500 if x2 == 0 else 501 for x2 in range(501)]]
    course = two_arm_ends(looks, rows)
    assert course.at(1.0, 0.0).stop_at == pytest.approx([0.0, 1.0], abs=1e-12)
    assert course.at(0.9, 0.01).p_stop == pytest.approx(0.9**500 * 0.99**500, rel=1e-10)


@pytest.mark.parametrize(
    ("looks", "rows", "said"),
    [
        ([], [], "no look"),
        ([(5, 5), (5, 5)], [[6] * 6] * 2, "looks that rise"),
        ([(5, 5), (6, 4)], [[6] * 6, [7] * 5], "looks that rise"),
        ([(0, 5)], [[1] * 6], "looks that rise, from 1 v 1"),
        ([(501, 5)], [[502] * 6], "at most 500"),
        ([(5, 5)], [[6] * 5], "a row of 5 for 5 v 5, allowed 6"),
    ],
)
def test_looks_that_are_none_are_refused(looks, rows, said):
    with pytest.raises(ValueError, match=said):
        two_arm_ends(looks, rows)


# ---------------------------------------------------------------- events


def bounds_of(one, most, plan):
    """The least count in the first arm of d events, as d + 1 where none stops."""
    row = one.lower(plan).row(most, most)
    return [next((k for k in range(d + 1) if k >= row[d - k]), d + 1) for d in range(most + 1)]


def test_a_split_of_events_one_to_one():
    split, plan = rule("event_split", level="at most 2.5%"), Plan(max_n=12)
    bounds = bounds_of(split, 12, plan)
    assert [bounds[d] for d in (6, 8, 9, 10, 12)] == [6, 8, 8, 9, 10]
    assert monitor(range(1, 13), 0.5, upper=bounds[1:]).p_stop == pytest.approx(0.035400, abs=5.1e-7)
    assert "P(stop) = 3.54% where 50% of events" in split.particulars(plan)[0]


@pytest.mark.parametrize("share", [Fraction(1, 2), Fraction(1, 3), Fraction(3, 4)])
def test_a_split_is_a_binomial_tail_of_the_events(share):
    """The share of the plan where the rule names none."""
    split, plan = rule("event_split", level="less than 10%"), Plan(max_n=10, share=float(share))
    bounds = bounds_of(split, 20, plan)
    for d in range(21):
        tails = [
            sum(comb(d, k) * share**k * (1 - share) ** (d - k) for k in range(x, d + 1)) for x in range(d + 1)
        ]
        assert bounds[d] == next((x for x, tail in enumerate(tails) if tail < Fraction(1, 10)), d + 1)
        if d:
            assert split.evidence_two(9, d, 9, 0, plan) == pytest.approx(float(tails[d]), rel=1e-12)
    named = rule("event_split", level="less than 10%", share=f"{share}")
    assert bounds_of(named, 20, Plan(max_n=10)) == bounds


def test_a_posterior_split_is_a_tail_of_the_share():
    split = rule("event_split", certainty="more than 95%", prior={"events": 1, "others": 3}, share="1/3")
    row = split.lower(Plan(max_n=20)).row(20, 20)
    for x1, x2 in product(range(21), range(21)):
        tail = quad(lambda s, a=x1 + 1, b=x2 + 3: s ** (a - 1) * (1 - s) ** (b - 1), 1 / 3, 1)[0]
        exceeds = tail / np.exp(betaln(x1 + 1, x2 + 3))
        assert (x1 >= row[x2]) is bool(exceeds > 0.95 and x1 > 0)


@pytest.mark.parametrize("share", [0.5, 0.3])
@pytest.mark.parametrize(
    "spend",
    [
        {"level": "5%", "function": "pocock", "events": 15},
        {"level": "10%", "function": "kim_demets", "shape": 2, "events": 12},
        {"level": "10%", "function": "hwang_shih_decani", "shape": -2, "events": 9},
        {"level": "20%", "function": "obrien_fleming", "events": 12},
    ],
    ids=lambda spend: spend["function"],
)
def test_a_level_is_spent_event_by_event(spend, share):
    """At every event no more than allowed is spent, and one event less would be too much."""
    split = rule("event_split", spend=spend)
    bounds = bounds_of(split, 24, Plan(max_n=24, share=share))
    reachable = [b if b <= d else None for d, b in enumerate(bounds)]
    course = monitor(range(1, 25), share, upper=reachable[1:])
    stopped = np.cumsum(course.upper_at)
    for d in range(1, 25):
        assert stopped[d - 1] <= split.spend.by(d) * (1 + 1e-9)
        tighter = [*reachable[1:d], bounds[d] - 1]
        if 0 < tighter[-1] <= d:
            assert monitor(range(1, d + 1), share, upper=tighter).p_stop > split.spend.by(d)
    assert bounds[0] == 1
    assert split.spend.by(1000) == split.spend.by(spend["events"]) == pytest.approx(split.spend.level)
    assert stopped[-1] > 0.5 * split.spend.level, "the level is used"
