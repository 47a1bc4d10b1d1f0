"""Evidence: peer. Beta-binomial rules with a fixed cut-off, and widths of posterior intervals.

data/bayes_toxicity_*.csv and cll_interval_width.csv were made by an independent program (their header
lines say which); looks, bounds, posteriors and exact operating characteristics are compared.
"""

import numpy as np
import pytest

from simulator.contracts import Plan
from simulator.rules._posterior import BetaPrior
from simulator.rules.beta_binomial import BetaBinomial
from simulator.stats.beta import interval_width
from simulator.stats.binomial import monitor
from simulator.units import Comparison
from tests.peer.tables import rows

PLAN = Plan(max_n=1000)  # these rules do not depend on it


BOUNDARIES = rows("bayes_toxicity_boundaries.csv")
OC = rows("bayes_toxicity_oc.csv")
DESIGNS = sorted({row["design_id"] for row in BOUNDARIES})


def design(name):
    """The rule, its looks, the bound at each."""
    own = [row for row in BOUNDARIES if row["design_id"] == name]
    first = own[0]
    rule = BetaBinomial(
        prior=BetaPrior(events=float(first["prior_a"]), others=float(first["prior_b"])),
        rate=Comparison("more than", float(first["target"])),
        certainty=Comparison("more than", float(first["cut"])),
    )
    bound = rule.lower(Plan(max_n=int(first["N"]))).boundaries[0].bound
    looks = [int(row["look_n"]) for row in own]
    return rule, own, looks, [bound[n] for n in looks]


def test_all_designs_are_here():
    assert (len(DESIGNS), len(BOUNDARIES), len(OC)) == (10, 97, 60)


@pytest.mark.parametrize("name", DESIGNS)
def test_bounds_and_posteriors(name):
    rule, own, _, bounds = design(name)
    for row, bound in zip(own, bounds, strict=True):
        n = int(row["look_n"])
        assert bound == (int(float(row["stop_if_events_ge"])) if row["stop_if_events_ge"] else None)
        if bound is None:
            continue
        assert rule.evidence(n, bound, PLAN) == pytest.approx(float(row["post_prob_at_bound"]), abs=1e-8)
        if row["post_prob_one_below"]:
            below = rule.evidence(n, bound - 1, PLAN)
            assert below == pytest.approx(float(row["post_prob_one_below"]), abs=1e-8)


@pytest.mark.parametrize("name", DESIGNS)
def test_operating_characteristics(name):
    _, _, looks, bounds = design(name)
    for row in [row for row in OC if row["design_id"] == name]:
        found = monitor(looks, float(row["p"]), upper=bounds)
        assert found.p_stop == pytest.approx(float(row["P_stop"]), abs=1e-8)
        assert found.p_stop_before_last == pytest.approx(float(row["P_stop_before_max"]), abs=1e-8)
        assert found.expected_n == pytest.approx(float(row["EN"]), abs=1e-8)
        assert found.expected_events == pytest.approx(float(row["E_events"]), abs=1e-8)
        by_look = [float(item.split(":")[1]) for item in row["P_stop_by_look"].split(";")]
        assert np.cumsum(found.upper_at) == pytest.approx(by_look, abs=2e-9)  # ten digits are given


def test_interval_widths():
    found = rows("cll_interval_width.csv")
    assert len(found) == 164
    for row in found:
        a, b, n = float(row["prior_a"]), float(row["prior_b"]), int(row["N"])
        x = np.arange(n + 1)
        widths = interval_width(a + x, b + n - x)
        assert widths.max() == pytest.approx(float(row["max_width_equal_tail"]), abs=1e-8)
        assert widths[int(row["argmax_x"])] == pytest.approx(widths.max(), abs=1e-10)
        for share in (0.20, 0.30, 0.32):
            expected = float(row[f"width_at_x{100 * share:.0f}pct"])
            assert widths[round(share * n)] == pytest.approx(expected, abs=1e-8), (row, share)
