"""Evidence: exact. Chanan-Khan: its check twin, and every truth of the scenario against its closed form.

Nothing acts in the variants compared, so that patients are independent: their numbers are
binomial, each within what an exact test allows (ALPHA).
"""

from functools import cache
from math import log, prod

import numpy as np
import pytest
from scipy.stats import norm

from simulator.contracts import Plan
from simulator.engines.compiled.driver import play
from simulator.metrics.collect import collect
from simulator.metrics.text import Keyed
from simulator.stats.binomial import monitor
from tests.helpers import (
    HALF_YEAR,
    ROOT,
    SEED,
    YEAR,
    assert_calculated,
    assert_share,
    exactly,
    loaded,
    of_file,
)

SCENARIO, CHECK = ROOT / "scenarios/chanan_khan.yaml", ROOT / "scenarios/checks/chanan_khan.yaml"
TRIALS, PATIENTS, OF_CHECK = 400, 45, 10_000

A = (19 / 29, 4.0, 1.2197, 9 / 19, 2 / 9)  # incidence, median, sigma, grade >= 2 of flares, grade 3 of these
B = (11 / 16, 9.0, 1.1474, 1 / 11, 2 / 3)
CELLS = ("before", "steps_alone", "prednisone_alone", "after")
LAWS = {  # truth -> what patients of each cell are like, each law as often as the others
    "as_reported": ([A], [A, B], [A, B], [B]),
    "dose_only": ([A], [B], [A], [B]),
    "prednisone_only": ([A], [A], [B], [B]),
    "no_effect": ([A], [A], [A], [A]),
    "harmful_mask": ([A], [A], [B], [B]),
    "mild": ([B], [B], [B], [B]),
}


def by(day, law):
    incidence, median, sigma, *_ = law
    return incidence * norm.cdf(log(day / median) / sigma)


def responds(law, share=1.0, leave=0.0):
    """P(complete response): at 6 months, by the grade so far. leave: of flares up to the visit on day 168."""
    *_, severe, worst = law
    of_flares = (1 - severe) * 4 / 20 + severe * ((1 - worst) * 2 / 7 + worst / 3)
    flare = by(HALF_YEAR, law)
    return share * ((1 - flare) / 15 + (flare - leave * by(168, law)) * of_flares)


@cache
def played(variant, truth):
    given = of_file(SCENARIO, variant, truth)
    return Keyed(collect(given, play(given, SEED, 0, TRIALS)))


def assert_patients(values, p, what):
    assert_share(int(np.sum(values)), TRIALS * PATIENTS, p, what)


# ---------------------------------------------------------------- the check twin


@pytest.mark.parametrize("variant", loaded(CHECK).designs)
@pytest.mark.parametrize("truth", ["before", "after"])
def test_every_exact_value_against_trials(variant, truth):
    given = of_file(CHECK, variant, truth)
    assert "p_stop" in assert_calculated(given, play(given, SEED, 0, OF_CHECK), OF_CHECK)


@pytest.mark.parametrize(
    ("variant", "before", "mean", "after"),
    [
        ("over_15", 0.8570, 12.5997, 0.0222),
        ("over_20", 0.7134, 15.7959, 0.0142),
        ("over_20_at_95", 0.5600, 19.5425, 0.0051),
    ],
)
def test_the_rule_on_flares_of_grade_2(variant, before, mean, after):
    found, _ = exactly(of_file(CHECK, variant, "before"))
    assert found["p_stop"] == pytest.approx(before, abs=5e-5)
    assert found["n_read.severe"] == pytest.approx(mean, abs=5e-5)
    assert exactly(of_file(CHECK, variant, "after"))[0]["p_stop"] == pytest.approx(after, abs=5e-5)


def test_at_most_one_of_sixteen_at_the_rate_before():
    assert exactly(of_file(CHECK, "one_of_16", "before"))[0]["p_stop"] == pytest.approx(0.021475, abs=5e-7)


@pytest.mark.parametrize(
    ("day", "before", "after"),
    [(7, 0.4434, 0.2842), (10, 0.5069, 0.3689), (28, 0.6189, 0.5766), (56, 0.6452, 0.6493)],
)
def test_flares_by_a_day(day, before, after):
    """The window, and not a longer one of other events, says which flares count."""
    for truth, law, printed in (("before", A, before), ("after", B, after)):
        found = exactly(of_file(CHECK, f"by_day_{day}", truth))[0]["p_stop"]
        assert found == pytest.approx(printed, abs=5e-5)
        assert found == pytest.approx(by(day, law), abs=1e-6)


# ---------------------------------------------------------------- the scenario


