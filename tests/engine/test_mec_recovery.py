"""Evidence: exact, property. Recovery and death of MEC's patients, as SimPy plays them.

Exact: DLT rates by the day of the line, deaths and both, against closed forms and quadrature by SciPy (Monte
Carlo comparisons by `assert_share`, ALPHA each; `assert_near`, 5 standard errors: 6e-7 each).
Property: a candidate is the same person in every design.
"""

from math import exp, log

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import lognorm, norm

from simulator.metrics.collect import collect
from simulator.program.risks import dlt_rates
from tests.engine.dose_finding import build as small
from tests.engine.test_mec_scenario import CHECK, DLT, FEW, MEC, NOT_EVALUABLE, mec, program
from tests.helpers import assert_near, assert_share, draws

# ---------------------------------------------------------------- the DLT by day, dose and death


RATE = {42: 0.4349, 45: 0.33, 49: 0.2175, 56: 0.0943, 60: 0.0558}


@pytest.mark.parametrize(("variant", "day"), [("window_42", 42), ("as_amended", 45), ("window_56", 56)])
def test_the_day_of_the_line_turns_a_third_into_something_else(variant, day):
    """One truth, three designs: P(T > day) of a lognormal with P(T > 45) = .33 at 10 mg on days 1-14."""
    given = program(MEC, variant)
    level = given.levels[0].index("10 mg d1-14") + 1
    median = 45 / exp(0.25 * norm.ppf(1 - 0.33))
    exact = float(lognorm.sf(day, 0.25, scale=median))
    assert exact == pytest.approx(RATE[day], abs=5e-5)
    assert dlt_rates(given, given.dosing)[level] == pytest.approx(exact, abs=2e-6)
    if variant == "as_amended":
        by_dose = [dlt_rates(given, given.dosing)[k] for k in given.dosing.versions[1].ladder]
        assert by_dose == pytest.approx([0.03, 0.05, 0.08, 0.15], abs=2e-6)


@pytest.mark.parametrize(("day", "lasts"), [(42, 60), (45, 60), (49, 60), (56, 60), (60, 60)])
def test_simulated_too(day, lasts):
    """Six patients at once per trial, nobody dying: 6 x 1,500 recoveries."""
    given = first_dose("33%", day=day, lasts=lasts)
    records = draws(given, 1_500)
    assert len(records.patients) == 9_000
    median = 45 / exp(0.25 * norm.ppf(1 - 0.33))
    assert_share(
        int(np.sum(records.patients["outcome"] == DLT)), 9_000, float(lognorm.sf(day, 0.25, scale=median))
    )


LEUKAEMIA = {
    "piecewise": [
        {"to": "30 days", "hazard": "0.00206 per day"},
        {"to": "60 days", "hazard": "0.00258 per day"},
    ]
}
NOBODY = {"hazard": "0"}


def first_dose(late, *, day=45, lasts=60, deaths=None, **conduct):
    """Six patients at one dose at once: P(recovery after day 45) = `late`."""
    return small(
        {
            "recovery": {},
            "dlt": {"absence_of": "recovery", "by": f"{day} days"},
            "death": {"when_detected": "leave"},
        },
        levels=("1 mg",),
        phases={"one": {"lasts": f"{lasts} days", "gives": {"x": "assigned"}}},
        truth={
            "events": {
                "recovery": recovery({"1 mg": late}),
                "death": {
                    "components": {
                        "leukaemia": (deaths or NOBODY) | {"clock": "enrolment"} if deaths else NOBODY
                    }
                },
            }
        },
        more={"accrual": {"until": "6 treated", "while_held": "on_demand"}},
        cohort=6,
        **conduct,
    )


def recovery(by_dose):
    onset = {"lognormal": {"sigma": 0.25, "late": {"by": "45 days", "probability_by_dose": {"x": by_dose}}}}
    return {"components": {"marrow": {"clock": "enrolment", "incidence": "100%", "onset": onset}}}


