"""Evidence: peer and published. Predictive probability, BOP2 and Simon's two stages.

data/predprob_*.csv (checked with ph2bayes) and data/bop2_*.csv (BOP2FE for responses) were made by an
independent program, data/clinfun_simon_twostage.csv by the R package clinfun (header lines); the boundaries
below are printed in the README of BOP2FE.
"""

import pytest

from simulator.contracts import Plan
from simulator.rules._posterior import BetaPrior
from simulator.rules.bop2 import Bop2, NullRate
from simulator.rules.predictive_probability import PredictiveProbability
from simulator.rules.simon_two_stage import SimonTwoStage
from simulator.stats.binomial import monitor
from simulator.units import Comparison
from tests.peer.tables import rows

PP, PP_OC = rows("predprob_boundaries.csv"), rows("predprob_oc.csv")
BOP2, BOP2_OC = rows("bop2_boundaries.csv"), rows("bop2_oc.csv")
SIMON = rows("clinfun_simon_twostage.csv")


def names(table):
    return sorted({row["design_id"] for row in table})


def at_looks(rule, own, max_n):
    """Looks, and of each of them the bounds for many events and for few."""
    looks, found = [int(row["look_n"]) for row in own], {}
    for boundary in rule.lower(Plan(max_n=max_n, looks=tuple(looks))).boundaries:
        found[boundary.for_many] = [boundary.bound[n] for n in looks]
    never = [None] * len(looks)
    return looks, found.get(True, never), found.get(False, never)


def theirs(own, column):
    return [int(float(row[column])) if row[column] else None for row in own]


def test_all_designs_are_here():
    assert (len(PP), len(PP_OC), len(names(PP))) == (49, 12, 4)
    assert (len(BOP2), len(BOP2_OC), len(names(BOP2))) == (33, 24, 6)
    assert len(SIMON) == 16


# ---------------------------------------------------------------- predictive probability


def predictive(first):
    def cutoff(word, column):
        return Comparison(word, float(first[column])) if first[column] else None

    return PredictiveProbability(
        prior=BetaPrior(events=float(first["prior_a"]), others=float(first["prior_b"])),
        rate=Comparison("more than", float(first["p0"])),
        certainty=Comparison("at least", float(first["theta_T"])),
        futility=cutoff("at most", "theta_L"),
        effective=cutoff("at least", "theta_U"),
    )


@pytest.mark.parametrize("name", names(PP))
def test_predictive_bounds_and_characteristics(name):
    own = [row for row in PP if row["design_id"] == name]
    looks, upper, lower = at_looks(predictive(own[0]), own, int(own[0]["N"]))
    assert (lower, upper) == (theirs(own, "stop_le"), theirs(own, "stop_ge"))
    for row in [row for row in PP_OC if row["design_id"] == name]:
        found = monitor(looks, float(row["p"]), upper=upper, lower=lower)
        assert found.p_lower == pytest.approx(float(row["P_low_stop"]), abs=1e-9)
        assert found.p_upper == pytest.approx(float(row["P_high_stop"]), abs=1e-9)
        assert found.p_stop_before_last == pytest.approx(float(row["P_stop_before_last"]), abs=1e-9)
        assert found.expected_n == pytest.approx(float(row["EN"]), abs=1e-9)


@pytest.mark.parametrize(("prior", "value"), [((0.6, 0.4), 0.565559), ((1, 1), 0.373658)])
def test_the_published_predictive_probability(prior, value):
    """PP(16 of 23, N 40), success P(p > .6) > .90; lee2008 print .5656 (methods-safety.md section 7)."""
    rule = PredictiveProbability(
        prior=BetaPrior(events=prior[0], others=prior[1]),
        rate=Comparison("more than", 0.6),
        certainty=Comparison("more than", 0.9),
        futility=Comparison("at most", 0.05),
    )
    assert rule.evidence(23, 16, Plan(max_n=40)) == pytest.approx(value, abs=5e-7)


# ---------------------------------------------------------------- BOP2