@pytest.mark.parametrize("truth", LAWS)
@pytest.mark.parametrize("cell", CELLS)
def test_start_dose_and_prednisone_are_levers_of_their_own(cell, truth):
    """Flares by grade within the year, those seen in 28 days, and responses, in the four cells."""
    found, laws = played(cell, truth), LAWS[truth][CELLS.index(cell)]
    halved = truth == "harmful_mask" and cell in ("prednisone_alone", "after")
    for key, chance in (
        ("patients_with.flare", lambda law: by(YEAR, law)),
        ("patients_with.flare_2", lambda law: by(YEAR, law) * law[3]),
        ("patients_with.flare_3", lambda law: by(YEAR, law) * law[3] * law[4]),
        ("x_read.frequent", lambda law: by(28, law)),
        ("patients_with.complete_response", lambda law: responds(law, 0.5 if halved else 1.0)),
    ):
        assert_patients(found[key], np.mean([chance(law) for law in laws]), f"{cell}, {truth}: {key}")


@pytest.mark.parametrize(("group", "law", "share"), [("before", A, 0.77), ("after", B, 0.54)])
def test_what_a_window_sees(group, law, share):
    """10 days see 77 % and 54 % of all who ever have a flare."""
    for window in (10, 28, 56):
        variant = group if window == 28 else f"{group}_{window}_days"
        found = played(variant, "as_reported")
        assert_patients(found["x_read.frequent"], by(window, law), variant)
    assert by(10, law) / law[0] == pytest.approx(share, abs=5e-3)


@pytest.mark.parametrize("variant", ["before", "before_10_days", "before_56_days", "over_15", "at_95"])
def test_the_rule_fires_as_often_as_with_flares_in_the_window(variant):
    """Windows are equal, so that those completed are the first who entered."""
    design = loaded(SCENARIO).designs[variant]
    bound = design.monitoring["severe"].rule.lower(Plan(max_n=29)).boundaries[0].bound
    rate, looks = by(design.events["flare_2"].window, A) * A[3], range(1, 30)
    expected = monitor(looks, rate, upper=[bound[n] for n in looks], lower=[None] * 29)
    found = played(variant, "as_reported")
    assert_share(int(found["p_stop"].sum()), TRIALS, expected.p_stop, variant)
    closes = played("closes", "as_reported")
    assert np.array_equal(closes["p_stop"], played("before", "as_reported")["p_stop"])


def test_flares_taken_for_progression_cost_responses():
    """One flare in five, whose patient leaves at the next visit, every 28 days."""
    found, kept = played("withdrawn", "as_reported"), played("before", "as_reported")
    assert_patients(found["patients_with.complete_response"], responds(A, leave=0.2), "withdrawn")
    assert (found["patients_with.complete_response"] <= kept["patients_with.complete_response"]).all()
    assert_patients(kept["patients_with.like_progression"], by(YEAR, A) * 0.2, "like progression")


def test_flares_after_dose_steps():
    """The start and every rise have a hazard of their own; rises on days 14, 28, 42 or 28, 56, 84."""
    start, rise = (9 / 16, 6.4, 1.2197), (0.106, 6.4, 1.2197)

    def ever(*steps):
        ends = (*steps[1:], YEAR)
        rises = prod(1 - by(end - step, rise) for step, end in zip(steps, ends, strict=True))
        return 1 - (1 - by(YEAR, start)) * rises

    expected = 6 / 16 * ever(14, 28, 42) + 6 / 16 * ever(28, 56, 84) + 4 / 16 * ever(28, 56)
    for variant in ("after", "steps_alone"):
        found = played(variant, "at_steps")
        assert_patients(found["patients_with.flare"], expected, variant)
        assert_patients(found["patients_with.flare_2"], expected / 11, variant)


def test_when_25_mg_is_reached():
    """On day 42 by 6 of 16, on day 84 by 6 more, by 4 never."""
    given = of_file(SCENARIO, "after", "as_reported")
    rows = play(given, SEED, 0, TRIALS).states
    drug = given.drugs.index("lenalidomide_in_steps")
    top = np.array([state.levels[drug] == 4 for state in given.states])
    _, first, patient = np.unique(
        rows["trial"] * np.int64(PATIENTS) + rows["candidate"], return_index=True, return_inverse=True
    )
    reached = np.full(len(first), np.inf)
    at_top = top[rows["state"]]
    np.minimum.at(reached, patient[at_top], rows["time"][at_top])
    days = (reached - rows["time"][first]).round(6)
    assert set(days) == {42.0, 84.0, np.inf}
    assert_patients(days == 42.0, 6 / 16, "on time")
    assert_patients(days == np.inf, 4 / 16, "never")


def test_two_by_two_tells_the_levers_apart():
    """The board of the lever that matters speaks in most trials, the other in few."""
    for truth, speaks, silent in (
        ("dose_only", "dose", "prednisone"),
        ("prednisone_only", "prednisone", "dose"),
    ):
        found = played("two_by_two", truth)
        assert found[f"p_conclude.{speaks}"].mean() > 0.8
        assert found[f"p_conclude.{silent}"].mean() < 0.25


def test_no_warning():
    assert loaded(SCENARIO).warnings == loaded(CHECK).warnings == ()
