"""Evidence: exact. What runs say of the rate at the end, against bias, error and coverage of the boundary.

Means of 4,000 trials within 5 standard errors (6e-7 each, about 60 of them); trials that end otherwise by
what they read.
"""

import numpy as np
import pytest

from simulator.engines.compiled.driver import play
from simulator.exact.over_rates import over_rates
from simulator.metrics import after_stop as metrics
from simulator.metrics.block import Block
from simulator.metrics.collect import collect
from simulator.stats.after_stop import after_stop, observed_rate
from tests.helpers import SEED, assert_near, draws, program, until

TRIALS = 4_000
OF_THIRTY = {  # issue 15
    "kind": "beta_binomial",
    "prior": {"events": 0.6, "others": 2.4},
    "rate": "more than 20%",
    "certainty": "calibrated",
    "false_stop": "at most 10% at 20%",
}
SELDOM = {"kind": "binomial_test", "rate": "less than 50%", "level": "less than 5%"}
BOTH_WAYS = {
    "kind": "predictive_probability",
    "prior": {"events": 0.6, "others": 1.4},
    "rate": "more than 30%",
    "certainty": "at least 85%",
    "futility": "at most 5%",
    "effective": "at least 95%",
}
ISSUE = {  # true rate -> bias and RMSE of x / n, coverage
    "20%": (0.025424, 0.142985, 0.98148),
    "30%": (0.070461, 0.198896, 0.99069),
    "40%": (0.104809, 0.221432, 0.98319),
}


def given(body, rate, look="every 1 completed", patients=30, then="close_accrual", **more):
    """A design of which the rule counts falls within 28 days, at this rate; patients are pending at looks."""
    entry = {"counts": {"event": "fall"}, "rule": body, "among": "completed", "look": look, "then": then}
    design = {
        "accrual": until(patients),
        "events": {"fall": {"window": "28 days"}},
        "monitoring": {"rule": entry | more},
    }
    falls = {"components": {"c": {"probability": f"{rate} in 28 days"}}}
    return program(design, {"accrual": "8 per month", "events": {"fall": falls}})


def said(found, records):
    """The values of each metric, by the last word of its name."""
    columns = metrics.columns(Block(found, records))
    return {key.word or key.metric: values for key, values in columns.items()}


def assert_as_calculated(found, rate):
    """Every mean, against the sum over what the rule can end with; returns bias, RMSE and coverage."""
    (curve,) = over_rates(found.monitors[0], found.max_treated, [rate])
    ends = curve.ends()
    after, chance = after_stop(ends), ends.at(rate)
    simulated = said(found, play(found, SEED, 0, TRIALS))
    assert all(np.isfinite(values).all() for values in simulated.values())
    assert simulated["true"] == pytest.approx(rate, abs=1e-12)
    exact = observed_rate(ends, rate)
    squares = (simulated["observed"] - rate) ** 2
    assert_near(simulated["observed"] - rate, exact.bias[0], 1e-9, "bias")
    assert_near(squares, exact.rmse[0] ** 2, 1e-9, "RMSE, squared")
    assert_near(simulated["estimate"], float(chance @ after.estimate), 1e-9, "estimate")
    assert_near(simulated["covered"], float(after.coverage(rate)), 1e-9, "coverage")
    monitor = found.monitors[0]
    null = monitor.known_rates[monitor.used[0]]
    assert_near(simulated["p_value"], float(chance @ after.p_value(null)), 1e-9, "P-value")
    return exact.bias[0], exact.rmse[0], after.coverage(rate)


@pytest.mark.parametrize("rate", ISSUE)
def test_the_rule_of_thirty_patients(rate):
    found = assert_as_calculated(given(OF_THIRTY, rate), float(rate[:-1]) / 100)
    assert found == pytest.approx(ISSUE[rate], abs=5.1e-6)


@pytest.mark.parametrize(("body", "rate"), [(SELDOM, 0.4), (BOTH_WAYS, 0.3), (BOTH_WAYS, 0.5)])
def test_rules_that_stop_for_few_or_both_ways(body, rate):
    assert_as_calculated(given(body, f"{rate:.0%}", look="every 5 completed"), rate)