@pytest.mark.parametrize("name", names(BOP2))
def test_bop2_bounds_and_characteristics(name):
    own = [row for row in BOP2 if row["design_id"] == name]
    first = own[0]
    endpoint = "toxicity" if first["kind"] == "tox" else "response"
    rule = Bop2(
        **{endpoint: NullRate(rate=float(first["phi"]))},
        cutoff=Comparison("less than", float(first["lam"])),
        gamma=float(first["gam"]),
    )
    looks, upper, lower = at_looks(rule, own, int(first["N"]))
    assert (lower, upper) == (theirs(own, "stop_le"), theirs(own, "stop_ge"))
    for row in [row for row in BOP2_OC if row["design_id"] == name]:
        found = monitor(looks, float(row["p"]), upper=upper, lower=lower)
        assert found.p_stop == pytest.approx(float(row["P_stop"]), abs=1e-9)
        assert found.p_stop_before_last == pytest.approx(float(row["P_stop_before_last"]), abs=1e-9)
        assert found.expected_n == pytest.approx(float(row["EN"]), abs=1e-9)


README_LOOKS = (10, 15, 20, 25, 30, 35, 40)
README = [  # null rate, lambda, bounds of futility and of superiority (O'Brien-Fleming type), gamma 1
    (0.20, 0.909, (1, 2, 3, 5, 7, 9, 11), (7, 8, 9, 10, 11, 11, 12)),
    (0.15, 0.95, (0, 1, 3, 4, 5, 7, 10), (8, 8, 8, 9, 10, 10, 11)),
    (0.30, 0.95, (2, 3, 6, 8, 10, 13, 17), (9, 11, 12, 13, 15, 16, 18)),
    (0.10, 0.95, (0, 1, 2, 3, 4, 5, 7), (7, 7, 7, 7, 7, 8, 8)),
    (0.20, 0.95, (1, 2, 4, 5, 7, 9, 12), (8, 9, 10, 11, 11, 12, 13)),
]


@pytest.mark.parametrize(("rate", "cutoff", "futility", "effective"), README)
def test_boundaries_in_the_readme_of_bop2fe(rate, cutoff, futility, effective):
    rule = Bop2(
        response=NullRate(rate=rate),
        cutoff=Comparison("less than", cutoff),
        gamma=1,
        effective="obrien_fleming",
    )
    found = {
        b.outcome: tuple(b.bound[n] for n in README_LOOKS) for b in rule.lower(Plan(max_n=40)).boundaries
    }
    assert found == {"futility": futility, "effective": effective}


def test_both_endpoints_in_the_readme_of_bop2fe():
    """Their joint design: response 45 % and toxicity 30 % under the null, lambda .7, gamma 1."""
    rule = Bop2(
        response=NullRate(rate=0.45),
        toxicity=NullRate(rate=0.30),
        cutoff=Comparison("less than", 0.7),
        gamma=1,
    )
    found = {
        b.outcome: tuple(b.bound[n] for n in README_LOOKS) for b in rule.lower(Plan(max_n=40)).boundaries
    }
    assert found == {"futility": (3, 5, 8, 10, 13, 16, 19), "toxicity": (5, 6, 7, 8, 9, 10, 11)}


# ---------------------------------------------------------------- two stages


@pytest.mark.parametrize("row", SIMON, ids=lambda row: row["design_id"])
def test_two_stages_are_those_of_clinfun(row):
    p0, p1 = float(row["pu"]), float(row["pa"])
    rule = SimonTwoStage(
        design=row["type"].lower(), p0=p0, p1=p1, alpha=float(row["alpha"]), beta=float(row["beta"])
    )
    found = rule.two_stages()
    assert (found.r1, found.n1, found.r, found.n) == tuple(int(row[key]) for key in ("r1", "n1", "r", "n"))
    (boundary,) = rule.lower(Plan(max_n=found.n, looks=rule.decides_at())).boundaries
    lower = [boundary.bound[n] for n in rule.decides_at()]
    bad, good = (monitor(rule.decides_at(), p, upper=[None, None], lower=lower) for p in (p0, p1))
    assert bad.p_stop_before_last == pytest.approx(float(row["PET_p0"]), abs=1e-9)
    assert bad.expected_n == pytest.approx(float(row["EN_p0"]), abs=1e-8)  # ten digits are given
    for p, oc, column in ((p0, bad, "type1"), (p1, good, "power")):
        assert 1.0 - oc.p_stop == pytest.approx(float(row[column]), abs=1e-9)
        assert found.accepts(p) == pytest.approx(float(row[column]), abs=1e-9)
    assert found.expected_n(p0) == pytest.approx(bad.expected_n, abs=1e-9)
