"""Evidence: exact. The check scenario's exact values, against printed numbers and a second calculation.

The second calculation (tests/engine/by_hand.py) starts from closed-form hazards and shares no code.
Printed numbers are those of the independent calculation in the scenario parameters, to the digits printed.
"""

from functools import cache
from math import exp, log

import pytest

from simulator.metrics.text import Keyed
from simulator.program.planned import cumulative_hazard
from simulator.program.tables import Program
from tests.engine.by_hand import BAYES_BOUNDS, ON_DRUG, PLANNED, SCOPE_END, TRUTHS, ByHand
from tests.helpers import (
    CHECK,
    HALF_YEAR,
    MONTH,
    YEAR,
    assert_mean,
    draws,
    exactly,
    of_file,
    program,
    rule,
    until,
)

PER_YEAR = {  # maintenance hazard, as printed
    "planned": 0.0145631,
    "interaction_10": 0.210721,
    "interaction_25": 0.575364,
    "interaction_50": 1.386294,
    "observed_like": 2.197225,
}
GAP_2 = {  # truth: P(stop), E[enrolled], E[min(T, end)] in years, median year of a stop; with_maintenance
    "planned": (0.033422, 19.8579, 4.1153, 2.727),
    "interaction_10": (0.644275, 16.5994, 3.0575, 2.429),
    "interaction_25": (0.978448, 11.4259, 1.8526, 1.6650),
    "observed_like": (1.0000, 6.7193, 1.0307, 0.9949),
}


@cache
def cell(variant: str, truth: str, *sets: str) -> Program:
    return of_file(CHECK, variant, truth, *sets)


@cache
def exact(variant: str, truth: str, *sets: str) -> Keyed[float]:
    values, reason = exactly(cell(variant, truth, *sets))
    assert values, reason
    return values


def every(months: int) -> str:
    return f"truths.planned.accrual=every {months} month" + ("s" if months > 1 else "")


def decision(days: int) -> str:
    return f"design.monitoring.thrombosis_rule.decision_lag={days} days"


def risk(truth: str, first: float, last: float, *sets: str) -> float:
    """P(event in (first, last]) of a patient without one by `first`, on the planned course."""
    given = cell("combination_only", truth, *sets)
    components = given.components_of(0)
    total = sum(cumulative_hazard(given, c, last) - cumulative_hazard(given, c, first) for c in components)
    return 1 - exp(-total)


# ---------------------------------------------------------------- risks of one patient


@pytest.mark.parametrize(
    ("truth", "half_year", "year"),
    [
        ("planned", 0.007255, 0.014458),
        ("cll_like", 0.08144, 0.15625),
        ("interaction_10", 0.10, 0.10653),
        ("interaction_25", 0.25, 0.25544),
        ("interaction_50", 0.50, 0.50363),
        ("observed_like", 0.66667, 0.66909),
        ("withdrawal", 0.66667, None),
    ],
)
def test_risk_in_maintenance_and_over_twelve_months(truth, half_year, year):
    assert risk(truth, HALF_YEAR, YEAR) == pytest.approx(half_year, abs=6e-6)
    if year is not None:
        assert risk(truth, 0, YEAR) == pytest.approx(year, abs=6e-6)


def test_risk_in_the_year_after_imatinib_under_withdrawal():
    assert risk("withdrawal", HALF_YEAR, HALF_YEAR + YEAR) == pytest.approx(0.71452, abs=6e-6)


def test_risk_in_combination_is_the_planned_one_except_in_another_population():
    for truth in TRUTHS:
        expected = 0.08144 if truth == "cll_like" else 0.0072551
        assert risk(truth, 0, HALF_YEAR) == pytest.approx(expected, abs=6e-6), truth


