"""Evidence: peer. Thall-Simon two-sided rules: bounds, posteriors, exact operating characteristics.

data/thall_simon94_*.csv were made by an independent program, data/ph2bayes_ts94_boundaries.csv by the R
package ph2bayes (header lines); both compare weakly (>= and <=), so the words are `at least`, `at most`.
"""

import json

import pytest

from simulator.contracts import Plan
from simulator.rules._posterior import BetaPrior
from simulator.rules.thall_simon import ThallSimon
from simulator.stats.binomial import monitor
from simulator.units import Comparison
from tests.peer.tables import rows

PLAN = Plan(max_n=1000)  # these rules do not depend on it


BOUNDARIES = rows("thall_simon94_boundaries.csv")
OC = rows("thall_simon94_oc.csv")
PH2BAYES = rows("ph2bayes_ts94_boundaries.csv")
DESIGNS = sorted({row["design_id"] for row in BOUNDARIES})


def count(text):
    return int(float(text)) if text not in ("", "NA") else None


def design(name):
    """The rule, its rows, looks, and the two bounds for n = 0 ... Nmax."""
    own = [row for row in BOUNDARIES if row["design_id"] == name]
    first = own[0]
    kind, *numbers = json.loads(first["S"])
    rule = ThallSimon(
        standard=numbers[0] if kind == "fixed" else BetaPrior(events=numbers[0], others=numbers[1]),
        prior=BetaPrior(events=float(first["E_prior_a"]), others=float(first["E_prior_b"])),
        improvement=float(first["delta0"]),
        promising=Comparison("at least", float(first["pU"])),
        not_promising=Comparison("at most", float(first["pL"])),
    )
    upper, lower = rule.lower(Plan(max_n=int(first["Nmax"]))).boundaries
    return rule, own, [int(row["look_n"]) for row in own], upper.bound, lower.bound


def test_all_designs_are_here():
    assert (len(DESIGNS), len(BOUNDARIES), len(OC), len(PH2BAYES)) == (7, 122, 42, 251)


@pytest.mark.parametrize("name", DESIGNS)
def test_bounds_and_posteriors(name):
    rule, own, looks, upper, lower = design(name)
    for row, n in zip(own, looks, strict=True):
        assert (upper[n], lower[n]) == (count(row["upper_ge"]), count(row["lower_le"]))
        for bound, outcome, key in (
            (upper[n], "promising", "prob_at_upper"),
            (lower[n], "not promising", "prob_at_lower"),
        ):
            if bound is not None:
                assert rule.evidence(n, bound, PLAN, outcome) == pytest.approx(float(row[key]), abs=1e-8)


def test_bounds_of_the_r_package_ph2bayes():
    tables = {name: design(name)[3:] for name in {row["design_id"] for row in PH2BAYES}}
    for row in PH2BAYES:
        upper, lower = tables[row["design_id"]]
        n = int(row["n"])
        assert (upper[n], lower[n]) == (count(row["upper_ge"]), count(row["lower_le"])), row


@pytest.mark.parametrize("name", DESIGNS)
def test_operating_characteristics(name):
    _, own, looks, upper, lower = design(name)
    for row in [row for row in OC if row["design_id"] == name]:
        found = monitor(
            looks,
            float(row["p"]),
            upper=[upper[n] for n in looks],
            lower=[lower[n] for n in looks],
            max_n=int(own[0]["Nmax"]),
        )
        assert found.p_upper == pytest.approx(float(row["P_promising"]), abs=1e-8)
        assert found.p_lower == pytest.approx(float(row["P_not_promising"]), abs=1e-8)
        assert 1 - found.p_stop == pytest.approx(float(row["P_inconclusive"]), abs=1e-8)
        assert found.p_stop_before_last == pytest.approx(float(row["P_stop_before_max"]), abs=1e-8)
        assert found.expected_n == pytest.approx(float(row["EN"]), abs=1e-8)
        quartiles = [found.n_quantile(q) for q in (0.25, 0.5, 0.75)]
        assert quartiles == [int(float(row[key])) for key in ("N_q25", "N_median", "N_q75")]
