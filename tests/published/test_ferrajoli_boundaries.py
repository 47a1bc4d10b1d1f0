"""Evidence: published. Exact values worked out for this trial (ferrajoli2008) before this program was.

Its cut-offs and priors are not published; these are the settings of scenario-parameters.md section 3.
Line numbers are those of scenario-parameters.md (SP) and methods-safety.md (MS).
"""

from math import inf

import numpy as np
import pytest

from simulator.contracts import Plan
from simulator.rules._posterior import BetaPrior
from simulator.rules.thall_simon_estey import EndpointLimit, ThallSimonEstey
from simulator.stats.beta import interval_width
from simulator.stats.binomial import monitor
from simulator.stats.joint import four_cells, monitor_joint
from simulator.units import Comparison

PLAN = Plan(max_n=1000)  # these rules do not depend on it

MAX_N = 45  # SP 139
EVERY_PATIENT = tuple(range(1, MAX_N + 1))
EVERY_5 = tuple(range(5, MAX_N + 1, 5))
TOXICITY_PRIOR, RESPONSE_PRIOR = (
    BetaPrior(events=0.6, others=1.4),
    BetaPrior(events=0.4, others=1.6),
)  # SP 146-147
SIX = 5.1e-7  # six decimals are given


def rule(cut=0.95, toxicity=0.30, response=0.20, priors=(TOXICITY_PRIOR, RESPONSE_PRIOR), minimum_n=1):
    limits = (
        EndpointLimit(standard=standard, prior=prior, certainty=Comparison("more than", cut))
        for standard, prior in zip((toxicity, response), priors, strict=True)
    )
    return ThallSimonEstey(**dict(zip(("toxicity", "response"), limits, strict=True)), minimum_n=minimum_n)


def bounds(looks=EVERY_PATIENT, **settings):
    """Toxicity and response bounds at these looks."""
    toxicity, futility = rule(**settings).lower(Plan(max_n=MAX_N)).boundaries
    return [toxicity.bound[n] for n in looks], [futility.bound[n] for n in looks]


def expand(text):
    """`n3:3, 4:4`: the first n at which each bound applies -> bounds for n = 1 ... 45."""
    starts = {int(n): int(b) for n, b in (item.strip().lstrip("n").split(":") for item in text.split(","))}
    now, out = None, []
    for n in EVERY_PATIENT:
        now = starts.get(n, now)
        out.append(now)
    return out


BETA_STANDARDS = {"toxicity": BetaPrior(events=30, others=70), "response": BetaPrior(events=20, others=80)}
TABLES = {
    "cut .95": (  # SP 152, 153
        {},
        "n3:3,4:4,6:5,9:6,11:7,13:8,16:9,19:10,21:11,24:12,26:13,29:14,32:15,35:16,37:17,40:18,43:19",
        "n7:0,16:1,24:2,32:3,39:4,45:5",
    ),
    "cut .90": (  # SP 154
        {"cut": 0.90},
        "n2:2,3:3,5:4,8:5,10:6,13:7,15:8,18:9,21:10,23:11,26:12,29:13,32:14,35:15,38:16,41:17,43:18",
        "n4:0,13:1,20:2,27:3,34:4,40:5",
    ),
    "cut .975": (  # SP 154
        {"cut": 0.975},
        "n3:3,4:4,6:5,8:6,10:7,12:8,14:9,17:10,19:11,22:12,24:13,27:14,30:15,32:16,35:17,38:18,40:19,43:20",
        "n9:0,20:1,28:2,36:3,43:4",
    ),
    "Beta standards": (  # SP 155
        BETA_STANDARDS,
        "n3:3,4:4,6:5,8:6,11:7,13:8,15:9,18:10,20:11,23:12,25:13,28:14,30:15,33:16,35:17,38:18,40:19,43:20,45:21",
        "n7:0,18:1,27:2,35:3,43:4",
    ),
}


@pytest.mark.parametrize("name", TABLES)
def test_boundary_tables(name):
    settings, toxicity, response = TABLES[name]
    assert bounds(**settings) == (expand(toxicity), expand(response))


def test_flat_priors_postpone_futility():
    flat = BetaPrior(events=1, others=1)
    _, response = bounds(priors=(flat, flat))
    assert response.index(0) + 1 == 13  # SP 154: eff starts at n13


TOXICITY_OC = [  # p, every patient P(stop), E[N]; every 5 P(stop), E[N]
    (0.10, 0.001619, 44.9345, 0.000586, 44.9773),  # SP 160
    (0.20, 0.025180, 44.0807, 0.015087, 44.4784),  # SP 161
    (0.30, 0.180085, 39.7164, 0.140926, 41.2256),  # SP 162
    (0.40, 0.601370, 28.8731, 0.552690, 31.8125),  # SP 164
    (0.50, 0.931412, 16.8258, 0.917480, 19.7532),  # SP 165
    (0.70, 0.999986, 6.4986, 0.999982, 8.3493),  # SP 167
]
RESPONSE_OC = [
    (0.05, 0.988582, 11.8064, 0.984728, 16.5352),  # SP 160
    (0.10, 0.838825, 19.9492, 0.793408, 25.9271),  # SP 161
    (0.15, 0.557741, 28.4193, 0.460885, 34.3130),  # SP 162
    (0.25, 0.175782, 38.9803, 0.089070, 42.4771),  # SP 164
    (0.32, 0.076827, 42.2000, 0.026116, 44.1619),  # SP 165
    (0.40, 0.029525, 43.8940, 0.006495, 44.7785),  # SP 166
]