@pytest.mark.parametrize(
    ("truth", "early", "middle", "late"),
    [("observed_like", 0.1187, 0.3707, 0.5193), ("withdrawal", 0.2291, 0.5143, 0.6071)],
)
def test_risk_three_weeks_eleven_weeks_and_four_months_after_imatinib(truth, early, middle, late):
    found = [risk(truth, HALF_YEAR, HALF_YEAR + days) for days in (21, 77, 4 * MONTH)]
    assert found == pytest.approx([early, middle, late], abs=6e-5)


def test_the_hazard_on_drug_ends_with_the_drug():
    """Off it the year after would double the planned number of patients: .574 instead of .289."""
    assert 20 * risk("planned", 0, 2 * YEAR) == pytest.approx(0.2892, abs=6e-5)
    assert 20 * (1 - exp(-PLANNED * 2 * YEAR)) == pytest.approx(0.574, abs=6e-4)


def test_a_component_named_again_is_replaced():
    """Added to the planned one, which goes on in maintenance, 10 % would give .6776 instead of .6443."""
    both = 1 - exp(-(PLANNED * YEAR - log(0.9)))
    added = 1 - (1 - both) ** 20 - 20 * both * (1 - both) ** 19
    assert added == pytest.approx(0.6776, abs=6e-5)
    assert exact("with_maintenance", "interaction_10")["p_stop"] == pytest.approx(0.6443, abs=6e-5)


# ---------------------------------------------------------------- printed operating characteristics


@pytest.mark.parametrize("truth", [t for t in TRUTHS if t != "cll_like"])
def test_two_of_twenty_in_combination_only_whatever_happens_in_maintenance(truth):
    assert exact("combination_only", truth)["p_stop"] == pytest.approx(0.00916931, abs=6e-9)


@pytest.mark.parametrize(
    ("variant", "truth", "p"),
    [
        ("with_maintenance", "planned", 0.0334216),
        ("with_maintenance", "interaction_10", 0.644275),
        ("with_maintenance", "interaction_25", 0.978448),
        ("with_maintenance", "observed_like", 1.000000),
        ("combination_only", "cll_like", 0.492866),
        ("with_maintenance", "cll_like", 0.842707),
    ],
)
def test_two_of_twenty(variant, truth, p):
    assert exact(variant, truth)["p_stop"] == pytest.approx(p, abs=6e-7)


@pytest.mark.parametrize(
    ("truth", "p"),
    [
        ("planned", 0.000621021),
        ("cll_like", 0.0656134),
        ("interaction_10", 0.0316278),
        ("interaction_25", 0.162416),
        ("observed_like", 0.743959),
    ],
)
def test_two_of_the_first_three(truth, p):
    found = exact("with_maintenance", truth, "design.accrual.until=3 treated")
    assert found["p_stop"] == pytest.approx(p, rel=1e-5)


def test_entry_every_two_months():
    rows = {("combination_only", truth): (0.009169, 19.9517, 4.1504, 2.5137) for truth in PER_YEAR}
    rows |= {("with_maintenance", truth): row for truth, row in GAP_2.items()}
    for (variant, truth), (p, enrolled, years, median) in rows.items():
        found = exact(variant, truth)
        assert found["p_stop"] == pytest.approx(p, abs=6e-7), (variant, truth)
        assert found["n_enrolled"] == pytest.approx(enrolled, abs=6e-5), (variant, truth)
        assert found["days_to_stop_or_last_dose"] / YEAR == pytest.approx(years, abs=6e-5), (variant, truth)
        digits = 6e-4 if truth in ("planned", "interaction_10") and variant == "with_maintenance" else 6e-5
        assert found["days_to_stop_given_stop.median"] / YEAR == pytest.approx(median, abs=digits)


@pytest.mark.parametrize(
    ("truth", "enrolled"),
    [("observed_like", (10.785, 6.719, 4.516)), ("interaction_25", (15.249, 11.426, 9.283))],
)
def test_entry_every_one_two_and_four_months(truth, enrolled):
    found = [exact("with_maintenance", truth, every(gap)) for gap in (1, 2, 4)]
    assert [f["n_enrolled"] for f in found] == pytest.approx(enrolled, abs=6e-4)
    assert {round(f["p_stop"], 12) for f in found} == {round(found[0]["p_stop"], 12)}


