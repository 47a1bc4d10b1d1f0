"""Evidence: exact and property. What scenarios/leni.yaml says of nature, and which action protects whom.

Shares by exact binomial tests, times by Kolmogorov-Smirnov tests, each at 1e-6. Actions are compared on the
same patients, trial by trial, where equality must be exact.
"""

from math import log

import numpy as np
import pytest
from scipy.stats import chisquare, kstest, norm

from tests.engine.by_hand import PLANNED, cumulative
from tests.helpers import (
    ALPHA,
    CHECK,
    HALF_YEAR,
    LENI,
    MONTH,
    YEAR,
    assert_share,
    assert_times,
    draws,
    of_file,
    stop_days,
)

SAFE = "truths.planned.events.thrombosis.components.on_drug.hazard=0"
TRIALS, PATIENTS = 150, 20


@pytest.fixture(scope="module")
def safe():
    """LENI without thrombosis: every patient goes through the planned course, but for loss of response."""
    given = of_file(LENI, "combination_only", "planned", SAFE)
    records = draws(given, TRIALS)
    assert len(records.patients) == TRIALS * PATIENTS
    assert len(records.firings) == 0
    return given, records


@pytest.fixture(scope="module")
def events_of(safe):
    """Name -> (days from entry, rows) of one kind of event."""
    given, records = safe
    entry = records.patients["entry"].reshape(TRIALS, PATIENTS)

    def rows(name):
        mine = records.events[records.events["event"] == given.event_index(name)]
        return mine["occurred"] - entry[mine["trial"], mine["candidate"]], mine

    return rows


def on_level(given, records, drug, level, day):
    """How many patients are on a level of a drug so many days after entry."""
    index, entry = given.drugs.index(drug), records.patients["entry"].reshape(TRIALS, PATIENTS)
    number = given.levels[index].index(level) + 1
    at = {}
    for row in records.states:
        if row["time"] - entry[row["trial"], row["candidate"]] <= day:
            at[row["trial"], row["candidate"]] = given.states[row["state"]].levels[index]
    return sum(k == number for k in at.values())


# ---------------------------------------------------------------- nature


def test_cytopenia_in_the_first_month_keeps_a_third_at_the_first_dose(safe, events_of):
    days, _ = events_of("cytopenia")
    rate = -log(1 - 0.33) / MONTH
    assert_times(days, TRIALS * PATIENTS, lambda t: 1 - np.exp(-rate * np.minimum(t, MONTH)), MONTH)
    assert on_level(*safe, "lenalidomide", "5 mg", 45) == len(days)
    assert on_level(*safe, "lenalidomide", "10 mg", 45) == TRIALS * PATIENTS - len(days)


def test_loss_of_deep_response_sends_2_percent_to_rescue_at_three_monthly_visits(safe, events_of):
    given, records = safe
    days, rows = events_of("mr45_loss")
    rate = -log(1 - 0.02) / HALF_YEAR
    assert_times(days, TRIALS * PATIENTS, lambda t: 1 - np.exp(-rate * t), HALF_YEAR)
    entry = records.patients["entry"].reshape(TRIALS, PATIENTS)
    seen = rows["detected"] - entry[rows["trial"], rows["candidate"]]
    assert set(np.round(seen / (3 * MONTH), 9)) <= {1.0, 2.0}
    assert np.all((seen >= days) & (seen - days < 3 * MONTH))
    rescue = [p.name for p in given.phases].index("rescue")
    lost = {(r["trial"], r["candidate"]) for r in rows}
    for row in records.states[records.states["time"] > 0]:
        since = row["time"] - entry[row["trial"], row["candidate"]]
        if abs(since - HALF_YEAR) < 1e-6:
            here = given.states[row["state"]].phase == rescue
            assert here is ((row["trial"], row["candidate"]) in lost)


def test_loss_of_major_response_follows_imatinib_with_the_fitted_times(safe, events_of):
    """65 % x lognormal(5.45 months, 1.00); monthly visits; imatinib again at once."""
    days, rows = events_of("mmr_loss")
    off = TRIALS * PATIENTS - len(events_of("mr45_loss")[0])

    def cdf(t):
        return 0.65 * norm.cdf(np.log(np.maximum(t, 1e-12) / (5.45 * MONTH)))

    assert_times(days - HALF_YEAR, off, cdf, HALF_YEAR + YEAR, "mmr_loss")
    for months, free in ((12, 0.490), (6, 0.650)):  # the fit's printed curve
        assert 1 - cdf(months * MONTH) == pytest.approx(free, abs=6e-4)
        hits = off - int((days - HALF_YEAR <= months * MONTH).sum())
        assert_share(hits, off, 1 - cdf(months * MONTH), f"{months} months")
    entry = safe[1].patients["entry"].reshape(TRIALS, PATIENTS)
    seen = rows["detected"] - entry[rows["trial"], rows["candidate"]]
    wait = seen - days
    assert np.all((wait >= 0) & (wait < MONTH + 1e-6))
    assert np.allclose(seen / MONTH, np.round(seen / MONTH))


