"""Evidence: exact. Rules that read accrual, against closed forms, convolution by hand and simulation.

P(stop) at one look in closed form: test_khouri_board.py.
"""

import numpy as np
import pytest
from pydantic import TypeAdapter
from scipy.stats import nbinom, poisson

from simulator.contracts import Observed, Plan
from simulator.engines.compiled.driver import play
from simulator.metrics.collect import collect
from simulator.model.metric import Key
from simulator.rules.slow_accrual import SlowAccrual
from simulator.stats.pace import poisson_looks, reaches
from tests.helpers import MONTH, SEED, assert_share, exactly, program

PREDICTIVE = {"target": "40 within 60 months", "certainty": "less than 5%", "prior": "50%"}


def rule(body):
    return TypeAdapter(SlowAccrual).validate_python(body)


def given(body, look, rate="0.6 per month", until="40 treated", **more):
    """A trial whose only rule reads accrual."""
    entry = {"rule": {"kind": "slow_accrual", **body}, "look": look, "then": ["close_accrual"], **more}
    design = {
        "accrual": {"until": until},
        "events": {"a": {"window": "28 days"}},
        "monitoring": {"slow": entry},
    }
    return program(design, {"accrual": rate})


@pytest.mark.parametrize(("entered", "chance"), [(6, 0.004644), (10, 0.059552), (14, 0.304666)])
def test_the_chance_to_reach_40_within_60_months_at_month_24(entered, chance):
    """The prior is worth half the plan: Gamma(20, 30 months)."""
    found = reaches(np.array([entered]), 24 * MONTH, 40, 60 * MONTH, 20.0, 30 * MONTH)
    assert found[0] == pytest.approx(chance, abs=5e-7)
    by_library = nbinom.sf(39 - entered, 20 + entered, 54 / 90)
    assert found[0] == pytest.approx(by_library, rel=1e-12)


def test_the_pace_so_far_is_not_rounded():
    """19 in 30 months are 38 in 60, 20 are 40, and 39.9 would be too few."""
    pace = rule({"target": "40 within 60 months"})
    assert pace.most_at(30 * MONTH) == 19
    assert pace.most_at(60 * MONTH) == 39
    assert pace.most_at(29 * MONTH) == 19, "19 are 39.3"
    assert pace.most_at(28 * MONTH) == 18, "19 are 40.7"


def test_fixed_numbers_hold_until_the_next():
    fixed = rule({"at_most": ["5 by 12 months", "17 by 42 months"]})
    days = (11 * MONTH, 12 * MONTH, 41 * MONTH, 42 * MONTH, 50 * MONTH)
    assert [fixed.most_at(day) for day in days] == [None, 5, 5, 17, 17]


def test_bounds_of_the_prediction_are_the_largest_below_the_limit():
    predictive = rule(PREDICTIVE)
    for month in (12, 24, 36, 48, 59):
        most = predictive.most_at(month * MONTH)
        chances = nbinom.sf(39 - np.arange(40), 20 + np.arange(40), (30 + month) / 90)
        assert most == int((chances < 0.05).sum()) - 1


@pytest.mark.parametrize("body", SlowAccrual.examples, ids=str)
def test_assess_and_lower_say_the_same_on_every_day(body):
    slow = rule(body)
    plan = Plan(max_n=int(slow.horizon), days=(12 * MONTH, slow.horizon))
    table = slow.lower(plan)
    said = set()
    for day in (*range(0, plan.max_n, 7), plan.max_n):
        for entered in range(0, 45, 3):
            seen = [Observed(day, entered)]
            verdict = slow.assess(seen, plan)
            assert verdict.outcome == table.outcome(table.code(seen)), (day, entered, verdict.why)
            said.add(verdict.outcome)
    assert said == {None, "stop"}


def test_several_looks_by_enumeration():
    """Two looks, at most 1 after the first, at most 2 after the second; accrual is full with 3."""
    found = poisson_looks(np.array([0.7, 1.1, np.inf]), [1, 2], 3)
    first = poisson.cdf(1, 0.7)
    second = poisson.pmf(2, 0.7) * poisson.pmf(0, 1.1)
    assert found.stops == pytest.approx([first, second], rel=1e-12)
    entered = poisson.pmf(1, 0.7) + 2 * second + 3 * (1 - first - second)
    assert found.entered == pytest.approx(entered, rel=1e-12)


@pytest.mark.parametrize(
    ("body", "look"),
    [
        ({"at_most": "17 by 42 months"}, "at 42 months"),
        ({"target": "40 within 60 months"}, {"every": "12 months", "from": "24 months"}),
        (PREDICTIVE, "every 6 months"),
    ],
    ids=["fixed", "pace", "predictive"],
)
@pytest.mark.parametrize("until", ["40 treated", ["40 treated", "50 months"]], ids=["full", "50 months"])
def test_trials_are_closed_as_often_as_calculated(body, look, until):
    here = given(body, look, until=until)
    values, reason = exactly(here)
    assert reason == ""
    columns = collect(here, play(here, SEED, 0, 4000))
    assert_share(int(columns[Key("p_stop")].sum()), 4000, values["p_stop"], "P(stop)")
    entered = columns[Key("n_enrolled")]
    off = (entered.mean() - values["n_enrolled"]) / (entered.std() / len(entered) ** 0.5 + 1e-12)
    assert abs(off) < 5, "one error in a million"
