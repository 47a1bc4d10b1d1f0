"""Evidence: exact, by hand. Ties, directions, refusals and searches of the rules that count.

Tests and predictive probabilities in exact fractions, searches against every design there is.
"""

from fractions import Fraction
from math import comb, prod

import pytest

from simulator.contracts import Observed, Plan
from simulator.errors import QuantityError
from simulator.rules._posterior import BetaPrior
from simulator.rules._shared import Criterion
from simulator.rules.binomial_test import BinomialTest
from simulator.rules.bop2 import Bop2, NullRate
from simulator.rules.predictive_probability import PredictiveProbability
from simulator.units import Comparison, parse_comparison, parse_cutoff

FLAT = BetaPrior(events=1, others=1)
NEVER = Observed(0, 0)


def a_test(rate, level, minimum_n=1):
    return BinomialTest(rate=parse_comparison(rate), level=parse_cutoff(level), minimum_n=minimum_n)


# ---------------------------------------------------------------- binomial test


# P(X >= 4 | 4, 1/2) = P(X <= 0 | 4, 1/2) = 1/16: a tie with 6.25 %.
@pytest.mark.parametrize(("word", "stops"), [("at most", True), ("less than", False)])
@pytest.mark.parametrize(("rate", "x"), [("more than 50%", 4), ("less than 50%", 0)])
def test_the_word_decides_a_tie_of_a_p_value(rate, x, word, stops):
    rule = a_test(rate, f"{word} 6.25%")
    assert rule.assess([Observed(4, x)], Plan(max_n=4)).stop is stops
    assert rule.lower(Plan(max_n=4)).boundaries[0].bound[4] == (x if stops else None)


@pytest.mark.parametrize("word", ["at most", "less than"])
@pytest.mark.parametrize(("num", "den"), [(1, 2), (1, 5), (3, 10), (1, 50)])
@pytest.mark.parametrize("above", [True, False])
def test_a_test_stops_where_exact_fractions_say(above, num, den, word):
    """Levels that some n and x attain exactly, so that many readings tie."""
    p = Fraction(num, den)

    def tail(n, x):
        among = range(x, n + 1) if above else range(x + 1)
        return sum(comb(n, k) * p**k * (1 - p) ** (n - k) for k in among)

    for n, x in ((5, 2), (12, 5), (20, 1)):
        level = tail(n, x)
        if not 0 < level <= Fraction(1, 2):
            continue
        rule = BinomialTest(
            rate=Comparison("more than" if above else "less than", float(p)),
            level=Comparison(word, float(level)),
        )
        bound = rule.lower(Plan(max_n=20)).boundaries[0].bound
        for m in range(1, 21):
            inside = [
                k for k in range(m + 1) if (tail(m, k) <= level if word == "at most" else tail(m, k) < level)
            ]
            assert bound[m] == ((min if above else max)(inside) if inside else None)


def test_a_test_says_its_numbers_and_begins_at_its_least_n():
    rule = a_test("more than 20%", "at most 2.2%", minimum_n=3)
    assert rule.formula() == "stop iff P(X >= x | n, 20%) <= 2.2% and n >= 3, at each look"
    assert rule.assess([Observed(9, 5)], Plan(max_n=9)).why == (
        "5 of 9 had the event; P(X >= x | n, 20%) = 0.0196, at most 2.2%"
    )
    assert "begins at 3" in rule.assess([Observed(2, 2)], Plan(max_n=9)).why
    assert rule.plainly_reached([9], Plan(max_n=9))
    assert not a_test("more than 20%", "at most 0.1%").plainly_reached([4], Plan(max_n=4))  # .2^4 = .0016


# At a level of 1/16 only 4 of 4 (or 0 of 4) stops, and 5 of 5, which comes after it: 1/16 in all.
@pytest.mark.parametrize("rate", ["more than 50%", "less than 50%"])
@pytest.mark.parametrize("among", [(), ("weight",)])
def test_a_test_says_its_level_over_all_looks(rate, among):
    rule = a_test(rate, "at most 6.25%")
    every = "with a look after every patient "
    for looks, level, read in (
        (None, "6.25%", f"{every}to 5"),
        ((4, 5), "6.25%", f"{every}from 4 to 5"),
        ((3,), "0%", f"{every}from 3 to 3"),
        ((2, 5), "3.125%", "over 2 planned looks, the last one, at 5, included"),
        ((), "0%", "with no look"),
    ):
        said = f"P(stop) = {level} at a true rate of 50% {read}"
        assert rule.particulars(Plan(max_n=5, looks=looks, among=among)) == (said,)