def alive(day):
    """P(alive on a day), nobody leaving for another reason."""
    return exp(-0.00206 * min(day, 30) - 0.00258 * min(max(day - 30, 0), 30))


def not_recovered_alive(late):
    """P(not recovered by the earlier of day 45 and death), by quadrature."""
    law = lognorm(0.25, scale=45 / exp(0.25 * norm.ppf(1 - late)))
    in_time = sum(
        quad(lambda t: law.pdf(t) * alive(t), a, b, epsabs=1e-12)[0] for a, b in ((0, 30), (30, 45))
    )
    return 1 - in_time


@pytest.mark.parametrize(("late", "counted"), [(0.03, 0.086), (0.05, 0.108), (0.08, 0.139), (0.15, 0.208)])
def test_deaths_counted_as_dlts(late, counted):
    """`about` values of the digest to their digits; the simulation against quadrature."""
    exact = not_recovered_alive(late)
    assert exact == pytest.approx(counted, abs=2e-3)
    given = first_dose(f"{100 * late:g}%", deaths=LEUKAEMIA, death_in_window="dlt")
    records = draws(given, 1_500)
    assert_share(int(np.sum(records.patients["outcome"] == DLT)), 9_000, exact)
    assert not np.any(records.patients["outcome"] == NOT_EVALUABLE)


@pytest.mark.parametrize("late", [0.03, 0.15])
def test_deaths_left_out(late):
    """A DLT: alive and not recovered on day 45; not evaluable: dead before, not recovered."""
    given = first_dose(f"{100 * late:g}%", deaths=LEUKAEMIA, not_evaluable="leave")
    records = draws(given, 1_500)
    dlt = late * alive(45)
    assert_share(int(np.sum(records.patients["outcome"] == DLT)), 9_000, dlt, "DLT")
    unjudged = not_recovered_alive(late) - dlt
    assert_share(int(np.sum(records.patients["outcome"] == NOT_EVALUABLE)), 9_000, unjudged, "not evaluable")


@pytest.mark.parametrize("late", [0.05, 0.15])
def test_a_share_of_the_deaths_counted(late):
    given = first_dose(f"{100 * late:g}%", deaths=LEUKAEMIA, death_in_window={"dlt_if_related": "30%"})
    sure = late * alive(45)
    exact = sure + 0.3 * (not_recovered_alive(late) - sure)
    records = draws(given, 1_500)
    first = records.patients[records.patients["candidate"] < 6]
    assert_share(int(np.sum(first["outcome"] == DLT)), len(first), exact)


def test_mortality_in_60_days_and_the_part_that_the_dlt_rule_cannot_see():
    """13 % and 3.4 %: of the first three patients of each trial, who enter whatever happens."""
    assert 1 - alive(30) == pytest.approx(0.06, abs=5e-4)
    assert 1 - alive(60) == pytest.approx(0.13, abs=5e-4)
    assert alive(45) - alive(60) == pytest.approx(0.034, abs=5e-4)
    given, records = mec("as_amended")
    death = given.event_index("death")
    ages = []
    for trial in range(FEW):
        three = records.patients[records.patients["trial"] == trial][:3]
        entry = dict(zip(three["candidate"].tolist(), three["entry"].tolist(), strict=True))
        mine = records.events[(records.events["trial"] == trial) & (records.events["event"] == death)]
        ages += [float(e["occurred"]) - entry[c] for e in mine if (c := int(e["candidate"])) in entry]
    assert_share(len(ages), 3 * FEW, 1 - alive(60), "60 days")
    assert_share(sum(age > 45 for age in ages), 3 * FEW, alive(45) - alive(60), "days 46 to 60")
    late = collect(given, records)["patients_with.death.after_window"]
    total = records.trials["enrolled"]
    assert_near(late - (alive(45) - alive(60)) * total, 0.0, 0.0, "the metric, by Wald's identity")


