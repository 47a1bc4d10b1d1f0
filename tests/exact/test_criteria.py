"""Evidence: exact. Criteria that are no posterior: p-values, likelihood ratios; what rules see of a plan."""

from __future__ import annotations

from math import ceil, log

import numpy as np
import pytest
from scipy.stats import binom

from simulator.contracts import Boundary, Observed, Plan, Quantity, RuleTable
from simulator.exact.over_rates import is_joint
from simulator.program.monitors import plan_of
from simulator.program.textbook import outcomes_in_question
from simulator.units import Comparison
from tests.criteria import Likelihood, PValue, SharedAlpha, Three
from tests.helpers import scenario, until

PLAN = Plan(max_n=60)


@pytest.mark.parametrize("null", [0.05, 0.2, 0.5])
@pytest.mark.parametrize("alpha", [0.001, 0.05, 0.3])
def test_a_p_value_bound_is_the_least_count_of_the_binomial(null, alpha):
    (boundary,) = PValue(null=null, cutoff=Comparison("at most", alpha)).lower(PLAN).boundaries
    for n in range(1, 61):
        least = next((x for x in range(n + 1) if binom.sf(x - 1, n, null) <= alpha + 1e-9), None)
        assert boundary.bound[n] == least, n


# Two events in two patients under a rate of 50 %: P(X >= 2) = 25 %.
@pytest.mark.parametrize(("word", "bound"), [("at most", 2), ("less than", None)])
def test_the_word_decides_a_tie_of_a_p_value(word, bound):
    rule = PValue(null=0.5, cutoff=Comparison(word, 0.25))
    assert rule.lower(PLAN).boundaries[0].bound[2] == bound
    verdict = rule.assess([Observed(2, 2)], PLAN)
    assert verdict.stop is (bound is not None)
    assert verdict.why == f"2 of 2 had it; p = 0.2500, {'' if verdict.stop else 'not '}{word} 25%"
    assert rule.evidence(2, 2, PLAN) == pytest.approx(0.25, abs=1e-12)


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize(("one", "null"), [(0.5, 0.25), (0.1, 0.4)])
def test_a_likelihood_ratio_bound_is_a_straight_line(one, null, weighted):
    """x log(OR) >= log k + n log((1 - null) / (1 - one)), and the other way round for fewer events."""
    rule = Likelihood(one=one, null=null, cutoff=Comparison("at least", 6.0), minimum_n=2)
    (boundary,) = rule.lower(Plan(max_n=60, among=("weight",) if weighted else ())).boundaries
    odds, per_n = log(one * (1 - null) / (null * (1 - one))), log((1 - null) / (1 - one))
    fired = 0
    for n in np.arange(2.0, 60.0, 0.25 if weighted else 1.0).tolist():
        line = (log(6.0) + n * per_n) / odds
        for x in range(int(n) + 1):
            expected = x >= ceil(line - 1e-7) if one > null else x <= line + 1e-7
            assert boundary.holds(n, x) is bool(expected), (n, x)
            fired += bool(expected)
    assert fired > 30
    assert not any(boundary.holds(1.0, x) for x in range(2))


# Three events in three patients, 30 % against 10 %: 3^3 = 27, but for the last bits.
@pytest.mark.parametrize(("word", "stops"), [("at least", True), ("more than", False)])
def test_the_word_decides_a_tie_of_a_likelihood_ratio(word, stops):
    rule = Likelihood(one=0.3, null=0.1, cutoff=Comparison(word, 27.0))
    verdict = rule.assess([Observed(3, 3)], PLAN)
    assert verdict.stop is stops
    assert verdict.why == f"3 of 3 had it; LR = 27.0000, {'' if stops else 'not '}{word} 27"
    assert rule.evidence(3, 3, PLAN) != 27.0
    assert rule.lower(PLAN).boundaries[0].bound[3] == (3 if stops else None)


def test_each_endpoint_is_lowered_for_its_own_denominator():
    whole, weighted = Quantity.COUNT, Quantity.WEIGHTED_N
    for among, expected in (
        (("treated", "completed", "known"), (whole, whole, whole)),
        (("treated", "weight", "known"), (whole, weighted, whole)),
        (("weight", "treated", "weight"), (weighted, whole, weighted)),
    ):
        table = Three().lower(Plan(max_n=9, among=among))
        assert tuple(b.statistic for b in table.boundaries) == expected
        assert [b.for_many for b in table.boundaries] == [True, False, True]
        assert table.by_n is (weighted not in expected)