@pytest.mark.parametrize(
    ("rate", "level", "match"),
    [
        ("more than 0%", "at most 5%", "above 0%"),
        ("less than 100%", "at most 5%", "below 100%"),
        ("more than 20%", "more than 5%", "level: more than 5%"),
        ("more than 20%", "at most 95%", "at most 50%"),
    ],
)
def test_a_test_of_nothing_is_refused(rate, level, match):
    with pytest.raises(QuantityError, match=match):
        a_test(rate, level)


# ---------------------------------------------------------------- predictive probability


def predictive(rate="more than 50%", certainty="more than 80%", prior=FLAT, **outcomes):
    return PredictiveProbability(
        prior=prior,
        rate=parse_comparison(rate),
        certainty=parse_cutoff(certainty),
        **{name: parse_cutoff(text) for name, text in outcomes.items()},
    )


def rising(start, steps):
    return prod((start + i for i in range(steps)), start=Fraction(1))


@pytest.mark.parametrize("max_n", [1, 7, 16])
@pytest.mark.parametrize("prior", [(1, 1), (2, 5)])
@pytest.mark.parametrize("rate", ["more than 50%", "less than 25%"])
def test_predictive_probabilities_in_fractions(rate, prior, max_n):
    """Posterior of whole shapes by a binomial tail, beta-binomial by rising factorials."""
    a, b = map(Fraction, prior)
    p, above = Fraction(1, 2) if "50" in rate else Fraction(1, 4), rate.startswith("more")

    def succeeds(x):
        """P(p > rate) = P(at most a + x - 1 of a + b + N - 1), above 4/5."""
        n = int(a + b) + max_n - 1
        exceeds = sum(comb(n, k) * p**k * (1 - p) ** (n - k) for k in range(int(a) + x))
        return (exceeds if above else 1 - exceeds) > Fraction(4, 5)

    rule = predictive(
        rate,
        prior=BetaPrior(events=prior[0], others=prior[1]),
        harm="at least 90%" if above else "at most 90%",
    )
    for n in range(1, max_n + 1):
        for x in range(n + 1):
            m = max_n - n
            chance = sum(
                comb(m, y) * rising(a + x, y) * rising(b + n - x, m - y) / rising(a + b + n, m)
                for y in range(m + 1)
                if succeeds(x + y)
            )
            assert rule.evidence(n, x, Plan(max_n=max_n)) == pytest.approx(float(chance), abs=1e-12)


# Flat prior, N 2, success P(p > 1/2) > .8: 2 of 2 (7/8). PP(1 of 1) = E[p] = 2/3: a tie.
@pytest.mark.parametrize(("word", "outcome"), [("at least", "effective"), ("more than", None)])
def test_the_word_decides_a_tie_of_a_predictive_probability(word, outcome):
    rule = predictive(effective=f"{word} {100 * 2 / 3}%")
    assert rule.assess([NEVER, Observed(1, 1)], Plan(max_n=2)).outcome == outcome
    assert rule.lower(Plan(max_n=2)).boundaries[0].bound == (None, 1 if outcome else None, 2)


# At N the posterior itself decides: P(p > 1/2 | 2 of 2) = 7/8, a tie with 87.5 %.
@pytest.mark.parametrize(("word", "value"), [("at least", 1.0), ("more than", 0.0)])
def test_the_word_decides_a_tie_of_the_end(word, value):
    rule = predictive(certainty=f"{word} 87.5%", effective="at least 50%")
    assert rule.evidence(2, 2, Plan(max_n=2)) == value


@pytest.mark.parametrize("max_n", [2, 30, 75])
@pytest.mark.parametrize(("rate", "word"), [("more than 40%", "at most"), ("less than 40%", "at least")])
def test_bounds_from_the_end_are_those_of_bisection(rate, word, max_n):
    rule = predictive(rate, "more than 90%", futility=f"{word} 10%", prior=BetaPrior(events=0.4, others=0.6))
    (criterion,) = rule.criteria(Plan(max_n=max_n))
    assert criterion.edges(1, max_n) == Criterion.edges(criterion, 1, max_n)
    assert criterion.edges(max_n - 1, max_n) == criterion.edges(1, max_n)[-2:]


