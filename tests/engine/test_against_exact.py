"""Evidence: exact. Simulated against exact values, every cell and key; and what count rules cannot depend on.

Shares by exact binomial tests, means by Bernstein's inequality with the exact standard deviation, quantiles
by counting the stops before them: each at 1e-6, about 500 comparisons, so 5e-4 for the whole module.
"""

from itertools import pairwise

import numpy as np
import pytest

from simulator.metrics.collect import collect
from simulator.metrics.registry import metric_of
from simulator.metrics.text import text_of
from simulator.model.metric import Kind
from simulator.stats.intervals import wilson
from tests.engine.by_hand import ON_DRUG, SCOPE_END, TRUTHS, ByHand, cumulative
from tests.helpers import (
    CHECK,
    YEAR,
    assert_mean,
    assert_near,
    assert_share,
    draws,
    of_file,
)

CELLS = [(variant, truth) for variant in SCOPE_END for truth in TRUTHS]
QUANTILES = {"q10": 0.1, "median": 0.5, "q90": 0.9}
PATIENTS = "patients_with.thrombosis"


def played(variant, truth, trials, *sets):
    """Columns of a cell of the check scenario, changed by `sets`."""
    given = of_file(CHECK, variant, truth, *sets)
    return collect(given, draws(given, trials))


def every(months):
    return f"truths.planned.accrual=every {months} month" + ("s" if months > 1 else "")


def decision(days):
    return f"design.monitoring.thrombosis_rule.decision_lag={days} days"


def report(delay):
    return f"truths.planned.delays={{thrombosis: {{report: {delay}}}}}"


# ---------------------------------------------------------------- every value of every cell


@pytest.mark.parametrize(("variant", "truth"), CELLS)
def test_every_exact_value_is_simulated(check_run, variant, truth):
    cell, hand = check_run.cell(variant, truth), ByHand(variant, truth)
    keys = [text_of(key) for key, e in cell.metrics.items() if e.exact is not None]
    assert {"p_stop", "n_enrolled", "days_to_stop_or_last_dose"} <= set(keys)
    for key in keys:
        value = cell.metrics[key].exact
        what = f"{variant}, {truth}, {key}"
        if key.startswith("days_to_stop_given_stop."):
            days, share = cell.columns["days_to_stop"], QUANTILES[key.rpartition(".")[2]]
            assert_share(int((days <= value).sum()), len(days), share * hand.p_stop, what)
            continue
        column = cell.columns[key]
        if key.startswith("p_"):
            assert_share(int(column.sum()), len(column), value, what)
        elif key in ("n_enrolled", "n_treated"):
            assert_mean(column, value, hand.enrolled[1], 19, what)
        elif key == "days_to_stop_or_last_dose":
            assert_mean(column, value, hand.stop_or_last_dose[1], hand.last, what)
        elif key in (PATIENTS, f"{PATIENTS}.before"):  # 0, 1 or 2: mean = P(>= 1) + P(2)
            two = hand.p_stop
            assert_mean(column, value, (max(value + 2 * two - value**2, 0)) ** 0.5, 2, what)
        else:
            raise AssertionError(f"no test is written for {key}")


def test_shares_lie_in_their_wilson_intervals(check_run):
    for cell in check_run.cells:
        for key, e in cell.metrics.items():
            if metric_of(key).kind is Kind.SHARE:
                hits = int(cell.columns[key].sum())
                assert (e.low, e.high) == wilson(hits, e.n)
                assert 0 <= e.low <= e.value <= e.high <= 1
                assert (e.low == 0) == (hits == 0)
                assert (e.high == 1) == (hits == e.n)


# ---------------------------------------------------------------- what the exact module does not give


@pytest.mark.parametrize("truth", ON_DRUG)
def test_patients_harmed_when_the_rule_looks_at_combination_only(check_run, truth):
    """13.3 of 20 under observed_like, against 2.0 when maintenance is in scope."""
    cell = check_run.cell("combination_only", truth)
    assert_near(cell.columns[PATIENTS], ByHand("combination_only", truth).patients(), 1e-4, truth)
    if truth == "observed_like":
        assert_near(cell.columns[PATIENTS], 13.33, 0.005, truth, error=0.005)
        wide = check_run.cell("with_maintenance", truth).columns
        assert set(wide[PATIENTS]) == {2.0}
        assert not wide[f"{PATIENTS}.overrun"].any()
        assert not wide[f"{PATIENTS}.after"].any()


@pytest.mark.parametrize("variant", SCOPE_END)
def test_under_withdrawal_no_stop_protects_whoever_is_enrolled(check_run, variant):
    """E[patients] = E[enrolled] x P(event in the whole course), as for any patient-sequential rule (Wald)."""
    columns = check_run.cell(variant, "withdrawal").columns
    ever = float(1 - np.exp(-cumulative("withdrawal", 2 * YEAR)))
    assert_near(columns[PATIENTS] - ever * columns["n_enrolled"], 0.0, 1e-9, variant)
    assert_near(columns[PATIENTS], ever * ByHand(variant, "withdrawal").enrolled[0], 1e-4, variant)


@pytest.mark.parametrize("truth", ["interaction_25", "interaction_50", "observed_like"])
@pytest.mark.parametrize("days", [30, 90])
def test_a_decision_lag_costs_patients(truth, days):
    columns = played("with_maintenance", truth, 400, decision(days))
    hand = ByHand("with_maintenance", truth, decision=days)
    assert_near(columns[PATIENTS], hand.patients(), 1e-4, truth)
    assert_mean(columns["n_enrolled"], hand.enrolled[0], hand.enrolled[1], 19, truth)
    assert columns[f"{PATIENTS}.overrun"].sum() > 0
    assert columns[f"{PATIENTS}.after"].sum() == 0


