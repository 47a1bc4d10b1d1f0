"""Evidence: exact. Chanan-Khan: the rule that might have amended the trial, and what a window sees of flares.

Nine of the first 29 patients had a tumour flare of grade 2 or more, one of the 16 after the amendment. Onset
is lognormal, median 4 days (sigma 1.2197) before it and 9 days (1.1474) after, in 19 of 29 and 11 of 16.
"""

import pytest
from pydantic import TypeAdapter
from scipy.stats import binom

from simulator.contracts import Plan
from simulator.program.patient import first_event
from simulator.rules.beta_binomial import BetaBinomial
from simulator.stats.binomial import monitor
from tests.helpers import program, rule

BEFORE, AFTER = 9 / 29, 0.0625
RULES = {  # (limit, certainty) -> P(posterior beyond) at 9/29, trips before, E[n], trips after, some bounds
    ("15%", "90%"): (0.9795, 0.8570, 12.5997, 0.0222, (3, 4, 5, 6, 8)),
    ("20%", "90%"): (0.9031, 0.7134, 15.7959, 0.0142, (3, 5, 6, 7, 9)),
    ("20%", "95%"): (0.9031, 0.5600, 19.5425, 0.0051, (4, 5, 7, 8, 10)),
}
FLARES = {  # of 25 mg without prednisone, and of 10 mg with it
    "before": ("19 of 29", "4 days", 1.2197, {7: 0.4434, 10: 0.5069, 28: 0.6189, 56: 0.6452}),
    "after": ("11 of 16", "9 days", 1.1474, {7: 0.2842, 10: 0.3689, 28: 0.5766, 56: 0.6493}),
}


@pytest.mark.parametrize(("limit", "certainty"), RULES)
def test_the_amendment_rule_read_after_every_patient_up_to_29(limit, certainty):
    """The prior is worth two patients, its mean at the limit."""
    at_nine, before, mean, after, bounds = RULES[limit, certainty]
    share = float(limit.removesuffix("%")) / 100
    prior = {"events": str(2 * share), "others": str(2 - 2 * share)}
    body = {"prior": prior, "rate": f"more than {limit}", "certainty": f"more than {certainty}"}
    given, plan = TypeAdapter(BetaBinomial).validate_python(body), Plan(max_n=29)
    bound = given.lower(plan).boundaries[0].bound
    looks = range(1, 30)
    found = {
        p: monitor(looks, p, upper=[bound[n] for n in looks], lower=[None] * 29) for p in (BEFORE, AFTER)
    }
    assert given.evidence(29, 9, plan) == pytest.approx(at_nine, abs=5e-5)
    assert found[BEFORE].p_stop == pytest.approx(before, abs=5e-5)
    assert found[BEFORE].expected_n == pytest.approx(mean, abs=5e-5)
    assert found[AFTER].p_stop == pytest.approx(after, abs=5e-5)
    assert tuple(bound[n] for n in (5, 10, 15, 20, 29)) == bounds


def test_one_of_sixteen_would_be_few_at_the_rate_before():
    assert binom.cdf(1, 16, BEFORE) == pytest.approx(0.021475, abs=5e-7)


@pytest.mark.parametrize("group", FLARES)
def test_what_a_window_sees_of_flares(group):
    """P(flare by the day), from the hazard that the engines have; 10 days see 77 % and 54 % of all."""
    incidence, median, sigma, by_day = FLARES[group]
    design = {
        "accrual": {"until": "5 treated"},
        "phases": {"one": {"lasts": "2 years"}},
        "events": {"flare": {}},
        "monitoring": {"rule": rule("flare", 2)},
    }
    onset = {"lognormal": {"median": median, "sigma": sigma}}
    part = {"clock": "enrolment", "incidence": incidence, "onset": onset}
    given = program(design, {"events": {"flare": {"components": {"c": part}}}})
    patient = first_event(given, given.monitors[0].counters[0])
    for day, chance in by_day.items():
        assert patient.by(float(day)) == pytest.approx(chance, abs=5e-5)
    ever = {"before": 19 / 29, "after": 11 / 16}[group]
    assert patient.by(10.0) / ever == pytest.approx({"before": 0.77, "after": 0.54}[group], abs=5e-3)
    assert patient.by(10.0) / patient.by(56.0) == pytest.approx(
        {"before": 0.79, "after": 0.57}[group], abs=5e-3
    )