def test_marks_and_report_delays_of_thrombosis():
    records = draws(of_file(LENI, "combination_only", "observed_like"), 60)
    found = records.events[records.events["mark"] >= 0]
    _, first = np.unique(found[["trial", "candidate"]], return_index=True)
    found = found[first]  # one per patient: independent
    counts = np.bincount(found["mark"], minlength=3)
    assert counts.sum() > 700
    assert chisquare(counts, counts.sum() * np.array([0.5, 0.3, 0.2])).pvalue > ALPHA
    delay = found["reported"] - found["detected"]
    assert np.all(found["detected"] == found["occurred"])
    assert kstest((delay - 1) / 13, "uniform").pvalue > ALPHA


# ---------------------------------------------------------------- what protects whom

OPEN = "design.monitoring.thrombosis_rule.then=[close_accrual]"  # lenalidomide goes on
COLUMNS = ["trial", "candidate", "event", "component", "occurred", "mark"]


@pytest.mark.parametrize("path", [CHECK, LENI], ids=["check", "leni"])
def test_under_withdrawal_stopping_lenalidomide_changes_no_event(path):
    stopped, going_on = (
        draws(of_file(path, "with_maintenance", "withdrawal", *sets), 60) for sets in ((), (OPEN,))
    )
    assert np.array_equal(stopped.events[COLUMNS], going_on.events[COLUMNS])
    assert len(stopped.firings) > 50
    assert not np.array_equal(stopped.states, going_on.states), "though the drug is stopped"


@pytest.mark.parametrize("path", [CHECK, LENI], ids=["check", "leni"])
def test_under_observed_like_stopping_lenalidomide_ends_thrombosis(path):
    stopped, going_on = (
        draws(of_file(path, "with_maintenance", "observed_like", *sets), 60) for sets in ((), (OPEN,))
    )
    after = []
    for records in (stopped, going_on):
        events = records.events[records.events["event"] == 0]
        late = events["occurred"] > stop_days(records, 60)[events["trial"]]
        after.append(np.bincount(events["trial"][late], minlength=60))
    assert after[0].sum() == 0
    assert np.mean(after[1] > 0) > 0.9


def test_under_withdrawal_giving_imatinib_again_protects_and_stopping_does_not(leni_run):
    """Events after the stop, on the same patients: the rebound ends where imatinib is back."""
    key = "events.thrombosis.after"
    with_imatinib = leni_run.cell("imatinib_again", "withdrawal").columns
    without = leni_run.cell("with_maintenance", "withdrawal").columns
    assert np.array_equal(with_imatinib["days_to_stop"], without["days_to_stop"]), "the same stops"
    saved = without[key] - with_imatinib[key]
    assert saved.mean() > 5 * saved.std(ddof=1) / len(saved) ** 0.5, "5 standard errors, 6e-7"


def test_with_imatinib_again_only_the_planned_risk_is_left():
    """No rebound after the stop, and as many other events as the planned hazard gives in that time."""
    given = of_file(LENI, "imatinib_again", "withdrawal")
    records = draws(given, 150)
    events, stop = records.events, stop_days(records, 150)
    events = events[events["event"] == given.event_index("thrombosis")]
    late = events["occurred"] > stop[events["trial"]]
    rebound = np.array([given.components[c].name == "rebound" for c in events["component"]])
    assert rebound.sum() > 200
    assert not (rebound & late).any()
    patients = records.patients
    begin = np.maximum(stop[patients["trial"]], patients["entry"])
    expected = PLANNED * np.maximum(patients["exit"] - begin, 0).sum()
    assert expected > 10
    assert abs(late.sum() - expected) < 5 * expected**0.5, "5 standard errors, 6e-7"


def test_under_observed_like_the_two_actions_save_the_same(leni_run):
    for key in ("events.thrombosis", "events.thrombosis.after", "days_to_stop", "n_enrolled"):
        again = leni_run.cell("imatinib_again", "observed_like").columns[key]
        assert np.array_equal(again, leni_run.cell("with_maintenance", "observed_like").columns[key]), key
    assert not leni_run.cell("with_maintenance", "observed_like").columns["events.thrombosis.after"].any()


@pytest.mark.parametrize(
    ("truth", "printed"),
    [("observed_like", (0.1187, 0.3707, 0.5193)), ("withdrawal", (0.2291, 0.5143, 0.6071))],
)
def test_risk_by_three_weeks_eleven_weeks_and_four_months_after_imatinib(truth, printed):
    """Among patients without an event by then, in the check scenario without a stop."""
    silent = "design.monitoring.thrombosis_rule.then=[]"
    events = draws(of_file(CHECK, "with_maintenance", truth, silent), 100).events
    _, first = np.unique(events[["trial", "candidate"]], return_index=True)
    age = events["occurred"][first] - 2 * MONTH * events["candidate"][first]
    at_risk = 100 * PATIENTS - int((age <= HALF_YEAR).sum())
    for days, share in zip((21, 77, 4 * MONTH), printed, strict=True):
        exact = 1 - np.exp(-float(cumulative(truth, HALF_YEAR + days) - cumulative(truth, HALF_YEAR)))
        assert exact == pytest.approx(share, abs=6e-5)
        hits = int(((age > HALF_YEAR) & (age <= HALF_YEAR + days)).sum())
        assert_share(hits, at_risk, exact, f"{truth}, {days} days")