def test_a_cut_off_may_depend_on_the_looks():
    """Alpha shared by three looks, or by one after each of 60 patients."""
    rule = SharedAlpha(null=0.2, cutoff=Comparison("at most", 0.06))
    for plan, share in ((Plan(max_n=60, looks=(20, 40, 60)), 3), (PLAN, 60)):
        alone = PValue(null=0.2, cutoff=Comparison("at most", 0.06 / share))
        assert rule.lower(plan).boundaries == alone.lower(PLAN).boundaries
        for x in range(21):
            seen = [Observed(20, x)]
            assert rule.assess(seen, plan).outcome == rule.lower(plan).outcome(rule.lower(plan).code(seen))


def test_only_one_outcome_each_way_is_calculated():
    """Two outcomes of many events: which holds first is not what the recursion gives."""
    many = Boundary(outcome="warn", direction="at_least", bound=(None, 1, 1))
    more = Boundary(outcome="stop", direction="at_least", bound=(None, 2, 2))
    few = Boundary(outcome="clear", direction="at_most", bound=(None, None, 0))
    weighted = Boundary(outcome="late", statistic=Quantity.WEIGHTED_N, direction="at_least", bound=(5.0,))
    assert "several outcomes" in outcomes_in_question(RuleTable(boundaries=(more, many)))
    assert outcomes_in_question(RuleTable(boundaries=(many, few))) == ""
    assert outcomes_in_question(RuleTable(boundaries=(many, weighted))) == "follow-up is weighted"
    assert not is_joint(RuleTable(boundaries=(many, few)))


# ---------------------------------------------------------------- what a rule sees of its trial

SEEN = [
    ({"look": "every 5 treated"}, (5, 10, 15, 20)),
    ({"look": {"at": ["12 treated", "4 treated", "40 treated"]}}, (4, 12)),
    ({"look": "every 1 treated"}, None),
    ({}, None),
    ({"look": "at the end"}, None),
    ({"look": "every 3 months"}, None),
    ({"look": "every 5 completed"}, None),  # among everyone treated
    ({"look": "every 5 completed", "among": "completed"}, (5, 10, 15, 20)),
    ({"look": "every 5 treated", "among": "completed"}, None),
    ({"look": "every 5 treated", "among": "completed", "wait": "look"}, (5, 10, 15, 20)),
    ({"look": "every 5 treated", "data_cut": "10 days"}, None),
    ({"look": "every 5 known", "among": "known"}, None),
    ({"look": "every 5 treated", "counts": {"event": "a", "unit": "courses"}}, None),
    ({"look": "every 5 treated", "counts": {"event": "a", "unit": "events"}}, (5, 10, 15, 20)),
    ({"look": "every 5 treated", "counts": {"event": "a", "among": "completed"}}, None),
    ({"look": "at 30 treated"}, ()),  # none of them is reached
]


@pytest.mark.parametrize(("settings", "looks"), SEEN)
def test_looks_are_those_whose_denominator_the_schedule_fixes(settings, looks):
    design = {
        "accrual": until(20),
        "drugs": {"x": ["1 mg"]},
        "phases": {"one": {"lasts": "84 days", "gives": {"x": "1 mg"}, "course": "28 days"}},
        "events": {"a": {"window": "28 days"}},
        "monitoring": {
            "rule": {"counts": {"event": "a"}, "rule": {"kind": "at_least", "count": 3}, **settings}
        },
    }
    truth = {"accrual": "every 10 days", "events": {"a": {"components": {"c": {"hazard": "0"}}}}}
    (read,) = scenario(design, {"truth": truth}).designs.values()
    plan = plan_of(read, read.monitoring["rule"], 20)
    assert plan.looks == looks
    assert plan.max_n == (60 if settings.get("counts", {}).get("unit") == "courses" else 20)
    own = settings.get("counts", {}).get("among", settings.get("among", "treated"))
    assert plan.among == (own,)
