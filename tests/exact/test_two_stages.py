"""Evidence: exact, published. Two-stage designs: bounds at every n, refusals, searches of every design."""

from itertools import product

import pytest
from scipy.stats import binom

from simulator.contracts import Observed, Plan
from simulator.errors import QuantityError
from simulator.rules._stages import CountOf, parse_count_of
from simulator.rules.bryant_day import BryantDay, Limits, Rates
from simulator.rules.simon_two_stage import SimonTwoStage
from simulator.stats.joint import four_cells, monitor_joint
from simulator.stats.two_stage import Tails, search, search_both

# ---------------------------------------------------------------- two stages


def every_design(p0, p1, alpha, beta, most):
    """Every feasible (r1, n1, r, n), its E[n | p0], by scipy."""
    for n in range(2, most + 1):
        for n1, r1 in product(range(1, n), range(n)):
            for r in range(r1, n):
                accepts = [
                    sum(binom.pmf(x, n1, p) * binom.sf(r - x, n - n1, p) for x in range(r1 + 1, n1 + 1))
                    for p in (p0, p1)
                ]
                if accepts[0] <= alpha and accepts[1] >= 1 - beta:
                    yield n, n1 + binom.sf(r1, n1, p0) * (n - n1)


@pytest.mark.parametrize("weight", [0.0, 0.3, 1.0])
@pytest.mark.parametrize("rates", [(0.1, 0.6, 0.1, 0.1), (0.3, 0.8, 0.1, 0.2)])
def test_the_search_finds_the_best_of_all_designs(rates, weight):
    found = search(*rates, weight)
    assert found is not None
    assert found.accepts(rates[0]) <= rates[2]
    assert found.accepts(rates[1]) >= 1 - rates[3]
    losses = [(weight * n + (1 - weight) * expected, expected) for n, expected in every_design(*rates, 10)]
    mine = found.expected_n(rates[0])
    assert (weight * found.n + (1 - weight) * mine, mine) == pytest.approx(min(losses), abs=1e-12)


def test_admissible_designs_lie_between_minimax_and_optimal():
    ends = {w: search(0.2, 0.4, 0.05, 0.2, w) for w in (0.0, 1e-9, 0.5, 1 - 1e-9, 1.0)}
    assert ends[0.0] == ends[1e-9]
    assert ends[1.0] == ends[1 - 1e-9]
    assert ends[1.0].n <= ends[0.5].n <= ends[0.0].n
    assert ends[0.0].expected_n(0.2) <= ends[0.5].expected_n(0.2) <= ends[1.0].expected_n(0.2)


ASKED = {"design": "optimal", "p0": 0.1, "p1": 0.3, "alpha": 0.05, "beta": 0.2}


def test_two_stages_stop_at_each_of_them_and_read_in_between():
    rule = SimonTwoStage(stage_1=CountOf(1, 10), final=CountOf(5, 29))
    (boundary,) = rule.lower(Plan(max_n=31)).boundaries
    assert boundary.bound == (None,) * 10 + (1,) * 19 + (5,) * 3
    assert boundary.outcome == "futility"
    assert SimonTwoStage(**ASKED).lower(Plan(max_n=31)).boundaries == (boundary,)
    assert rule.assess([Observed(10, 1)], Plan(max_n=29)).why == "1 of 10 had a response, at most 1"
    assert rule.assess([Observed(29, 6)], Plan(max_n=29)).why == "6 of 29 had a response, not at most 5"
    assert "the first stage is 10 patients" in rule.assess([Observed(9, 0)], Plan(max_n=29)).why
    assert rule.formula() == "futility iff x <= 1 (n 10 to 28) or x <= 5 (n 29); more than 5 of 29 accept"
    assert SimonTwoStage(**ASKED).formula() == (
        f"{rule.formula()}; optimal for p0 10%, p1 30%, alpha 5%, beta 20%: P(accept) 4.709% and 80.51%,"
        " E[n | p0] 15.0141"
    )