def test_poisson_accrual_enrols_more_than_fixed_entry():
    columns = played("with_maintenance", "observed_like", 1_000, "truths.planned.accrual=0.5 per month")
    assert_near(columns["n_enrolled"], 7.15, 0.005)


@pytest.mark.parametrize("truth", ["interaction_25", "observed_like"])
@pytest.mark.parametrize("months", [1, 4])
def test_other_gaps(truth, months):
    columns = played("with_maintenance", truth, 300, every(months))
    hand = ByHand("with_maintenance", truth, gap=30.4375 * months)
    assert_mean(columns["n_enrolled"], hand.enrolled[0], hand.enrolled[1], 19, "enrolled")
    mean, sd = hand.stop_or_last_dose
    assert_mean(columns["days_to_stop_or_last_dose"], mean, sd, hand.last, "days")
    if truth == "observed_like":
        fourth = float(
            np.ravel(hand.fired(hand.entries[3]))[0]
        )  # .2113 every 4 months, hardly ever every month
        assert_share(int((columns["n_enrolled"] < 4).sum()), 300, fourth, "stopped before the fourth entry")


@pytest.mark.parametrize("truth", ["planned", "interaction_50", "withdrawal"])
def test_detection_and_report_delays_move_the_stop_by_as_much(truth):
    """A constant delay of 40 + 5 days: as an exact lag of 45 in the second calculation."""
    delays = "truths.planned.delays={thrombosis: {detection: 40 days, report: 5 days}}"
    columns = played("with_maintenance", truth, 300, delays)
    hand = ByHand("with_maintenance", truth, report=45)
    assert_share(int(columns["p_stop"].sum()), 300, hand.p_stop, "p_stop")
    assert_mean(columns["n_enrolled"], hand.enrolled[0], hand.enrolled[1], 19, "enrolled")
    stops = columns["days_to_stop"]
    for share in (0.1, 0.5, 0.9):
        hits = int((stops <= hand.quantile(share)).sum())
        assert_share(hits, 300, share * hand.p_stop, f"quantile {share}")


# ---------------------------------------------------------------- risks over twelve months


@pytest.mark.parametrize("truth", TRUTHS)
def test_how_many_patients_have_an_event_by_when_without_a_stop(truth):
    """Four dates, exact binomial over all patients; under planned .289 per 20 and not .574."""
    given = of_file(CHECK, "with_maintenance", truth, "design.monitoring.thrombosis_rule.then=[]")
    records = draws(given, 100)
    n = len(records.patients)
    assert n == 2_000
    _, first = np.unique(records.events[["trial", "candidate"]], return_index=True)
    events = records.events[first]
    age = events["occurred"] - 60.875 * events["candidate"]
    for day in (100.0, 182.625, 203.625, 365.25, 730.5):
        expected = float(1 - np.exp(-cumulative(truth, day)))
        assert_share(int((age <= day).sum()), n, expected, f"{truth} by day {day}")


# ---------------------------------------------------------------- what a count rule cannot depend on


@pytest.mark.parametrize("truth", [t for t in ON_DRUG if t != "cll_like"] + ["withdrawal"])
def test_a_rule_on_combination_stops_the_same_trials_whatever_happens_in_maintenance(check_run, truth):
    planned = check_run.cell("combination_only", "planned").columns
    found = check_run.cell("combination_only", truth).columns
    for key in ("p_stop", "n_enrolled", "days_to_stop"):
        assert np.array_equal(found[key], planned[key]), key
    assert 0 < planned["p_stop"].sum() < 50


CHANGES = {
    "every month": [every(1)],
    "every 4 months": [every(4)],
    "Poisson": ["truths.planned.accrual=0.5 per month"],
    "report delay": [report("{uniform: [0 days, 120 days]}")],
    "decision lag": [decision(90)],
    "all": [every(1), report("60 days"), decision(30)],
}


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("truth", ["cll_like", "interaction_10", "withdrawal"])
def test_which_trials_stop_does_not_depend_on_accrual_or_lag(check_run, change, truth):
    """The rule counts patients of all 20 who are enrolled if it does not fire."""
    for variant in ("combination_only", "with_maintenance"):
        columns = played(variant, truth, 80, *CHANGES[change])
        expected = check_run.cell(variant, truth).columns
        assert np.array_equal(columns["p_stop"], expected["p_stop"][:80]), variant
        if expected["p_stop"][:80].any():
            assert not np.array_equal(columns["days_to_stop"], expected["days_to_stop"][:80]), "when they do"


@pytest.mark.parametrize("run", ["check_run", "leni_run"])
def test_a_wider_scope_stops_the_same_trials_and_more_and_no_later(run, request):
    results = request.getfixturevalue(run)
    order = ("combination_only", "with_maintenance", "plus_30_days", "plus_90_days")
    for truth in results.truths:
        days = [results.cell(variant, truth).columns["days_to_stop"] for variant in order]
        days = [column[: len(days[-1])] for column in days]  # the first trials are the same trials
        for narrow, wide in pairwise(days):
            assert np.all(wide <= narrow), truth
    wider = results.cell(order[1], "observed_like").columns["p_stop"].sum()
    assert wider > results.cell(order[0], "observed_like").columns["p_stop"].sum()
    days = {v: results.cell(v, "withdrawal").columns["days_to_stop"] for v in order}
    few = len(days["plus_90_days"])
    assert np.any(days["plus_90_days"] < days["with_maintenance"][:few])
