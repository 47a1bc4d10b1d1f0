"""Evidence: exact, by hand. Where each rule stops to the patient: ties, minimum n, directions, sentences."""

from fractions import Fraction
from math import comb

import pytest

from simulator.contracts import Observed, Plan
from simulator.errors import QuantityError
from simulator.rules import _shared
from simulator.rules._posterior import BetaPrior, Tail, TailCriterion
from simulator.rules._shared import Criterion
from simulator.rules._skeleton import Skeleton
from simulator.rules.at_least import AtLeast
from simulator.rules.at_most import AtMost
from simulator.rules.beta_binomial import BetaBinomial
from simulator.rules.thall_simon import ThallSimon
from simulator.rules.thall_simon_estey import EndpointLimit, ThallSimonEstey
from simulator.units import Comparison, parse_comparison, parse_cutoff
from tests.helpers import fastest

PLAN = Plan(max_n=1000)  # these rules do not depend on it

FLAT = BetaPrior(events=1, others=1)


def one(rule, n, x):
    return rule.assess([Observed(n, x)], PLAN)


def beta(rate, certainty, prior=FLAT, minimum_n=1):
    return BetaBinomial(
        prior=prior, rate=parse_comparison(rate), certainty=parse_cutoff(certainty), minimum_n=minimum_n
    )


# After one event in one patient a flat prior gives P(p > .1) = 1 - .1^2 = .99: a tie with 99 %.
@pytest.mark.parametrize(("certainty", "outcome"), [("more than 99%", None), ("at least 99%", "stop")])
def test_the_word_decides_a_tie_above(certainty, outcome):
    rule = beta("more than 10%", certainty)
    assert one(rule, 1, 1).outcome == outcome
    assert rule.lower(Plan(max_n=1)).boundaries[0].bound == (None, 1 if outcome else None)


# After no event in one patient P(p < .2) = 1 - .8^2 = .36: a tie with 36 %.
@pytest.mark.parametrize(("certainty", "outcome"), [("more than 36%", None), ("at least 36%", "stop")])
def test_the_word_decides_a_tie_below(certainty, outcome):
    rule = beta("less than 20%", certainty)
    assert one(rule, 1, 0).outcome == outcome
    assert rule.lower(Plan(max_n=1)).boundaries[0].bound == (None, 0 if outcome else None)


# P(E > .2) after 0 of 1 is .64; promising at .64 and not promising at .64 both tie.
@pytest.mark.parametrize(("word", "outcome"), [("less than", None), ("at most", "not promising")])
def test_the_word_decides_a_tie_of_not_promising(word, outcome):
    rule = ThallSimon(standard=0.2, prior=FLAT, not_promising=Comparison(word, 0.64))
    assert one(rule, 1, 0).outcome == outcome


# Two uniforms: P(E > S) = 1/2 by symmetry before any patient; after 1 of 1, P(Beta(2,1) > U) = 2/3.
@pytest.mark.parametrize(("word", "outcome"), [("more than", None), ("at least", "promising")])
def test_the_word_decides_a_tie_against_an_uncertain_standard(word, outcome):
    rule = ThallSimon(standard=FLAT, prior=FLAT, promising=Comparison(word, 2 / 3))
    assert one(rule, 1, 1).outcome == outcome


@pytest.mark.parametrize(("word", "stops"), [("more than", False), ("at least", True)])
def test_the_word_decides_ties_of_both_endpoints(word, stops):
    toxicity = EndpointLimit(standard=0.1, prior=FLAT, certainty=Comparison(word, 0.99))
    response = EndpointLimit(standard=0.2, prior=FLAT, certainty=Comparison(word, 0.36))
    rule = ThallSimonEstey(toxicity=toxicity, response=response)
    assert rule.assess([Observed(1, 1), Observed(1, 1)], PLAN).outcome == ("toxicity" if stops else None)
    assert rule.assess([Observed(1, 0), Observed(1, 0)], PLAN).outcome == ("futility" if stops else None)