@pytest.mark.parametrize(
    ("keys", "match"),
    [
        ({}, "nothing"),
        ({"stage_1": CountOf(1, 10)}, "stage_1"),
        ({"stage_1": CountOf(1, 10), "final": CountOf(5, 29), **ASKED}, "searched for"),
        ({**ASKED, "beta": None}, "searched for"),
        ({**ASKED, "p1": 0.1}, "p1: 10%"),
        ({**ASKED, "p1": 0.11}, "at most 300 patients"),
        ({**ASKED, "weight": 0.5}, "weight without"),
        ({**ASKED, "design": "admissible"}, "without weight"),
        ({"stage_1": CountOf(1, 29), "final": CountOf(5, 29)}, "more than 29 patients"),
        ({"stage_1": CountOf(6, 10), "final": CountOf(5, 29)}, "a bound of 6 or more"),
    ],
)
def test_two_stages_that_are_none_are_refused(keys, match):
    with pytest.raises(QuantityError) as caught:
        SimonTwoStage(**keys)
    assert match in f"{caught.value.found} {caught.value.allowed} {caught.value.hint}"


@pytest.mark.parametrize("text", ["10 of 10", "1", "-1 of 10", "1 out of 10", "1.5 of 10", "", None])
def test_a_count_of_a_stage_is_fewer_than_all(text):
    assert parse_count_of("1 of 10") == parse_count_of("1/10") == CountOf(1, 10)
    with pytest.raises(QuantityError, match="fewer than all"):
        parse_count_of(text)


# ---------------------------------------------------------------- two stages, two endpoints


GIVEN = {
    "stage_1": Limits(n=15, responses=4, toxicities=6),
    "final": Limits(n=40, responses=11, toxicities=14),
}
SOUGHT = {
    "response": Rates(p0=0.3, p1=0.5),
    "toxicity": Rates(p0=0.4, p1=0.2),
    "alpha_response": 0.15,
    "alpha_toxicity": 0.15,
    "beta": 0.15,
}


@pytest.mark.parametrize(
    ("response", "toxicity", "accepts"), [(0.4, 0.2, 0.871420), (0.2, 0.2, 0.117381), (0.4, 0.4, 0.249394)]
)
def test_two_endpoints_are_accepted_as_often_as_a_peer_says(response, toxicity, accepts):
    """Values of the requirement, by an independent program; and the product of two counts, by scipy."""
    rule = BryantDay(**GIVEN)
    tox, futility = rule.lower(Plan(max_n=40)).boundaries
    at = rule.decides_at()
    found = monitor_joint(
        at,
        four_cells(response, toxicity),
        toxicity=[tox.bound[n] for n in at],
        response=[futility.bound[n] for n in at],
    )
    assert 1.0 - found.p_stop == pytest.approx(accepts, abs=5e-7)
    of_response = sum(binom.pmf(x, 15, response) * binom.sf(10 - x, 25, response) for x in range(4, 16))
    of_toxicity = sum(binom.pmf(x, 15, toxicity) * binom.cdf(14 - x, 25, toxicity) for x in range(7))
    assert 1.0 - found.p_stop == pytest.approx(of_response * of_toxicity, abs=1e-12)
    assert found.expected_n == pytest.approx(
        15 + 25 * binom.sf(3, 15, response) * binom.cdf(6, 15, toxicity), abs=1e-10
    )


def test_the_example_of_the_paper_is_found():
    """bryant1995 p. 1379: n1 19, n 33; more than 5 and 12 responses, more than 11 and 22 without toxicity.

    Bounds and rates (.3 and .5, .6 and .8) as users of the paper quote it; of all errors of whole 5 % up to
    20 % only .15 for each gives this design, so they must be the paper's.
    """
    rule = BryantDay(**SOUGHT)
    assert rule.stages() == (
        Limits(n=19, responses=6, toxicities=7),
        Limits(n=33, responses=13, toxicities=10),
    )
    assert rule.known_rates() == {"toxicity": 0.4, "response": 0.3}
    first, last = range(6, 20), range(8)
    of_response = [sum(binom.pmf(x, 19, p) * binom.sf(12 - x, 14, p) for x in first) for p in (0.3, 0.5)]
    of_toxicity = [sum(binom.pmf(x, 19, p) * binom.cdf(10 - x, 14, p) for x in last) for p in (0.4, 0.2)]
    cells = ((0, 1), (1, 0), (1, 1))  # which rates are acceptable
    errors = [f"{100 * of_response[i] * of_toxicity[j]:.4g}%" for i, j in cells]
    assert errors == ["14.47%", "14.58%", "85.42%"]
    assert rule.formula().endswith(
        "P(accept) 14.47% and 14.58% with one of them unacceptable, 85.42% with none"
    )


