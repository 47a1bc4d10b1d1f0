"""Evidence: peer. An exact binomial test at each look, against the Pocock rules of R's stoppingrule.

Their calibrated value, the nominal level of every look (data/stoppingrule_binary_designs.csv), lies at the
upper end of those that give their bounds, to the 1e-6 of their root finder; the level here is at the lower
end, the largest p-value at one of their bounds.
"""

import pytest
from scipy.stats import binom

from simulator.contracts import Plan
from simulator.rules.binomial_test import BinomialTest
from simulator.units import Comparison
from tests.peer.tables import rows

POCOCK = {row["design_id"]: row for row in rows("stoppingrule_binary_designs.csv") if row["type"] == "Pocock"}
ROWS = [
    POCOCK[row["design_id"]] | row
    for row in rows("stoppingrule_binary_boundaries.csv")
    if row["design_id"] in POCOCK
]
DESIGNS = sorted({row["design_id"] for row in ROWS})


def test_all_designs_are_here():
    assert (len(DESIGNS), len(ROWS)) == (9, 321)


@pytest.mark.parametrize("name", DESIGNS)
def test_bounds_at_the_nominal_level(name):
    own = [row for row in ROWS if row["design_id"] == name]
    p0, nominal = float(own[0]["p0"]), float(own[0]["cval"])
    bounds = {int(row["look_n"]): int(row["reject_at"]) if row["reject_at"] else None for row in own}
    reached = [(n, x) for n, x in bounds.items() if x is not None]
    level = max(float(binom.sf(x - 1, n, p0)) for n, x in reached)
    assert level < nominal < min(float(binom.sf(x - 2, n, p0)) for n, x in reached) + 2e-6
    rule = BinomialTest(rate=Comparison("more than", p0), level=Comparison("at most", level))
    (found,) = rule.lower(Plan(max_n=max(bounds))).boundaries
    assert {n: found.bound[n] for n in bounds} == bounds


@pytest.mark.parametrize("name", DESIGNS)
def test_p_values_are_those_of_the_binomial(name):
    own = [row for row in ROWS if row["design_id"] == name and row["reject_at"]]
    for word, tail in (("more than", lambda x, n, p: binom.sf(x - 1, n, p)), ("less than", binom.cdf)):
        rule = BinomialTest(rate=Comparison(word, float(own[0]["p0"])), level=Comparison("at most", 0.05))
        for row in own:
            n, x = int(row["look_n"]), int(row["reject_at"])
            value = rule.evidence(n, x, Plan(max_n=n))
            assert value == pytest.approx(tail(x, n, float(row["p0"])), rel=1e-9)