@pytest.mark.parametrize(("months", "p"), [(2, 0.0001), (4, 0.2113)])
def test_stopped_before_the_fourth_entry(months, p):
    """With a fourth and last patient, that is a stop before full accrual."""
    short = exact("with_maintenance", "observed_like", every(months), "design.accrual.until=4 treated")
    assert short["p_stop_before_full_accrual"] == pytest.approx(p, abs=6e-5)


@pytest.mark.parametrize(("days", "enrolled"), [(30, 7.16), (90, 8.15)])
def test_a_decision_lag_lets_more_patients_in(days, enrolled):
    found = exact("with_maintenance", "observed_like", decision(days))
    assert found["n_enrolled"] == pytest.approx(enrolled, abs=6e-3)
    assert found["p_stop"] == pytest.approx(exact("with_maintenance", "observed_like")["p_stop"], abs=1e-12)


@pytest.mark.parametrize(
    ("truth", "patients"),
    [
        ("planned", 0.2861),
        ("interaction_10", 1.5392),
        ("interaction_25", 1.9757),
        ("interaction_50", 2.0000),
        ("observed_like", 2.0000),
    ],
)
def test_patients_with_thrombosis_with_the_wider_scope(truth, patients):
    found = exact("with_maintenance", truth)["patients_with.thrombosis"]
    assert found == pytest.approx(patients, abs=6e-5)


def test_printed_numbers_that_the_exact_module_does_not_give_agree_with_the_second_calculation():
    """R0 patients (Monte Carlo in print, standard error up to .005) and decision lags (2 decimals)."""
    narrow = {"planned": 0.288, "interaction_10": 2.12, "interaction_25": 5.09}
    narrow |= {"interaction_50": 10.03, "observed_like": 13.33}
    for truth, printed in narrow.items():
        assert ByHand("combination_only", truth).patients() == pytest.approx(printed, abs=5 * 0.005)
    lags = {"interaction_25": (2.06, 2.26), "interaction_50": (2.17, 2.56), "observed_like": (2.22, 2.74)}
    for truth, printed in lags.items():
        found = [ByHand("with_maintenance", truth, decision=days).patients() for days in (30, 90)]
        assert found == pytest.approx(printed, abs=0.005 + 5 * 0.002)


def test_the_printed_bounds_of_the_posterior_rule():
    assert [BAYES_BOUNDS[n - 1] for n in (2, 5, 6, 10, 12, 15, 20)] == [2, 2, 3, 3, 4, 4, 5]
    bound = cell("bayes_any_phase", "planned").monitors[0].table.boundaries[0].bound
    assert [n + 1 if b is None else b for n, b in enumerate(bound)][1:] == BAYES_BOUNDS


# ---------------------------------------------------------------- every value, calculated a second time


def agrees(values: Keyed[float], hand: ByHand) -> None:
    expected = {
        "p_stop": hand.p_stop,
        "p_stop.thrombosis_rule": hand.p_stop,
        "p_stop_before_full_accrual": 1 - hand.p_at_least[-1],
        "n_enrolled": hand.enrolled[0],
        "n_treated": hand.enrolled[0],
        "days_to_stop_or_last_dose": hand.stop_or_last_dose[0],
    }
    for name, share in (("q10", 0.1), ("median", 0.5), ("q90", 0.9)):
        expected[f"days_to_stop_given_stop.{name}"] = hand.quantile(share)
    for key, value in expected.items():
        flat = 1e-3 if key.endswith("q90") else 1e-5  # where hardly any stop falls a day is not sharp
        assert values[key] == pytest.approx(value, rel=2e-6, abs=flat if "given" in key else 2e-6), key


