"""Evidence: exact. Every rule that counts, simulated against its exact characteristics under `completed`.

Once with everyone assessed before the next one enters, once with patients pending at every look, which under
`completed` is of no matter; shares by exact binomial tests at 1e-6, means within 5 standard errors (6e-7):
about 200 comparisons, 2e-4 for all.
"""

import numpy as np
import pytest

from simulator.engines.compiled.driver import play
from simulator.metrics.collect import collect
from simulator.metrics.registry import metric_of
from simulator.metrics.text import text_of
from simulator.model.metric import Kind
from tests.helpers import SEED, assert_near, assert_share, exactly, program, until

TRIALS = 3_000
EVERY = "every 5 completed"
PRIOR = {"events": 0.6, "others": 1.4}
TOXICITY, RESPONSE = {"toxicity": {"rate": "30%"}}, {"response": {"rate": "20%"}}
RULES = {  # body, looks
    "too often": ({"kind": "binomial_test", "rate": "more than 30%", "level": "at most 2.2%"}, EVERY),
    "too seldom": ({"kind": "binomial_test", "rate": "less than 50%", "level": "less than 5%"}, EVERY),
    "predictive": (
        {
            "kind": "predictive_probability",
            "prior": PRIOR,
            "rate": "more than 30%",
            "certainty": "at least 85%",
            "futility": "at most 5%",
            "effective": "at least 95%",
        },
        EVERY,
    ),
    "predictive of harm": (
        {
            "kind": "predictive_probability",
            "prior": PRIOR,
            "rate": "more than 30%",
            "certainty": "more than 95%",
            "harm": "more than 80%",
        },
        EVERY,
    ),
    "bop2 toxicity": ({"kind": "bop2", **TOXICITY, "cutoff": "less than 60%", "gamma": 1}, EVERY),
    "bop2 response": (
        {"kind": "bop2", **RESPONSE, "cutoff": "less than 90%", "gamma": 1, "effective": "power", "eta": 2},
        EVERY,
    ),
    "bop2 both": ({"kind": "bop2", **TOXICITY, **RESPONSE, "cutoff": "less than 60%", "gamma": 1}, EVERY),
    "simon": (
        {"kind": "simon_two_stage", "stage_1": "5 of 15", "final": "11 of 30"},
        {"at": ["15 completed", "30 completed"]},
    ),
    "bryant and day": (
        {
            "kind": "bryant_day",
            "stage_1": {"n": 15, "responses": 4, "toxicities": 6},
            "final": {"n": 30, "responses": 9, "toxicities": 11},
        },
        {"at": ["15 completed", "30 completed"]},
    ),
}
BOTH = ("bop2 both", "bryant and day")
ACCRUAL = {"one by one": "every 30 days", "many pending": "8 per month"}


def given(name, accrual):
    """A design of 30 patients with the rule; P(response) .4 and P(toxicity) .3 within a window of 28 days."""
    body, look = RULES[name]
    counts = {"toxicity": {"event": "toxicity"}, "response": {"event": "response"}}
    if name not in BOTH:
        of_toxicity = name in ("too often", "predictive of harm", "bop2 toxicity")
        counts = {"event": "toxicity" if of_toxicity else "response"}
    entry = {"counts": counts, "rule": body, "among": "completed", "look": look, "then": "close_accrual"}
    events = {event: {"window": "28 days"} for event in ("toxicity", "response")}
    design = {"accrual": until(30), "events": events, "monitoring": {"rule": entry}}
    truth = {"response": "40% in 28 days", "toxicity": "35% in 28 days"}
    risks = {event: {"components": {"c": {"probability": risk}}} for event, risk in truth.items()}
    return program(design, {"accrual": ACCRUAL[accrual], "events": risks})


@pytest.mark.parametrize("accrual", ACCRUAL)
@pytest.mark.parametrize("name", RULES)
def test_simulated_as_calculated(name, accrual):
    found = given(name, accrual)
    values, reason = exactly(found)
    assert values, reason
    assert all(value > 0.02 for key, value in values.items() if metric_of(key).kind is Kind.SHARE)
    columns = collect(found, play(found, seed=SEED, first=0, trials=TRIALS))
    for key, value in values.items():
        what = f"{name}, {accrual}: {text_of(key)}"
        simulated = columns[key]
        if metric_of(key).kind is Kind.SHARE:
            assert_share(int(simulated.sum()), TRIALS, value, what)
        else:
            assert_near(simulated[np.isfinite(simulated)], value, 1e-9, what)


@pytest.mark.parametrize("name", RULES)
def test_expected_events_are_the_rate_times_the_expected_patients(name):
    values, _ = exactly(given(name, "many pending"))
    rates = {"toxicity": 0.35, "response": 0.4}
    for key, x in values.items():
        if key.metric == "x_read":
            n = values[key.__class__("n_read", rule=key.rule, endpoint=key.endpoint)]
            assert any(x == pytest.approx(p * n, abs=1e-9) for p in rates.values())