def test_the_share_that_cannot_be_judged():
    """14 % by draw, or dead before recovery and day 45: independent; of the first three of each trial."""
    _, records = mec("as_amended")
    first = np.concatenate([records.patients[records.patients["trial"] == k][:3] for k in range(FEW)])
    dead = not_recovered_alive(0.33) - 0.33 * alive(45)
    assert_share(int(np.sum(first["outcome"] == NOT_EVALUABLE)), len(first), 1 - 0.86 * (1 - dead))


# ---------------------------------------------------------------- the same patients


def recoveries(given, records):
    """(trial, candidate) -> (level assigned, days from entry to recovery)."""
    people = {
        (int(p["trial"]), int(p["candidate"])): (int(p["level"]), float(p["entry"])) for p in records.patients
    }
    mine = records.events[records.events["event"] == given.event_index("recovery")]
    found = {}
    for e in mine:
        key = int(e["trial"]), int(e["candidate"])
        found[key] = (people[key][0], float(e["occurred"]) - people[key][1])
    return found


def test_a_candidate_recovers_on_the_same_day_at_the_same_dose_whatever_the_design():
    told = {
        v: recoveries(given := program(CHECK, v), draws(given, 500))
        for v in ("variant_a", "variant_b", "variant_c", "start_at_10")
    }
    compared = 0
    for other in ("variant_a", "variant_b", "start_at_10"):
        for key in told["variant_c"].keys() & told[other].keys():
            (level, day), (there, then) = told["variant_c"][key], told[other][key]
            if level == there:
                assert day == then
                compared += 1
            elif level < there:
                assert day < then, "later at a higher dose"
            else:
                assert day > then
    assert compared > 2_500


def test_who_tolerates_50_mg_tolerates_5_mg():
    """The same six candidates at each of four doses: recovery is later at a higher one."""
    by_dose = []
    for late in ("3%", "5%", "8%", "15%"):
        given = first_dose(late)
        found = recoveries(given, draws(given, 200))
        by_dose.append([found.get((k // 6, k % 6), (1, np.inf))[1] for k in range(1_200)])
    days = np.array(by_dose)
    below, above = days[:-1], days[1:]
    seen = np.isfinite(above)
    assert (below[seen] < above[seen]).all(), "whoever recovers at a dose recovers earlier at a lower one"
    assert seen[-1].sum() > 1_000


def test_losing_or_queueing_candidates_changes_nothing_in_who_they_are():
    lost, queued = recoveries(*mec("as_amended")), recoveries(*mec("queued"))
    same = [lost[k][1] == queued[k][1] for k in lost.keys() & queued.keys() if lost[k][0] == queued[k][0]]
    assert all(same)
    assert len(same) > 500


def test_other_truths_move_no_other_draw():
    """The same deaths, gaps and unjudged patients: the first cohort of a trial enters on the same days."""
    entries = []
    for truth in ("observed_like", "flat"):
        _, records = mec("as_amended", truth)
        entries.append(
            [float(p["entry"]) for p in records.patients if p["cohort"] == 0 and p["candidate"] < 3]
        )
    assert entries[0] == entries[1]


def test_the_median_days_of_recovery():
    """Medians of the digest: p = .03, .05, .08, .15, .33 -> 28.12, 29.83, 31.67, 34.73, 40.31 days."""
    for late, median in ((0.03, 28.12), (0.05, 29.83), (0.08, 31.67), (0.15, 34.73), (0.33, 40.31)):
        exact = exp(log(45) - 0.25 * norm.ppf(1 - late))
        assert exact == pytest.approx(median, abs=5e-3)
        given = first_dose(f"{100 * late:g}%")
        found = sorted(day for _, day in recoveries(given, draws(given, 250)).values())
        below = sum(day <= exact for day in found)
        assert_share(below, 1_500, 0.5)
