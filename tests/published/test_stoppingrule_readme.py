"""Evidence: published. The example of the README of the R package stoppingrule (Martens, Logan).

N = 30, p0 = .20, prior Beta(.6, 2.4), their calibrated cut-off .9630823, a weak comparison as theirs.
Numbers from platforms.md section 5; E(n) there is its author's own.

Taken literally their cut-off contradicts their own table: 4 of 7 has posterior .96308269, above it, and
their table first stops at 5 of 7 (their root finder's tolerance is 1e-4; methods-safety.md section 4, 5).
Any cut-off between that posterior and the next attainable one, .96319152, gives their table.
"""

import pytest

from simulator.contracts import Plan
from simulator.reporting.boundaries import collapsed
from simulator.rules._posterior import BetaPrior
from simulator.rules.beta_binomial import BetaBinomial
from simulator.stats.binomial import monitor
from simulator.units import Comparison

PLAN = Plan(max_n=1000)  # these rules do not depend on it

PRINTED = 0.9630823  # platforms.md line 140


def rule(certainty):
    return BetaBinomial(  # platforms.md line 140
        prior=BetaPrior(events=0.6, others=2.4), rate=Comparison("more than", 0.20), certainty=certainty
    )


RULE = rule(Comparison("at least", 0.9631))  # between those two posteriors


SEGMENTS = [  # (first n, last n, bound), platforms.md lines 140-141
    (3, 4, 3), (5, 6, 4), (7, 10, 5), (11, 13, 6), (14, 17, 7), (18, 20, 8), (21, 24, 9), (25, 28, 10),
    (29, 30, 11),
]  # fmt: skip
OC = [  # true p, P(stop), E(events), E(n): platforms.md lines 144-148
    (0.20, 0.09957367, 5.651197, 28.256),
    (0.25, 0.23832301, 6.536293, 26.145),
    (0.30, 0.43615256, 6.926712, 23.089),
    (0.35, 0.64555222, 6.819377, 19.484),
    (0.40, 0.81491087, 6.355803, 15.890),
]


def test_collapsed_boundary():
    boundary = RULE.lower(Plan(max_n=30)).boundaries[0]
    assert [
        (s.first, s.last, s.bound) for s in collapsed(boundary, per_patient=False) if s.bound is not None
    ] == SEGMENTS


@pytest.mark.parametrize(("p", "p_stop", "events", "patients"), OC)
def test_operating_characteristics(p, p_stop, events, patients):
    bound = RULE.lower(Plan(max_n=30)).boundaries[0].bound
    found = monitor(range(1, 31), p, upper=bound[1:])
    assert found.p_stop == pytest.approx(p_stop, abs=5.1e-9)
    assert found.expected_events == pytest.approx(events, abs=5.1e-7)
    assert found.expected_n == pytest.approx(patients, abs=5.1e-4)


def test_the_printed_cutoff_differs_at_one_n_only():
    printed = rule(Comparison("at least", PRINTED))
    # I_.2(4.6, 5.4) by its power series in 50-digit decimals: 1 - I = .96308269167033701939
    assert printed.evidence(7, 4, PLAN) == pytest.approx(0.96308269167033701939, abs=1e-13)
    ours, theirs = (r.lower(Plan(max_n=30)).boundaries[0].bound for r in (printed, RULE))
    assert [(n, ours[n], theirs[n]) for n in range(31) if ours[n] != theirs[n]] == [(7, 4, 5)]
    assert monitor(range(1, 31), 0.20, upper=ours[1:]).p_stop > 0.10  # so it would miss their own alpha
