"""Evidence: exact. The MEC check scenario, loaded and lowered, gives the calculated 3+3; and when it cannot.

Values of M1, M2, M4 and of B and the start at 10 mg: independent enumerations made before this program
(paths of a 3+3, merged states; variant A as its closed form), printed there to six digits.
"""

import pytest

from simulator.loading.load import load
from simulator.program.risks import dlt_rates
from simulator.study.run import programs
from tests.helpers import ROOT, exactly

DOSES = ("none", "5 mg", "10 mg", "25 mg", "50 mg")
TABLE = {  # (variant, truth): P(MTD) of none, 5, 10, 25, 50 mg; E[N], E[DLT]
    ("variant_c", "observed_like"): ((0.010106, 0.026634, 0.063479, 0.198748, 0.701033), 16.1025, 1.3833),
    ("variant_c", "flat"): ((0.026724, 0.025848, 0.025197, 0.030038, 0.892192), 15.6795, 0.7840),
    ("variant_c", "unsafe"): ((0.561911, 0.318581, 0.102395, 0.016037, 0.001076), 8.3032, 2.9008),
    ("variant_a", "observed_like"): ((0.010041, 0.026291, 0.060839, 0.168114, 0.734716), 13.6933, 1.0828),
    ("variant_a", "flat"): ((0.026558, 0.025853, 0.025166, 0.024498, 0.897926), 13.0913, 0.6546),
    ("variant_a", "unsafe"): ((0.505737, 0.341382, 0.126605, 0.024110, 0.002166), 7.1785, 2.5225),
    ("variant_b", "observed_like"): ((0.010106, 0.026631, 0.062974, 0.165574, 0.734716), 14.3538, None),
    ("start_at_10", "observed_like"): ((0.000336, 0.026634, 0.064123, 0.200764, 0.708143), 13.0658, None),
}
COHORTS = {"observed_like": 5.3675, "flat": 5.2265, "unsafe": 2.7677}


def values(variant, truth, *sets, file="scenarios/checks/mec.yaml"):
    cells = programs(load(ROOT / file, sets), (variant,), (truth,))
    return exactly(cells[variant, truth])


@pytest.mark.parametrize(("variant", "truth"), TABLE)
def test_the_selected_dose_patients_and_toxicities(variant, truth):
    found, reason = values(variant, truth)
    assert reason == ""
    p, n, dlt = TABLE[variant, truth]
    for dose, expected in zip(DOSES, p, strict=True):
        assert found[f"p_select.{dose}"] == pytest.approx(expected, abs=5.1e-7), dose
    assert found["n_enrolled"] == pytest.approx(n, abs=5.1e-5)
    if dlt is not None:
        assert found["n_dlt"] == pytest.approx(dlt, abs=5.1e-5)
    if variant == "variant_c":
        assert found["n_cohorts"] == pytest.approx(COHORTS[truth], abs=5.1e-5)


def test_the_top_dose_is_reached():
    found, _ = values("variant_c", "observed_like")
    assert found["p_reach.50 mg"] == pytest.approx(0.902829, abs=5.1e-7)


def test_a_higher_start_leaves_the_chance_of_the_lowest_dose():
    """Starting at 10 mg changes how often no dose is found, not how often it is 5 mg."""
    low, _ = values("variant_c", "observed_like")
    high, _ = values("start_at_10", "observed_like")
    assert high["p_select.5 mg"] == pytest.approx(low["p_select.5 mg"], rel=1e-12)
    assert high["p_select.none"] < 0.05 * low["p_select.none"]


@pytest.mark.parametrize(("days", "rate"), [(42, 0.4349), (45, 0.33), (49, 0.2175), (56, 0.0943)])
def test_the_window_moves_the_rate(days, rate):
    """A lognormal with 33 % later than day 45 and sigma 0.25, at 10 mg on days 1 to 14."""
    given = load(ROOT / "scenarios/mec.yaml", [f"design.events.dlt.by={days} days"])
    program = programs(given, ("as_amended",), ("observed_like",))["as_amended", "observed_like"]
    assert program.dosing is not None
    assert dlt_rates(program, program.dosing)[2] == pytest.approx(rate, abs=5.1e-5)


def test_an_amendment_is_calculated_too():
    """Without deaths and with everyone evaluable, the amended trial is exact: chances add up to one."""
    calm = (
        "truths.observed_like.not_evaluable=0%",
        "truths.observed_like.events.death={hazard: 0}",
        "design.accrual.until=70 treated",
    )
    found, reason = values("as_amended", "observed_like", *calm, file="scenarios/mec.yaml")
    assert reason == ""
    selected = [p for key, p in found.items() if key.metric == "p_select" and key.word in {None, "none"}]
    assert sum(selected) == pytest.approx(1.0, abs=1e-12)
    assert 0.0 < found["p_amended.ten_days"] < 1.0
    assert "n_enrolled" not in found  # the expansion may be stopped


ALL_SEEN = "truths.observed_like.not_evaluable=0%"
REASONS = [
    ((), "replaced"),
    ((ALL_SEEN,), "`death` changes the course"),
    (("design.dose_finding.decide=when_decided",), "before every outcome is known"),
    ((ALL_SEEN, "design.accrual.until=[60 treated, 24 months]"), "accrual ends on a day"),
    ((ALL_SEEN, "truths.observed_like.delays={recovery: {report: 3 days}}"), "known later"),
    ((ALL_SEEN, "design.monitoring.expansion_toxicity.scope={}"), "a rule may stop the dose finding"),
]


@pytest.mark.parametrize(("sets", "reason"), REASONS, ids=[r[1] for r in REASONS])
def test_where_more_than_counts_decides_there_is_a_reason(sets, reason):
    found, why = values("as_amended", "observed_like", *sets, file="scenarios/mec.yaml")
    assert found == {}
    assert reason in why