def test_what_predictive_probabilities_are_about():
    of_harm = predictive("more than 30%", harm="at least 80%", cleared="at most 5%")
    assert of_harm.used_endpoints == ("toxicity",)
    assert [b.outcome for b in of_harm.lower(Plan(max_n=20)).boundaries] == ["harm", "cleared"]
    assert of_harm.assess([Observed(20, 20), NEVER], Plan(max_n=20)).outcome == "harm"
    assert of_harm.assess([Observed(20, 0), NEVER], Plan(max_n=20)).outcome == "cleared"
    of_responses = predictive("less than 30%", futility="at least 80%", effective="at most 5%")
    assert of_responses.used_endpoints == ("response",)
    assert of_responses.assess([NEVER, Observed(20, 0)], Plan(max_n=20)).outcome == "futility"
    assert of_responses.assess([NEVER, Observed(20, 20)], Plan(max_n=20)).outcome == "effective"
    with pytest.raises(ValueError, match="beyond the 20 patients planned"):
        of_harm.evidence(21, 3, Plan(max_n=20))


@pytest.mark.parametrize(
    ("rate", "outcomes", "match"),
    [
        ("more than 30%", {}, "no outcome"),
        ("more than 30%", {"harm": "at least 80%", "futility": "at most 5%"}, "beside harm"),
        ("more than 30%", {"harm": "at most 80%"}, "harm: at most 80%"),
        ("less than 30%", {"harm": "at least 80%"}, "harm: at least 80%"),
        ("more than 30%", {"futility": "at least 5%"}, "futility: at least 5%"),
        ("more than 0%", {"futility": "at most 5%"}, "above 0%"),
    ],
)
def test_a_predictive_probability_of_nothing_is_refused(rate, outcomes, match):
    with pytest.raises(QuantityError, match=match):
        predictive(rate, **outcomes)


# ---------------------------------------------------------------- BOP2


# Flat prior, 1 of 1: P(p <= 1/2) = 1/4; N 2 and gamma 1 halve a cut-off of 50 % there.
@pytest.mark.parametrize(("word", "outcome"), [("at most", "toxicity"), ("less than", None)])
def test_the_word_decides_a_tie_with_a_rising_cutoff(word, outcome):
    rule = Bop2(toxicity=NullRate(rate=0.5, prior=FLAT), cutoff=Comparison(word, 0.5), gamma=1)
    verdict = rule.assess([Observed(1, 1), NEVER], Plan(max_n=2))
    assert verdict.outcome == outcome
    assert "= 0.2500" in verdict.why
    assert "25%" in verdict.why
    assert rule.lower(Plan(max_n=2)).boundaries[0].bound[1] == (1 if outcome else None)


@pytest.mark.parametrize("effective", ["power", "obrien_fleming"])
@pytest.mark.parametrize("word", ["less than", "at most"])
def test_at_the_end_a_response_rule_decides_one_way_or_the_other(word, effective):
    """Also in the tie: P(p > 1/2 | 2 of 2) = 7/8 with a flat prior."""
    rule = Bop2(
        response=NullRate(rate=0.5, prior=FLAT),
        cutoff=Comparison(word, 0.875),
        gamma=0.5,
        effective=effective,
        eta=1.5 if effective == "power" else None,
    )
    futility, good = rule.lower(Plan(max_n=2)).boundaries
    assert (futility.bound[2], good.bound[2]) == ((1, 2) if word == "less than" else (2, None))


def test_the_default_prior_has_the_null_rate_as_its_mean_and_is_worth_one_patient():
    given = NullRate(rate=0.3, prior=BetaPrior(events=0.3, others=0.7))
    for n, x in ((1, 0), (10, 5), (40, 13)):
        values = [
            Bop2(toxicity=endpoint, cutoff=Comparison("less than", 0.9), gamma=1).evidence(
                n, x, Plan(max_n=40)
            )
            for endpoint in (given, NullRate(rate=0.3))
        ]
        assert values[0] == pytest.approx(values[1], rel=1e-14)


@pytest.mark.parametrize(
    ("changed", "match"),
    [
        ({"response": None}, "neither toxicity nor response"),
        ({"cutoff": Comparison("more than", 0.9)}, "cutoff: more than 90%"),
        ({"gamma": -1.0}, "gamma: -1"),
        ({"gamma": 11.0}, "0 to 10"),
        ({"effective": "power"}, "power without eta"),
        ({"eta": 1.0}, "eta without"),
        ({"effective": "obrien_fleming", "eta": 1.0}, "eta without"),
        ({"effective": "obrien_fleming", "toxicity": NullRate(rate=0.3)}, "response alone"),
    ],
)
def test_bop2_without_its_parts_is_refused(changed, match):
    whole = {"response": NullRate(rate=0.2), "cutoff": Comparison("less than", 0.9), "gamma": 1.0}
    with pytest.raises(QuantityError, match=match):
        Bop2(**whole | changed)