@pytest.mark.parametrize(("p", "stop_1", "n_1", "stop_5", "n_5"), TOXICITY_OC)
def test_toxicity_rule_alone(p, stop_1, n_1, stop_5, n_5):
    for looks, stop, patients in ((EVERY_PATIENT, stop_1, n_1), (EVERY_5, stop_5, n_5)):
        found = monitor(looks, p, upper=bounds(looks)[0])
        assert found.p_stop == pytest.approx(stop, abs=SIX)
        assert found.expected_n == pytest.approx(patients, abs=5.1e-5)


@pytest.mark.parametrize(("p", "stop_1", "n_1", "stop_5", "n_5"), RESPONSE_OC)
def test_response_rule_alone(p, stop_1, n_1, stop_5, n_5):
    for looks, stop, patients in ((EVERY_PATIENT, stop_1, n_1), (EVERY_5, stop_5, n_5)):
        found = monitor(looks, p, upper=[None] * len(looks), lower=bounds(looks)[1])
        assert found.p_stop == pytest.approx(stop, abs=SIX)
        assert found.expected_n == pytest.approx(patients, abs=5.1e-5)


def test_other_looks_and_a_minimum_n():
    found = monitor(EVERY_PATIENT, 0.30, upper=bounds(minimum_n=5)[0])
    assert found.p_stop == pytest.approx(0.172388, abs=SIX)  # SP 168
    assert found.expected_n == pytest.approx(40.1259, abs=5.1e-5)  # SP 168
    looks = (10, 20, 30, 40, 45)
    found = monitor(looks, 0.30, upper=bounds(looks)[0])
    assert found.p_stop == pytest.approx(0.115363, abs=SIX)  # SP 168
    assert found.expected_n == pytest.approx(42.3714, abs=5.1e-5)  # SP 168


def joint(p_response, p_toxicity, odds_ratio=1.0, looks=EVERY_PATIENT):
    toxicity, response = bounds(looks)
    return monitor_joint(
        looks, four_cells(p_response, p_toxicity, odds_ratio), toxicity=toxicity, response=response
    )


@pytest.mark.parametrize(
    ("p_response", "p_toxicity", "stop", "patients", "tox", "futility_only"),
    [  # SP 170: P(stop), E[N], P(toxicity fires), P(futility only)
        (0.20, 0.30, 0.442189, 30.9651, 0.148850, 0.293339),
        (0.32, 0.30, 0.243077, 37.2994, 0.171083, 0.071993),
        (0.32, 0.20, 0.100073, 41.3459, 0.024383, 0.075690),
        (0.32, 0.70, 0.999987, 6.4100, None, None),
        (0.10, 0.30, 0.867850, 18.1911, None, None),
        (0.40, 0.10, 0.031096, 43.8302, None, None),
    ],
)
def test_joint_rule_with_independent_outcomes(p_response, p_toxicity, stop, patients, tox, futility_only):
    found = joint(p_response, p_toxicity)
    assert found.p_stop == pytest.approx(stop, abs=SIX)
    assert found.expected_n == pytest.approx(patients, abs=5.1e-5)
    if tox is not None:
        assert found.p_toxicity_only + found.p_both == pytest.approx(tox, abs=SIX)
        assert found.p_response_only == pytest.approx(futility_only, abs=SIX)


def test_association_moves_the_union():
    found = [joint(0.20, 0.30, ratio).p_stop for ratio in (0.0, 1.0, inf)]
    assert found == pytest.approx([0.412566, 0.442189, 0.485559], abs=SIX)  # SP 170
    found = [joint(0.20, 0.30, ratio, EVERY_5).p_stop for ratio in (0.25, 1.0, 4.0)]
    assert found == pytest.approx([0.311, 0.324, 0.337], abs=5.1e-4)  # MS 138 (CLL_A, looks every 5)


def test_sample_size_claim():
    def widest(prior, n):
        x = np.arange(n + 1)
        return float(interval_width(prior.events + x, prior.others + n - x).max())

    jeffreys = BetaPrior(events=0.5, others=0.5)
    assert widest(TOXICITY_PRIOR, 45) == pytest.approx(0.2816, abs=5.1e-5)  # SP 172
    assert widest(TOXICITY_PRIOR, 39) > 0.30 >= widest(TOXICITY_PRIOR, 40)  # SP 172
    assert widest(jeffreys, 40) > 0.30 >= widest(jeffreys, 41)  # SP 172


def test_posteriors_at_the_data():
    tse = rule()
    assert tse.evidence(44, 14, PLAN, "futility") == pytest.approx(0.0392, abs=5.1e-5)  # SP 174
    assert tse.evidence(44, 19, PLAN, "toxicity") == pytest.approx(0.9627, abs=5.1e-5)  # SP 178
    assert tse.evidence(44, 18, PLAN, "toxicity") == pytest.approx(0.9299, abs=5.1e-5)  # SP 178
    assert tse.evidence(333, 135, PLAN, "toxicity") == pytest.approx(0.99998, abs=5.1e-6)  # SP 177
    assert tse.evidence(333, 51, PLAN, "toxicity") == pytest.approx(2e-10, rel=0.25)  # SP 181
    assert tse.evidence(7, 0, PLAN, "futility") == pytest.approx(0.9607, abs=5.1e-5)  # SP 186


@pytest.mark.parametrize(
    ("p", "stop", "patients"),
    [
        (135 / 333, 0.6115, 27.78),  # SP 179
        (0.405, 0.6096, 27.83),  # SP 179
        (0.70, 0.99998, 6.50),  # SP 180
        (0.15, 0.0075, None),  # SP 182
    ],
)
def test_readings_of_toxicity_by_patient_44(p, stop, patients):
    looks = range(1, 45)
    found = monitor(looks, p, upper=bounds(looks)[0])
    assert found.p_stop == pytest.approx(stop, abs=5.1e-5 if p < 0.7 else 5.1e-6)
    if patients is not None:
        assert found.expected_n == pytest.approx(patients, abs=5.1e-3)