@pytest.mark.parametrize("variant", SCOPE_END)
@pytest.mark.parametrize("truth", TRUTHS)
def test_every_value_of_every_cell(variant, truth):
    values, hand = exact(variant, truth), ByHand(variant, truth)
    agrees(values, hand)
    if "patients_with.thrombosis" in values:
        assert truth in ON_DRUG
        assert values["patients_with.thrombosis"] == pytest.approx(hand.patients(), abs=1e-4)


@pytest.mark.parametrize(
    "variant", ["combination_only", "with_maintenance", "plus_30_days", "bayes_any_phase"]
)
@pytest.mark.parametrize("truth", ["planned", "interaction_25", "withdrawal"])
@pytest.mark.parametrize(("gap", "report", "lag"), [(1, 0, 0), (4, 10, 0), (2, 45, 30), (3, 0, 90)])
def test_every_value_with_other_gaps_and_delays(variant, truth, gap, report, lag):
    delays = f"truths.planned.delays={{thrombosis: {{report: {report} days}}}}"
    values = exact(variant, truth, every(gap), decision(lag), delays)
    agrees(values, ByHand(variant, truth, gap=gap * MONTH, report=report, decision=lag))


def test_the_wider_scope_alone_knows_the_patients_harmed():
    """Out of a narrow scope events go on, and under withdrawal nothing stops them."""
    given = {(v, t) for v in SCOPE_END for t in TRUTHS if "patients_with.thrombosis" in exact(v, t)}
    assert given == {(v, t) for v in ("with_maintenance", "plus_30_days", "plus_90_days") for t in ON_DRUG}


def test_patients_harmed_are_known_only_if_the_stop_ends_the_hazard():
    """Two of 20 are harmed at most; where patients stay on the drug more are, and none is calculated."""
    stop = "design.monitoring.thrombosis_rule.then="
    key, cells = "patients_with.thrombosis", ("with_maintenance", "interaction_50")
    assert key in exact(*cells, f"{stop}[close_accrual, {{stop_drug: lenalidomide}}]")
    for then in ("[close_accrual]", "[{stop_drug: lenalidomide}]", "[close_accrual, {stop_drug: imatinib}]"):
        assert key not in exact(*cells, stop + then), then


# ---------------------------------------------------------------- small designs, by elementary arithmetic


def small(component, *, scope=None, then=None, patients=3, every=10, decision_lag="0 days", **more):
    phases = {"one": {"lasts": "100 days", "next": "two"}, "two": {"lasts": "100 days"}}
    acts = {"then": then} if then else {}
    where = {"phases": scope} if scope else {}
    monitor = rule("a", 1, scope=where, decision_lag=decision_lag, **acts)
    design = {"accrual": until(patients), "drugs": {"x": ["1 mg"]}, "phases": phases, "events": {"a": {}}}
    truth = {"accrual": f"every {every} days", "events": {"a": {"components": {"c": component}}}, **more}
    return program({**design, "monitoring": {"rule": monitor}}, truth)


def test_an_immediate_outcome_of_the_next_phase_is_out_of_scope():
    """On the day the scope ends, but in the phase entered: P(stop) is 0, as simulation says."""
    given = small({"clock": "entry to two", "probability": "50%"}, scope=["one"])
    values, _ = exactly(given)
    assert len(draws(given, 20).firings) == 0
    assert values.get("p_stop", 0.0) == pytest.approx(0.0, abs=1e-12)


def test_an_immediate_outcome_in_scope():
    """Each of three patients has it with 1/2 on day 100: the rule fires on day 100, 110 or 120."""
    values, reason = exactly(small({"clock": "entry to two", "probability": "50%"}))
    if values:
        assert values["p_stop"] == pytest.approx(7 / 8)
        mean = 100 * 4 / 8 + 110 * 2 / 8 + 120 / 8 + (20 + 200) / 8
        assert values["days_to_stop_or_last_dose"] == pytest.approx(mean, abs=1e-6)
    else:
        assert reason


