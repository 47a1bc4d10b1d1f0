"""Evidence: peer. Thall-Simon-Estey rules: bounds, posteriors, exact joint operating characteristics.

data/tse95_*.csv were made by an independent program, data/ph2bye_tse_CLL_A.csv by the R package ph2bye
(header lines). ph2bye compares weakly (>=, <=); no design lies near a tie.
"""

import json

import numpy as np
import pytest

from simulator.contracts import Plan
from simulator.rules._posterior import BetaPrior
from simulator.rules.thall_simon_estey import EndpointLimit, ThallSimonEstey
from simulator.stats.binomial import monitor
from simulator.stats.joint import four_cells, monitor_joint
from simulator.units import Comparison
from tests.peer.tables import rows

PLAN = Plan(max_n=1000)  # these rules do not depend on it


BOUNDARIES = rows("tse95_boundaries.csv")
OC = rows("tse95_oc.csv")
DESIGNS = sorted({row["design_id"] for row in BOUNDARIES})


def count(text):
    return int(float(text)) if text not in ("", "NA") else None


def limit(standard, prior, margin, cut):
    kind, *numbers = json.loads(standard)
    a, b = map(float, prior.split(","))
    return EndpointLimit(
        standard=numbers[0] if kind == "fixed" else BetaPrior(events=numbers[0], others=numbers[1]),
        prior=BetaPrior(events=a, others=b),
        margin=float(margin),
        certainty=Comparison("more than", cut),
    )


def design(name, word="more than"):
    """The rule, its rows, looks, toxicity and response bounds at the looks."""
    own = [row for row in BOUNDARIES if row["design_id"] == name]
    first = own[0]
    cut = round(1 - float(first["eff_cut"]), 12)  # P(pE > s) < .05 is P(pE < s) > .95
    rule = ThallSimonEstey(
        toxicity=limit(first["tox_S"], first["tox_prior"], first["tox_delta"], float(first["tox_cut"])),
        response=limit(first["eff_S"], first["eff_prior"], first["eff_delta"], cut),
    )
    toxicity, futility = rule.lower(Plan(max_n=int(first["Nmax"]))).boundaries
    looks = [int(row["look_n"]) for row in own]
    return rule, own, looks, [toxicity.bound[n] for n in looks], [futility.bound[n] for n in looks]


def test_all_designs_are_here():
    assert (len(DESIGNS), len(BOUNDARIES), len(OC)) == (10, 122, 270)


@pytest.mark.parametrize("name", DESIGNS)
def test_bounds_and_posteriors(name):
    rule, own, looks, toxicity, response = design(name)
    for row, n, tox, resp in zip(own, looks, toxicity, response, strict=True):
        assert (tox, resp) == (count(row["tox_stop_ge"]), count(row["eff_stop_le"]))
        if tox is not None:
            assert rule.evidence(n, tox, PLAN, "toxicity") == pytest.approx(
                float(row["tox_prob_at"]), abs=1e-8
            )
        if resp is not None:
            found = rule.evidence(n, resp, PLAN, "futility")
            assert 1.0 - found == pytest.approx(float(row["eff_prob_at"]), abs=1e-8)


def test_bounds_of_the_r_package_ph2bye():
    _, _, looks, toxicity, response = design("CLL_A")
    theirs = rows("ph2bye_tse_CLL_A.csv")
    assert [int(row["look_n"]) for row in theirs] == looks
    assert [count(row["tox_stop_ge"]) for row in theirs] == toxicity
    assert [count(row["eff_stop_le"]) for row in theirs] == response


@pytest.mark.parametrize("name", DESIGNS)
def test_operating_characteristics(name):
    _, _, looks, toxicity, response = design(name)
    own = [row for row in OC if row["design_id"] == name]
    assert len(own) == 27
    for row in own:
        p_resp, p_tox, ratio = (float(row[key]) for key in ("pE", "pT", "odds_ratio"))
        found = monitor_joint(looks, four_cells(p_resp, p_tox, ratio), toxicity=toxicity, response=response)
        pairs = {
            "P_stop": found.p_stop,
            "P_stop_before_max": found.p_stop_before_last,
            "tox_only": found.p_toxicity_only,
            "eff_only": found.p_response_only,
            "both": found.p_both,
            "EN": found.expected_n,
            "E_tox": found.expected_toxicities,
            "E_resp": found.expected_responses,
            "P_stop_tox_rule_alone": monitor(looks, p_tox, upper=toxicity).p_stop,
            "P_stop_eff_rule_alone": monitor(looks, p_resp, upper=[None] * len(looks), lower=response).p_stop,
        }
        for key, value in pairs.items():
            assert value == pytest.approx(float(row[key]), abs=1e-8), (row["design_id"], key)
        by_look = [float(item.split(":")[1]) for item in row["P_stop_by_look"].split(";")]
        assert np.cumsum(found.stop_at) == pytest.approx(by_look, abs=2e-9)  # ten digits are given


def test_the_published_tutorial_anchor():
    """0 of 6 responses, standard Beta(30, 70), prior Beta(.6, 1.4): .964594 (methods-safety.md section 7)."""
    rule, *_ = design("MULTC_TUT")
    assert rule.evidence(6, 0, PLAN, "futility") == pytest.approx(0.964594, abs=5e-7)