@pytest.mark.parametrize(
    ("rule", "x"),
    [
        (AtLeast(count=2, minimum_n=5), 4),
        (AtMost(count=1, minimum_n=5), 0),
        (beta("more than 10%", "more than 90%", minimum_n=5), 4),
        (beta("less than 90%", "more than 90%", minimum_n=5), 0),
        (ThallSimon(standard=0.2, prior=FLAT, promising=Comparison("at least", 0.9), minimum_n=5), 4),
    ],
)
def test_minimum_n_is_the_first_n_that_can_stop(rule, x):
    assert one(rule, 4, x).outcome is None
    assert "begins at 5" in one(rule, 4, x).why
    assert one(rule, 5, x).outcome is not None
    (bound,) = (boundary.bound for boundary in rule.lower(Plan(max_n=6)).boundaries)
    assert bound[:5] == (None,) * 5
    assert bound[5] is not None


def test_at_least_stops_at_its_count_and_not_one_below():
    assert one(AtLeast(count=2), 9, 1).outcome is None
    assert one(AtLeast(count=2), 9, 2).outcome == "stop"
    assert one(AtLeast(count=3), 2, 3).outcome == "stop"  # three events in two patients


def test_at_most_stops_at_its_count_and_not_one_above():
    assert one(AtMost(count=1), 9, 2).outcome is None
    assert one(AtMost(count=1), 9, 1).outcome == "stop"


def test_the_skeleton_stops_at_its_share_and_says_so():
    rule = Skeleton(share=0.07)  # 7 % of 100 is 7, though .07 x 100 is 7.000000000000001 in floats
    assert 0.07 * 100 > 7
    assert one(rule, 100, 7).outcome == "stop"
    assert one(rule, 100, 7).why == "7 of 100 had the event, at least 7%"
    assert one(rule, 100, 6).outcome is None
    assert one(rule, 100, 6).why == "6 of 100 had the event, not at least 7%"


def test_toxicity_comes_before_futility_and_promising_before_not():
    limit = EndpointLimit(standard=0.5, prior=FLAT, certainty=Comparison("more than", 0.6))
    rule = ThallSimonEstey(toxicity=limit, response=limit)
    assert rule.assess([Observed(4, 4), Observed(4, 0)], PLAN).outcome == "toxicity"
    assert [b.outcome for b in rule.lower(Plan(max_n=3)).boundaries] == ["toxicity", "futility"]
    both = ThallSimon(
        standard=0.5,
        prior=FLAT,
        improvement=0.4,
        promising=Comparison("more than", 0.5),
        not_promising=Comparison("less than", 0.5),
    )
    assert one(both, 10, 6).outcome == "promising"


def test_an_endpoint_may_be_left_out_and_keeps_its_place():
    limit = EndpointLimit(standard=0.2, prior=FLAT, certainty=Comparison("more than", 0.9))
    rule = ThallSimonEstey(response=limit)
    assert rule.used_endpoints == ("response",)
    assert [(b.outcome, b.reading) for b in rule.lower(Plan(max_n=5)).boundaries] == [("futility", 1)]
    assert rule.assess([Observed(0, 0), Observed(12, 0)], PLAN).outcome == "futility"


# Tails of Beta(4.2, 6.8) and Beta(1.2, 9.8) by adaptive quadrature (QUADPACK): .991280 and .436197.
def test_sentences_carry_the_numbers():
    rule = beta("more than 10%", "more than 90%", BetaPrior(events=0.2, others=1.8), minimum_n=2)
    assert one(rule, 9, 4).why == "4 of 9 had the event; P(rate > 10%) = 0.9913, more than 90%"
    assert one(rule, 9, 1).why == "1 of 9 had the event; P(rate > 10%) = 0.4362, not more than 90%"
    assert one(rule, 1, 1).why == "1 of 1 had the event; the rule begins at 2"
    assert rule.formula() == "stop iff P(p > 10%) > 90% and n >= 2, p ~ Beta(0.2 + x, 1.8 + n - x)"
    assert one(AtLeast(count=2), 9, 1).why == "1 counted among 9, not at least 2"