def test_two_endpoints_are_searched_together():
    """Against every pair of two-stage designs of up to 9 patients, with the powers of Tails."""
    response, spared, alpha, beta = (0.2, 0.8), (0.3, 0.9), (0.2, 0.25), 0.25
    tails = [[Tails(p) for p in rates] for rates in (response, spared)]
    best = float("inf")
    for n in range(2, 10):
        for n1 in range(1, n):
            parts = [
                [
                    tuple((t.both_above(n1, r1, n, r), t.above(n1, r1)) for t in pair)
                    for r1 in range(-1, n1)
                    for r in range(max(r1, 0), n)
                ]
                for pair in tails
            ]
            for (bad, good), (toxic, safe) in product(*parts):
                if (
                    bad[0] * safe[0] <= alpha[0]
                    and good[0] * toxic[0] <= alpha[1]
                    and good[0] * safe[0] >= 1 - beta
                ):
                    best = min(best, n1 + (n - n1) * max(bad[1] * safe[1], good[1] * toxic[1]))
    one, other = search_both(response, spared, alpha, beta)
    on = max(
        tails[0][0].above(one.n1, one.r1) * tails[1][1].above(one.n1, other.r1),
        tails[0][1].above(one.n1, one.r1) * tails[1][0].above(one.n1, other.r1),
    )
    assert one.n1 + on * (one.n - one.n1) == pytest.approx(best, abs=1e-12)


@pytest.mark.parametrize(
    ("keys", "match"),
    [
        ({}, "nothing"),
        ({**GIVEN, "beta": 0.1}, "searched for"),
        ({**SOUGHT, "response": Rates(p0=0.5, p1=0.5)}, "response: p1 50%"),
        ({**SOUGHT, "toxicity": Rates(p0=0.2, p1=0.4)}, "toxicity: p0 20%"),
        ({**SOUGHT, "response": Rates(p0=0.3, p1=0.32)}, "at most 300 patients"),
        ({**GIVEN, "final": Limits(n=15, responses=11, toxicities=14)}, "more than 15 patients"),
        ({**GIVEN, "final": Limits(n=40, responses=3, toxicities=14)}, "responses 3"),
        ({**GIVEN, "final": Limits(n=40, responses=11, toxicities=5)}, "toxicities 5"),
    ],
)
def test_stages_of_two_endpoints_that_are_none_are_refused(keys, match):
    with pytest.raises(QuantityError) as caught:
        BryantDay(**keys)
    assert match in f"{caught.value.found} {caught.value.allowed} {caught.value.hint}"


def test_a_stage_that_nobody_can_end_well_is_refused():
    with pytest.raises(QuantityError, match="responses: 16"):
        Limits(n=15, responses=16, toxicities=6)


def test_limits_that_all_or_none_meet_never_stop():
    rule = BryantDay(
        stage_1=Limits(n=5, responses=0, toxicities=5), final=Limits(n=10, responses=3, toxicities=10)
    )
    toxicity, futility = rule.lower(Plan(max_n=10)).boundaries
    assert set(toxicity.bound) == {None}
    assert futility.bound == (None,) * 10 + (2,)
    assert rule.formula() == "toxicity iff never; futility iff xR <= 2 (n 10); neither at n accepts"
    assert not rule.plainly_reached([10, 10], Plan(max_n=10))