def test_trials_are_told_what_boundaries_prints():
    """Trial by trial: the state that was read, in the table of final states."""
    found = given(OF_THIRTY, "30%")
    records = play(found, SEED, 0, 300)
    columns, told = collect(found, records), said(found, records)
    (curve,) = over_rates(found.monitors[0], 30, [0.3])
    ends = curve.ends()
    after = after_stop(ends)
    p_value, covers = after.p_value(0.2), (after.low <= 0.3) & (after.high >= 0.3)
    for trial, read in enumerate(zip(columns["n_read.rule"], columns["x_read.rule"], strict=True)):
        (at,) = np.flatnonzero((ends.n == read[0]) & (ends.x == read[1]))
        assert told["observed"][trial] == read[1] / read[0]
        assert told["estimate"][trial] == after.estimate[at]
        assert told["p_value"][trial] == p_value[at]
        assert told["covered"][trial] == covers[at]


@pytest.mark.parametrize("look", ["every 1 completed", "every report"])
def test_both_engines_say_the_same(look):
    among = "treated" if look == "every report" else "completed"
    found = given(OF_THIRTY, "35%", look=look, among=among)
    mine, theirs = said(found, play(found, SEED, 0, 60)), said(found, draws(found, 60))
    assert mine.keys() == theirs.keys() == {"observed", "estimate", "true", "covered", "p_value"}
    for name, values in mine.items():
        np.testing.assert_array_equal(values, theirs[name], name)


def test_who_is_stopped_by_another_rule_has_no_value():
    """Nor an early end by the calendar; values are where the rule fired, or read the last planned look."""
    counts = {"counts": {"event": "fall"}, "among": "completed", "then": "end_trial"}
    rule = {**counts, "rule": OF_THIRTY, "look": "every 5 completed"}
    other = {**counts, "rule": {"kind": "at_least", "count": 7}, "look": "every 1 completed"}
    design = {
        "accrual": {"until": ["30 treated", "4 months"]},
        "events": {"fall": {"window": "28 days"}},
        "monitoring": {"rule": rule, "other": other},
    }
    truth = {"events": {"fall": {"components": {"c": {"probability": "25% in 28 days"}}}}}
    found = program(design, truth | {"accrual": "8 per month"})
    records = play(found, SEED, 0, 1_000)
    columns = collect(found, records)
    ends = (columns["p_fired.rule"] == 1) | (columns["n_read.rule"] == 30)
    assert 100 < ends.sum() < 900
    for name in ("rate.rule.observed", "rate.rule.estimate", "covered.rule", "p_value.rule"):
        assert (np.isfinite(columns[name]) == ends).all(), name


def test_a_stop_between_looks_has_its_place():
    """Reports that come while many are pending stop at n at which patients read in turn cannot."""
    found = given(OF_THIRTY, "30%", look="every report", among="treated")
    columns = collect(found, play(found, SEED, 0, 1_000))
    (curve,) = over_rates(found.monitors[0], 30, [0.3])
    ends = curve.ends()
    states = set(zip(ends.n.tolist(), ends.x.tolist(), strict=True))
    read = list(zip(columns["n_read.rule"].tolist(), columns["x_read.rule"].tolist(), strict=True))
    unlike = np.array([one not in states for one in read])
    fired = unlike & (columns["p_stop.rule"] == 1)
    assert fired.sum() > 10
    earlier = [ends.at(0.2)[(ends.way == 1) & (ends.n < n)].sum() for n, _ in read]
    assert columns["p_value.rule"][fired] == pytest.approx(np.array(earlier)[fired], abs=1e-12)


@pytest.mark.parametrize(
    "found",
    [
        pytest.param(given(OF_THIRTY, "30%", then=[]), id="votes"),
        pytest.param(given(OF_THIRTY, "30%", among="known"), id="known"),
        pytest.param(given({"kind": "at_least", "count": 3}, "1%", patients=1_001), id="many patients"),
    ],
)
def test_of_other_rules_nothing_is_said(found):
    assert not said(found, play(found, SEED, 0, 20))


def test_without_a_true_rate_or_a_known_one_there_is_no_such_value():
    found = given({"kind": "at_least", "count": 3}, "30%")
    assert said(found, play(found, SEED, 0, 20)).keys() == {"observed", "estimate", "true", "covered"}