def test_a_posterior_is_never_printed_as_the_cutoff_it_is_not():
    value = beta("more than 10%", "more than 50%").evidence(9, 2, PLAN)
    near = Comparison("more than", round(value, 4))
    why = one(BetaBinomial(prior=FLAT, rate=Comparison("more than", 0.1), certainty=near), 9, 2).why
    assert f"= {near.value}," not in why


def test_posterior_is_none_where_the_rule_is_silent():
    rule = beta("more than 10%", "more than 90%", minimum_n=3)
    assert rule.evidence(2, 1, PLAN) is None
    assert rule.evidence(3, -1, PLAN) is None
    assert rule.evidence(3, 3, PLAN) == pytest.approx(1 - 0.1**4, abs=1e-12)
    with pytest.raises(ValueError, match="no outcome futility"):
        rule.evidence(3, 1, PLAN, "futility")
    with pytest.raises(ValueError, match="counts patients"):
        one(rule, 3, 4)


def test_rules_that_point_the_wrong_way_are_refused():
    with pytest.raises(QuantityError, match="known rate instead"):
        BetaPrior(events=1e5, others=1)
    with pytest.raises(QuantityError, match="certainty: less than 90%"):
        beta("more than 10%", "less than 90%")
    with pytest.raises(QuantityError, match="above 0%"):
        beta("more than 100%", "more than 90%")
    with pytest.raises(QuantityError, match="at least one of the two"):
        ThallSimon(standard=0.2, prior=FLAT)
    with pytest.raises(QuantityError, match="not_promising: more than 5%"):
        ThallSimon(standard=0.2, prior=FLAT, not_promising=Comparison("more than", 0.05))
    with pytest.raises(QuantityError, match="promising: less than 5%"):
        ThallSimon(standard=0.2, prior=FLAT, promising=Comparison("less than", 0.05))
    with pytest.raises(QuantityError, match="at least one of the two"):
        ThallSimonEstey()


# ---------------------------------------------------------------- cut-offs near 0 % and 100 %


def above_one_percent(n, x):
    """P(p > 1 % | x of n), flat prior: P(at most x of n + 1 with chance 1 %), in exact fractions."""
    return sum(Fraction(comb(n + 1, k) * 99 ** (n + 1 - k), 100 ** (n + 1)) for k in range(x + 1))


@pytest.mark.parametrize("nines", range(2, 13))
@pytest.mark.parametrize("word", ["more than", "at least"])
def test_a_cutoff_near_one_is_met_where_exact_fractions_say(nines, word):
    """Many of these tie: after 4 of 4 the posterior is 1 - 1e-10 itself."""
    cutoff = 1 - Fraction(1, 10**nines)
    beyond = {"more than": lambda p: p > cutoff, "at least": lambda p: p >= cutoff}[word]
    expected = tuple(
        next((x for x in range(n + 1) if n and beyond(above_one_percent(n, x))), None) for n in range(16)
    )
    rule = beta("more than 1%", f"{word} 99.{'9' * (nines - 2)}%")
    assert rule.lower(Plan(max_n=15)).boundaries[0].bound == expected
    for n in range(1, 16):
        for x in range(n + 1):
            assert one(rule, n, x).stop is (expected[n] is not None and x >= expected[n])


@pytest.mark.parametrize(("word", "first"), [("less than", 9), ("at most", 8)])
@pytest.mark.parametrize("others", [1, 3, 12, 99])
def test_a_cutoff_near_zero_is_met_where_the_power_says(others, word, first):
    """P(E > 90 % | 0 of n) = 10^-(others + n) with one event in the prior: the cut-off itself at n = 8."""
    prior = BetaPrior(events=1, others=others)
    rule = ThallSimon(standard=0.9, prior=prior, not_promising=Comparison(word, 10.0 ** -(others + 8)))
    assert [n for n in range(1, 12) if one(rule, n, 0).stop] == list(range(first, 12))
    assert rule.lower(Plan(max_n=9)).boundaries[0].bound[: first + 1] == (None,) * first + (0,)