@pytest.mark.parametrize(("report", "decision"), [(0, 0), (10, 0), (0, 10), (5, 5)])
def test_an_immediate_outcome_at_entry_keeps_out_who_comes_next_and_not_the_patient(report, decision):
    """Its effect comes before the next arrival, 10 days later at the latest: 1 + 1/2 + 1/4 are enrolled."""
    body = {"clock": "enrolment", "probability": "50%"}
    delays = {"delays": {"a": {"report": f"{report} days"}}}
    given = small(body, decision_lag=f"{decision} days", **delays)
    enrolled = draws(given, 500).trials["enrolled"]
    assert_mean(enrolled, 1.75, (2 / 4 + 4 / 4 + 9 / 4 - 1.75**2) ** 0.5, 2.0)
    assert exactly(given)[0]["n_enrolled"] == pytest.approx(1.75)


def test_a_rule_that_leaves_accrual_open_stops_nobody_from_entering():
    given = small({"hazard": "0.1 per day"}, then=[{"stop_drug": "x"}])
    values, _ = exactly(given)
    records = draws(given, 20)
    assert set(records.trials["enrolled"]) == {3}
    assert values.get("n_enrolled", 3.0) == pytest.approx(3.0)
    assert values.get("p_stop_before_full_accrual", 0.0) == pytest.approx(0.0, abs=1e-12)


def test_there_is_no_time_of_a_stop_that_cannot_happen():
    values, _ = exactly(small({"hazard": "0"}))
    assert values["p_stop"] == 0.0
    assert not [key for key in values if key.metric == "days_to_stop_given_stop"]


def test_a_detection_delay_is_part_of_the_lag():
    """Hazard 0.1, 15 days to the report: by day 10 none has come, by day 20 events of days 0 to 5."""
    delays = {"a": {"detection": "9 days", "report": "6 days"}}
    values, _ = exactly(small({"hazard": "0.1 per day"}, delays=delays))
    assert values["n_enrolled"] == pytest.approx(1 + 1 + exp(-0.1 * 5))


@pytest.mark.parametrize(("hazard", "calculated"), [("0", True), ("0.01 per day", False)])
@pytest.mark.parametrize("how", ["leave", {"go_to": "two"}, {"stop_drug": "x"}, None])
def test_another_event_that_changes_the_course_leaves_no_closed_form(how, hazard, calculated):
    """Unless it never happens; None: a transition depends on it."""
    other = {"when_detected": how} if how else {}
    to = [{"to": "two", "unless": "b"}] if how is None else "two"
    phases = {"one": {"lasts": "100 days", "next": to}, "two": {"lasts": "100 days"}}
    design = {
        "accrual": until(3),
        "drugs": {"x": ["1 mg"]},
        "phases": phases,
        "events": {"a": {}, "b": other},
    }
    events = {
        name: {"components": {"c": {"hazard": h}}} for name, h in (("a", "0.01 per day"), ("b", hazard))
    }
    values, reason = exactly(program({**design, "monitoring": {"rule": rule("a", 1)}}, {"events": events}))
    assert bool(values) is calculated
    assert ("`b`" in reason) is not calculated


@pytest.mark.parametrize(
    "change",
    [
        "design.monitoring.thrombosis_rule.counts.unit=events",
        "design.monitoring.thrombosis_rule.look=every 3 months",
        "design.monitoring.thrombosis_rule.data_cut=5 days",
        "design.monitoring.thrombosis_rule.then=[]",
        "truths.planned.delays={thrombosis: {report: {uniform: [1 day, 14 days]}}}",
        "design.monitoring.thrombosis_rule.scope={phases: [maintenance]}",
    ],
)
def test_without_a_closed_form_a_reason_is_given_and_no_value(change):
    values, reason = exactly(cell("combination_only", "planned", "variants.bayes_any_phase=null", change))
    assert values == {}
    assert reason