@pytest.mark.parametrize("certainty", ["more than 99.99999999999%", "at least 99.9999999999999%"])
def test_a_cutoff_that_floats_cannot_tell_from_one_is_refused(certainty):
    with pytest.raises(QuantityError) as caught:
        beta("more than 1%", certainty)
    assert caught.value.found.startswith(f"certainty: {certainty[:12]}")
    assert (caught.value.allowed, "digits" in caught.value.hint) == ("at most 99.9999999999%", True)


@pytest.mark.parametrize("certainty", ["more than 99.9999999%", "more than 0.0000005%"])
def test_against_an_uncertain_standard_the_accuracy_of_its_integral_limits_the_cutoff(certainty):
    """P(E > S) is known to 1e-11, so that 1e-8 from 0 % and 100 % is as near as a cut-off is told apart."""
    with pytest.raises(QuantityError) as caught:
        EndpointLimit(standard=FLAT, prior=FLAT, certainty=parse_cutoff(certainty))
    assert caught.value.allowed == "1e-06% to 99.999999%"
    assert "known to 1e-11" in caught.value.hint
    EndpointLimit(standard=0.3, prior=FLAT, certainty=parse_cutoff(certainty))


def test_what_is_said_of_a_cutoff_near_one_has_the_digits_that_decide():
    rule = beta("more than 1%", "more than 99.99999999%")
    assert "= 0.99999999990, not more than 99.99999999%" in one(rule, 4, 4).why
    assert "= 0.99999999992, more than 99.99999999%" in one(rule, 8, 5).why


# ---------------------------------------------------------------- bounds against an uncertain standard


def against(above, standard, margin, certainty, word="more than", prior=(0.6, 1.4)):
    """A criterion of each direction, as the rules make it."""
    return TailCriterion(
        outcome="stop",
        named="P",
        event="it",
        direction="at_least" if above else "at_most",
        cutoff=Comparison(word, certainty),
        evidence=Tail(
            prior=BetaPrior(events=prior[0], others=prior[1]), standard=standard, margin=margin, above=above
        ),
    )


@pytest.mark.parametrize("above", [True, False])
@pytest.mark.parametrize("certainty", [0.5, 0.95, 0.999, 1 - 1e-7])
@pytest.mark.parametrize("margin", [0.0, 0.15, 1.0])
@pytest.mark.parametrize("worth", [(0.3, 0.7), (20, 80), (900, 3100)])
def test_the_walk_to_a_bound_ends_where_bisection_does(above, certainty, margin, worth):
    standard = BetaPrior(events=worth[0], others=worth[1])
    criterion = against(above, standard, margin, certainty)
    assert criterion.edges(0, 40) == Criterion.edges(criterion, 0, 40)
    assert criterion.edges(38, 40) == criterion.edges(0, 40)[38:]


@pytest.mark.parametrize("word", ["more than", "at least"])
def test_the_walk_leaves_ties_to_the_word(word):
    """Flat against flat: P(E > U) = E[E] = (x + 1) / (n + 2), which is 2/3 at every 2k + 1 of 3k + 1."""
    found = against(True, FLAT, 0.0, 2 / 3, word, prior=(1, 1)).edges(0, 31)
    for k in range(1, 11):
        assert found[3 * k + 1] == 2 * k + (1 if word == "at least" else 2)


def test_a_historical_standard_costs_at_most_twenty_times_a_known_one():
    """Each bound by integrals of its own cost 250 times as much: 0.61 s against 0.0024 s, 45 patients."""

    def lower(standard):
        _shared._bounds.cache_clear()
        limit = EndpointLimit(standard=standard, prior=FLAT, certainty=Comparison("more than", 0.95))
        ThallSimonEstey(toxicity=limit, response=limit).lower(Plan(max_n=45))

    known = fastest(lambda: lower(0.3))
    assert fastest(lambda: lower(BetaPrior(events=30, others=70))) < 20 * known
